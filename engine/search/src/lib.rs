//! Full-text search over what an audience may see.
