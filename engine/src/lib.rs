//! Case and Session: the audited front door, the pipeline, the network and the queries.
