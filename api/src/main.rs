//! The madeja command line.
fn main() {}
