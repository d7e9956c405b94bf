//! Sources of charts: of Flux, Argo CD, OpenShift, Rancher and k3s.

use std::collections::HashMap;

use super::{Client, Server, each, is_on, list, text};
use crate::{
    facts::registry::WRITES,
    inventory::{Inventory, registry::Registry},
    object::ObjectRef,
};

pub(super) fn of(inventory: &Inventory<'_>) -> Vec<Client> {
    let mut rows = flux(inventory);
    rows.extend(argo(inventory));
    let others = [
        ("helm.openshift.io", "HelmChartRepository", "/spec/connectionConfig/url", "spec.connectionConfig.url"),
        ("helm.openshift.io", "ProjectHelmChartRepository", "/spec/connectionConfig/url", "spec.connectionConfig.url"),
        ("catalog.cattle.io", "ClusterRepo", "/spec/url", "spec.url"),
        ("helm.cattle.io", "HelmChart", "/spec/repo", "spec.repo"),
    ];
    for (group, kind, pointer, path) in others {
        for (r#ref, value) in each(inventory, group, kind) {
            let url = text(&value, pointer);
            // A chart may be carried in the object itself.
            if url.is_empty() {
                continue;
            }
            let row = Client::new(r#ref, path, url);
            let insecure = row.insecure == Some(true)
                || is_on(&value, "/spec/insecureSkipTLSVerify")
                || is_on(&value, "/spec/insecureSkipTLSverify")
                || is_on(&value, "/spec/plainHTTP");
            // None of them verifies what it installs.
            rows.push(Client { insecure: Some(insecure), chart: true, verifies: Some(false), ..row });
        }
    }
    rows.extend(inventory.registries().registries.iter().filter(|r| r.kind == "chartmuseum").map(server));
    rows
}

fn flux(inventory: &Inventory<'_>) -> Vec<Client> {
    let mut rows = Vec::new();
    let mut urls: HashMap<(String, String), String> = HashMap::new();
    let kinds = [
        ("source.toolkit.fluxcd.io", "HelmRepository", "/spec/url"),
        ("source.toolkit.fluxcd.io", "OCIRepository", "/spec/url"),
        ("image.toolkit.fluxcd.io", "ImageRepository", "/spec/image"),
    ];
    for (group, kind, pointer) in kinds {
        for (r#ref, value) in each(inventory, group, kind) {
            let url = text(&value, pointer);
            if kind == "HelmRepository" {
                urls.insert((r#ref.namespace.clone(), r#ref.name.clone()), url.to_owned());
            }
            let flag = is_on(&value, "/spec/insecure");
            let path = if flag { "spec.insecure".to_owned() } else { pointer[1..].replace('/', ".") };
            let row = Client::new(r#ref, &path, url);
            rows.push(Client {
                insecure: Some(flag || row.insecure == Some(true)),
                chart: kind != "ImageRepository",
                // What a HelmRepository serves is verified where it is used.
                verifies: (kind == "OCIRepository").then(|| value.pointer("/spec/verify").is_some()),
                ..row
            });
        }
    }
    let uses = [
        ("helm.toolkit.fluxcd.io", "HelmRelease", "/spec/chart/spec"),
        ("source.toolkit.fluxcd.io", "HelmChart", "/spec"),
    ];
    for (group, kind, pointer) in uses {
        for (r#ref, value) in each(inventory, group, kind) {
            // Flux makes a HelmChart for every release: the release speaks for it.
            if kind == "HelmChart" && value.pointer("/metadata/labels/helm.toolkit.fluxcd.io~1name").is_some() {
                continue;
            }
            let Some(spec) = value.pointer(pointer).filter(|spec| text(spec, "/sourceRef/kind") == "HelmRepository")
            else {
                continue;
            };
            let namespace =
                Some(text(spec, "/sourceRef/namespace")).filter(|n| !n.is_empty()).unwrap_or(&r#ref.namespace);
            let source = urls.get(&(namespace.to_owned(), text(spec, "/sourceRef/name").to_owned()));
            let path = format!("{}.verify", pointer[1..].replace('/', "."));
            let mut row = Client::new(r#ref.clone(), &path, source.map_or("", String::as_str));
            if row.host.is_empty() {
                // A source that is not there serves nothing.
                continue;
            }
            let chart = text(spec, "/chart");
            row.repository =
                [row.repository.as_str(), chart].into_iter().filter(|s| !s.is_empty()).collect::<Vec<_>>().join("/");
            rows.push(Client {
                chart: true,
                insecure: Some(false),
                verifies: Some(spec.get("verify").is_some()),
                ..row
            });
        }
    }
    rows
}

/// Argo CD takes charts where a source names one, or lies in a registry; it verifies none.
fn argo(inventory: &Inventory<'_>) -> Vec<Client> {
    let mut rows = Vec::new();
    for (kind, base) in [("Application", "/spec"), ("ApplicationSet", "/spec/template/spec")] {
        for (r#ref, value) in each(inventory, "argoproj.io", kind) {
            let Some(spec) = value.pointer(base) else { continue };
            for source in spec.get("source").into_iter().chain(list(spec, "/sources")) {
                let (url, chart) = (text(source, "/repoURL"), text(source, "/chart"));
                // A repository that holds git is no source of charts.
                if url.is_empty() || (chart.is_empty() && !url.starts_with("oci://")) || url.contains("{{") {
                    continue;
                }
                let mut row = Client::new(r#ref.clone(), &format!("{}.source", base[1..].replace('/', ".")), url);
                row.repository = [row.repository.as_str(), chart]
                    .into_iter()
                    .filter(|s| !s.is_empty())
                    .collect::<Vec<_>>()
                    .join("/");
                rows.push(Client { chart: true, verifies: Some(false), ..row });
            }
        }
    }
    rows
}

/// A server of charts: whether whoever comes can push, and push over what is there.
fn server(registry: &Registry) -> Client {
    let facts = registry.facts.as_ref();
    let writes = |kind: &str| {
        facts.is_some_and(|facts| {
            facts.grants.iter().any(|grant| {
                grant.principal.kind == kind && grant.actions.iter().any(|action| WRITES.contains(&action.as_str()))
            })
        })
    };
    let whole = facts.is_some_and(|facts| facts.lacks("grants").is_none());
    let open = if writes("anonymous") { Some(true) } else { whole.then_some(false) };
    let row = Client::new(ObjectRef::new("", "Registry", "", &registry.name), "server", registry.host());
    Client {
        insecure: Some(false),
        server: Some(Server {
            name: registry.name.clone(),
            open,
            overwrites: facts.and_then(|facts| facts.settings.overwrite),
        }),
        ..row
    }
}
