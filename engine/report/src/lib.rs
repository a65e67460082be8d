//! Exchange formats of disclosed views.
