//! Facts: what Rego cannot or should not compute, computed once, with no norm in them.
//!
//! No I/O, no clock.

pub mod cel;
pub mod cidr;
pub mod cron;
pub mod encryption;
pub mod enforcement;
pub mod hostname;
pub mod image;
pub mod ingress;
pub mod isolation;
pub mod nearest;
pub mod netpol;
pub mod provisioner;
pub mod quantity;
pub mod rbac;
pub mod registry;
pub mod scheduling;
pub mod selector;
pub mod tls;
pub mod version;
