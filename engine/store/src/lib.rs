//! The case folder: one SQLite manifest as the only commit point, immutable Parquet segments, evidence by SHA-256.
