//! `policy.networking.k8s.io`: AdminNetworkPolicy and BaselineAdminNetworkPolicy (v1alpha1), and
//! ClusterNetworkPolicy (v1alpha2), which took their place.
//!
//! Admin policies are asked before NetworkPolicies, by priority, the first match wins; baseline
//! ones only where no NetworkPolicy selects the pod. They isolate nobody by themselves: only a
//! rule that denies does.

use serde::Deserialize;
use serde_json::Value;

use super::{
    Action, Direction, Engine, Peer, Policies, Policy, Port, PortNumber, Rank, Rule, Scope, Section, Tier, Unmatched,
    pods,
};
use crate::{
    facts::{
        cidr,
        selector::{LabelSelector, Select},
    },
    snapshot::{Object, Snapshot},
    view::{Meta, nullable},
};

#[derive(Deserialize, Default)]
#[serde(default)]
struct AdminPolicy {
    #[serde(deserialize_with = "nullable")]
    metadata: Meta,
    #[serde(deserialize_with = "nullable")]
    spec: Spec,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Spec {
    #[serde(deserialize_with = "nullable")]
    tier: String,
    priority: Option<f64>,
    #[serde(deserialize_with = "nullable")]
    subject: Subject,
    #[serde(deserialize_with = "nullable")]
    ingress: Vec<RuleView>,
    #[serde(deserialize_with = "nullable")]
    egress: Vec<RuleView>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Subject {
    namespaces: Option<LabelSelector>,
    pods: Option<NamespacedPods>,
}

#[derive(Deserialize, Default, Clone)]
#[serde(default, rename_all = "camelCase")]
struct NamespacedPods {
    #[serde(deserialize_with = "nullable")]
    namespace_selector: LabelSelector,
    #[serde(deserialize_with = "nullable")]
    pod_selector: LabelSelector,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RuleView {
    #[serde(deserialize_with = "nullable")]
    action: String,
    #[serde(deserialize_with = "nullable")]
    from: Vec<PeerView>,
    #[serde(deserialize_with = "nullable")]
    to: Vec<PeerView>,
    #[serde(deserialize_with = "nullable")]
    ports: Vec<PortView>,
    #[serde(deserialize_with = "nullable")]
    protocols: Vec<serde_json::Map<String, Value>>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct PeerView {
    namespaces: Option<LabelSelector>,
    pods: Option<NamespacedPods>,
    nodes: Option<Value>,
    networks: Option<Vec<String>>,
    domain_names: Option<Vec<String>>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct PortView {
    port_number: Option<Number>,
    port_range: Option<Range>,
    named_port: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Number {
    #[serde(deserialize_with = "nullable")]
    protocol: String,
    port: u16,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Range {
    #[serde(deserialize_with = "nullable")]
    protocol: String,
    start: u16,
    end: u16,
}

pub(super) fn read<'s>(snapshot: &'s Snapshot, all: &mut Policies<'s>) {
    for kind in ["AdminNetworkPolicy", "BaselineAdminNetworkPolicy", "ClusterNetworkPolicy"] {
        for object in snapshot.of("policy.networking.k8s.io", kind) {
            let Some(AdminPolicy { metadata, spec }) = all.parse(object) else { continue };
            let baseline = kind == "BaselineAdminNetworkPolicy" || spec.tier == "Baseline";
            all.policies.push(policy(object, metadata, &spec, baseline));
        }
    }
}

fn policy<'s>(object: &'s Object, meta: Meta, spec: &Spec, baseline: bool) -> Policy<'s> {
    let tier = if baseline { ("baseline", Rank(4, 0.0)) } else { ("admin", Rank(0, 0.0)) };
    let subject = match (&spec.subject.pods, &spec.subject.namespaces) {
        (Some(both), _) => vec![pods(None, Some(both.namespace_selector.clone()), Some(both.pod_selector.clone()))],
        (None, Some(namespaces)) => vec![pods(None, Some(namespaces.clone()), None)],
        (None, None) => Vec::new(),
    };
    let section = |field: &str, views: &[RuleView], direction: Direction| {
        (!views.is_empty()).then(|| Section {
            isolates: false,
            rules: views
                .iter()
                .enumerate()
                .map(|(index, view)| rule(format!("spec.{field}[{index}]"), view, direction))
                .collect(),
        })
    };
    Policy {
        object,
        reference: object.reference(),
        meta,
        engine: Engine::Admin,
        staged: false,
        tier: Tier { name: tier.0.into(), rank: tier.1, unmatched: Unmatched::Pass },
        order: spec.priority.unwrap_or(0.0),
        subject,
        ingress: section("ingress", &spec.ingress, Direction::Ingress),
        egress: section("egress", &spec.egress, Direction::Egress),
    }
}

fn rule(path: String, view: &RuleView, direction: Direction) -> Rule {
    let mut peers = Vec::new();
    let mut any_peer = false;
    for peer in view.from.iter().chain(&view.to) {
        if let Some(namespaces) = &peer.namespaces {
            // The only peers that ingress rules know are pods: all namespaces are all there is.
            any_peer |= namespaces.is_everything() && direction == Direction::Ingress;
            peers.push(Peer::Pods(pods(None, Some(namespaces.clone()), None)));
        }
        if let Some(both) = &peer.pods {
            peers.push(Peer::Pods(Scope {
                own_namespace: None,
                namespaces: Select::labels(both.namespace_selector.clone()),
                pods: Select::labels(both.pod_selector.clone()),
            }));
        }
        if peer.nodes.is_some() {
            peers.push(Peer::Nodes);
        }
        if let Some(networks) = &peer.networks {
            let (set, broken) = cidr::Set::of(networks.iter().map(String::as_str));
            peers.push(Peer::Addresses(set));
            peers.extend(broken.into_iter().map(|text| Peer::Opaque(format!("{text:?} is no CIDR"))));
        }
        peers.extend(peer.domain_names.iter().flatten().cloned().map(Peer::Name));
    }
    let mut ports: Vec<Port> = Vec::new();
    for port in &view.ports {
        if let Some(number) = &port.port_number {
            ports.push(PortNumber::Number(number.port).port(&number.protocol, None));
        }
        if let Some(range) = &port.port_range {
            ports.push(PortNumber::Number(range.start).port(&range.protocol, Some(range.end)));
        }
        if let Some(name) = &port.named_port {
            ports.push(PortNumber::Text(name.clone()).port("ANY", None));
        }
    }
    ports.extend(view.protocols.iter().flat_map(protocol));
    let action = match view.action.as_str() {
        "Allow" | "Accept" => Action::Allow,
        "Pass" => Action::Pass,
        _ => Action::Deny,
    };
    Rule { path, action, any_peer, peers, ports, narrowed: false }
}

/// `{tcp: {destinationPort: {number: 80}}}`, `{udp: {destinationPort: {range: {start, end}}}}`,
/// `{destinationNamedPort: name}`.
fn protocol(map: &serde_json::Map<String, Value>) -> Vec<Port> {
    let number = |value: Option<&Value>| value.and_then(Value::as_u64).and_then(|n| u16::try_from(n).ok());
    let one = |(key, value): (&String, &Value)| {
        if key == "destinationNamedPort" {
            return Port { protocol: "ANY".into(), from: 0, to: 0, name: value.as_str().unwrap_or_default().into() };
        }
        let target = value.get("destinationPort");
        let range = target.and_then(|target| target.get("range"));
        let from = number(target.and_then(|t| t.get("number"))).or(number(range.and_then(|r| r.get("start"))));
        let to = number(range.and_then(|r| r.get("end"))).or(from);
        Port {
            protocol: key.to_ascii_uppercase(),
            from: from.unwrap_or(0),
            to: to.unwrap_or(u16::MAX),
            name: String::new(),
        }
    };
    map.iter().map(one).collect()
}
