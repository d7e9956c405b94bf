//! `projectcalico.org/v3` (or its storage, `crd.projectcalico.org/v1`) NetworkPolicy,
//! GlobalNetworkPolicy, Tier and the Staged kinds.
//!
//! From Calico's reference: rules are asked in order of tier, policy order, and position; the
//! first terminal action wins; an endpoint that a tier selects and no rule matches falls to the
//! tier's `defaultAction`. `types` absent: Ingress, and Egress where there are egress rules; only
//! Egress where there are only those. Staged kinds never enforce. Policies with `doNotTrack`,
//! `preDNAT` or `applyOnForward` concern host endpoints, not pods.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value;

use super::{
    Action, Engine, Peer, Policies, Policy, Port, PortNumber, Rank, Rule, Scope, Section, Tier, Tiers, Unmatched,
    kubernetes,
};
use crate::{
    facts::{cidr, selector::Select},
    snapshot::{Object, Snapshot},
    view::{Meta, nullable},
};

/// The aggregated API first: what both serve is one object.
const GROUPS: [&str; 2] = ["projectcalico.org", "crd.projectcalico.org"];
/// Order of the default tier.
const DEFAULT_ORDER: f64 = 1_000_000.0;

#[derive(Deserialize, Default)]
#[serde(default)]
struct CalicoPolicy {
    #[serde(deserialize_with = "nullable")]
    metadata: Meta,
    #[serde(deserialize_with = "nullable")]
    spec: Spec,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Spec {
    #[serde(deserialize_with = "nullable")]
    tier: String,
    order: Option<f64>,
    #[serde(deserialize_with = "nullable")]
    selector: String,
    #[serde(deserialize_with = "nullable")]
    namespace_selector: String,
    #[serde(deserialize_with = "nullable")]
    service_account_selector: String,
    #[serde(deserialize_with = "nullable")]
    types: Vec<String>,
    #[serde(deserialize_with = "nullable")]
    ingress: Vec<RuleView>,
    #[serde(deserialize_with = "nullable")]
    egress: Vec<RuleView>,
    #[serde(deserialize_with = "nullable")]
    do_not_track: bool,
    #[serde(rename = "preDNAT", deserialize_with = "nullable")]
    pre_dnat: bool,
    #[serde(deserialize_with = "nullable")]
    apply_on_forward: bool,
    #[serde(deserialize_with = "nullable")]
    staged_action: String,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct RuleView {
    #[serde(deserialize_with = "nullable")]
    action: String,
    protocol: Option<Value>,
    not_protocol: Option<Value>,
    icmp: Option<Value>,
    #[serde(rename = "notICMP")]
    not_icmp: Option<Value>,
    ip_version: Option<u8>,
    http: Option<Value>,
    #[serde(deserialize_with = "nullable")]
    source: EntityView,
    #[serde(deserialize_with = "nullable")]
    destination: EntityView,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct EntityView {
    #[serde(deserialize_with = "nullable")]
    nets: Vec<String>,
    #[serde(deserialize_with = "nullable")]
    not_nets: Vec<String>,
    #[serde(deserialize_with = "nullable")]
    selector: String,
    #[serde(deserialize_with = "nullable")]
    not_selector: String,
    #[serde(deserialize_with = "nullable")]
    namespace_selector: String,
    #[serde(deserialize_with = "nullable")]
    ports: Vec<PortNumber>,
    #[serde(deserialize_with = "nullable")]
    not_ports: Vec<PortNumber>,
    service_accounts: Option<Value>,
    services: Option<Value>,
    #[serde(deserialize_with = "nullable")]
    domains: Vec<String>,
}

impl EntityView {
    /// Says nothing of who is at this end.
    fn is_anyone(&self) -> bool {
        self.nets.is_empty()
            && self.not_nets.is_empty()
            && self.selector.is_empty()
            && self.not_selector.is_empty()
            && self.namespace_selector.is_empty()
            && self.service_accounts.is_none()
            && self.services.is_none()
            && self.domains.is_empty()
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct TierView {
    #[serde(deserialize_with = "nullable")]
    spec: TierSpec,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct TierSpec {
    order: Option<f64>,
    #[serde(deserialize_with = "nullable")]
    default_action: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct StagedKubernetes {
    #[serde(deserialize_with = "nullable")]
    metadata: Meta,
    #[serde(deserialize_with = "nullable")]
    spec: kubernetes::Spec,
}

pub(super) fn read<'s>(snapshot: &'s Snapshot, all: &mut Policies<'s>) {
    let mut tiers = Tiers::new();
    for object in GROUPS.iter().rev().flat_map(|group| snapshot.of(group, "Tier")) {
        if let Some(view) = all.parse::<TierView>(object) {
            tiers.insert(object.name.to_string(), tier(&object.name, &view.spec));
        }
    }
    let mut seen: BTreeSet<(String, String, String)> = BTreeSet::new();
    for group in GROUPS {
        for kind in ["NetworkPolicy", "GlobalNetworkPolicy", "StagedNetworkPolicy", "StagedGlobalNetworkPolicy"] {
            for object in snapshot.of(group, kind) {
                // NetworkPolicies of Kubernetes show up again under these names.
                if ["knp.", "kanp.", "kbanp.", "kcnp."].iter().any(|prefix| object.name.starts_with(prefix)) {
                    continue;
                }
                let Some(CalicoPolicy { metadata, spec }) = all.parse(object) else { continue };
                let tier = if spec.tier.is_empty() { "default" } else { &spec.tier };
                let short = object.name.strip_prefix(&format!("{tier}.")).unwrap_or(&object.name);
                if !seen.insert((kind.to_owned(), object.namespace.to_string(), short.to_owned())) {
                    continue;
                }
                let tier = tiers.get(tier).cloned().unwrap_or_else(|| self::tier(tier, &TierSpec::default()));
                all.policies.extend(policy(object, metadata, spec, tier));
            }
        }
        for object in snapshot.of(group, "StagedKubernetesNetworkPolicy") {
            let Some(StagedKubernetes { metadata, spec }) = all.parse(object) else { continue };
            if seen.insert(("StagedKubernetes".into(), object.namespace.to_string(), object.name.to_string())) {
                all.policies.push(kubernetes::policy(object, metadata, spec, Engine::Calico, true));
            }
        }
    }
}

/// The default tier is where NetworkPolicies stand; others lie before or behind it.
fn tier(name: &str, spec: &TierSpec) -> Tier {
    let unmatched = if spec.default_action == "Pass" { Unmatched::Pass } else { Unmatched::Deny };
    if name == "default" {
        return Tier { unmatched, ..Tier::default_tier() };
    }
    // Without an order a tier comes last.
    let order = spec.order.unwrap_or(f64::MAX);
    let stage = if order < DEFAULT_ORDER { 1 } else { 3 };
    Tier { name: name.to_owned(), rank: Rank(stage, order), unmatched }
}

fn policy(object: &Object, meta: Meta, spec: Spec, tier: Tier) -> Option<Policy<'_>> {
    if spec.do_not_track || spec.pre_dnat || spec.apply_on_forward {
        return None;
    }
    let own = (!object.namespace.is_empty()).then(|| object.namespace.to_string());
    let mut pods = vec![Select::calico(&spec.selector)];
    let accounts = Select::calico(&spec.service_account_selector);
    if !accounts.is_all() {
        pods.push(Select::Opaque("serviceAccountSelector reads the labels of ServiceAccounts".into()));
    }
    let has = |direction: &str| spec.types.iter().any(|t| t == direction);
    let ingress =
        if spec.types.is_empty() { spec.egress.is_empty() || !spec.ingress.is_empty() } else { has("Ingress") };
    let egress = if spec.types.is_empty() { !spec.egress.is_empty() } else { has("Egress") };
    let section = |applies: bool, field: &str, views: &[RuleView], inward: bool| {
        applies.then(|| Section {
            isolates: true,
            rules: views
                .iter()
                .enumerate()
                .map(|(index, view)| rule(own.as_deref(), format!("spec.{field}[{index}]"), view, inward))
                .collect(),
        })
    };
    Some(Policy {
        reference: object.reference(),
        object,
        engine: Engine::Calico,
        // What a staged policy would delete or ignore enforces as little.
        staged: object.kind.kind.starts_with("Staged") || !spec.staged_action.is_empty(),
        tier,
        order: spec.order.unwrap_or(f64::MAX),
        ingress: section(ingress, "ingress", &spec.ingress, true),
        egress: section(egress, "egress", &spec.egress, false),
        subject: vec![Scope {
            own_namespace: own,
            namespaces: Select::calico(&spec.namespace_selector),
            pods: if pods.len() == 1 { pods.remove(0) } else { Select::Every(pods) },
        }],
        meta,
    })
}

fn rule(own: Option<&str>, path: String, view: &RuleView, inward: bool) -> Rule {
    let (peer, here) = if inward { (&view.source, &view.destination) } else { (&view.destination, &view.source) };
    let protocol = match &view.protocol {
        Some(Value::String(text)) => text.to_ascii_uppercase(),
        Some(Value::Number(number)) => protocol_of(number.as_u64().unwrap_or(0)),
        _ => String::new(),
    };
    let any = if protocol.is_empty() { "ANY" } else { protocol.as_str() };
    let mut ports: Vec<Port> = view.destination.ports.iter().map(|port| range(port, any)).collect();
    if ports.is_empty() && !protocol.is_empty() {
        ports.push(Port { protocol: protocol.clone(), from: 0, to: u16::MAX, name: String::new() });
        // One protocol of several is not everything, unless it is spoken of as ports are.
        if !matches!(protocol.as_str(), "TCP" | "UDP") {
            ports[0].to = 0;
        }
    }
    let narrowed = view.not_protocol.is_some()
        || view.icmp.is_some()
        || view.not_icmp.is_some()
        || view.http.is_some()
        || !view.source.ports.is_empty()
        || !view.source.not_ports.is_empty()
        || !view.destination.not_ports.is_empty()
        || !here.is_anyone()
        || !peer.not_selector.is_empty();
    let mut peers = Vec::new();
    let by_pods = !peer.selector.is_empty() || !peer.namespace_selector.is_empty();
    if !peer.nets.is_empty() || (!peer.not_nets.is_empty() && !by_pods) {
        let base = if peer.nets.is_empty() {
            cidr::Set::everything()
        } else {
            cidr::Set::of(peer.nets.iter().map(String::as_str)).0
        };
        peers.push(Peer::Addresses(base.minus(&cidr::Set::of(peer.not_nets.iter().map(String::as_str)).0)));
    } else if by_pods {
        peers.push(if peer.namespace_selector.trim() == "global()" {
            Peer::Opaque("global() selects network sets and host endpoints".into())
        } else {
            Peer::Pods(Scope {
                own_namespace: own.filter(|_| peer.namespace_selector.is_empty()).map(str::to_owned),
                namespaces: Select::calico(&peer.namespace_selector),
                pods: Select::calico(&peer.selector),
            })
        });
    } else if let Some(version) = view.ip_version {
        let family = if version == 6 { "::/0" } else { "0.0.0.0/0" };
        peers.push(Peer::Addresses(cidr::Set::of([family]).0));
    }
    if peer.service_accounts.is_some() {
        peers.push(Peer::Opaque("service accounts".into()));
    }
    if peer.services.is_some() {
        peers.push(Peer::Opaque("services".into()));
    }
    peers.extend(peer.domains.iter().cloned().map(Peer::Name));
    let action = match view.action.as_str() {
        "Allow" | "allow" => Action::Allow,
        "Pass" | "pass" => Action::Pass,
        "Log" | "log" => Action::Log,
        _ => Action::Deny,
    };
    Rule { path, action, any_peer: peers.is_empty() && peer.not_selector.is_empty(), peers, ports, narrowed }
}

fn protocol_of(number: u64) -> String {
    match number {
        1 => "ICMP".into(),
        6 => "TCP".into(),
        17 => "UDP".into(),
        58 => "ICMPV6".into(),
        132 => "SCTP".into(),
        other => other.to_string(),
    }
}

/// `80`, `8000:9000` or a name.
fn range(port: &PortNumber, protocol: &str) -> Port {
    if let PortNumber::Text(text) = port
        && let Some((from, to)) = text.split_once(':')
        && let (Ok(from), Ok(to)) = (from.parse(), to.parse())
    {
        return Port { protocol: protocol.to_owned(), from, to, name: String::new() };
    }
    port.port(protocol, None)
}
