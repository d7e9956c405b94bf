//! `crd.antrea.io` ClusterNetworkPolicy, NetworkPolicy and Tier.
//!
//! From Antrea's documentation: tiers by priority, smaller first; built-in ones are emergency
//! 50, securityops 100, networkops 150, platform 200, application 250, then NetworkPolicies,
//! then baseline 253. Rules are asked in order, the first match wins, and what none matches goes
//! on: only a rule that drops or rejects isolates. `appliedTo` stands in the spec or in each rule.

use serde::Deserialize;
use serde_json::Value;

use super::{
    Action, Engine, IpBlock, Peer, Policies, Policy, Port, PortNumber, Rank, Rule, Scope, Section, Tier, Tiers,
    Unmatched, pods, whole,
};
use crate::{
    facts::selector::{LabelSelector, Select},
    snapshot::{Object, Snapshot},
    view::{Meta, nullable},
};

/// Built-in tiers and their priorities.
const BUILT_IN: [(&str, f64); 6] = [
    ("emergency", 50.0),
    ("securityops", 100.0),
    ("networkops", 150.0),
    ("platform", 200.0),
    ("application", 250.0),
    ("baseline", 253.0),
];

#[derive(Deserialize, Default)]
#[serde(default)]
struct AntreaPolicy {
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
    priority: Option<f64>,
    #[serde(deserialize_with = "nullable")]
    applied_to: Vec<PeerView>,
    #[serde(deserialize_with = "nullable")]
    ingress: Vec<RuleView>,
    #[serde(deserialize_with = "nullable")]
    egress: Vec<RuleView>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct RuleView {
    #[serde(deserialize_with = "nullable")]
    action: String,
    #[serde(deserialize_with = "nullable")]
    from: Vec<PeerView>,
    #[serde(deserialize_with = "nullable")]
    to: Vec<PeerView>,
    #[serde(deserialize_with = "nullable")]
    to_services: Vec<Value>,
    #[serde(deserialize_with = "nullable")]
    ports: Vec<PortView>,
    #[serde(deserialize_with = "nullable")]
    protocols: Vec<Value>,
    #[serde(deserialize_with = "nullable")]
    l7_protocols: Vec<Value>,
    #[serde(deserialize_with = "nullable")]
    applied_to: Vec<PeerView>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct PeerView {
    pod_selector: Option<LabelSelector>,
    namespace_selector: Option<LabelSelector>,
    namespaces: Option<Namespaces>,
    ip_block: Option<IpBlock>,
    fqdn: Option<String>,
    group: Option<String>,
    node_selector: Option<Value>,
    service_account: Option<Value>,
    service: Option<Value>,
    scope: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Namespaces {
    #[serde(rename = "match", deserialize_with = "nullable")]
    matching: String,
    #[serde(deserialize_with = "nullable")]
    same_labels: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct PortView {
    #[serde(deserialize_with = "nullable")]
    protocol: String,
    port: Option<PortNumber>,
    end_port: Option<u16>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct TierView {
    #[serde(deserialize_with = "nullable")]
    spec: TierSpec,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct TierSpec {
    priority: Option<f64>,
}

pub(super) fn read<'s>(snapshot: &'s Snapshot, all: &mut Policies<'s>) {
    let mut tiers: Tiers =
        BUILT_IN.iter().map(|(name, priority)| ((*name).to_owned(), tier(name, *priority))).collect();
    for object in snapshot.of("crd.antrea.io", "Tier") {
        if let Some(view) = all.parse::<TierView>(object) {
            tiers.insert(object.name.to_string(), tier(&object.name, view.spec.priority.unwrap_or(250.0)));
        }
    }
    for group in ["crd.antrea.io", "security.antrea.tanzu.vmware.com"] {
        for kind in ["ClusterNetworkPolicy", "NetworkPolicy"] {
            for object in snapshot.of(group, kind) {
                let Some(AntreaPolicy { metadata, spec }) = all.parse(object) else { continue };
                let name = if spec.tier.is_empty() { "application".to_owned() } else { spec.tier.to_lowercase() };
                let tier = tiers.get(&name).cloned().unwrap_or_else(|| self::tier(&name, 250.0));
                all.policies.extend(policies(object, &metadata, &spec, &tier));
            }
        }
    }
}

fn tier(name: &str, priority: f64) -> Tier {
    // NetworkPolicies stand between application and baseline.
    let stage = if priority >= 253.0 { 4 } else { 1 };
    Tier { name: name.to_owned(), rank: Rank(stage, priority), unmatched: Unmatched::Pass }
}

/// One policy, or one a rule where rules are applied to subjects of their own.
fn policies<'s>(object: &'s Object, meta: &Meta, spec: &Spec, tier: &Tier) -> Vec<Policy<'s>> {
    let own = (!object.namespace.is_empty()).then(|| object.namespace.to_string());
    let one = |applied_to: &[PeerView], ingress: Option<Section>, egress: Option<Section>| Policy {
        object,
        reference: object.reference(),
        meta: meta.clone(),
        engine: Engine::Antrea,
        staged: false,
        tier: tier.clone(),
        order: spec.priority.unwrap_or(f64::MAX),
        subject: applied_to.iter().filter_map(|to| subject(own.as_deref(), to)).collect(),
        ingress,
        egress,
    };
    let rules = |field: &str, views: &[RuleView]| -> Vec<Rule> {
        let rule = |(index, view): (usize, &RuleView)| rule(own.as_deref(), format!("spec.{field}[{index}]"), view);
        views.iter().enumerate().map(rule).collect()
    };
    let (ingress, egress) = (rules("ingress", &spec.ingress), rules("egress", &spec.egress));
    let section = |rules: Vec<Rule>| (!rules.is_empty()).then_some(Section { isolates: false, rules });
    if !spec.applied_to.is_empty() {
        return vec![one(&spec.applied_to, section(ingress), section(egress))];
    }
    let apart = |views: &[RuleView], rules: Vec<Rule>, inward: bool| -> Vec<Policy<'s>> {
        let each = views.iter().zip(rules).map(|(view, rule)| {
            let section = Some(Section { isolates: false, rules: vec![rule] });
            if inward { one(&view.applied_to, section, None) } else { one(&view.applied_to, None, section) }
        });
        each.collect()
    };
    let mut all = apart(&spec.ingress, ingress, true);
    all.extend(apart(&spec.egress, egress, false));
    all
}

fn subject(own: Option<&str>, to: &PeerView) -> Option<Scope> {
    if to.node_selector.is_some() || to.service.is_some() {
        return None; // Nodes and NodePorts are no pods.
    }
    if let Some(group) = &to.group {
        return Some(opaque(own, format!("group {group}")));
    }
    if to.service_account.is_some() {
        return Some(opaque(own, "a service account".into()));
    }
    Some(match own {
        Some(own) => pods(Some(own), None, to.pod_selector.clone()),
        None => pods(None, Some(to.namespace_selector.clone().unwrap_or_default()), to.pod_selector.clone()),
    })
}

fn opaque(own: Option<&str>, reason: String) -> Scope {
    Scope { own_namespace: own.map(str::to_owned), namespaces: Select::All, pods: Select::Opaque(reason) }
}

fn rule(own: Option<&str>, path: String, view: &RuleView) -> Rule {
    let mut peers: Vec<Peer> = view.from.iter().chain(&view.to).map(|peer| peer_of(own, peer)).collect();
    peers.extend(view.to_services.iter().map(|_| Peer::Opaque("toServices".into())));
    let ports: Vec<Port> = view
        .ports
        .iter()
        .map(|port| match &port.port {
            Some(number) => number.port(&port.protocol, port.end_port),
            None => whole(&port.protocol),
        })
        .collect();
    let action = match view.action.as_str() {
        "Allow" => Action::Allow,
        "Pass" => Action::Pass,
        _ => Action::Deny,
    };
    let narrowed = !view.protocols.is_empty() || !view.l7_protocols.is_empty();
    Rule { path, action, any_peer: peers.is_empty(), peers, ports, narrowed }
}

fn peer_of(own: Option<&str>, peer: &PeerView) -> Peer {
    if let Some(block) = &peer.ip_block {
        return block.peer();
    }
    if let Some(name) = &peer.fqdn {
        return Peer::Name(name.clone());
    }
    if let Some(group) = &peer.group {
        return Peer::Opaque(format!("group {group}"));
    }
    if peer.node_selector.is_some() {
        return Peer::Nodes;
    }
    if peer.service_account.is_some() || peer.scope.as_deref() == Some("ClusterSet") {
        return Peer::Opaque("a service account or another cluster".into());
    }
    match &peer.namespaces {
        Some(namespaces) if !namespaces.same_labels.is_empty() => Peer::SameLabels(namespaces.same_labels.clone()),
        Some(namespaces) if namespaces.matching == "Self" => {
            Peer::SameLabels(vec!["kubernetes.io/metadata.name".into()])
        }
        _ if own.is_some() => Peer::Pods(pods(own, peer.namespace_selector.clone(), peer.pod_selector.clone())),
        _ => {
            let namespaces = peer.namespace_selector.clone().unwrap_or_default();
            Peer::Pods(pods(None, Some(namespaces), peer.pod_selector.clone()))
        }
    }
}
