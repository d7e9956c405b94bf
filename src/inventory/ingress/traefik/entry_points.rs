//! Traefik's entry points: whether a router that uses them speaks TLS, and with which certificate.

use super::{GROUPS, find_by_provider_name, redirects_to_https};
use crate::{
    facts::ingress::{Known, Plain, Tls, config::truth},
    inventory::ingress::{
        controllers::Flags,
        model::{Route, TlsEntry},
        secrets::Secrets,
        value::{has, text, value},
        world::World,
    },
};

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
#[must_use]
pub fn served(points: &[EntryPoint], named: &[String], router_tls: bool, redirecting: bool) -> (bool, Plain, String) {
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
pub fn of_ingress(world: &World<'_, '_>, row: &mut Route) {
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
#[must_use]
pub fn resolver_of(flags: &Flags) -> Option<String> {
    flags
        .starting("entrypoints.")
        .find(|(name, _)| name.ends_with(".http.tls.certresolver"))
        .map(|(_, value)| value.to_owned())
}

/// What Traefik serves where nothing names a certificate.
pub fn fallback(world: &World<'_, '_>, hosts: Vec<String>) -> TlsEntry {
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
