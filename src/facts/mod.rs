//! Facts: what Rego cannot or should not compute, computed once, with no norm in them.
//!
//! No I/O, no clock.

pub mod cron;
pub mod hostname;
pub mod image;
pub mod ingress;
pub mod isolation;
pub mod provisioner;
pub mod quantity;
pub mod tls;
pub mod version;
