//! Istio: Gateway servers, and the VirtualServices bound to them.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    draft::{Claim, Draft, Target},
    groups::ISTIO,
    model::{CatchAll, Host, Listener, Parent, Role, Route, TlsEntry},
    secrets::Secrets,
    services::{Exposure, IntOrText},
    value::{flag, has, list, meta, number, text, texts, value},
    world::World,
};
use crate::{
    facts::{
        hostname,
        ingress::{Known, Plain, Tls},
    },
    snapshot::Object,
    view::Map,
};

#[derive(Debug)]
struct Bound {
    exposure: Exposure,
    offload: bool,
    servers: Vec<Server>,
}

#[derive(Clone, Debug)]
struct Server {
    place: String,
    /// Namespace part (`*`, `.` resolved, or empty) and host.
    hosts: Vec<(String, String)>,
    tls: Tls,
    plain: Plain,
}

/// The rows of Gateways and VirtualServices.
pub fn drafts(world: &World<'_, '_>, into: &mut Vec<Draft>) {
    let mut gateways: BTreeMap<(String, String), Bound> = BTreeMap::new();
    for object in world.inventory.snapshot.of(ISTIO, "Gateway") {
        let (draft, bound) = gateway(world, object);
        gateways.insert((object.namespace.to_string(), object.name.to_string()), bound);
        into.push(draft);
    }
    for object in world.inventory.snapshot.of(ISTIO, "VirtualService") {
        into.push(virtual_service(world, object, &gateways));
    }
}

/// Workloads that a gateway's selector names: `(namespace, widest exposure, TLS offload)`.
fn workloads(world: &World<'_, '_>, selector: &Map) -> Option<(String, Exposure, bool)> {
    let matches = |labels: &Map| !selector.is_empty() && selector.iter().all(|(k, v)| labels.get(k) == Some(v));
    let found = world.inventory.workloads.workloads.iter().find(|workload| matches(&workload.pod_meta.labels))?;
    let namespace = found.reference.namespace.clone();
    let fronts = || world.services.selecting(&namespace, &found.pod_meta.labels);
    let exposure = fronts().map(|(_, service)| service.exposure()).min().unwrap_or(Exposure::Cluster);
    let offload = fronts().any(|(_, service)| service.offloads_tls());
    Some((namespace, exposure, offload))
}

fn split(host: &str, home: &str) -> (String, String) {
    match host.split_once('/') {
        Some((".", host)) => (home.to_owned(), hostname::normal(host)),
        Some((namespace, host)) => (namespace.to_owned(), hostname::normal(host)),
        None => (String::new(), hostname::normal(host)),
    }
}

fn gateway(world: &World<'_, '_>, object: &Object) -> (Draft, Bound) {
    let (own, meta) = (value(object), meta(object));
    let mut row = world.row(object, &meta, Role::Gateway, "istio");
    row.class.product = "istio-gateway".into();
    let selector: Map = own
        .pointer("/spec/selector")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
        .collect();
    let behind = workloads(world, &selector);
    row.class.exists = World::is_there(behind.is_some(), world.proven("apps", "Deployment"));
    row.exposure = behind.as_ref().map_or(Exposure::Unknown, |(_, exposure, _)| *exposure);
    let mut servers = Vec::new();
    for (index, server) in list(&own, "/spec/servers").iter().enumerate() {
        let protocol = text(server, "/port/protocol").to_ascii_uppercase();
        let name =
            Some(text(server, "/port/name")).filter(|n| !n.is_empty()).map_or_else(|| index.to_string(), str::to_owned);
        let place = format!("spec.servers[port.name={name}]");
        let plain_protocol = matches!(protocol.as_str(), "HTTP" | "HTTP2" | "GRPC" | "TCP" | "MONGO" | "GRPC-WEB");
        let redirects = flag(server, "/tls/httpsRedirect");
        let mode = text(server, "/tls/mode").to_ascii_uppercase();
        let hosts: Vec<(String, String)> =
            texts(server, "/hosts").iter().map(|host| split(host, &object.namespace)).collect();
        let tls = match (plain_protocol, mode.as_str()) {
            (true, _) => Tls::None,
            (false, "PASSTHROUGH" | "AUTO_PASSTHROUGH") => Tls::Passthrough,
            (false, _) => Tls::Terminated,
        };
        let credentials: Vec<String> = Some(text(server, "/tls/credentialName").to_owned())
            .filter(|name| !name.is_empty())
            .into_iter()
            .chain(texts(server, "/tls/credentialNames"))
            .collect();
        let names: Vec<String> = hosts.iter().map(|(_, host)| host.clone()).collect();
        let in_file = has(server, "/tls/serverCertificate");
        if tls == Tls::Terminated && mode != "ISTIO_MUTUAL" {
            row.tls.extend(entries(
                world,
                behind.as_ref().map(|(ns, _, _)| ns.as_str()),
                &credentials,
                &place,
                &names,
                in_file,
            ));
        } else if tls == Tls::Passthrough {
            row.tls.push(Secrets::without(place.clone(), "passthrough", mode.clone(), names.clone()));
        }
        let catch_all = names.iter().any(|host| host == "*");
        if catch_all {
            row.catch_all.push(CatchAll { path: place.clone(), why: format!("server {name} takes every host") });
        }
        row.listeners.push(Listener {
            name: name.clone(),
            path: place.clone(),
            port: number(server, "/port/number").unwrap_or(0),
            catch_all,
            has_certificate: !credentials.is_empty() || in_file,
            has_options: false,
            from: String::new(),
            selector_is_empty: false,
            selector_keys: Vec::new(),
            routes: 0,
            plain_routes: 0,
            redirects,
            problems: Vec::new(),
            client_auth: match mode.as_str() {
                "MUTUAL" | "ISTIO_MUTUAL" => "required",
                "OPTIONAL_MUTUAL" => "optional",
                _ => "none",
            }
            .into(),
            unscoped_hosts: texts(server, "/hosts").into_iter().filter(|host| !host.contains('/')).collect(),
            ignored_tls: plain_protocol && has(server, "/tls") && !redirects,
            mode,
            protocol,
            hosts: names,
        });
        let plain = match (plain_protocol, redirects) {
            (true, true) => Plain::Redirects,
            (true, false) => Plain::Serves,
            (false, _) => Plain::Absent,
        };
        servers.push(Server {
            place,
            hosts,
            tls: if redirects && plain_protocol { Tls::Redirect } else { tls },
            plain,
        });
    }
    super::guards_mesh::of_gateway(world, &mut row);
    let bound = Bound { exposure: row.exposure, offload: behind.is_some_and(|(_, _, offload)| offload), servers };
    (Draft::of(row), bound)
}

/// The Secrets of a server, which lie beside the gateway's workload.
fn entries(
    world: &World<'_, '_>,
    namespace: Option<&str>,
    credentials: &[String],
    place: &str,
    hosts: &[String],
    in_file: bool,
) -> Vec<TlsEntry> {
    if credentials.is_empty() {
        let source = if in_file { "external" } else { "missing" };
        return vec![Secrets::without(place.to_owned(), source, "tls.serverCertificate".into(), hosts.to_vec())];
    }
    let one = |name: &String| {
        let place = format!("{place}.tls.credentialName[={name}]");
        match namespace {
            Some(namespace) => world.secrets.entry(place, namespace, name, hosts.to_vec()),
            // Without the workload nobody knows in which namespace the Secret would be.
            None => {
                let mut entry = Secrets::without(place, "secret", String::new(), hosts.to_vec());
                entry.name.clone_from(name);
                entry
            }
        }
    };
    credentials.iter().map(one).collect()
}

fn virtual_service(world: &World<'_, '_>, object: &Object, gateways: &BTreeMap<(String, String), Bound>) -> Draft {
    let (own, meta) = (value(object), meta(object));
    let mut row = world.row(object, &meta, Role::Route, "istio");
    row.class.source = "parent";
    row.class.product = "istio-gateway".into();
    let hosts: Vec<String> = texts(&own, "/spec/hosts").iter().map(|host| hostname::normal(host)).collect();
    let mut claims = Vec::new();
    let mut bound_to_any = false;
    for reference in texts(&own, "/spec/gateways").iter().filter(|name| *name != "mesh") {
        bound_to_any = true;
        let (namespace, name) = reference.split_once('/').unwrap_or((&object.namespace, reference));
        let found = gateways.get(&(namespace.to_owned(), name.to_owned()));
        let mut attached = Known::No;
        for (bound, server) in
            found.into_iter().flat_map(|bound| bound.servers.iter().map(move |server| (bound, server)))
        {
            for (home, offered) in &server.hosts {
                if !(home.is_empty() || home == "*" || *home == *object.namespace) {
                    continue;
                }
                for host in hosts.iter().filter_map(|host| hostname::intersection(offered, host)) {
                    attached = Known::Yes;
                    row.exposure = row.exposure.min(bound.exposure);
                    for path in paths(&own) {
                        claims.push(Claim {
                            host: host.clone(),
                            path: format!("{namespace}/{name} {} {path}", server.place),
                            place: format!("spec.hosts[={host}]"),
                        });
                    }
                    let tls = if server.tls == Tls::None && bound.offload { Tls::Offloaded } else { server.tls };
                    add(&mut row, host, tls, server.plain, &format!("Gateway {namespace}/{name} {}", server.place));
                }
            }
        }
        let whole = world.proven(ISTIO, "Gateway");
        row.parents.push(Parent {
            kind: "Gateway".into(),
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            section: String::new(),
            exists: World::is_there(found.is_some(), whole),
            attached: if found.is_none() && !whole { Known::Unknown } else { attached },
            path: format!("spec.gateways[={reference}]"),
        });
    }
    // Bound to the mesh alone it publishes nothing.
    row.included = !bound_to_any;
    if row.hosts.iter().any(|host| host.host == "*") {
        row.catch_all.push(CatchAll { path: "spec.hosts".into(), why: "host *".into() });
    }
    let targets = targets(&own);
    super::guards_mesh::of_virtual_service(world, &mut row, &own);
    Draft { row, targets, claims }
}

fn add(row: &mut Route, host: String, tls: Tls, plain: Plain, source: &str) {
    if let Some(known) = row.hosts.iter_mut().find(|known| known.host == host) {
        if tls < known.tls {
            known.tls = tls;
            source.clone_into(&mut known.tls_source);
        }
        if plain < known.plain {
            known.plain = plain;
            source.clone_into(&mut known.plain_source);
        }
        return;
    }
    row.hosts.push(Host {
        path: format!("spec.hosts[={host}]"),
        host,
        tls,
        tls_source: source.to_owned(),
        plain,
        plain_source: source.to_owned(),
    });
}

fn paths(own: &Value) -> Vec<String> {
    let matches = list(own, "/spec/http").iter().flat_map(|http| {
        let matches = list(http, "/match");
        if matches.is_empty() { vec![String::new()] } else { matches.iter().map(ToString::to_string).collect() }
    });
    let all: Vec<String> = matches.collect();
    if all.is_empty() { vec![String::new()] } else { all }
}

fn targets(own: &Value) -> Vec<Target> {
    let mut all = Vec::new();
    for protocol in ["http", "tls", "tcp"] {
        for route in list(own, &format!("/spec/{protocol}")).iter().flat_map(|entry| list(entry, "/route")) {
            let host = text(route, "/destination/host");
            // Short names and cluster names are Services here; others are no concern of routes.
            let mut labels = host.split('.');
            let name = labels.next().unwrap_or_default();
            let (namespace, service) = (labels.next().unwrap_or_default(), labels.next().unwrap_or("svc"));
            if name.is_empty() || service != "svc" {
                continue;
            }
            all.push(Target {
                path: format!("spec.{protocol}.route[destination.host={host}]"),
                kind: "Service".into(),
                name: if namespace.is_empty() { name.to_owned() } else { format!("{namespace}/{name}") },
                port: number(route, "/destination/port/number").map(IntOrText::Int),
            });
        }
    }
    all
}
