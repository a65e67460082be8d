//! The one pseudo-random stream of the kernels: a function of the seed that is handed in, the same on every machine.
//!
//! Steele, Lea & Flood, "Fast splittable pseudorandom number generators", 2014, doi:10.1145/2660193.2660195 (SplitMix64).

use crate::logarithm::ln;

/// A pseudo-random stream.
#[derive(Clone, Copy, Debug)]
pub struct Stream(u64);

impl Stream {
    /// The stream of a seed.
    #[inline]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A stream of its own for a part of the work, so that parts may be done in any order.
    #[inline]
    pub const fn of(seed: u64, part: u64) -> Self {
        let mut stream = Self(seed ^ part.wrapping_mul(0xd134_2543_de82_ef95));
        stream.draw();
        stream
    }

    /// The next 64 bits.
    #[inline]
    pub const fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`, each as likely but for one part in `2^64 / bound`.
    #[inline]
    pub const fn below(&mut self, bound: u64) -> u64 {
        ((self.draw() as u128 * bound as u128) >> 64) as u64
    }

    /// A number in `0..1` of 53 bits.
    #[inline]
    pub const fn unit(&mut self) -> f64 {
        (self.draw() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Puts items in an order drawn from all orders.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i as u64 + 1) as usize);
        }
    }

    /// How many events, if `mean` are expected and none makes another likelier?
    ///
    /// Poisson's law by counting exponential waits (Devroye, Non-Uniform Random Variate Generation, 1986, chapter X.3).
    ///
    /// # Complexity  O(mean)
    pub fn poisson(&mut self, mean: f64) -> u64 {
        let (mut waited, mut events) = (0.0, 0);
        loop {
            // 1 - unit lies in (0, 1], so that the wait is finite.
            waited -= ln(1.0 - self.unit());
            if waited > mean || mean.is_nan() {
                return events;
            }
            events += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_sequence() {
        // The reference implementation of S. Vigna, seed 1234567.
        let mut stream = Stream::new(1_234_567);
        let first: Vec<u64> = (0..3).map(|_| stream.draw()).collect();
        assert_eq!(first, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn parts_differ_and_repeat() {
        let draws = |part| (0..8).map(|_| Stream::of(7, part).draw()).collect::<Vec<_>>();
        assert_eq!(draws(1), draws(1));
        assert_ne!(draws(1), draws(2));
    }

    #[test]
    fn every_item_comes_up_about_as_often() {
        let mut stream = Stream::new(3);
        let mut met = [0u32; 10];
        (0..10_000).for_each(|_| met[stream.below(10) as usize] += 1);
        assert!(met.iter().all(|m| (850..1_150).contains(m)), "{met:?}");
        let mut items: Vec<u32> = (0..50).collect();
        stream.shuffle(&mut items);
        assert_ne!(items, (0..50).collect::<Vec<_>>());
        items.sort_unstable();
        assert_eq!(items, (0..50).collect::<Vec<_>>());
    }

    #[test]
    fn mean_and_variance_of_poisson_are_its_mean() {
        let mut stream = Stream::new(11);
        for mean in [0.5, 4.0, 60.0] {
            let drawn: Vec<f64> = (0..20_000).map(|_| stream.poisson(mean) as f64).collect();
            let found = drawn.iter().sum::<f64>() / 20_000.0;
            let spread = drawn.iter().map(|x| (x - found) * (x - found)).sum::<f64>() / 20_000.0;
            assert!(
                (found / mean - 1.0).abs() < 0.03 && (spread / mean - 1.0).abs() < 0.06,
                "{found} {spread}"
            );
        }
        assert_eq!((stream.poisson(0.0), stream.poisson(f64::NAN)), (0, 0));
    }
}
