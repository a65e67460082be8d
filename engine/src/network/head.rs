//! The beginning of a text as a number of the same order, so that few texts are compared themselves.

/// The first 16 bytes of a text that holds no NUL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Head(u128);

impl Head {
    /// The head of a text.
    pub(crate) fn of(text: &str) -> Self {
        let mut bytes = [0u8; 16];
        bytes.iter_mut().zip(text.as_bytes()).for_each(|(to, from)| *to = *from);
        Self(u128::from_be_bytes(bytes))
    }

    /// Whether the text ends within its head: two such texts are equal if their heads are.
    pub(crate) fn is_whole(self) -> bool {
        self.0.trailing_zeros() >= 8
    }

    /// Adds the text where it is whole; false where it is not.
    pub(crate) fn write(self, out: &mut String) -> bool {
        let bytes = self.0.to_be_bytes();
        let end = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
        let text = bytes.get(..end).filter(|_| self.is_whole()).map(std::str::from_utf8);
        match text {
            Some(Ok(text)) => out.push_str(text),
            _ => return false,
        }
        true
    }
}
