//! Criterion benchmarks of every kernel, and the numbers that they draw their graphs from.

pub mod people;

/// Whole numbers that are the same on every run and machine: a linear congruential generator, its high bits.
#[derive(Clone, Debug)]
pub struct Draws(u64);

impl Draws {
    /// Draws of a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 11
    }

    /// One of `0..bound`, each as likely.
    pub fn below(&mut self, bound: u32) -> u32 {
        ((self.bits() >> 22) % u64::from(bound.max(1))) as u32
    }

    /// One of `0..bound`, a few far likelier than the rest, as busy telephones and accounts are.
    pub fn skewed(&mut self, bound: u32) -> u32 {
        let unit = self.bits() as f64 / (1u64 << 53) as f64;
        ((unit * unit * f64::from(bound)) as u32).wrapping_mul(48_271) % bound.max(1)
    }
}
