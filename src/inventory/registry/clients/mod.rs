//! Whatever talks to registries, as far as its object says whether it checks certificates; where
//! charts come from, and what serves them.

mod charts;
mod flags;
mod served;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::{inventory::Inventory, object::ObjectRef};

/// What policies see of a client.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Client {
    /// The object that says so.
    pub r#ref: ObjectRef,
    /// Where it says so; `nodes` for the runtime of the nodes, whose settings are in no object.
    pub path: String,
    /// The host; empty where none is named.
    pub host: String,
    /// Path below the host.
    pub repository: String,
    /// Certificates are not checked, or there is no TLS at all; null where that cannot be read.
    pub insecure: Option<bool>,
    /// It is a source of charts.
    pub chart: bool,
    /// Signatures are verified; null where that is said elsewhere.
    pub verifies: Option<bool>,
    /// It serves charts; null where it does not.
    pub server: Option<Server>,
}

/// A server of charts.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Server {
    /// Name of the registry.
    pub name: String,
    /// Whoever comes can push; null where that was not read.
    pub open: Option<bool>,
    /// A chart that is there can be pushed over; null where that was not read.
    pub overwrites: Option<bool>,
}

impl Client {
    fn new(r#ref: ObjectRef, path: &str, url: &str) -> Self {
        let (host, repository) = split(url);
        Self {
            r#ref,
            path: path.into(),
            host,
            repository,
            insecure: Some(url.starts_with("http://")),
            chart: false,
            verifies: None,
            server: None,
        }
    }
}

/// Every client and server.
#[must_use]
pub fn of(inventory: &Inventory<'_>) -> Vec<Client> {
    let mut rows = flags::of(inventory);
    rows.extend(charts::of(inventory));
    rows.extend(served::of(inventory));
    rows.sort_by(|a, b| (&a.r#ref, &a.path, &a.host, &a.repository).cmp(&(&b.r#ref, &b.path, &b.host, &b.repository)));
    rows
}

fn each(inventory: &Inventory<'_>, group: &str, kind: &str) -> Vec<(ObjectRef, Value)> {
    let objects = inventory.snapshot.of(group, kind).iter();
    objects.filter_map(|object| Some((object.reference(), object.parse().ok()?))).collect()
}

fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn list<'v>(value: &'v Value, pointer: &str) -> impl Iterator<Item = &'v Value> {
    value.pointer(pointer).and_then(Value::as_array).into_iter().flatten()
}

fn is_on(value: &Value, pointer: &str) -> bool {
    value.pointer(pointer).and_then(Value::as_bool) == Some(true)
}

/// Host and path of an address, with or without a scheme.
fn split(url: &str) -> (String, String) {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let rest = rest.rsplit_once('@').filter(|(before, _)| !before.contains('/')).map_or(rest, |(_, rest)| rest);
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    (host.to_ascii_lowercase(), path.trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    #[test]
    fn addresses_are_split() {
        for (url, host, path) in [
            ("oci://Ghcr.io/x/charts/", "ghcr.io", "x/charts"),
            ("http://h:80", "h:80", ""),
            ("https://@h/a", "h", "a"),
            ("docker.io/library/nginx", "docker.io", "library/nginx"),
        ] {
            assert_eq!(super::split(url), (host.to_owned(), path.to_owned()));
        }
    }
}
