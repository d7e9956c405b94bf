//! Resources that ask a system for something, and what their status says of the answer.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::attribution::{Holder, Sure, any_runs, holder};
use crate::{
    inventory::{Inventory, Row, Table, catalog::Resource, storage::time::age},
    object::{Kind, ObjectRef},
    snapshot::Object,
    view::nullable,
};

/// What policies see of a custom resource.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ResourceRow {
    /// The resource.
    pub r#ref: ObjectRef,
    /// `group/Kind`.
    pub kind: String,
    /// Systems of the catalogue that bring its kind.
    pub systems: Vec<Holder>,
    /// Whether one of them runs.
    pub runs: Sure,
    /// Whether it has any status.
    pub has_status: bool,
    /// Seconds since it was made; null without a clock.
    pub age: Option<i64>,
    /// Its conditions.
    pub conditions: Vec<ConditionHere>,
    /// What the catalogue says that its status must hold.
    pub tells: Vec<Told>,
    /// Generation of its specification.
    pub generation: Option<i64>,
    /// Generation that its controller has seen, where it says so.
    pub observed: Option<i64>,
    /// Seconds since its deletion was asked for; null where it was not, or without a clock.
    pub deleting: Option<i64>,
    /// It is being deleted.
    pub is_deleting: bool,
    /// Who must let go of it first.
    pub finalizers: Vec<String>,
    /// Seconds since anybody wrote its specification; null where nobody wrote it down.
    pub written: Option<i64>,
}

/// One condition.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ConditionHere {
    /// Its type.
    pub r#type: String,
    /// `True`, `False` or `Unknown`.
    pub status: String,
    /// One word.
    pub reason: String,
    /// Seconds since it changed; null without a clock or where it does not say.
    pub since: Option<i64>,
}

/// A field or condition that tells health.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Told {
    /// Path of a field, or `condition X`.
    pub path: String,
    /// What it says; empty where it says nothing.
    pub value: String,
    /// Values that mean health.
    pub healthy: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Custom {
    #[serde(deserialize_with = "nullable")]
    metadata: Meta,
    status: Option<Value>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Meta {
    generation: Option<i64>,
    creation_timestamp: Option<String>,
    deletion_timestamp: Option<String>,
    #[serde(deserialize_with = "nullable")]
    finalizers: Vec<String>,
    #[serde(deserialize_with = "nullable")]
    managed_fields: Vec<crate::view::ManagedField>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Condition {
    #[serde(rename = "type", deserialize_with = "nullable")]
    kind: String,
    #[serde(deserialize_with = "nullable")]
    status: String,
    #[serde(deserialize_with = "nullable")]
    reason: String,
    last_transition_time: Option<String>,
}

/// The table.
pub const TABLE: Table = Table {
    name: "custom_resources",
    about: "one resource of a kind that a system of the catalogue answers",
    build,
    schema: || schemars::schema_for!(ResourceRow),
};

fn build(inventory: &Inventory<'_>) -> Vec<Row> {
    let telling: Vec<&Resource> = inventory.catalog.systems.iter().flat_map(|s| &s.resources).collect();
    let mut rows = Vec::new();
    for kind in inventory.snapshot.present_kinds().filter(|kind| inventory.planned.contains(kind)) {
        let systems = of_kind(inventory, kind);
        if systems.is_empty() {
            continue;
        }
        let telling: Vec<&&Resource> = telling.iter().filter(|resource| resource.kind == *kind).collect();
        for object in inventory.snapshot.of(&kind.group, &kind.kind) {
            let row = resource(inventory, object, &systems, &telling);
            rows.push(Row::new(&row.r#ref, &row));
        }
    }
    rows
}

/// The systems that bring a kind: by the name of its CRD where that was read, else by its group.
fn of_kind(inventory: &Inventory<'_>, kind: &Kind) -> Vec<Holder> {
    let plural = crate::collect::plan::plural(&kind.kind);
    let systems = inventory.governance().of_crd(&kind.group, &format!("{plural}.{}", kind.group));
    systems.into_iter().map(|system| holder(inventory, system)).collect()
}

fn resource(inventory: &Inventory<'_>, object: &Object, systems: &[Holder], telling: &[&&Resource]) -> ResourceRow {
    let Custom { metadata, status } = object.parse().unwrap_or_default();
    let since = |time: Option<&str>| age(inventory.snapshot, time);
    // One by one: kinds that bend the convention for one condition keep the others.
    let told = status.as_ref().and_then(|status| status.get("conditions")?.as_array());
    let conditions: Vec<Condition> =
        told.into_iter().flatten().filter_map(|one| serde_json::from_value(one.clone()).ok()).collect();
    let root = serde_json::json!({ "status": status });
    let tells = telling.iter().filter_map(|resource| {
        if !resource.condition.is_empty() {
            let seen = conditions.iter().find(|c| c.kind == resource.condition).map(|c| c.status.clone());
            let path = format!("condition {}", resource.condition);
            return Some(Told { path, value: seen.unwrap_or_default(), healthy: vec!["True".into()] });
        }
        if resource.path.is_empty() || resource.healthy.is_empty() {
            return None;
        }
        let seen = resource.path.split('.').try_fold(&root, |value, key| value.get(key));
        let text = seen.and_then(|value| match value {
            Value::String(text) => Some(text.clone()),
            Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
            _ => None,
        });
        Some(Told { path: resource.path.clone(), value: text.unwrap_or_default(), healthy: resource.healthy.clone() })
    });
    let mut tells: Vec<Told> = tells.collect();
    let mut seen = BTreeSet::new();
    tells.retain(|told| seen.insert(told.path.clone()));
    // The newest write that is not one of a status.
    let wrote = metadata.managed_fields.iter().filter(|f| f.subresource.is_empty());
    let written = wrote.filter_map(|f| since(f.time.as_deref())).min();
    ResourceRow {
        r#ref: object.reference(),
        kind: object.kind.to_string(),
        systems: systems.to_vec(),
        runs: any_runs(systems),
        has_status: status.as_ref().and_then(Value::as_object).is_some_and(|fields| !fields.is_empty()),
        age: since(metadata.creation_timestamp.as_deref()),
        tells,
        conditions: conditions
            .into_iter()
            .map(|c| ConditionHere {
                since: since(c.last_transition_time.as_deref()),
                r#type: c.kind,
                status: c.status,
                reason: c.reason,
            })
            .collect(),
        generation: metadata.generation,
        observed: status.as_ref().and_then(|status| status.get("observedGeneration")?.as_i64()),
        deleting: since(metadata.deletion_timestamp.as_deref()),
        is_deleting: metadata.deletion_timestamp.is_some(),
        finalizers: metadata.finalizers,
        written,
    }
}
