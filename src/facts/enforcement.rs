//! Whether anything in the cluster enforces network policies, and on which nodes.
//!
//! The API server takes NetworkPolicies whatever runs; only an agent that is there, told to
//! enforce, and ready makes them more than text. What is not seen is unknown, never enforced.

use schemars::JsonSchema;
use serde::Serialize;

use crate::view::Map;

/// A three-valued word of rows.
pub type Word = &'static str;
/// Proven.
pub const YES: Word = "yes";
/// Proven not.
pub const NO: Word = "no";
/// Not seen.
pub const UNKNOWN: Word = "unknown";

/// A network plug-in that is there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Plugin {
    /// Id of the system.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Its state, as the detector has it.
    pub state: String,
    /// Runs here, at least in part.
    pub live: bool,
    /// Its version.
    pub version: String,
    /// Carries the traffic of pods: `yes`, `no`, `unknown`.
    pub overlay: Word,
    /// By what that is known.
    pub overlay_evidence: String,
    /// Enforces network policies: `yes`, `no`, `unknown`.
    pub enforces: Word,
    /// By what that is known.
    pub enforces_evidence: String,
    /// Copies of its agents wanted.
    pub desired: Option<i64>,
    /// Copies ready.
    pub ready: Option<i64>,
    /// It has agents on nodes.
    pub has_agents: bool,
    /// Nodes with a ready agent.
    #[serde(skip)]
    pub nodes_ready: Vec<String>,
}

/// A node, as far as enforcement is about it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct NodeOf {
    /// Its name.
    pub name: String,
    /// Its labels.
    pub labels: Map,
    /// Its Ready condition: `yes`, `no`, `unknown`.
    pub ready: Word,
    /// When it was made; empty where that is not known.
    pub created: String,
}

/// What else is known of the cluster.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Every node.
    pub nodes: Vec<NodeOf>,
    /// DaemonSets and Deployments were read completely.
    pub workloads_read: bool,
    /// Pods and nodes were read completely: who lacks an agent can be told.
    pub pods_read: bool,
    /// Cilium logs violations instead of dropping them.
    pub audit_mode: bool,
    /// A network that no workload shows: k3s has its own in the binary, providers hide theirs.
    pub hidden: Option<String>,
}

/// The verdict.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Enforcement {
    /// `yes`, `no`, `unknown`.
    pub enforced: Word,
    /// Ids of what enforces.
    pub enforcers: Vec<String>,
    /// Violations are told, not stopped.
    pub audit_only: bool,
    /// Why, one line each.
    pub evidence: Vec<String>,
    /// Nodes without a ready agent of any enforcer; empty where that cannot be told.
    pub nodes_without: Vec<NodeOf>,
    /// Whether it can be told node by node.
    pub by_node: bool,
}

/// Draws the verdict.
#[must_use]
pub fn of(plugins: &[Plugin], known: &Known) -> Enforcement {
    let live: Vec<&Plugin> = plugins.iter().filter(|plugin| plugin.live).collect();
    let mut out = Enforcement { enforced: NO, audit_only: known.audit_mode, ..Enforcement::default() };
    let mut doubt = false;
    for plugin in &live {
        if plugin.enforces_evidence.is_empty() && plugin.enforces == UNKNOWN {
            continue; // The catalogue says nothing of it: no network plug-in in this sense.
        }
        let copies = match (plugin.ready, plugin.desired) {
            (Some(ready), Some(desired)) => format!(", {ready} of {desired} agents ready"),
            _ => String::new(),
        };
        out.evidence.push(format!("{}: {}{copies}", plugin.id, plugin.enforces_evidence));
        match (plugin.enforces, plugin.ready) {
            (YES, Some(0)) => out.evidence.push(format!("{}: none of its agents is ready", plugin.id)),
            (YES, Some(_)) => out.enforcers.push(plugin.id.clone()),
            (YES, None) => {
                doubt = true;
                out.evidence.push(format!("{}: no status tells whether its agents are ready", plugin.id));
            }
            (UNKNOWN, _) => doubt = true,
            _ => {}
        }
    }
    if !out.enforcers.is_empty() {
        out.enforced = YES;
    } else if doubt {
        out.enforced = UNKNOWN;
    } else if let Some(hidden) = known.hidden.as_ref().filter(|_| live.is_empty()) {
        out.enforced = UNKNOWN;
        out.evidence.push(hidden.clone());
    } else if !known.workloads_read {
        out.enforced = UNKNOWN;
        out.evidence.push("DaemonSets were not read completely".into());
    } else if live.is_empty() {
        out.evidence.push("no network plug-in runs".into());
    }
    let ready: std::collections::BTreeSet<&str> = live
        .iter()
        .filter(|plugin| out.enforcers.contains(&plugin.id))
        .flat_map(|plugin| plugin.nodes_ready.iter().map(String::as_str))
        .collect();
    out.by_node = known.pods_read && out.enforced == YES && !ready.is_empty();
    if out.by_node {
        out.nodes_without = known.nodes.iter().filter(|node| !ready.contains(node.name.as_str())).cloned().collect();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plugin(id: &str, enforces: Word, ready: Option<i64>) -> Plugin {
        Plugin {
            id: id.into(),
            live: true,
            enforces,
            enforces_evidence: "said so".into(),
            overlay: YES,
            ready,
            desired: Some(2),
            nodes_ready: vec!["a".into()],
            ..Plugin::default()
        }
    }

    fn known() -> Known {
        let node = |name: &str| NodeOf { name: name.into(), ..NodeOf::default() };
        Known { nodes: vec![node("a"), node("b")], workloads_read: true, pods_read: true, ..Known::default() }
    }

    #[test]
    fn only_a_ready_agent_enforces() {
        assert_eq!(of(&[plugin("calico", YES, Some(2))], &known()).enforced, YES);
        assert_eq!(of(&[plugin("calico", YES, Some(0))], &known()).enforced, NO);
        assert_eq!(of(&[plugin("calico", YES, None)], &known()).enforced, UNKNOWN);
        assert_eq!(of(&[plugin("flannel", NO, Some(2))], &known()).enforced, NO);
        assert_eq!(of(&[plugin("kindnet", UNKNOWN, Some(2))], &known()).enforced, UNKNOWN);
        let pair = [plugin("flannel", NO, Some(2)), plugin("kube-router", YES, Some(2))];
        assert_eq!(of(&pair, &known()).enforcers, ["kube-router"]);
    }

    #[test]
    fn nothing_found_is_false_only_where_everything_was_read_and_nothing_is_hidden() {
        assert_eq!(of(&[], &known()).enforced, NO);
        assert_eq!(of(&[], &Known { workloads_read: false, ..known() }).enforced, UNKNOWN);
        assert_eq!(of(&[], &Known { hidden: Some("k3s".into()), ..known() }).enforced, UNKNOWN);
    }

    #[test]
    fn nodes_without_an_agent_are_named_where_pods_were_read() {
        let found = of(&[plugin("calico", YES, Some(1))], &known());
        assert_eq!(found.nodes_without.iter().map(|n| n.name.as_str()).collect::<Vec<_>>(), ["b"]);
        assert!(!of(&[plugin("calico", YES, Some(1))], &Known { pods_read: false, ..known() }).by_node);
    }
}
