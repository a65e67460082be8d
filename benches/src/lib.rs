//! Criterion benchmarks of every kernel.
