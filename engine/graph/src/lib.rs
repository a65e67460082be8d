//! The graph kernels: a layered graph with evidence on every edge, a lean weighted graph for communities, and the
//! questions that investigators ask of them (who is around, how does A reach B, whom do they share, where to draw it).
//!
//! Two graphs, because two jobs differ:
//! - [`layered::LayeredGraph`] is what people look at. It is directed, keeps calls, money and shared things apart,
//!   and carries first and last time, count, amount and the rows that prove each edge.
//! - [`csr::WeightedGraph`] is what communities are computed on: undirected, one weight an edge, 8 bytes an arc.
//!
//! Both implement petgraph's visit traits, so that every algorithm of petgraph runs on them as they are.
//!
//! **Invariant:** this crate knows no file, no clock, no name and no random source but a seed that it is handed.
//! **Invariant:** every answer is the same bytes for the same input at any number of threads; ties are broken by
//! node number, never by the order in which threads finish or a hash map iterates.

pub mod between;
pub mod block;
pub mod change;
pub mod colocation;
pub mod column;
pub mod common;
pub mod component;
pub mod csr;
pub mod edgelist;
pub mod ego;
pub mod error;
pub mod filter;
pub mod flow;
pub mod hops;
pub mod kcore;
pub mod layer;
pub mod layered;
pub mod layout;
pub mod logarithm;
pub mod matrix;
pub mod meet;
pub mod nodeset;
pub mod pagerank;
pub mod path;
pub mod rhythm;
pub mod stream;
