//! The views: what leaves the engine, hidden first and formatted afterwards.
//!
//! Each file holds a view, the plain input it is made from, and its one constructor. A constructor that returns
//! `Option` returns `None` where for this reader there is nothing: the caller answers as for an unknown id.

pub mod case;
pub mod community;
pub mod entity;
pub mod evidence;
pub mod explain;
pub mod finding;
pub mod flow;
pub mod graph;
pub mod lineage;
pub mod measure;
pub mod node;
pub mod path;
pub mod presence;
pub mod row;
pub mod search;
pub mod source;
