//! Rows for policies: what the snapshot's objects mean, joined once, without a norm in them.

pub mod workload;
