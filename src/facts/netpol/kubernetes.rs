//! `networking.k8s.io/v1` NetworkPolicy, from the API reference of v1.37.
//!
//! `policyTypes` absent: Ingress always, Egress where there are egress rules (the API server
//! writes that into live objects, files lack it). A rule without peers is open to all peers,
//! one without ports to all ports, `podSelector` absent selects the whole namespace.

use serde::Deserialize;

use super::{Action, Engine, IpBlock, Peer, Policies, Policy, PortNumber, Rule, Scope, Section, Tier, pods, whole};
use crate::{
    facts::selector::{LabelSelector, Select},
    snapshot::{Object, Snapshot},
    view::{Meta, nullable},
};

#[derive(Deserialize, Default)]
#[serde(default)]
struct NetworkPolicy {
    #[serde(deserialize_with = "nullable")]
    metadata: Meta,
    #[serde(deserialize_with = "nullable")]
    spec: Spec,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Spec {
    #[serde(deserialize_with = "nullable")]
    pod_selector: LabelSelector,
    #[serde(deserialize_with = "nullable")]
    policy_types: Vec<String>,
    #[serde(deserialize_with = "nullable")]
    ingress: Vec<RuleView>,
    #[serde(deserialize_with = "nullable")]
    egress: Vec<RuleView>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RuleView {
    #[serde(deserialize_with = "nullable")]
    from: Vec<PeerView>,
    #[serde(deserialize_with = "nullable")]
    to: Vec<PeerView>,
    #[serde(deserialize_with = "nullable")]
    ports: Vec<PortView>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct PeerView {
    pod_selector: Option<LabelSelector>,
    namespace_selector: Option<LabelSelector>,
    ip_block: Option<IpBlock>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct PortView {
    #[serde(deserialize_with = "nullable")]
    protocol: String,
    port: Option<PortNumber>,
    end_port: Option<u16>,
}

pub(super) fn read<'s>(snapshot: &'s Snapshot, all: &mut Policies<'s>) {
    for object in snapshot.of("networking.k8s.io", "NetworkPolicy") {
        if let Some(NetworkPolicy { metadata, spec }) = all.parse(object) {
            all.policies.push(policy(object, metadata, spec, Engine::Kubernetes, false));
        }
    }
}

/// Whether pods are selected for a direction.
fn applies(spec: &Spec, direction: &str) -> bool {
    if spec.policy_types.is_empty() {
        return direction == "Ingress" || !spec.egress.is_empty();
    }
    spec.policy_types.iter().any(|kind| kind == direction)
}

/// A spec as a policy; Calico stages the same spec.
pub(super) fn policy(object: &Object, meta: Meta, spec: Spec, engine: Engine, staged: bool) -> Policy<'_> {
    let namespace = object.namespace.to_string();
    let section = |direction: &str, field: &str, views: &[RuleView]| {
        applies(&spec, direction).then(|| Section {
            isolates: true,
            rules: views
                .iter()
                .enumerate()
                .map(|(index, view)| rule(&namespace, format!("spec.{field}[{index}]"), view))
                .collect(),
        })
    };
    Policy {
        reference: object.reference(),
        object,
        engine,
        staged,
        tier: Tier::default_tier(),
        // Calico gives NetworkPolicies this order in its default tier.
        order: 1000.0,
        ingress: section("Ingress", "ingress", &spec.ingress),
        egress: section("Egress", "egress", &spec.egress),
        subject: vec![Scope {
            own_namespace: Some(namespace.clone()),
            namespaces: Select::All,
            pods: Select::labels(spec.pod_selector),
        }],
        meta,
    }
}

fn rule(namespace: &str, path: String, view: &RuleView) -> Rule {
    let peers: Vec<Peer> = view.from.iter().chain(&view.to).map(|peer| peer_of(namespace, peer)).collect();
    let ports = view.ports.iter().map(|port| match &port.port {
        Some(number) => number.port(&port.protocol, port.end_port),
        None => whole(&port.protocol),
    });
    Rule { path, action: Action::Allow, any_peer: peers.is_empty(), ports: ports.collect(), peers, narrowed: false }
}

fn peer_of(namespace: &str, peer: &PeerView) -> Peer {
    if let Some(block) = &peer.ip_block {
        return block.peer();
    }
    if peer.pod_selector.is_none() && peer.namespace_selector.is_none() {
        return Peer::Opaque("a peer without a selector".into());
    }
    Peer::Pods(pods(Some(namespace), peer.namespace_selector.clone(), peer.pod_selector.clone()))
}
