//! The Gateway API: Gateway, ListenerSet, and the routes that attach to their listeners.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    draft::{Claim, Draft, Target},
    grants::{End, Grants},
    listeners::{client_auth, problems, selector_keys, selects_all, tls_mode},
    model::{CatchAll, ClassUse, Host, Listener, Parent, Role, TlsEntry},
    secrets::Secrets,
    services::{Exposure, IntOrText},
    value::{has, list, meta, number, text, texts, value},
    world::{World, called},
};
use crate::{
    facts::{
        hostname,
        ingress::{Known, Plain, Tls},
        selector::selects,
    },
    snapshot::Object,
    view::Meta,
};

/// The group.
pub const GROUP: &str = "gateway.networking.k8s.io";
const OLD_SETS: &str = "gateway.networking.x-k8s.io";
const ROUTES: [&str; 5] = ["HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "UDPRoute"];

/// What routes attach to.
#[derive(Debug)]
struct Attachable {
    draft: usize,
    class: ClassUse,
    exposure: Exposure,
    offload: bool,
    listeners: Vec<Socket>,
}

#[derive(Debug)]
struct Socket {
    name: String,
    port: i64,
    protocol: String,
    hostname: String,
    mode: String,
    from: String,
    selector: Option<Value>,
    kinds: Vec<String>,
}

type Key = (String, String, String);

/// The rows of gateways and of the routes on them.
pub fn drafts(world: &World<'_, '_>, grants: &Grants, into: &mut Vec<Draft>) {
    let mut gateways: BTreeMap<Key, Attachable> = BTreeMap::new();
    let snapshot = world.inventory.snapshot;
    let sets = [(GROUP, "ListenerSet"), (OLD_SETS, "XListenerSet")];
    for (group, kind) in [(GROUP, "Gateway")].into_iter().chain(sets) {
        for object in snapshot.of(group, kind) {
            let attachable = gateway(world, grants, object, &gateways, into);
            gateways.insert((kind.to_owned(), object.namespace.to_string(), object.name.to_string()), attachable);
        }
    }
    for kind in ROUTES {
        for object in snapshot.of(GROUP, kind) {
            let draft = route(world, grants, object, kind, &gateways, into);
            into.push(draft);
        }
    }
}

/// The class of a gateway, as a class use.
fn class_of(world: &World<'_, '_>, name: &str) -> ClassUse {
    let class = world.class(name, true);
    let serves = |class: &super::classes::Class| {
        world.controllers.iter().filter(|c| c.claims(&class.controller, name, true)).map(called).collect()
    };
    ClassUse {
        name: name.to_owned(),
        source: "field",
        field: name.to_owned(),
        exists: World::is_there(class.is_some(), world.proven(GROUP, "GatewayClass")),
        product: class.map(|class| class.product.clone()).unwrap_or_default(),
        served_by: class.map(serves).unwrap_or_default(),
        ..ClassUse::default()
    }
}

fn gateway(
    world: &World<'_, '_>,
    grants: &Grants,
    object: &Object,
    known: &BTreeMap<Key, Attachable>,
    into: &mut Vec<Draft>,
) -> Attachable {
    let (own, meta) = (value(object), meta(object));
    let is_set = object.kind.kind.ends_with("ListenerSet");
    let mut row = world.row(object, &meta, Role::Gateway, "gateway-api");
    let parent = known.get(&(
        "Gateway".to_owned(),
        Some(text(&own, "/spec/parentRef/namespace")).filter(|n| !n.is_empty()).unwrap_or(&object.namespace).to_owned(),
        text(&own, "/spec/parentRef/name").to_owned(),
    ));
    row.class = match parent {
        Some(parent) if is_set => parent.class.clone(),
        _ => class_of(world, text(&own, "/spec/gatewayClassName")),
    };
    row.exposure = world.exposure(&row.class);
    text(&own, "/spec/allowedListeners/namespaces/from").clone_into(&mut row.listener_sets_from);
    let mut sockets = Vec::new();
    for entry in list(&own, "/spec/listeners") {
        let name = text(entry, "/name");
        let path = format!("spec.listeners[name={name}]");
        let socket = Socket {
            name: name.to_owned(),
            port: number(entry, "/port").unwrap_or(0),
            protocol: text(entry, "/protocol").to_ascii_uppercase(),
            hostname: hostname::normal(text(entry, "/hostname")),
            mode: tls_mode(entry),
            from: Some(text(entry, "/allowedRoutes/namespaces/from"))
                .filter(|f| !f.is_empty())
                .unwrap_or("Same")
                .into(),
            selector: entry.pointer("/allowedRoutes/namespaces/selector").cloned(),
            kinds: list(entry, "/allowedRoutes/kinds").iter().map(|kind| text(kind, "/kind").to_owned()).collect(),
        };
        let host = if socket.hostname.is_empty() { "*".to_owned() } else { socket.hostname.clone() };
        let catch_all = host == "*" && matches!(socket.protocol.as_str(), "HTTP" | "HTTPS" | "TLS");
        if catch_all {
            row.catch_all.push(CatchAll { path: path.clone(), why: format!("listener {name} has no hostname") });
        }
        let references = list(entry, "/tls/certificateRefs");
        if socket.mode == "Terminate" && matches!(socket.protocol.as_str(), "HTTPS" | "TLS") {
            row.tls.extend(certificates(world, grants, object, references, &path, &host, has(entry, "/tls/options")));
        } else if socket.mode == "Passthrough" {
            row.tls.push(Secrets::without(path.clone(), "passthrough", "tls.mode".into(), vec![host.clone()]));
        }
        row.listeners.push(Listener {
            name: name.to_owned(),
            path,
            protocol: socket.protocol.clone(),
            port: socket.port,
            hosts: vec![host],
            catch_all,
            mode: socket.mode.clone(),
            has_certificate: !references.is_empty(),
            has_options: entry.pointer("/tls/options").and_then(Value::as_object).is_some_and(|o| !o.is_empty()),
            from: socket.from.clone(),
            selector_is_empty: socket.selector.as_ref().is_some_and(selects_all),
            selector_keys: socket.selector.as_ref().map(selector_keys).unwrap_or_default(),
            routes: 0,
            plain_routes: 0,
            redirects: false,
            problems: problems(world, &own, name),
            client_auth: client_auth(&own, entry, socket.port),
            unscoped_hosts: Vec::new(),
            ignored_tls: false,
        });
        sockets.push(socket);
    }
    super::guards_mesh::of_gateway(world, &mut row);
    let attachable = Attachable {
        draft: into.len(),
        class: row.class.clone(),
        exposure: row.exposure,
        offload: world.servers(&row.class).any(|(controller, _)| controller.tls_offload),
        listeners: sockets,
    };
    into.push(Draft::of(row));
    attachable
}

fn certificates(
    world: &World<'_, '_>,
    grants: &Grants,
    object: &Object,
    references: &[Value],
    path: &str,
    host: &str,
    has_options: bool,
) -> Vec<TlsEntry> {
    let hosts = vec![host.to_owned()];
    if references.is_empty() {
        let source = if has_options { "external" } else { "missing" };
        return vec![Secrets::without(path.to_owned(), source, "tls.options".into(), hosts)];
    }
    let kind = &*object.kind.kind;
    let own = End { group: &object.kind.group, kind, namespace: &object.namespace, name: &object.name };
    let one = |reference: &Value| {
        let or = |pointer: &str, default: &str| {
            Some(text(reference, pointer)).filter(|t| !t.is_empty()).unwrap_or(default).to_owned()
        };
        // The core group and Secret are what is meant where nothing is said.
        let (kind, namespace, name) =
            (or("/kind", "Secret"), or("/namespace", &object.namespace), text(reference, "/name"));
        let place = format!("{path}.tls.certificateRefs[name={name}]");
        if kind != "Secret" || !text(reference, "/group").is_empty() {
            return Secrets::without(place, "external", format!("{kind} {name}"), hosts.clone());
        }
        let mut entry = world.secrets.entry(place, &namespace, name, hosts.clone());
        entry.granted = grants.allows(own, End { group: "", kind: "Secret", namespace: &namespace, name });
        if entry.granted != Known::Yes {
            entry.grant_reason = format!(
                "no ReferenceGrant in {namespace} lets {kind_of} of {home} refer to it",
                kind_of = own.kind,
                home = own.namespace
            );
        }
        entry
    };
    let mut made: Vec<TlsEntry> = references.iter().map(one).collect();
    // Several certificates on one listener: a host is covered where one of them covers it.
    if made.len() > 1 && made.iter().all(|entry| entry.parses == Known::Yes) {
        let missing = |host: &String| made.iter().all(|entry| entry.uncovered.contains(host));
        let left: Vec<String> = hosts.iter().filter(|host| missing(host)).cloned().collect();
        for entry in &mut made {
            entry.uncovered.clone_from(&left);
        }
    }
    made
}

fn takes(world: &World<'_, '_>, socket: &Socket, home: &str, kind: &str, namespace: &str) -> Known {
    let speaks = match kind {
        "HTTPRoute" | "GRPCRoute" => matches!(socket.protocol.as_str(), "HTTP" | "HTTPS"),
        "TLSRoute" => socket.protocol == "TLS",
        "TCPRoute" => matches!(socket.protocol.as_str(), "TCP" | "TLS"),
        _ => socket.protocol == "UDP",
    };
    if !speaks || !(socket.kinds.is_empty() || socket.kinds.iter().any(|known| known == kind)) {
        return Known::No;
    }
    match socket.from.as_str() {
        "All" => Known::Yes,
        "Same" => (home == namespace).into(),
        "None" => Known::No,
        _ => match (&socket.selector, world.namespace(namespace)) {
            (Some(selector), Some(Meta { labels, .. })) => selects(selector, labels).into(),
            (Some(selector), None) if selects_all(selector) => Known::Yes,
            (Some(_), None) => Known::Unknown,
            (None, _) => Known::No,
        },
    }
}

/// Whether every rule of a route does nothing but send to HTTPS.
fn redirects_only(own: &Value) -> bool {
    let rules = list(own, "/spec/rules");
    !rules.is_empty()
        && rules.iter().all(|rule| {
            list(rule, "/filters").iter().any(|filter| {
                text(filter, "/type") == "RequestRedirect" && text(filter, "/requestRedirect/scheme") == "https"
            })
        })
}

fn route(
    world: &World<'_, '_>,
    grants: &Grants,
    object: &Object,
    kind: &str,
    gateways: &BTreeMap<Key, Attachable>,
    into: &mut [Draft],
) -> Draft {
    let (own, meta) = (value(object), meta(object));
    let mut row = world.row(object, &meta, Role::Route, "gateway-api");
    row.class.source = "parent";
    let redirect = redirects_only(&own);
    let mut hostnames = texts(&own, "/spec/hostnames");
    if hostnames.is_empty() {
        hostnames.push(String::new());
    }
    let mut claims = Vec::new();
    let mut meshed = false;
    for parent in list(&own, "/spec/parentRefs") {
        let or = |pointer: &str, default: &str| {
            Some(text(parent, pointer)).filter(|t| !t.is_empty()).unwrap_or(default).to_owned()
        };
        let (parent_kind, namespace, name) =
            (or("/kind", "Gateway"), or("/namespace", &object.namespace), or("/name", ""));
        if parent_kind == "Service" {
            meshed = true;
            continue;
        }
        let section = or("/sectionName", "");
        let port = number(parent, "/port");
        let found = gateways.get(&(parent_kind.clone(), namespace.clone(), name.clone()));
        let group = if parent_kind == "XListenerSet" { OLD_SETS } else { GROUP };
        let mut attached = Known::No;
        for socket in found.into_iter().flat_map(|found| &found.listeners) {
            if !(section.is_empty() || socket.name == section) || port.is_some_and(|port| port != socket.port) {
                continue;
            }
            let answer = takes(world, socket, &namespace, kind, &object.namespace);
            let common: Vec<String> =
                hostnames.iter().filter_map(|host| hostname::intersection(&socket.hostname, host)).collect();
            if answer == Known::No || common.is_empty() {
                continue;
            }
            if attached != Known::Yes {
                attached = answer;
            }
            let Some(found) = found else { continue };
            row.class.name.clone_from(&found.class.name);
            row.class.product.clone_from(&found.class.product);
            row.class.exists = found.class.exists;
            row.class.served_by.clone_from(&found.class.served_by);
            row.exposure = row.exposure.min(found.exposure);
            let plain = matches!(socket.protocol.as_str(), "HTTP" | "TCP" | "UDP");
            if let Some(listener) = into
                .get_mut(found.draft)
                .and_then(|draft| draft.row.listeners.iter_mut().find(|l| l.name == socket.name))
            {
                listener.routes += 1;
                listener.plain_routes += usize::from(plain && !redirect);
            }
            let address = format!("{parent_kind} {namespace}/{name} listener {}", socket.name);
            for host in common {
                let (tls, http) = match (plain, socket.mode.as_str()) {
                    (true, _) if redirect => (Tls::Redirect, Plain::Redirects),
                    (true, _) if found.offload => (Tls::Offloaded, Plain::Serves),
                    (true, _) => (Tls::None, Plain::Serves),
                    (false, "Passthrough") => (Tls::Passthrough, Plain::Absent),
                    (false, _) => (Tls::Terminated, Plain::Absent),
                };
                let tls = if answer == Known::Unknown { Tls::Unknown } else { tls };
                for path in paths(&own) {
                    claims.push(Claim {
                        host: host.clone(),
                        path: format!("{address} {path}"),
                        place: "spec.hostnames".into(),
                    });
                }
                add_host(&mut row.hosts, host, tls, http, &address);
            }
        }
        row.parents.push(Parent {
            exists: World::is_there(found.is_some(), world.proven(group, &parent_kind)),
            attached: if found.is_none() && !world.proven(group, &parent_kind) { Known::Unknown } else { attached },
            path: format!("spec.parentRefs[name={name}]"),
            kind: parent_kind,
            namespace,
            name,
            section,
        });
    }
    row.included = meshed && row.parents.is_empty();
    if row.hosts.iter().any(|host| host.host == "*") {
        row.catch_all
            .push(CatchAll { path: "spec.hostnames".into(), why: "neither it nor its listener names a host".into() });
    }
    let targets = targets(&own);
    super::guards_mesh::of_gateway_route(world, &mut row, &own, &targets);
    let mut draft = Draft { row, targets, claims };
    draft.row.backends = backends_granted(grants, object, &draft.targets);
    draft
}

fn add_host(hosts: &mut Vec<Host>, host: String, tls: Tls, plain: Plain, source: &str) {
    let made = Host {
        path: format!("spec.hostnames[={host}]"),
        tls,
        tls_source: source.to_owned(),
        plain,
        plain_source: source.to_owned(),
        host,
    };
    match hosts.iter_mut().find(|known| known.host == made.host) {
        // Both listeners serve it: TLS where one has it, plain content where one does not.
        Some(known) => {
            if made.tls < known.tls {
                known.tls = made.tls;
                known.tls_source = made.tls_source;
            }
            if made.plain < known.plain {
                known.plain = made.plain;
                known.plain_source = made.plain_source;
            }
        }
        None => hosts.push(made),
    }
}

fn paths(own: &Value) -> Vec<String> {
    let matches = list(own, "/spec/rules").iter().flat_map(|rule| list(rule, "/matches"));
    // Headers and methods tell matches apart that share a path.
    let mut all: Vec<String> = matches.map(std::string::ToString::to_string).collect();
    if all.is_empty() {
        all.push(String::new());
    }
    all
}

fn targets(own: &Value) -> Vec<Target> {
    let mut all = Vec::new();
    for (index, rule) in list(own, "/spec/rules").iter().enumerate() {
        let at = Some(text(rule, "/name"))
            .filter(|n| !n.is_empty())
            .map_or_else(|| index.to_string(), |n| format!("name={n}"));
        let filters = list(rule, "/filters").iter().filter_map(|filter| filter.pointer("/requestMirror/backendRef"));
        for backend in list(rule, "/backendRefs").iter().chain(filters) {
            let (home, name) = (text(backend, "/namespace"), text(backend, "/name"));
            let kind = Some(text(backend, "/kind")).filter(|kind| !kind.is_empty()).unwrap_or("Service");
            all.push(Target {
                path: format!("spec.rules[{at}].backendRefs[name={name}]"),
                kind: kind.to_owned(),
                name: if home.is_empty() { name.to_owned() } else { format!("{home}/{name}") },
                port: number(backend, "/port").map(IntOrText::Int),
            });
        }
    }
    all
}

/// Backends with their grant alone; the rest is looked up with those of all other kinds.
fn backends_granted(grants: &Grants, object: &Object, targets: &[Target]) -> Vec<super::model::Backend> {
    let from = End { group: GROUP, kind: &object.kind.kind, namespace: &object.namespace, name: &object.name };
    targets
        .iter()
        .map(|target| {
            let (namespace, name) = target.name.split_once('/').unwrap_or((&object.namespace, &target.name));
            let group = if target.kind == "Service" { "" } else { "*" };
            let granted = grants.allows(from, End { group, kind: &target.kind, namespace, name });
            super::model::Backend { granted, ..super::backends::bare(target, &object.namespace) }
        })
        .collect()
}
