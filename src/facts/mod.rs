//! Facts: what Rego cannot or should not compute, computed once, with no norm in them.
//!
//! Functions of their arguments only: no snapshot walking, no I/O, no clock.

pub mod hostname;
pub mod ingress;
pub mod tls;
