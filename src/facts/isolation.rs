//! Whether a namespace denies by default, per direction: who denies, and who undoes it.
//!
//! Each kind has semantics of its own, some of them opposite: `ingress: [{}]` allows all in a
//! NetworkPolicy and denies by default in a CiliumNetworkPolicy. A policy that this code cannot
//! weigh makes the answer uncertain, never a deny.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::snapshot::{Object, Snapshot};

/// Which way traffic goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Into pods.
    Ingress,
    /// Out of pods.
    Egress,
}

impl Direction {
    fn field(self) -> &'static str {
        match self {
            Self::Ingress => "ingress",
            Self::Egress => "egress",
        }
    }
    fn word(self) -> &'static str {
        match self {
            Self::Ingress => "Ingress",
            Self::Egress => "Egress",
        }
    }
    fn peers(self) -> &'static str {
        match self {
            Self::Ingress => "from",
            Self::Egress => "to",
        }
    }
}

/// The isolation of a namespace in one direction.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Isolation {
    /// `denied`, `neutralised` (a deny that another policy undoes), `open`, or `uncertain`.
    pub verdict: String,
    /// Policies that deny by default: `NetworkPolicy default-deny`.
    pub denied_by: Vec<String>,
    /// Policies over the whole namespace that allow everything.
    pub opened_by: Vec<String>,
    /// Policies that exist, and why they are no default deny.
    pub others: Vec<String>,
    /// Policies that could not be weighed.
    pub uncertain: Vec<String>,
}

/// What one policy does to a namespace in one direction.
enum Effect {
    Denies,
    Opens,
    Other(String),
    Uncertain,
    Nothing,
}

/// Kinds of policies that are read, by group.
pub const KINDS: [(&str, &str); 14] = [
    ("networking.k8s.io", "NetworkPolicy"),
    ("cilium.io", "CiliumNetworkPolicy"),
    ("cilium.io", "CiliumClusterwideNetworkPolicy"),
    ("crd.projectcalico.org", "NetworkPolicy"),
    ("crd.projectcalico.org", "GlobalNetworkPolicy"),
    ("projectcalico.org", "NetworkPolicy"),
    ("projectcalico.org", "GlobalNetworkPolicy"),
    ("crd.antrea.io", "NetworkPolicy"),
    ("crd.antrea.io", "ClusterNetworkPolicy"),
    ("policy.networking.k8s.io", "AdminNetworkPolicy"),
    ("policy.networking.k8s.io", "BaselineAdminNetworkPolicy"),
    ("policy.networking.k8s.io", "ClusterNetworkPolicy"),
    ("k8s.ovn.org", "EgressFirewall"),
    ("kubeovn.io", "SecurityGroup"),
];

/// Every policy of a snapshot, parsed once and sorted by namespace.
#[derive(Debug)]
pub struct Policies<'s> {
    by_namespace: std::collections::BTreeMap<&'s str, Vec<(&'s Object, Value)>>,
}

impl<'s> Policies<'s> {
    /// Reads them.
    #[must_use]
    pub fn of(snapshot: &'s Snapshot) -> Self {
        let mut by_namespace: std::collections::BTreeMap<&str, Vec<(&Object, Value)>> =
            std::collections::BTreeMap::new();
        for (group, kind) in KINDS {
            for object in snapshot.of(group, kind) {
                let spec = object.parse::<Spec>().unwrap_or_default().spec;
                by_namespace.entry(&object.namespace).or_default().push((object, spec));
            }
        }
        Self { by_namespace }
    }

    /// The isolation of a namespace in one direction.
    #[must_use]
    pub fn isolation(&self, namespace: &str, direction: Direction) -> Isolation {
        let mut isolation = Isolation::default();
        let own = self.by_namespace.get(namespace).into_iter().flatten();
        let global = self.by_namespace.get("").into_iter().flatten();
        for (object, spec) in own.chain(global) {
            let name = format!("{} {}", object.kind.kind, object.name);
            match effect(object, spec, namespace, direction) {
                Effect::Denies => isolation.denied_by.push(name),
                Effect::Opens => isolation.opened_by.push(name),
                Effect::Other(why) => isolation.others.push(format!("{name} {why}")),
                Effect::Uncertain => isolation.uncertain.push(name),
                Effect::Nothing => {}
            }
        }
        let denies = !isolation.denied_by.is_empty();
        isolation.verdict = match (denies, isolation.opened_by.is_empty(), isolation.uncertain.is_empty()) {
            (true, false, _) => "neutralised",
            (true, true, _) => "denied",
            (false, _, false) => "uncertain",
            (false, _, true) => "open",
        }
        .into();
        isolation
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Spec {
    spec: Value,
}

fn effect(object: &Object, spec: &Value, namespace: &str, direction: Direction) -> Effect {
    match (&*object.kind.group, &*object.kind.kind) {
        ("networking.k8s.io", _) => kubernetes(spec, direction),
        ("cilium.io", _) => cilium(spec, direction),
        ("crd.projectcalico.org" | "projectcalico.org", _) => {
            calico(spec, namespace, object.namespace.is_empty(), direction)
        }
        _ => Effect::Uncertain,
    }
}

fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// `{}`, null or absent selects everything in a NetworkPolicy's podSelector.
fn selects_all(selector: Option<&Value>) -> bool {
    let empty = |key: &str| {
        selector.and_then(|s| s.get(key)).is_none_or(|v| {
            v.is_null()
                || v.as_object().is_some_and(serde_json::Map::is_empty)
                || v.as_array().is_some_and(Vec::is_empty)
        })
    };
    empty("matchLabels") && empty("matchExpressions")
}

fn kubernetes(spec: &Value, direction: Direction) -> Effect {
    let types = list(spec, "policyTypes");
    let rules = list(spec, direction.field());
    // Without policyTypes: ingress always, egress only where a rule says something of it.
    let applies = if types.is_empty() {
        direction == Direction::Ingress || !rules.is_empty()
    } else {
        types.iter().any(|t| t.as_str() == Some(direction.word()))
    };
    if !selects_all(spec.get("podSelector")) {
        let selector = spec.get("podSelector").map(ToString::to_string).unwrap_or_default();
        return Effect::Other(format!("selects only {selector}"));
    }
    if !applies {
        return Effect::Other(format!("does not concern {}", direction.field()));
    }
    if rules.is_empty() {
        return Effect::Denies;
    }
    if rules.iter().any(|rule| is_open(rule, direction)) { Effect::Opens } else { Effect::Other("allows some".into()) }
}

/// No port named, and no peer or the whole of the address space.
fn is_open(rule: &Value, direction: Direction) -> bool {
    if !list(rule, "ports").is_empty() {
        return false;
    }
    let peers = list(rule, direction.peers());
    peers.is_empty()
        || peers.iter().any(|peer| {
            let block = peer.get("ipBlock");
            let all = block
                .and_then(|b| b.get("cidr"))
                .and_then(Value::as_str)
                .is_some_and(|c| c == "0.0.0.0/0" || c == "::/0");
            all && block.is_none_or(|b| list(b, "except").is_empty())
        })
}

fn cilium(spec: &Value, direction: Direction) -> Effect {
    if !selects_all(spec.get("endpointSelector")) {
        return Effect::Other("selects only some endpoints".into());
    }
    let default_deny = spec.get("enableDefaultDeny").and_then(|d| d.get(direction.field())).and_then(Value::as_bool);
    let deny_field = format!("{}Deny", direction.field());
    // An empty or null section does not apply; any rule at all puts the endpoints in default deny.
    let has_section = !list(spec, direction.field()).is_empty() || !list(spec, &deny_field).is_empty();
    match (default_deny, has_section) {
        (Some(true), _) | (None, true) => Effect::Denies,
        _ => Effect::Other(format!("has no {} section that denies", direction.field())),
    }
}

fn calico(spec: &Value, namespace: &str, global: bool, direction: Direction) -> Effect {
    let text = |key: &str| spec.get(key).and_then(Value::as_str).unwrap_or_default().trim();
    let is_all = |selector: &str| selector.is_empty() || selector == "all()";
    if ["doNotTrack", "preDNAT", "applyOnForward"]
        .iter()
        .any(|key| spec.get(*key).and_then(Value::as_bool) == Some(true))
    {
        return Effect::Nothing;
    }
    if global {
        let names =
            [format!("projectcalico.org/name == \"{namespace}\""), format!("projectcalico.org/name == '{namespace}'")];
        let selector = text("namespaceSelector");
        if !is_all(selector) && !names.iter().any(|name| name == selector) {
            return Effect::Uncertain;
        }
    }
    if !is_all(text("selector")) {
        return Effect::Other("selects only some endpoints".into());
    }
    let rules = list(spec, direction.field());
    let other = match direction {
        Direction::Ingress => list(spec, "egress"),
        Direction::Egress => list(spec, "ingress"),
    };
    let types = list(spec, "types");
    let applies = if types.is_empty() {
        match direction {
            Direction::Ingress => !rules.is_empty() || other.is_empty(),
            Direction::Egress => !rules.is_empty(),
        }
    } else {
        types.iter().any(|t| t.as_str() == Some(direction.word()))
    };
    if !applies {
        return Effect::Nothing;
    }
    let matches_all = |rule: &Value| {
        ["source", "destination", "protocol"]
            .iter()
            .all(|k| rule.get(*k).is_none_or(|v| v.is_null() || v.as_object().is_some_and(serde_json::Map::is_empty)))
    };
    let action = |rule: &Value| rule.get("action").and_then(Value::as_str).unwrap_or_default().to_owned();
    match rules.iter().find(|rule| matches_all(rule)).map(action).as_deref() {
        Some("Allow") => Effect::Opens,
        Some("Deny") | None => Effect::Denies,
        _ => Effect::Uncertain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn verdicts(policies: &[Value]) -> (String, String) {
        let objects: Vec<(Object, Value)> = policies
            .iter()
            .map(|policy| {
                let kind = policy["kind"].as_str().unwrap_or("NetworkPolicy");
                let group = if kind.starts_with("Cilium") { "cilium.io" } else { "networking.k8s.io" };
                let object = Object {
                    kind: std::sync::Arc::new(crate::object::Kind::new(group, kind)),
                    version: "v1".into(),
                    namespace: "ns".into(),
                    name: "p".into(),
                    origin: None,
                    json: "{}".into(),
                };
                (object, policy["spec"].clone())
            })
            .collect();
        let all = Policies { by_namespace: [("ns", objects.iter().map(|(o, s)| (o, s.clone())).collect())].into() };
        let word = |direction| all.isolation("ns", direction).verdict;
        (word(Direction::Ingress), word(Direction::Egress))
    }

    /// The fifteen cases of the reference, each named by what is special in it.
    #[test]
    fn default_deny_across_kinds() {
        let np = |spec: Value| json!({"kind": "NetworkPolicy", "spec": spec});
        let cnp = |spec: Value| json!({"kind": "CiliumNetworkPolicy", "spec": spec});
        let deny = np(json!({"podSelector": {}, "policyTypes": ["Ingress"]}));
        for (name, policies, ingress, egress) in [
            ("none", vec![], "open", "open"),
            ("no types", vec![np(json!({"podSelector": {}}))], "denied", "open"),
            (
                "both types",
                vec![np(json!({"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}))],
                "denied",
                "denied",
            ),
            ("egress [{}] without types", vec![np(json!({"podSelector": {}, "egress": [{}]}))], "denied", "open"),
            ("egress [] without types", vec![np(json!({"podSelector": {}, "egress": []}))], "denied", "open"),
            ("egress only", vec![np(json!({"podSelector": {}, "policyTypes": ["Egress"]}))], "open", "denied"),
            ("ingress [{}]", vec![np(json!({"podSelector": {}, "ingress": [{}]}))], "open", "open"),
            (
                "deny and allow all",
                vec![deny.clone(), np(json!({"podSelector": {}, "ingress": [{}]}))],
                "neutralised",
                "open",
            ),
            ("one app", vec![np(json!({"podSelector": {"matchLabels": {"app": "x"}}}))], "open", "open"),
            (
                "ingress null",
                vec![np(json!({"podSelector": {}, "policyTypes": ["Ingress"], "ingress": null}))],
                "denied",
                "open",
            ),
            (
                "the whole world",
                vec![deny, np(json!({"podSelector": {}, "ingress": [{"from": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}]}))],
                "neutralised",
                "open",
            ),
            ("cilium [{}]", vec![cnp(json!({"endpointSelector": {}, "ingress": [{}]}))], "denied", "open"),
            ("cilium []", vec![cnp(json!({"endpointSelector": {}, "ingress": []}))], "open", "open"),
            (
                "cilium without default deny",
                vec![cnp(json!({"endpointSelector": {}, "ingress": [{}], "enableDefaultDeny": {"ingress": false}}))],
                "open",
                "open",
            ),
            ("cilium egressDeny", vec![cnp(json!({"endpointSelector": {}, "egressDeny": [{}]}))], "open", "denied"),
        ] {
            assert_eq!(verdicts(&policies), (ingress.into(), egress.into()), "{name}");
        }
    }
}
