//! Ingress: which controller serves which class, and which route publishes which host how.
//!
//! The joins behind the tables `ingress_classes`, `ingress_controllers`, `routes`,
//! `tls_settings` and `ingress_status`. No norm in here: what must be, the policies know.

pub mod classes;
pub mod controllers;
pub mod guards;
pub mod ingresses;
pub mod model;
pub mod products;
pub mod routes;
pub mod secrets;
pub mod services;
pub mod traefik;
pub mod value;
pub mod world;
