//! From seized file to records: nothing lost, nothing guessed.
