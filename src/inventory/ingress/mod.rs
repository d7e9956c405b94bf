//! Ingress: which controller serves which class, and which route publishes which host how.
//!
//! The joins behind the tables `ingress_classes`, `ingress_controllers`, `routes`,
//! `tls_settings` and `ingress_status`. No norm in here: what must be, the policies know.

pub mod backend_tls;
pub mod backends;
pub mod classes;
pub mod conflicts;
pub mod contour;
pub mod controllers;
pub mod draft;
pub mod gateways;
pub mod grants;
pub mod groups;
pub mod guards;
pub mod guards_mesh;
pub mod hardening;
pub mod ingresses;
pub mod istio;
pub mod listeners;
pub mod model;
pub mod others;
pub mod plugins;
pub mod products;
pub mod routes;
pub mod secrets;
pub mod services;
pub mod status;
pub mod tls_settings;
pub mod traefik;
pub mod value;
pub mod world;
