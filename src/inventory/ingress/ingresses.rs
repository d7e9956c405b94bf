//! `networking.k8s.io/Ingress`.

use serde::Deserialize;

use super::{
    draft::{Claim, Draft, Target},
    model::{CatchAll, ClassUse, Host, Role, Route, TlsEntry},
    secrets::Secrets,
    services::IntOrText,
    traefik,
    world::World,
};
use crate::{
    facts::{
        hostname,
        ingress::{
            Plain, Tls,
            transport::{self, Outside},
        },
    },
    snapshot::Object,
    view::{Meta, nullable},
};

/// An Ingress.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Ingress {
    #[serde(deserialize_with = "nullable")]
    metadata: Meta,
    #[serde(deserialize_with = "nullable")]
    spec: Spec,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Spec {
    #[serde(deserialize_with = "nullable")]
    ingress_class_name: String,
    default_backend: Option<BackendRef>,
    #[serde(deserialize_with = "nullable")]
    rules: Vec<Rule>,
    #[serde(deserialize_with = "nullable")]
    tls: Vec<TlsSpec>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Rule {
    #[serde(deserialize_with = "nullable")]
    host: String,
    http: Option<Http>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Http {
    #[serde(deserialize_with = "nullable")]
    paths: Vec<Path>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Path {
    #[serde(deserialize_with = "nullable")]
    path: String,
    #[serde(deserialize_with = "nullable")]
    path_type: String,
    #[serde(deserialize_with = "nullable")]
    backend: BackendRef,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct BackendRef {
    service: Option<ServiceRef>,
    resource: Option<ResourceRef>,
    // The form of extensions/v1beta1, which dumps still hold.
    service_name: Option<String>,
    service_port: Option<IntOrText>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ServiceRef {
    #[serde(deserialize_with = "nullable")]
    name: String,
    #[serde(deserialize_with = "nullable")]
    port: PortRef,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PortRef {
    number: Option<i64>,
    name: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ResourceRef {
    #[serde(deserialize_with = "nullable")]
    kind: String,
    #[serde(deserialize_with = "nullable")]
    name: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct TlsSpec {
    #[serde(deserialize_with = "nullable")]
    hosts: Vec<String>,
    #[serde(deserialize_with = "nullable")]
    secret_name: String,
}

/// `*` for an empty host.
fn host_of(text: &str) -> String {
    if text.is_empty() { "*".into() } else { hostname::normal(text) }
}

/// The row of an Ingress.
#[must_use]
pub fn draft(world: &World<'_, '_>, object: &Object) -> Option<Draft> {
    let ingress: Ingress = object.parse().ok()?;
    let Ingress { metadata: meta, spec } = ingress;
    let mut row = world.row(object, &meta, Role::Route, "ingress");
    row.class = world.ingress_class(&spec.ingress_class_name, &meta.annotations);
    row.exposure = world.exposure(&row.class);

    let mut places: Vec<(String, String)> = Vec::new();
    if spec.default_backend.is_some() {
        row.catch_all.push(CatchAll { path: "spec.defaultBackend".into(), why: "default backend".into() });
        if spec.rules.is_empty() {
            places.push(("*".into(), "spec.defaultBackend".into()));
        }
    }
    let mut claims = Vec::new();
    let mut targets: Vec<Target> =
        spec.default_backend.iter().map(|b| target("spec.defaultBackend".into(), b)).collect();
    for rule in &spec.rules {
        let host = host_of(&rule.host);
        let place = format!("spec.rules[host={host}]");
        if host == "*" {
            row.catch_all.push(CatchAll { path: place.clone(), why: "rule without a host".into() });
        }
        let paths = rule.http.as_ref().map(|http| http.paths.as_slice()).unwrap_or_default();
        for path in paths {
            let at = format!("{place}.http.paths[path={}]", path.path);
            targets.push(target(at.clone(), &path.backend));
            claims.push(Claim { host: host.clone(), path: format!("{} {}", path.path_type, path.path), place: at });
        }
        if paths.is_empty() {
            claims.push(Claim { host: host.clone(), path: String::new(), place: place.clone() });
        }
        if !places.iter().any(|(known, _)| *known == host) {
            places.push((host, place));
        }
    }
    let aliases = meta.annotations.get("nginx.ingress.kubernetes.io/server-alias").into_iter();
    for alias in aliases.flat_map(|list| list.split(',')).map(str::trim).filter(|alias| !alias.is_empty()) {
        let place = "metadata.annotations[nginx.ingress.kubernetes.io/server-alias]".to_owned();
        claims.push(Claim { host: host_of(alias), path: String::new(), place: place.clone() });
        places.push((host_of(alias), place));
    }

    let outside = transport::outside(&row.class.product, &meta.annotations);
    row.tls = entries(world, object, &row.class, &spec, &places, &outside);
    let config = world.config(&row.class);
    let offload = world.servers(&row.class).find(|(controller, _)| controller.tls_offload);
    for (host, path) in places {
        let (mut tls, mut tls_source) = end_of_tls(&spec, &host, &outside);
        if tls == Tls::None
            && let Some((controller, _)) = offload
        {
            tls = Tls::Offloaded;
            tls_source = format!("load balancer in front of {}/{}", controller.r#ref.namespace, controller.r#ref.name);
        }
        let (plain, plain_source) = transport::plain(&row.class.product, &meta.annotations, &config, tls);
        row.hosts.push(Host { host, path, tls, tls_source, plain, plain_source });
    }
    if row.class.product == "traefik" {
        traefik::entry_points::of_ingress(world, &mut row);
    }
    if row.class.product == "gke-ingress" {
        frontend_config(world, &mut row);
    }
    super::guards::of_ingress(world, &mut row, &config, &targets);
    Some(Draft { row, targets, claims })
}

fn target(path: String, backend: &BackendRef) -> Target {
    if let Some(resource) = &backend.resource {
        return Target { path, kind: resource.kind.clone(), name: resource.name.clone(), port: None };
    }
    let (name, port) = match &backend.service {
        Some(service) => {
            let name = service.port.name.clone().filter(|name| !name.is_empty()).map(IntOrText::Text);
            (service.name.clone(), service.port.number.map(IntOrText::Int).or(name))
        }
        None => (backend.service_name.clone().unwrap_or_default(), backend.service_port.clone()),
    };
    Target { path, kind: "Service".into(), name, port }
}

/// Where TLS ends for a host, as `spec.tls` and the annotations say.
fn end_of_tls(spec: &Spec, host: &str, outside: &Outside) -> (Tls, String) {
    if let Some((tls, source)) = &outside.tls {
        return (*tls, source.clone());
    }
    let hit = spec.tls.iter().find(|entry| {
        // Without hosts an entry is about every host of the Ingress.
        entry.hosts.is_empty() || entry.hosts.iter().any(|name| hostname::covers(name, host))
    });
    match hit {
        Some(_) if outside.spec_is_not_enough => {
            (Tls::None, "its controller opens no TLS listener for spec.tls alone".into())
        }
        Some(entry) if entry.secret_name.is_empty() => (Tls::Terminated, "spec.tls without a Secret".into()),
        Some(entry) => (Tls::Terminated, format!("spec.tls[secretName={}]", entry.secret_name)),
        None => (Tls::None, "no tls entry covers it".into()),
    }
}

fn entries(
    world: &World<'_, '_>,
    object: &Object,
    class: &ClassUse,
    spec: &Spec,
    places: &[(String, String)],
    outside: &Outside,
) -> Vec<TlsEntry> {
    let all: Vec<String> = places.iter().map(|(host, _)| host.clone()).collect();
    if let Some((Tls::Passthrough, source)) = &outside.tls {
        return vec![Secrets::without(format!("metadata.annotations[{source}]"), "passthrough", source.clone(), all)];
    }
    let mut entries: Vec<TlsEntry> = outside
        .certificates
        .iter()
        .map(|(source, detail)| Secrets::without("metadata.annotations".into(), source, detail.clone(), all.clone()))
        .collect();
    if !entries.is_empty() {
        return entries;
    }
    for entry in &spec.tls {
        let hosts: Vec<String> = if entry.hosts.is_empty() {
            all.clone()
        } else {
            entry.hosts.iter().map(|h| hostname::normal(h)).collect()
        };
        if entry.secret_name.is_empty() {
            let place = format!("spec.tls[hosts={}]", hosts.join(","));
            let fallback =
                world.servers(class).map(|(c, _)| c.default_certificate.clone()).find(|name| !name.is_empty());
            let fallen = fallback.as_deref().and_then(|name| name.split_once('/'));
            let mut made = match fallen {
                Some((namespace, name)) => world.secrets.entry(place, namespace, name, hosts),
                None => Secrets::without(place, "default", String::new(), hosts),
            };
            made.source = "default";
            made.detail = fallback.unwrap_or_default();
            entries.push(made);
        } else {
            let place = format!("spec.tls[secretName={}]", entry.secret_name);
            entries.push(world.secrets.entry(place, &object.namespace, &entry.secret_name, hosts));
        }
    }
    entries
}

/// GKE keeps the redirect in an object of its own.
fn frontend_config(world: &World<'_, '_>, row: &mut Route) {
    let Some(name) = row.annotations.get("networking.gke.io/v1beta1.FrontendConfig") else { return };
    let found = world.inventory.snapshot.get("networking.gke.io", "FrontendConfig", &row.r#ref.namespace, name);
    let value: Option<serde_json::Value> = found.and_then(|object| object.parse().ok());
    let (plain, source) = match &value {
        Some(value) if value.pointer("/spec/redirectToHttps/enabled") == Some(&serde_json::Value::Bool(true)) => {
            (Plain::Redirects, format!("FrontendConfig {name}"))
        }
        Some(_) => (Plain::Serves, format!("FrontendConfig {name} does not redirect")),
        None if world.proven("networking.gke.io", "FrontendConfig") => {
            (Plain::Serves, format!("FrontendConfig {name} does not exist"))
        }
        None => return,
    };
    for host in row.hosts.iter_mut().filter(|host| host.plain == Plain::Unknown) {
        host.plain = plain;
        host.plain_source.clone_from(&source);
    }
}
