//! The graph kernels: layered CSR, traversal, paths. Pure.
