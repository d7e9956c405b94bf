//! Whatever talks to registries, as far as its object says whether it checks certificates, and where
//! charts come from.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::{
    inventory::{Inventory, Row, Table},
    object::ObjectRef,
};

/// What policies see of a client.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ClientRow {
    /// The object that says so.
    pub r#ref: ObjectRef,
    /// Where it says so.
    pub path: String,
    /// The host; empty where none is named.
    pub host: String,
    /// Path below the host.
    pub repository: String,
    /// Certificates are not checked, or there is no TLS at all.
    pub insecure: bool,
    /// It is a source of charts.
    pub chart: bool,
    /// Signatures are verified; null where that does not apply.
    pub verifies: Option<bool>,
}

/// The table.
pub const TABLE: Table = Table {
    name: "registry_clients",
    about: "one place that talks to a registry or a chart repository",
    build,
    schema: || schemars::schema_for!(ClientRow),
};

/// Flags of builders and pushers that switch checks off.
const FLAGS: [&str; 7] = [
    "--insecure",
    "--insecure-registry",
    "--insecure-pull",
    "--skip-tls-verify",
    "--skip-tls-verify-pull",
    "--tls-verify=false",
    "--allow-insecure-registry",
];

fn build(inventory: &Inventory<'_>) -> Vec<Row> {
    let mut rows = Vec::new();
    let each = |group: &str, kind: &str| -> Vec<(ObjectRef, Value)> {
        let objects = inventory.snapshot.of(group, kind).iter();
        objects.filter_map(|object| Some((object.reference(), object.parse().ok()?))).collect()
    };
    for (r#ref, value) in each("config.openshift.io", "Image") {
        let list = value.pointer("/spec/registrySources/insecureRegistries").and_then(Value::as_array);
        for host in list.into_iter().flatten().filter_map(Value::as_str) {
            let path = "spec.registrySources.insecureRegistries".to_owned();
            let (host, repository) = split(host);
            rows.push(ClientRow {
                r#ref: r#ref.clone(),
                path,
                host,
                repository,
                insecure: true,
                chart: false,
                verifies: None,
            });
        }
    }
    for kind in ["HelmRepository", "OCIRepository", "ImageRepository"] {
        for (r#ref, value) in
            each("source.toolkit.fluxcd.io", kind).into_iter().chain(each("image.toolkit.fluxcd.io", kind))
        {
            let url = ["/spec/url", "/spec/image"].iter().find_map(|p| value.pointer(p)?.as_str()).unwrap_or_default();
            let (host, repository) = split(url);
            let flag = value.pointer("/spec/insecure").and_then(Value::as_bool).unwrap_or(false);
            let verifies = (kind == "OCIRepository").then(|| value.pointer("/spec/verify").is_some());
            let insecure = flag || url.starts_with("http://");
            let path = if flag { "spec.insecure" } else { "spec.url" }.to_owned();
            rows.push(ClientRow {
                r#ref,
                path,
                host,
                repository,
                insecure,
                chart: kind != "ImageRepository",
                verifies,
            });
        }
    }
    for registry in &inventory.registries().registries {
        for copy in registry.facts.iter().flat_map(|facts| &facts.replications) {
            let (host, repository) = split(&copy.remote);
            rows.push(ClientRow {
                r#ref: ObjectRef::new("", "Registry", "", &registry.name),
                path: format!("replications[name={}]", copy.name),
                insecure: copy.insecure == Some(true) || copy.remote.starts_with("http://"),
                host,
                repository,
                chart: false,
                verifies: None,
            });
        }
    }
    for workload in &inventory.workloads.workloads {
        for container in workload.containers() {
            let mut arguments = container.command.iter().chain(&container.args);
            let Some(flag) = arguments.find(|argument| {
                let flag = argument.strip_suffix("=true").unwrap_or(argument);
                FLAGS.contains(&flag) || argument.starts_with("--insecure-registry=")
            }) else {
                continue;
            };
            let (host, repository) = split(flag.split_once('=').map_or("", |(_, host)| host));
            rows.push(ClientRow {
                r#ref: workload.reference.clone(),
                path: format!("spec.containers[name={}].args", container.name),
                host: if host.contains('.') { host } else { String::new() },
                repository,
                insecure: true,
                chart: false,
                verifies: None,
            });
        }
    }
    rows.sort_by(|a, b| (&a.r#ref, &a.path, &a.host).cmp(&(&b.r#ref, &b.path, &b.host)));
    rows.iter().map(|row| Row::new(&row.r#ref, row)).collect()
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
