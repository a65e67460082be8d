//! Communities and typologies over the graph.
