//! Numbers one after the other as bytes: what a reader leaves for another process to go on with.
//!
//! Each is written in base 128, least significant digit first, with the high bit of every byte but the last set.

/// Numbers being written.
#[derive(Debug, Default)]
pub(crate) struct Notes(Vec<u8>);

impl Notes {
    pub(crate) fn put(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    pub(crate) fn put_all(&mut self, numbers: impl IntoIterator<Item = u64>) {
        numbers.into_iter().for_each(|number| self.put(number));
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

/// Numbers being read; `None` where there is none.
#[derive(Debug)]
pub(crate) struct Noted<'n>(pub(crate) &'n [u8]);

impl Noted<'_> {
    pub(crate) fn take(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    pub(crate) fn take_u32(&mut self) -> Option<u32> {
        self.take()?.try_into().ok()
    }

    pub(crate) fn take_bool(&mut self) -> Option<bool> {
        match self.take()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    pub(crate) fn take_all<const N: usize>(&mut self) -> Option<[u64; N]> {
        let mut all = [0; N];
        for slot in &mut all {
            *slot = self.take()?;
        }
        Some(all)
    }

    /// A number of things, each at least one byte long.
    pub(crate) fn take_count(&mut self) -> Option<usize> {
        let count = usize::try_from(self.take()?).ok()?;
        (count <= self.0.len()).then_some(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_put_is_taken(numbers in proptest::collection::vec(any::<u64>(), 0..20), cut in 0usize..40) {
            let mut notes = Notes::default();
            notes.put_all(numbers.iter().copied().chain([0, 127, 128, u64::MAX]));
            let bytes = notes.into_bytes();
            let mut noted = Noted(&bytes);
            for number in &numbers {
                prop_assert_eq!(noted.take(), Some(*number));
            }
            prop_assert_eq!(noted.take_all(), Some([0, 127, 128, u64::MAX]));
            prop_assert_eq!(noted.take(), None);
            // What is cut short ends in nothing, not in a panic.
            let mut torn = Noted(bytes.get(..cut.min(bytes.len())).unwrap());
            while torn.take().is_some() {}
            prop_assert!(torn.0.len() < 10);
        }
    }
}
