//! What happens to connections, step by step, in a shape that policies can follow.
//!
//! Rust flattens tiers and engines into one list; which addresses and ports matter is the rules'
//! to say, so the list is followed in Rego.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Isolator, Reach};
use crate::{
    facts::{
        netpol::{Action, Direction, Engine, Peer, Policy, Port, Rule, Scope, Unmatched},
        selector::{Hit, LabelSelector},
    },
    object::ObjectRef,
};

/// One step of what happens to a connection; the first that matches decides.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Flow {
    /// What happens.
    pub action: Action,
    /// The policy.
    pub policy: ObjectRef,
    /// The rule in it; empty where it is what is left over.
    pub path: String,
    /// How much it covers, ports aside.
    pub reach: Reach,
    /// Addresses, as the fewest CIDRs.
    pub addresses: Vec<String>,
    /// Addresses that match nothing in the cluster.
    pub outside_only: bool,
    /// Pods, by selectors.
    pub pods: Vec<PodPeer>,
    /// How many of the cluster's nodes: `none`, `some`, `all`.
    pub nodes: &'static str,
    /// Classes of ends that Cilium names.
    pub entities: Vec<String>,
    /// DNS names and patterns.
    pub names: Vec<String>,
    /// Peers that cannot be read here.
    pub opaque: Vec<String>,
    /// Ports; none means all.
    pub ports: Vec<Port>,
    /// All ports, or as good as all.
    pub all_ports: bool,
    /// It has further conditions: it matches less than it seems.
    pub narrowed: bool,
}

/// Pods as a peer.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct PodPeer {
    /// The only namespace; empty where `namespaces` says.
    pub namespace: String,
    /// Namespaces by label; null where it cannot be said so.
    pub namespaces: Option<LabelSelector>,
    /// Pods by label; null where it cannot be said so.
    pub pods: Option<LabelSelector>,
    /// Every pod of every namespace.
    pub everyone: bool,
    /// Keys of namespace labels that decide who is meant.
    pub namespace_keys: Vec<String>,
}

impl PodPeer {
    fn of(scope: &Scope) -> Self {
        let pods = scope.pods.as_labels();
        let mut namespace_keys = scope.namespaces.keys();
        for key in scope.pods.keys() {
            for prefix in ["io.cilium.k8s.namespace.labels.", "pcns."] {
                namespace_keys.extend(key.strip_prefix(prefix).map(str::to_owned));
            }
        }
        namespace_keys.sort();
        namespace_keys.dedup();
        Self {
            namespace: scope.own_namespace.clone().unwrap_or_default(),
            namespaces: scope.namespaces.as_labels(),
            everyone: scope.own_namespace.is_none() && scope.namespaces.is_all() && scope.pods.is_all(),
            pods,
            namespace_keys,
        }
    }
}

impl Isolator<'_, '_> {
    /// What the policies of some pods of a namespace admit, in no order: every rule that allows.
    #[must_use]
    pub fn admitted(&self, selecting: &[(usize, Hit)], direction: Direction) -> Vec<Flow> {
        let mut flows = Vec::new();
        for policy in selecting.iter().map(|(index, _)| &self.policies.policies[*index]) {
            if policy.staged || self.is_dead(policy) {
                continue;
            }
            let rules = policy.section(direction).into_iter().flat_map(|section| &section.rules);
            flows.extend(rules.filter(|rule| rule.action == Action::Allow).map(|rule| self.flow(rule, policy)));
        }
        flows
    }

    /// What happens to connections of a target, step by step, as far as policies decide it.
    #[must_use]
    pub fn flows(&self, selecting: &[(usize, Hit)], direction: Direction) -> Vec<Flow> {
        let counted: Vec<&Policy<'_>> = selecting
            .iter()
            .filter(|(_, hit)| *hit == Hit::Yes)
            .map(|(index, _)| &self.policies.policies[*index])
            .filter(|policy| !policy.staged && !self.is_dead(policy) && policy.section(direction).is_some())
            .collect();
        let mut flows = Vec::new();
        for tier in counted.chunk_by(|a, b| a.tier.name == b.tier.name && a.tier.rank == b.tier.rank) {
            let mut engaged = None;
            let mut passed = false;
            'tier: for policy in tier {
                let Some(section) = policy.section(direction) else { continue };
                if section.isolates {
                    engaged.get_or_insert(*policy);
                }
                for rule in section.rules.iter().filter(|rule| rule.action != Action::Log) {
                    if self.is_final(rule, policy, Action::Pass) {
                        passed = true;
                        break 'tier;
                    }
                    flows.push(self.flow(rule, policy));
                    if self.is_final(rule, policy, Action::Allow) || self.is_final(rule, policy, Action::Deny) {
                        return flows;
                    }
                }
            }
            if let Some(policy) = engaged.filter(|policy| !passed && policy.tier.unmatched == Unmatched::Deny) {
                flows.push(rest(policy.reference.clone()));
                return flows;
            }
        }
        if self.settings.always {
            flows.push(rest(ObjectRef::new("", "ConfigMap", "kube-system", "cilium-config")));
        }
        flows
    }

    /// A rule as policies see it.
    #[must_use]
    pub fn flow(&self, rule: &Rule, policy: &Policy<'_>) -> Flow {
        let reach = self.reach(rule, policy.engine);
        let mut flow = Flow {
            action: rule.action,
            path: rule.path.clone(),
            reach,
            addresses: rule.addresses().cidrs(),
            outside_only: policy.engine == Engine::Cilium
                || (self.settings.addresses_are_world && policy.engine == Engine::Kubernetes),
            pods: Vec::new(),
            nodes: self.nodes(rule, reach, policy.engine),
            entities: Vec::new(),
            names: Vec::new(),
            opaque: Vec::new(),
            ports: rule.ports.clone(),
            all_ports: rule.all_ports(),
            narrowed: rule.narrowed,
            policy: policy.reference.clone(),
        };
        for peer in &rule.peers {
            match peer {
                Peer::Addresses(_) => {}
                Peer::Pods(scope) => flow.pods.push(PodPeer::of(scope)),
                Peer::SameLabels(keys) => flow.opaque.push(format!("namespaces with the same {}", keys.join(", "))),
                Peer::Nodes => {}
                Peer::Entity(name) => flow.entities.push(name.clone()),
                Peer::Name(name) => flow.names.push(name.clone()),
                Peer::Opaque(reason) => flow.opaque.push(reason.clone()),
            }
        }
        flow
    }

    /// How many of the nodes a rule covers.
    fn nodes(&self, rule: &Rule, reach: Reach, engine: Engine) -> &'static str {
        let outside_only =
            engine == Engine::Cilium || (self.settings.addresses_are_world && engine == Engine::Kubernetes);
        let addresses = rule.addresses();
        let named = rule.peers.iter().any(|peer| match peer {
            Peer::Nodes => true,
            Peer::Entity(name) => matches!(name.as_str(), "host" | "remote-node" | "cluster" | "kube-apiserver"),
            _ => false,
        });
        if reach == Reach::Everything || (!outside_only && self.settings.nodes.minus(&addresses).is_empty()) {
            return if self.settings.nodes.is_empty() && reach != Reach::Everything { "none" } else { "all" };
        }
        if named || (!outside_only && addresses.meets(&self.settings.nodes)) { "some" } else { "none" }
    }
}

/// What a tier does with the rest.
fn rest(policy: ObjectRef) -> Flow {
    Flow {
        action: Action::Deny,
        policy,
        path: String::new(),
        reach: Reach::Everything,
        addresses: Vec::new(),
        outside_only: false,
        pods: Vec::new(),
        nodes: "all",
        entities: Vec::new(),
        names: Vec::new(),
        opaque: Vec::new(),
        ports: Vec::new(),
        all_ports: true,
        narrowed: false,
    }
}
