//! Registries that run here: whether the hosts by which they are named are served with TLS.

use super::Client;
use crate::{
    inventory::{Inventory, registry::configs::Hosts},
    object::ObjectRef,
};

/// One row for each host of a registry of the cluster that serves without TLS itself: an Ingress or
/// a Route may end TLS before it, a Service does not.
pub(super) fn of(inventory: &Inventory<'_>) -> Vec<Client> {
    let plain = |registry: &&crate::inventory::registry::Registry| {
        registry.facts.as_ref().is_some_and(|facts| facts.settings.plain_http == Some(true))
            && registry.workload.is_some()
    };
    let mut of = inventory.registries().registries.iter().filter(plain).peekable();
    if of.peek().is_none() {
        return Vec::new();
    }
    let hosts = Hosts::of(inventory);
    let used = super::super::running::of(inventory);
    let mut rows = Vec::new();
    for registry in of {
        for host in &registry.hosts {
            let inside = host.contains(".svc");
            // Names that a Service would have, and nobody uses.
            let in_use = used.range(format!("{host}/")..format!("{host}0")).next().is_some();
            if inside && !in_use {
                continue;
            }
            let row = Client::new(ObjectRef::new("", "Registry", "", &registry.name), "http.tls", host);
            let insecure = match (inside, hosts.tls(host)) {
                (true, _) => Some(true),
                (false, Some(ends)) => Some(!ends),
                // What stands before it is in no object.
                (false, None) => None,
            };
            rows.push(Client { insecure, ..row });
        }
    }
    rows
}
