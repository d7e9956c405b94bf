//! Disruption budgets, and whose pods they keep.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    facts::selector::{Hit, LabelSelector},
    inventory::{Inventory, Row, Table, ingress::services::IntOrText},
    object::ObjectRef,
    view::nullable,
};

/// What policies see of a PodDisruptionBudget.
#[derive(Debug, Serialize, JsonSchema)]
pub struct BudgetRow {
    /// The budget.
    pub r#ref: ObjectRef,
    /// Systems whose workloads it keeps.
    pub systems: BTreeSet<String>,
    /// Workloads that it selects.
    pub workloads: Vec<ObjectRef>,
    /// Copies that these want together; null where one does not say.
    pub wanted: Option<i64>,
    /// `minAvailable` as written; empty where it is not.
    pub min_available: String,
    /// `maxUnavailable` as written; empty where it is not.
    pub max_unavailable: String,
    /// Its specification lets no pod go, as long as no more run than are wanted.
    pub blocks: bool,
    /// Pods that may go now; null without a status.
    pub allowed: Option<i64>,
    /// Healthy pods; null without a status.
    pub healthy: Option<i64>,
    /// Pods that it expects; null without a status.
    pub expected: Option<i64>,
    /// Other budgets that select one of its workloads: the API server refuses to evict such a pod.
    pub beside: Vec<String>,
    /// `IfHealthyBudget` or `AlwaysAllow`; the first where it is not written.
    pub unhealthy: String,
}

/// A budget and what it selects.
pub(super) struct Budget {
    pub reference: ObjectRef,
    pub workloads: Vec<ObjectRef>,
    spec: Spec,
    status: Option<Status>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Pdb {
    #[serde(deserialize_with = "nullable")]
    spec: Spec,
    status: Option<Status>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Spec {
    selector: Option<LabelSelector>,
    min_available: Option<IntOrText>,
    max_unavailable: Option<IntOrText>,
    #[serde(deserialize_with = "nullable")]
    unhealthy_pod_eviction_policy: String,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Status {
    // The API leaves no counter out: a status without them was never written.
    disruptions_allowed: Option<i64>,
    current_healthy: Option<i64>,
    expected_pods: Option<i64>,
}

/// The table.
pub const TABLE: Table = Table {
    name: "disruption_budgets",
    about: "one disruption budget",
    build,
    schema: || schemars::schema_for!(BudgetRow),
};

/// Every budget with the workloads that it selects.
pub(super) fn of(inventory: &Inventory<'_>) -> Vec<Budget> {
    let mut by_namespace: BTreeMap<&str, Vec<&crate::inventory::workload::Workload<'_>>> = BTreeMap::new();
    for workload in &inventory.workloads.workloads {
        by_namespace.entry(&workload.reference.namespace).or_default().push(workload);
    }
    let budget = |object: &crate::snapshot::Object| {
        let Pdb { spec, status } = object.parse().unwrap_or_default();
        // No selector selects nothing; an empty one everything, but in v1beta1 nothing.
        let selector = spec.selector.as_ref().filter(|s| !(s.is_everything() && &*object.version == "v1beta1"));
        let selected = |w: &&&crate::inventory::workload::Workload<'_>| {
            !w.helm_hook
                && !matches!(w.reference.kind.as_str(), "Job" | "CronJob")
                && selector.is_some_and(|selector| selector.matches(&w.pod_meta.labels) == Hit::Yes)
        };
        let inside = by_namespace.get(&*object.namespace).into_iter().flatten();
        let workloads = inside.filter(selected).map(|w| w.reference.clone()).collect();
        Budget { reference: object.reference(), workloads, spec, status }
    };
    inventory.snapshot.of("policy", "PodDisruptionBudget").iter().map(budget).collect()
}

fn build(inventory: &Inventory<'_>) -> Vec<Row> {
    let budgets = of(inventory);
    let members = &inventory.governance().members;
    let wants: BTreeMap<&ObjectRef, Option<i64>> =
        inventory.workloads.workloads.iter().map(|w| (&w.reference, w.scale.desired)).collect();
    let text = |value: Option<&IntOrText>| value.map_or(String::new(), ToString::to_string);
    let row = |budget: &Budget| {
        let Budget { reference, workloads, spec, status } = budget;
        let wanted: Option<i64> = workloads.iter().map(|w| wants.get(w).copied().flatten()).sum();
        let beside = budgets.iter().filter(|other| {
            other.reference != *reference
                && other.reference.namespace == reference.namespace
                && other.workloads.iter().any(|workload| workloads.contains(workload))
        });
        let systems = workloads.iter().flat_map(|w| members.get(w).into_iter().flatten());
        let row = BudgetRow {
            r#ref: reference.clone(),
            systems: systems.filter_map(|(i, _)| inventory.extensions.get(*i)).map(|e| e.id.clone()).collect(),
            workloads: workloads.clone(),
            wanted,
            blocks: blocks(spec, wanted),
            min_available: text(spec.min_available.as_ref()),
            max_unavailable: text(spec.max_unavailable.as_ref()),
            allowed: status.as_ref().and_then(|status| status.disruptions_allowed),
            healthy: status.as_ref().and_then(|status| status.current_healthy),
            expected: status.as_ref().and_then(|status| status.expected_pods),
            beside: beside.map(|other| other.reference.name.clone()).collect(),
            unhealthy: Some(spec.unhealthy_pod_eviction_policy.clone())
                .filter(|policy| !policy.is_empty())
                .unwrap_or_else(|| "IfHealthyBudget".into()),
        };
        Row::new(&row.r#ref, &row)
    };
    budgets.iter().map(row).collect()
}

/// Whether a specification lets no pod go where as many run as are wanted. The API server rounds
/// shares of `minAvailable` and of `maxUnavailable` up.
fn blocks(spec: &Spec, wanted: Option<i64>) -> bool {
    let share = |value: &IntOrText| match value {
        IntOrText::Int(number) => Some(*number),
        IntOrText::Text(text) => {
            let percent: i64 = text.strip_suffix('%')?.parse().ok()?;
            match percent {
                0 => Some(0),
                percent => Some((wanted? * percent + 99) / 100),
            }
        }
    };
    if let Some(value) = &spec.max_unavailable {
        return share(value) == Some(0);
    }
    let Some(value) = &spec.min_available else { return false };
    match (share(value), wanted) {
        (_, Some(0)) => false,
        (Some(least), Some(wanted)) => least >= wanted,
        _ => matches!(value, IntOrText::Text(text) if text == "100%"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_blocks_where_nothing_may_go() {
        for (json, wanted, expected) in [
            (r#"{"maxUnavailable":0}"#, Some(3), true),
            (r#"{"maxUnavailable":"0%"}"#, None, true),
            (r#"{"maxUnavailable":"1%"}"#, Some(3), false),
            (r#"{"maxUnavailable":1}"#, Some(1), false),
            (r#"{"minAvailable":2}"#, Some(3), false),
            (r#"{"minAvailable":3}"#, Some(3), true),
            (r#"{"minAvailable":"50%"}"#, Some(1), true),
            (r#"{"minAvailable":"50%"}"#, Some(2), false),
            (r#"{"minAvailable":"100%"}"#, None, true),
            (r#"{"minAvailable":1}"#, Some(0), false),
            ("{}", Some(3), false),
        ] {
            let spec: Spec = serde_json::from_str(json).unwrap();
            assert_eq!(blocks(&spec, wanted), expected, "{json} {wanted:?}");
        }
    }
}
