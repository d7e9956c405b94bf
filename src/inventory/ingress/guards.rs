//! What stands between a client and a backend.

use serde_json::Value;

use super::{ingresses::Target, model::Route, world::World};
use crate::facts::ingress::config::Config;

/// Of an Ingress.
pub fn of_ingress(_world: &World<'_, '_>, _row: &mut Route, _config: &Config, _targets: &[Target]) {}

/// Of an IngressRoute.
pub fn of_traefik(_world: &World<'_, '_>, _row: &mut Route, _own: &Value) {}
