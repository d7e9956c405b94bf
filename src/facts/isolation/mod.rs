//! Whether pods are isolated, by what, and what opens them again.
//!
//! All tiers of all engines are asked in one order, as the engines do it for a connection that no
//! specific rule speaks of: the first rule that decides everything ends it, and a pod selected in
//! a tier falls to what that tier does with the rest. Asked about a namespace as a whole, only
//! policies that hold for every pod in it count.

mod flow;

use std::collections::HashMap;

use schemars::JsonSchema;
use serde::Serialize;

pub use flow::{Flow, PodPeer};

use super::{
    cidr,
    netpol::{Action, Direction, Engine, Peer, Policies, Policy, Rule, Scope, Unmatched},
    selector::{Hit, Label, Select},
};
use crate::{object::ObjectRef, view::Map};

/// What runs in the cluster, as far as it decides what policies mean.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Engines of which nothing runs here: their policies are dead letters.
    pub dead: Vec<Engine>,
    /// The enforcer is Cilium: addresses never match pods or nodes.
    pub addresses_are_world: bool,
    /// Addresses of the nodes.
    pub nodes: cidr::Set,
    /// Everything is isolated without any policy (Cilium's `enable-policy: always`).
    pub always: bool,
}

/// Whose isolation is asked about.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// Namespace.
    pub namespace: &'a str,
    /// Its labels.
    pub namespace_labels: &'a Map,
    /// Labels of the pod; none for the namespace as a whole.
    pub labels: Option<&'a Map>,
    /// ServiceAccount of the pod.
    pub service_account: &'a str,
}

impl<'a> Target<'a> {
    fn of_namespace(&self, key: &str) -> Label<'a> {
        match self.namespace_labels.get(key) {
            Some(value) => Label::Is(value),
            // The server sets the first, Calico the second.
            None if matches!(key, "kubernetes.io/metadata.name" | "projectcalico.org/name") => {
                Label::Is(self.namespace)
            }
            None => Label::Missing,
        }
    }

    /// Labels of the pod, and those that Cilium and Calico give every pod besides.
    fn of_pod(&self, key: &str) -> Label<'a> {
        match key {
            "io.kubernetes.pod.namespace" | "projectcalico.org/namespace" => return Label::Is(self.namespace),
            "projectcalico.org/orchestrator" => return Label::Is("k8s"),
            "io.cilium.k8s.policy.serviceaccount" | "projectcalico.org/serviceaccount" => {
                return if self.labels.is_none() { Label::Varies } else { Label::Is(self.service_account) };
            }
            _ => {}
        }
        for prefix in ["io.cilium.k8s.namespace.labels.", "pcns."] {
            if let Some(key) = key.strip_prefix(prefix) {
                return self.of_namespace(key);
            }
        }
        match self.labels {
            None => Label::Varies,
            Some(labels) => labels.get(key).map_or(Label::Missing, |value| Label::Is(value)),
        }
    }

    /// Whether a scope holds for it.
    #[must_use]
    pub fn hit(&self, scope: &Scope) -> Hit {
        if scope.own_namespace.as_deref().is_some_and(|own| own != self.namespace) {
            return Hit::No;
        }
        scope.namespaces.hit(&|key| self.of_namespace(key)).and(scope.pods.hit(&|key| self.of_pod(key)))
    }
}

/// How much a rule covers, ports aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Reach {
    /// Every peer.
    Everything,
    /// Every address of IPv4, or every address of IPv6.
    Family,
    /// Everything outside the cluster.
    World,
    /// Some peers.
    Part,
}

/// A policy, and the rule in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct By {
    /// The policy.
    pub policy: ObjectRef,
    /// The rule, `spec.ingress[0]`; empty for the policy as such.
    pub path: String,
    /// How much it covers.
    pub reach: Reach,
}

/// Isolation of a pod or a namespace in one direction.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Isolation {
    /// `yes`, `no`, or `unknown` where a selector cannot be read.
    pub isolated: &'static str,
    /// Isolated, and opened again for everything.
    pub neutralised: bool,
    /// What denies without admitting anything: a default deny in the strict sense.
    pub default_deny_by: Vec<By>,
    /// What isolates, with or without exceptions.
    pub isolated_by: Vec<By>,
    /// What opens on all ports: for everything or for the world outside.
    pub opened_by: Vec<By>,
    /// Addresses opened on all ports, as the fewest CIDRs.
    pub open_addresses: Vec<String>,
    /// By which rules.
    pub open_addresses_by: Vec<By>,
    /// Policies that would isolate, but are staged.
    pub staged: Vec<ObjectRef>,
    /// Policies of engines that do not run here.
    pub dead: Vec<ObjectRef>,
    /// Policies that isolate only some pods of the namespace.
    pub partial: Vec<ObjectRef>,
    /// Why it is unknown.
    pub reason: String,
}

/// Policies with the indexes that make asking cheap.
#[derive(Debug)]
pub struct Isolator<'p, 's> {
    policies: &'p Policies<'s>,
    settings: Settings,
    by_namespace: HashMap<&'p str, Vec<usize>>,
    cluster_wide: Vec<usize>,
}

impl<'p, 's> Isolator<'p, 's> {
    /// Indexes policies by the namespace that they can select in.
    #[must_use]
    pub fn new(policies: &'p Policies<'s>, settings: Settings) -> Self {
        let mut by_namespace: HashMap<&str, Vec<usize>> = HashMap::new();
        let mut cluster_wide = Vec::new();
        for (index, policy) in policies.policies.iter().enumerate() {
            match policy.only_namespace() {
                Some(namespace) => by_namespace.entry(namespace).or_default().push(index),
                None => cluster_wide.push(index),
            }
        }
        Self { policies, settings, by_namespace, cluster_wide }
    }

    /// The settings it was made with.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The policies that may select a target, in their order, each with how far it does.
    #[must_use]
    pub fn selecting(&self, target: &Target<'_>) -> Vec<(usize, Hit)> {
        let own = self.by_namespace.get(target.namespace).map_or(&[][..], Vec::as_slice);
        let mut selecting: Vec<(usize, Hit)> = own
            .iter()
            .chain(&self.cluster_wide)
            .filter_map(|&index| {
                let subject = &self.policies.policies[index].subject;
                let hit = subject.iter().fold(Hit::No, |hit, scope| hit.or(target.hit(scope)));
                (hit != Hit::No).then_some((index, hit))
            })
            .collect();
        selecting.sort_unstable_by_key(|(index, _)| *index);
        selecting
    }

    fn is_dead(&self, policy: &Policy<'_>) -> bool {
        self.settings.dead.contains(&policy.engine)
    }

    /// How much a rule covers.
    #[must_use]
    pub fn reach(&self, rule: &Rule, engine: Engine) -> Reach {
        if rule.any_peer {
            return Reach::Everything;
        }
        let entity = |name: &str| rule.peers.iter().any(|peer| matches!(peer, Peer::Entity(e) if e == name));
        let addresses = rule.addresses();
        let whole = if rule.action == Action::Allow {
            addresses.is_a_whole_family()
        } else {
            cidr::Set::of(["0.0.0.0/0"]).0.minus(&addresses).is_empty()
        };
        let outside = self.settings.addresses_are_world && matches!(engine, Engine::Kubernetes | Engine::Cilium);
        match (whole, outside || engine == Engine::Cilium, entity("world"), entity("cluster")) {
            (_, _, true, true) | (true, true, _, true) => Reach::Everything,
            (true, false, ..) => Reach::Family,
            (true, true, ..) | (_, _, true, _) => Reach::World,
            _ => Reach::Part,
        }
    }

    /// What the policies that select a target make of a direction.
    #[must_use]
    pub fn isolation(&self, selecting: &[(usize, Hit)], direction: Direction) -> Isolation {
        let mut out = Isolation { isolated: "no", ..Isolation::default() };
        let mut opaque = Vec::new();
        let mut counted: Vec<&Policy<'_>> = Vec::new();
        for (policy, hit) in selecting.iter().map(|(index, hit)| (&self.policies.policies[*index], *hit)) {
            let Some(section) = policy.section(direction) else { continue };
            let isolates = section.isolates || section.rules.iter().any(|rule| self.is_deny(rule, policy));
            match hit {
                _ if policy.staged => {
                    if isolates && hit == Hit::Yes {
                        out.staged.push(policy.reference.clone());
                    }
                }
                _ if self.is_dead(policy) => out.dead.push(policy.reference.clone()),
                Hit::Yes => counted.push(policy),
                Hit::Partly if isolates => out.partial.push(policy.reference.clone()),
                Hit::Opaque => opaque.push(policy),
                Hit::Partly | Hit::No => {}
            }
        }
        self.walk(&counted, direction, &mut out);
        if out.isolated == "no" && !opaque.is_empty() {
            out.isolated = "unknown";
            let reasons: Vec<String> =
                opaque.iter().map(|p| format!("{}: {}", p.reference, opaque_reason(p))).collect();
            out.reason = reasons.join("; ");
        }
        out.partial.dedup();
        out.dead.dedup();
        out.staged.dedup();
        out
    }

    /// Whether a rule denies everything, or as good as that.
    fn is_deny(&self, rule: &Rule, policy: &Policy<'_>) -> bool {
        let whole = matches!(self.reach(rule, policy.engine), Reach::Everything | Reach::Family);
        rule.action == Action::Deny && rule.all_ports() && whole
    }

    /// Whether a rule decides everything that reaches it.
    fn is_final(&self, rule: &Rule, policy: &Policy<'_>, action: Action) -> bool {
        rule.action == action && rule.all_ports() && self.reach(rule, policy.engine) == Reach::Everything
    }

    fn walk(&self, counted: &[&Policy<'_>], direction: Direction, out: &mut Isolation) {
        let mut allowed = cidr::Set::default();
        let mut denied = cidr::Set::default();
        let mut opened_before = false;
        let mut ended = false;
        for tier in counted.chunk_by(|a, b| a.tier.name == b.tier.name && a.tier.rank == b.tier.rank) {
            let mut passed = false;
            let mut engaged = false;
            'tier: for policy in tier {
                let Some(section) = policy.section(direction) else { continue };
                engaged |= section.isolates;
                let by =
                    |path: &str, reach: Reach| By { policy: policy.reference.clone(), path: path.to_owned(), reach };
                if section.isolates && policy.tier.unmatched == Unmatched::Deny {
                    out.isolated_by.push(by("", Reach::Everything));
                    if policy.engine == Engine::Cilium || section.rules.iter().all(|rule| rule.action == Action::Log) {
                        out.default_deny_by.push(by("", Reach::Everything));
                    }
                }
                for rule in section.rules.iter().filter(|rule| rule.all_ports()) {
                    let reach = self.reach(rule, policy.engine);
                    match (rule.action, reach) {
                        (Action::Allow, Reach::Everything | Reach::Family) if !ended => {
                            out.opened_by.push(by(&rule.path, reach));
                            opened_before = true;
                        }
                        (Action::Deny, Reach::Everything | Reach::Family) => {
                            out.isolated_by.push(by(&rule.path, reach));
                            out.default_deny_by.push(by(&rule.path, reach));
                            ended = true;
                        }
                        (Action::Pass, Reach::Everything) => {
                            passed = true;
                            break 'tier;
                        }
                        (Action::Allow, _) if !ended => {
                            if reach == Reach::World {
                                out.opened_by.push(by(&rule.path, reach));
                            }
                            let more = rule.addresses().minus(&denied);
                            if !more.is_empty() {
                                allowed = allowed.union(&more);
                                out.open_addresses_by.push(by(&rule.path, reach));
                            }
                        }
                        (Action::Deny, _) => denied = denied.union(&rule.addresses().minus(&allowed)),
                        _ => {}
                    }
                }
            }
            if passed {
                // What this tier would have done with the rest never happens.
                out.isolated_by.retain(|by| !tier.iter().any(|p| p.reference == by.policy));
                out.default_deny_by.retain(|by| !tier.iter().any(|p| p.reference == by.policy));
            } else {
                ended |= engaged && tier.first().is_some_and(|policy| policy.tier.unmatched == Unmatched::Deny);
            }
        }
        if self.settings.always {
            let config = By {
                policy: ObjectRef::new("", "ConfigMap", "kube-system", "cilium-config"),
                path: "data.enable-policy".into(),
                reach: Reach::Everything,
            };
            out.isolated_by.push(config.clone());
            out.default_deny_by.push(config);
        }
        // Halves in two rules make a whole.
        if !opened_before && !self.settings.addresses_are_world && allowed.is_a_whole_family() {
            out.opened_by.extend(out.open_addresses_by.iter().map(|by| By { reach: Reach::Everything, ..by.clone() }));
            opened_before = true;
        }
        out.open_addresses = allowed.cidrs();
        if !out.isolated_by.is_empty() {
            out.isolated = "yes";
            out.neutralised = opened_before;
        }
    }
}

fn opaque_reason(policy: &Policy<'_>) -> String {
    let reasons =
        policy.subject.iter().flat_map(|scope| [&scope.pods, &scope.namespaces]).filter_map(|select| match select {
            Select::Opaque(reason) => Some(reason.clone()),
            Select::Every(all) => {
                all.iter().find_map(|s| if let Select::Opaque(r) = s { Some(r.clone()) } else { None })
            }
            _ => None,
        });
    reasons.collect::<Vec<_>>().join(", ")
}
