//! Why a DaemonSet has no pod on a node: its node selector, or a taint it does not tolerate.
//!
//! Node affinity is not weighed; where it decides, no reason is found.

use std::borrow::Cow;

use crate::view::{Map, Toleration};

/// A taint, as far as scheduling reads it.
#[derive(Clone, Copy, Debug)]
pub struct Taint<'a> {
    /// Key.
    pub key: &'a str,
    /// Value, often empty.
    pub value: &'a str,
    /// `NoSchedule`, `PreferNoSchedule` or `NoExecute`.
    pub effect: &'a str,
}

/// Taints that the DaemonSet controller tolerates for every DaemonSet.
const ALWAYS: [&str; 7] = [
    "node.kubernetes.io/not-ready",
    "node.kubernetes.io/unreachable",
    "node.kubernetes.io/disk-pressure",
    "node.kubernetes.io/memory-pressure",
    "node.kubernetes.io/pid-pressure",
    "node.kubernetes.io/unschedulable",
    "node.kubernetes.io/network-unavailable",
];

fn tolerates(toleration: &Toleration, taint: Taint<'_>) -> bool {
    let key = toleration.key.is_empty() && toleration.operator == "Exists" || toleration.key == taint.key;
    let value = toleration.operator == "Exists" || toleration.value == taint.value;
    let effect = toleration.effect.is_empty() || toleration.effect == taint.effect;
    key && value && effect
}

/// What keeps a pod template off a node; none where nothing here does.
#[must_use]
pub fn obstacle(
    node_selector: &Map,
    tolerations: &[Toleration],
    labels: &Map,
    taints: &[Taint<'_>],
) -> Option<Cow<'static, str>> {
    if let Some((key, value)) = node_selector.iter().find(|(key, value)| labels.get(*key) != Some(value)) {
        return Some(format!("its node selector asks for {key}={value}").into());
    }
    let hard = taints.iter().filter(|t| t.effect != "PreferNoSchedule" && !ALWAYS.contains(&t.key));
    let taint = hard.copied().find(|taint| !tolerations.iter().any(|toleration| tolerates(toleration, *taint)))?;
    let value = if taint.value.is_empty() { String::new() } else { format!("={}", taint.value) };
    Some(format!("it lacks a toleration for {}{value}:{}", taint.key, taint.effect).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn taints_and_selectors_keep_pods_off() {
        let none = Map::new();
        let gpu = Taint { key: "nvidia.com/gpu", value: "true", effect: "NoSchedule" };
        let says = obstacle(&none, &[], &none, &[gpu]).unwrap();
        assert_eq!(says, "it lacks a toleration for nvidia.com/gpu=true:NoSchedule");
        let all = Toleration { operator: "Exists".into(), ..Toleration::default() };
        assert!(obstacle(&none, &[all], &none, &[gpu]).is_none());
        let other = Toleration { key: "nvidia.com/gpu".into(), value: "false".into(), ..Toleration::default() };
        assert!(obstacle(&none, &[other], &none, &[gpu]).is_some());
        let down = Taint { key: "node.kubernetes.io/not-ready", value: "", effect: "NoExecute" };
        assert!(obstacle(&none, &[], &none, &[down]).is_none());
        let linux = Map::from([("kubernetes.io/os".to_owned(), "linux".to_owned())]);
        assert!(obstacle(&linux, &[], &none, &[]).unwrap().contains("kubernetes.io/os=linux"));
    }
}
