//! `cilium.io/v2` CiliumNetworkPolicy and CiliumClusterwideNetworkPolicy.
//!
//! From Cilium's policy documentation: a section that is null or empty has no effect; one with
//! any entry, `[{}]` included, puts the selected endpoints into default deny unless
//! `enableDefaultDeny` says otherwise; denies win over allows of any kind. An empty rule admits
//! nothing. Node policies (`nodeSelector`) do not concern pods.

use serde::Deserialize;
use serde_json::Value;

use super::{Action, Engine, Peer, Policies, Policy, Port, PortNumber, Rule, Scope, Section, Tier};
use crate::{
    facts::{
        cidr,
        selector::{LabelSelector, Select},
    },
    snapshot::{Object, Snapshot},
    view::{Meta, nullable},
};

/// The label that names a pod's namespace.
const NAMESPACE: &str = "io.kubernetes.pod.namespace";
/// Prefix of the labels of a pod's namespace.
const NAMESPACE_LABELS: &str = "io.cilium.k8s.namespace.labels.";

#[derive(Deserialize, Default)]
#[serde(default)]
struct CiliumPolicy {
    #[serde(deserialize_with = "nullable")]
    metadata: Meta,
    spec: Option<Spec>,
    #[serde(deserialize_with = "nullable")]
    specs: Vec<Spec>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Spec {
    endpoint_selector: Option<LabelSelector>,
    node_selector: Option<LabelSelector>,
    #[serde(deserialize_with = "nullable")]
    ingress: Vec<RuleView>,
    #[serde(deserialize_with = "nullable")]
    ingress_deny: Vec<RuleView>,
    #[serde(deserialize_with = "nullable")]
    egress: Vec<RuleView>,
    #[serde(deserialize_with = "nullable")]
    egress_deny: Vec<RuleView>,
    #[serde(deserialize_with = "nullable")]
    enable_default_deny: DefaultDeny,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct DefaultDeny {
    ingress: Option<bool>,
    egress: Option<bool>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RuleView {
    #[serde(rename = "fromEndpoints", alias = "toEndpoints")]
    endpoints: Option<Vec<LabelSelector>>,
    #[serde(rename = "fromCIDR", alias = "toCIDR")]
    cidrs: Option<Vec<String>>,
    #[serde(rename = "fromCIDRSet", alias = "toCIDRSet")]
    cidr_sets: Option<Vec<CidrSet>>,
    #[serde(rename = "fromEntities", alias = "toEntities")]
    entities: Option<Vec<String>>,
    #[serde(rename = "toFQDNs")]
    names: Option<Vec<Name>>,
    #[serde(rename = "toServices")]
    services: Option<Vec<Value>>,
    #[serde(rename = "fromGroups", alias = "toGroups")]
    groups: Option<Vec<Value>>,
    #[serde(rename = "fromNodes", alias = "toNodes")]
    nodes: Option<Vec<Value>>,
    #[serde(rename = "fromRequires", alias = "toRequires")]
    requires: Option<Vec<Value>>,
    #[serde(rename = "toPorts", deserialize_with = "nullable")]
    ports: Vec<PortRule>,
    #[serde(deserialize_with = "nullable")]
    icmps: Vec<Value>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct CidrSet {
    #[serde(deserialize_with = "nullable")]
    cidr: String,
    #[serde(deserialize_with = "nullable")]
    except: Vec<String>,
    cidr_group_ref: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Name {
    #[serde(deserialize_with = "nullable")]
    match_name: String,
    #[serde(deserialize_with = "nullable")]
    match_pattern: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct PortRule {
    #[serde(deserialize_with = "nullable")]
    ports: Vec<PortView>,
    rules: Option<Value>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct PortView {
    port: Option<PortNumber>,
    #[serde(deserialize_with = "nullable")]
    protocol: String,
    end_port: Option<u16>,
}

pub(super) fn read<'s>(snapshot: &'s Snapshot, all: &mut Policies<'s>) {
    for kind in ["CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy"] {
        for object in snapshot.of("cilium.io", kind) {
            let Some(CiliumPolicy { metadata, spec, specs }) = all.parse(object) else { continue };
            let many = !specs.is_empty();
            for (index, spec) in spec
                .into_iter()
                .map(|spec| (None, spec))
                .chain(specs.into_iter().enumerate().map(|(i, s)| (Some(i), s)))
            {
                if spec.node_selector.is_some() && spec.endpoint_selector.is_none() {
                    continue;
                }
                let prefix = index.filter(|_| many).map_or("spec".into(), |index| format!("specs[{index}]"));
                all.policies.extend(policies(object, &metadata, &prefix, &spec));
            }
        }
    }
}

/// Denies go before everything else in the tier: they win over any allow.
fn policies<'s>(object: &'s Object, meta: &Meta, prefix: &str, spec: &Spec) -> Vec<Policy<'s>> {
    let own = (!object.namespace.is_empty()).then(|| object.namespace.to_string());
    let subject = vec![Scope {
        own_namespace: own.clone(),
        namespaces: Select::All,
        pods: select(spec.endpoint_selector.clone().unwrap_or_default()),
    }];
    let one = |order: f64, ingress: Option<Section>, egress: Option<Section>| Policy {
        object,
        reference: object.reference(),
        meta: meta.clone(),
        engine: Engine::Cilium,
        staged: false,
        tier: Tier::default_tier(),
        order,
        subject: subject.clone(),
        ingress,
        egress,
    };
    let section = |field: &str, views: &[RuleView], action: Action, isolates: bool| {
        (isolates || !views.is_empty()).then(|| Section {
            isolates,
            rules: views
                .iter()
                .enumerate()
                .filter_map(|(index, view)| rule(own.as_deref(), format!("{prefix}.{field}[{index}]"), view, action))
                .collect(),
        })
    };
    let isolates = |asked: Option<bool>, allow: &[RuleView], deny: &[RuleView]| {
        asked.unwrap_or(!allow.is_empty() || !deny.is_empty())
    };
    let ingress = isolates(spec.enable_default_deny.ingress, &spec.ingress, &spec.ingress_deny);
    let egress = isolates(spec.enable_default_deny.egress, &spec.egress, &spec.egress_deny);
    let denies = one(
        -1.0,
        section("ingressDeny", &spec.ingress_deny, Action::Deny, false),
        section("egressDeny", &spec.egress_deny, Action::Deny, false),
    );
    let allows = one(
        1000.0,
        section("ingress", &spec.ingress, Action::Allow, ingress),
        section("egress", &spec.egress, Action::Allow, egress),
    );
    [denies, allows].into_iter().filter(|policy| policy.ingress.is_some() || policy.egress.is_some()).collect()
}

/// A selector whose keys lose their source prefix, since labels here have none.
fn select(selector: LabelSelector) -> Select {
    let plain = |key: &str| {
        let key = key.strip_prefix("k8s:").or_else(|| key.strip_prefix("any:")).unwrap_or(key);
        key.strip_prefix("k8s.").filter(|rest| rest.starts_with("io.")).unwrap_or(key).to_owned()
    };
    if let Some(key) = selector.keys().find(|key| key.starts_with("reserved:") || key.starts_with("reserved.")) {
        return Select::Opaque(format!("the selector names {key}"));
    }
    let mut clean = LabelSelector {
        match_labels: selector.match_labels.into_iter().map(|(key, value)| (plain(&key), value)).collect(),
        match_expressions: selector.match_expressions,
    };
    for requirement in &mut clean.match_expressions {
        requirement.key = plain(&requirement.key);
    }
    Select::labels(clean)
}

fn rule(own: Option<&str>, path: String, view: &RuleView, action: Action) -> Option<Rule> {
    let mut peers = Vec::new();
    for selector in view.endpoints.iter().flatten() {
        peers.push(endpoint(own, selector));
    }
    for cidr in view.cidrs.iter().flatten() {
        peers.push(addresses(cidr, &[]));
    }
    for set in view.cidr_sets.iter().flatten() {
        peers.push(match &set.cidr_group_ref {
            Some(group) => Peer::Opaque(format!("CiliumCIDRGroup {group}")),
            None => addresses(&set.cidr, &set.except),
        });
    }
    let entities = || view.entities.iter().flatten();
    peers.extend(entities().filter(|e| e.as_str() != "all").cloned().map(Peer::Entity));
    for name in view.names.iter().flatten() {
        peers.push(Peer::Name(if name.match_name.is_empty() { &name.match_pattern } else { &name.match_name }.clone()));
    }
    peers.extend(view.services.iter().flatten().map(|_| Peer::Opaque("toServices".into())));
    peers.extend(view.groups.iter().flatten().map(|_| Peer::Opaque("a group of a cloud".into())));
    peers.extend(view.nodes.iter().flatten().map(|_| Peer::Nodes));
    let names_peers = view.endpoints.is_some()
        || view.cidrs.is_some()
        || view.cidr_sets.is_some()
        || view.entities.is_some()
        || view.names.is_some()
        || view.services.is_some()
        || view.groups.is_some()
        || view.nodes.is_some();
    let mut ports: Vec<Port> = Vec::new();
    let mut narrowed = !view.icmps.is_empty() || view.requires.is_some();
    for rule in &view.ports {
        narrowed |= rule.rules.is_some();
        if rule.ports.is_empty() {
            ports.push(Port { protocol: "ANY".into(), from: 0, to: u16::MAX, name: String::new() });
        }
        ports.extend(rule.ports.iter().map(port));
    }
    // Neither peers nor ports: an empty rule, which admits nothing.
    if !names_peers && ports.is_empty() && view.icmps.is_empty() {
        return None;
    }
    let any_peer = !names_peers || entities().any(|entity| entity == "all");
    if !any_peer && peers.is_empty() {
        return None;
    }
    Some(Rule { path, action, any_peer, peers, ports, narrowed })
}

fn port(view: &PortView) -> Port {
    let protocol = if view.protocol.is_empty() { "ANY" } else { &view.protocol };
    let zero = view.port.as_ref().map_or(PortNumber::Number(0), Clone::clone);
    let mut port = zero.port(protocol, view.end_port);
    // Port 0 stands for all ports.
    if port.name.is_empty() && port.from == 0 {
        port.to = u16::MAX;
    }
    port
}

fn addresses(cidr: &str, except: &[String]) -> Peer {
    match cidr::Set::parse(cidr) {
        Some(set) => Peer::Addresses(set.minus(&cidr::Set::of(except.iter().map(String::as_str)).0)),
        None => Peer::Opaque(format!("{cidr:?} is no CIDR")),
    }
}

/// A namespaced policy means its own namespace unless the selector names another.
fn endpoint(own: Option<&str>, selector: &LabelSelector) -> Peer {
    if let Some(entity) = selector.match_labels.keys().find_map(|key| key.strip_prefix("reserved:")) {
        return Peer::Entity(entity.to_owned());
    }
    let select = select(selector.clone());
    let elsewhere = select.keys().iter().any(|key| key == NAMESPACE || key.starts_with(NAMESPACE_LABELS));
    Peer::Pods(Scope {
        own_namespace: own.filter(|_| !elsewhere).map(str::to_owned),
        namespaces: Select::All,
        pods: select,
    })
}
