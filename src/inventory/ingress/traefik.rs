//! Traefik: entry points, middlewares, IngressRoute and IngressRouteTCP.

use serde_json::Value;

use super::{
    controllers::Flags,
    ingresses::{Claim, Draft, Target},
    model::{CatchAll, Host, Role, Route, TlsEntry},
    products::products,
    secrets::Secrets,
    services::IntOrText,
    value::{flag, has, list, meta, number, text, texts, value},
    world::World,
};
use crate::{
    facts::{
        hostname,
        ingress::{Known, Plain, Tls, config::truth},
    },
    snapshot::Object,
};

/// The groups that Traefik's kinds live in, newest first.
pub const GROUPS: [&str; 2] = ["traefik.io", "traefik.containo.us"];

/// One entry point, as the flags say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryPoint {
    /// Its name.
    pub name: String,
    /// TLS is on for every router of it.
    pub tls: bool,
    /// It sends everything on to another one.
    pub redirects: bool,
}

/// The entry points that routers use: the dashboard's and the metrics' are not among them.
#[must_use]
pub fn entry_points(flags: &Flags) -> Vec<EntryPoint> {
    let mut all: Vec<EntryPoint> = Vec::new();
    let mut defaults: Vec<String> = Vec::new();
    for (name, value) in flags.starting("entrypoints.") {
        let Some((point, key)) = name.strip_prefix("entrypoints.").and_then(|rest| rest.split_once('.')) else {
            continue;
        };
        if matches!(point, "traefik" | "metrics") || (key == "address" && value.ends_with("/udp")) {
            continue;
        }
        let index = all.iter().position(|known| known.name == point).unwrap_or_else(|| {
            all.push(EntryPoint { name: point.to_owned(), tls: false, redirects: false });
            all.len() - 1
        });
        match key {
            "http.tls" => all[index].tls = value.is_empty() || truth(value),
            "asdefault" if value.is_empty() || truth(value) => defaults.push(point.to_owned()),
            key if key.starts_with("http.tls.") => all[index].tls = true,
            key if key.starts_with("http.redirections.") => all[index].redirects = true,
            _ => {}
        }
    }
    if !defaults.is_empty() {
        all.sort_by_key(|point| !defaults.contains(&point.name));
    }
    all
}

/// How a router on these entry points is served: `(TLS, plain HTTP, what says so)`.
fn served(points: &[EntryPoint], named: &[String], router_tls: bool, redirecting: bool) -> (bool, Plain, String) {
    let lower: Vec<String> = named.iter().map(|name| name.trim().to_ascii_lowercase()).collect();
    let used: Vec<&EntryPoint> = points.iter().filter(|p| lower.is_empty() || lower.contains(&p.name)).collect();
    if used.is_empty() {
        return (router_tls, Plain::Unknown, "the entry points of its controller were not read".into());
    }
    let others_redirect = points.iter().any(|point| point.redirects);
    let aside = if others_redirect { Plain::Redirects } else { Plain::Absent };
    if router_tls {
        return (true, aside, "its router speaks TLS only".into());
    }
    let plain: Vec<&&EntryPoint> = used.iter().filter(|point| !point.tls).collect();
    if plain.is_empty() {
        return (true, aside, format!("entry point {} has TLS", used[0].name));
    }
    let has_tls = plain.len() < used.len();
    if redirecting || plain.iter().all(|point| point.redirects) {
        return (has_tls, Plain::Redirects, format!("entry point {} redirects", plain[0].name));
    }
    (false, Plain::Serves, format!("entry point {} serves without TLS", plain[0].name))
}

/// Settles the hosts of an Ingress that Traefik serves.
pub fn ingress_entry_points(world: &World<'_, '_>, row: &mut Route) {
    let get = |key: &str| row.annotations.get(&format!("traefik.ingress.kubernetes.io/router.{key}"));
    let named: Vec<String> =
        get("entrypoints").into_iter().flat_map(|list| list.split(',')).map(str::to_owned).collect();
    let router_tls = get("tls").is_some_and(|value| truth(value));
    let middlewares: Vec<String> =
        get("middlewares").into_iter().flat_map(|l| l.split(',')).map(|m| m.trim().to_owned()).collect();
    let redirecting = middlewares
        .iter()
        .any(|name| find_by_provider_name(world, name).is_some_and(|found| redirects_to_https(&value(found))));
    let points = world.servers(&row.class).map(|(c, _)| entry_points(&c.flags)).next().unwrap_or_default();
    let (tls, plain, source) = served(&points, &named, router_tls, redirecting);
    for host in &mut row.hosts {
        host.plain = plain;
        host.plain_source.clone_from(&source);
        if tls && host.tls == Tls::None {
            host.tls = Tls::Terminated;
            host.tls_source.clone_from(&source);
        } else if host.tls == Tls::None && plain == Plain::Serves {
            host.tls_source = format!("no tls entry covers it, and {source}");
        }
    }
    if tls && row.tls.is_empty() {
        let hosts = row.hosts.iter().map(|host| host.host.clone()).collect();
        let resolver = row.annotations.get("traefik.ingress.kubernetes.io/router.tls.certresolver").cloned();
        let resolver = resolver.or_else(|| world.servers(&row.class).find_map(|(c, _)| resolver_of(&c.flags)));
        row.tls.push(match resolver {
            Some(name) => Secrets::without("spec.tls".into(), "resolver", name, hosts),
            None => fallback(world, hosts),
        });
    }
}

/// The resolver that an entry point gives to every router of it.
fn resolver_of(flags: &Flags) -> Option<String> {
    flags
        .starting("entrypoints.")
        .find(|(name, _)| name.ends_with(".http.tls.certresolver"))
        .map(|(_, value)| value.to_owned())
}

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

fn redirects_to_https(middleware: &Value) -> bool {
    text(middleware, "/spec/redirectScheme/scheme") == "https"
}

/// The hosts in a rule: ``Host(`a`, `b`) || HostRegexp(`x`)``.
#[must_use]
pub fn hosts_of(rule: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (word, mark) in
        [("Host(", ""), ("HostSNI(", ""), ("HostHeader(", ""), ("HostRegexp(", "~"), ("HostSNIRegexp(", "~")]
    {
        let mut rest = rule;
        while let Some(at) = rest.find(word) {
            let starts_word = !rest[..at].ends_with(|c: char| c.is_ascii_alphanumeric());
            rest = &rest[at + word.len()..];
            let Some(end) = rest.find(')') else { break };
            if starts_word {
                let names = rest[..end].split(',').map(|name| name.trim().trim_matches(['`', '"', '\'']));
                found.extend(
                    names
                        .filter(|name| !name.is_empty())
                        .map(|name| if mark.is_empty() { hostname::normal(name) } else { format!("{mark}{name}") }),
                );
            }
            rest = &rest[end..];
        }
    }
    found
}

/// The rows of IngressRoute and IngressRouteTCP.
pub fn drafts(world: &World<'_, '_>, into: &mut Vec<Draft>) {
    let Some(product) = products().get("traefik") else { return };
    for (group, kind) in GROUPS.iter().flat_map(|group| [(*group, "IngressRoute"), (*group, "IngressRouteTCP")]) {
        for object in world.inventory.snapshot.of(group, kind) {
            let (own, meta) = (value(object), meta(object));
            let mut row = world.row(object, &meta, Role::Route, "traefik");
            row.class = world.own_class(product, text(&own, "/spec/ingressClassName"), &meta.annotations);
            row.exposure = world.exposure(&row.class);
            let points = world.servers(&row.class).map(|(c, _)| entry_points(&c.flags)).next().unwrap_or_default();
            let mut draft = Draft::of(row);
            route(world, &own, &points, &mut draft);
            super::guards::of_traefik(world, &mut draft.row, &own);
            into.push(draft);
        }
    }
}

fn route(world: &World<'_, '_>, own: &Value, points: &[EntryPoint], draft: &mut Draft) {
    let namespace = draft.row.r#ref.namespace.clone();
    let named = texts(own, "/spec/entryPoints");
    // `tls: {}` is TLS: with the default certificate or a resolver of the entry point.
    let has_tls = own.pointer("/spec/tls").is_some_and(Value::is_object);
    let passthrough = flag(own, "/spec/tls/passthrough");
    for entry in list(own, "/spec/routes") {
        let rule = text(entry, "/match");
        let mut hosts = hosts_of(rule);
        let place = format!("spec.routes[match={rule}]");
        if hosts.is_empty() || hosts.iter().any(|host| host == "*") {
            draft.row.catch_all.push(CatchAll { path: place.clone(), why: "rule without a host".into() });
            hosts = vec!["*".into()];
        }
        let redirecting = list(entry, "/middlewares").iter().any(|named| {
            let home = Some(text(named, "/namespace")).filter(|n| !n.is_empty()).unwrap_or(&namespace);
            middleware(world, home, text(named, "/name")).is_some_and(|found| redirects_to_https(&value(found)))
        });
        let (tls, plain, source) = served(points, &named, has_tls, redirecting);
        for host in hosts {
            draft.claims.push(Claim { host: host.clone(), path: rule.to_owned(), place: place.clone() });
            if draft.row.hosts.iter().any(|known| known.host == host) {
                continue;
            }
            let end = match (passthrough, tls) {
                (true, _) => Tls::Passthrough,
                (_, true) => Tls::Terminated,
                (_, false) if redirecting => Tls::Redirect,
                (_, false) if points.is_empty() && !named.iter().any(|n| n == "web") => Tls::Unknown,
                _ => Tls::None,
            };
            draft.row.hosts.push(Host {
                host,
                path: place.clone(),
                tls: end,
                tls_source: if has_tls { "spec.tls".into() } else { source.clone() },
                plain,
                plain_source: source.clone(),
            });
        }
        for service in list(entry, "/services") {
            let kind = Some(text(service, "/kind")).filter(|kind| !kind.is_empty()).unwrap_or("Service");
            let home = text(service, "/namespace");
            let name = text(service, "/name");
            draft.targets.push(Target {
                path: format!("{place}.services[name={name}]"),
                kind: kind.into(),
                name: if home.is_empty() { name.into() } else { format!("{home}/{name}") },
                port: number(service, "/port").map(IntOrText::Int).or_else(|| {
                    Some(IntOrText::Text(text(service, "/port").to_owned())).filter(|_| has(service, "/port"))
                }),
            });
        }
    }
    if has_tls || draft.row.hosts.iter().any(|host| host.tls == Tls::Terminated) {
        let hosts: Vec<String> = draft.row.hosts.iter().map(|host| host.host.clone()).collect();
        draft.row.tls.push(entry(world, own, &namespace, passthrough, hosts));
    }
}

fn entry(world: &World<'_, '_>, own: &Value, namespace: &str, passthrough: bool, hosts: Vec<String>) -> TlsEntry {
    let (secret, resolver) = (text(own, "/spec/tls/secretName"), text(own, "/spec/tls/certResolver"));
    if passthrough {
        return Secrets::without("spec.tls".into(), "passthrough", "spec.tls.passthrough".into(), hosts);
    }
    if !secret.is_empty() {
        return world.secrets.entry(format!("spec.tls[secretName={secret}]"), namespace, secret, hosts);
    }
    if !resolver.is_empty() {
        return Secrets::without("spec.tls".into(), "resolver", resolver.to_owned(), hosts);
    }
    if let Some(name) = product_resolver(world) {
        return Secrets::without("spec.tls".into(), "resolver", name, hosts);
    }
    fallback(world, hosts)
}

fn product_resolver(world: &World<'_, '_>) -> Option<String> {
    world.controllers.iter().filter(|c| c.product == "traefik").find_map(|c| resolver_of(&c.flags))
}

/// What Traefik serves where nothing names a certificate.
fn fallback(world: &World<'_, '_>, hosts: Vec<String>) -> TlsEntry {
    // The TLSStore named default holds what Traefik falls back to.
    let store = GROUPS
        .iter()
        .flat_map(|group| world.inventory.snapshot.of(group, "TLSStore"))
        .find(|object| &*object.name == "default");
    let fallback = store.map(|store| (store, value(store)));
    let mut made = match &fallback {
        Some((store, value)) if has(value, "/spec/defaultCertificate/secretName") => world.secrets.entry(
            "spec.tls".into(),
            &store.namespace,
            text(value, "/spec/defaultCertificate/secretName"),
            hosts,
        ),
        _ => Secrets::without("spec.tls".into(), "default", String::new(), hosts),
    };
    made.detail = if made.name.is_empty() { String::new() } else { format!("{}/{}", made.namespace, made.name) };
    made.source = "default";
    made.granted = Known::Yes;
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_read_from_rules() {
        assert_eq!(hosts_of("Host(`A.example.com`) && PathPrefix(`/x`)"), ["a.example.com"]);
        assert_eq!(hosts_of("Host(`a`, `b`) || Host(`c`)"), ["a", "b", "c"]);
        assert_eq!(hosts_of("HostRegexp(`^.+\\.x$`)"), ["~^.+\\.x$"]);
        assert_eq!(hosts_of("PathPrefix(`/`)"), Vec::<String>::new());
    }

    #[test]
    fn entry_points_decide_how_a_router_is_served() {
        let point = |name: &str, tls, redirects| EntryPoint { name: name.into(), tls, redirects };
        let both = [point("web", false, false), point("websecure", true, false)];
        assert_eq!(served(&both, &[], false, false).1, Plain::Serves);
        assert_eq!(
            served(&both, &["websecure".into()], false, false),
            (true, Plain::Absent, "entry point websecure has TLS".into())
        );
        let redirecting = [point("web", false, true), point("websecure", true, false)];
        assert_eq!(
            (served(&redirecting, &[], false, false).0, served(&redirecting, &[], false, false).1),
            (true, Plain::Redirects)
        );
        assert_eq!(served(&[], &[], false, false).1, Plain::Unknown);
    }
}
