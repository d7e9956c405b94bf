//! Traefik: the objects that annotations and routes name, and how a router is served.

pub mod entry_points;
pub mod routes;

use serde_json::Value;

use super::{value::text, world::World};
use crate::snapshot::Object;

/// The groups that Traefik's kinds live in, newest first.
pub const GROUPS: [&str; 2] = ["traefik.io", "traefik.containo.us"];

/// A Middleware by the name that annotations use: `namespace-name@kubernetescrd`.
#[must_use]
pub fn find_by_provider_name<'s>(world: &World<'_, 's>, name: &str) -> Option<&'s Object> {
    let wanted = name.strip_suffix("@kubernetescrd")?;
    let snapshot = world.inventory.snapshot;
    GROUPS.iter().flat_map(|group| snapshot.of(group, "Middleware")).find(|object| {
        wanted.strip_prefix(&*object.namespace).and_then(|rest| rest.strip_prefix('-')) == Some(&*object.name)
    })
}

/// A Middleware by namespace and name.
#[must_use]
pub fn middleware<'s>(world: &World<'_, 's>, namespace: &str, name: &str) -> Option<&'s Object> {
    GROUPS.iter().find_map(|group| world.inventory.snapshot.get(group, "Middleware", namespace, name))
}

/// Whether it sends every request on to https.
#[must_use]
pub fn redirects_to_https(middleware: &Value) -> bool {
    text(middleware, "/spec/redirectScheme/scheme") == "https"
}
