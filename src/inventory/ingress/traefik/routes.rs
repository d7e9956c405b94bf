//! IngressRoute and IngressRouteTCP.

use serde_json::Value;

use super::{
    GROUPS,
    entry_points::{EntryPoint, entry_points, fallback, resolver_of, served},
    middleware, redirects_to_https,
};
use crate::{
    facts::{hostname, ingress::Tls},
    inventory::ingress::{
        draft::{Claim, Draft, Target},
        guards,
        model::{CatchAll, Host, Role, TlsEntry},
        products::products,
        secrets::Secrets,
        services::IntOrText,
        value::{flag, has, list, meta, number, text, texts, value},
        world::World,
    },
};

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
            guards::of_traefik(world, &mut draft.row, &own);
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
}
