//! Nothing leaves the engine but a view made here.
