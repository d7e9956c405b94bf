//! What hands changed on objects that a manager keeps, after that one applied them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::{
    attribution::Sure,
    managers::{self, Field},
};
use crate::{
    inventory::{Inventory, Row, Table, storage::time::age},
    object::ObjectRef,
};

/// What policies see of the field managers of an object that a system came as.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DriftRow {
    /// The top of a workload's chain of owners: what somebody applies.
    pub r#ref: ObjectRef,
    /// Systems that came with it.
    pub systems: BTreeSet<String>,
    /// How firmly it is managed: 0 by hand, 2 by a release, 4 from a repository; null where unknown.
    pub level: Option<u8>,
    /// The best level that is not ruled out.
    pub may_be: u8,
    /// Who manages it.
    pub manager: String,
    /// Its field managers were stripped from the source.
    pub stripped: bool,
    /// What hands wrote.
    pub edits: Vec<Edit>,
}

/// Fields that a person with a client owns.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Edit {
    /// Field manager: `kubectl-edit`.
    pub by: String,
    /// Paths of the specification, to the third level: `spec.template.spec`.
    pub paths: BTreeSet<String>,
    /// Whether that was after the last time that the manager applied the object; unknown where one of
    /// both times was not written down.
    pub after: Sure,
    /// Seconds since; null without a clock.
    pub age: Option<i64>,
}

/// The table.
pub const TABLE: Table = Table {
    name: "extension_drift",
    about: "what hands changed on one object that a system came as",
    build,
    schema: || schemars::schema_for!(DriftRow),
};

fn build(inventory: &Inventory<'_>) -> Vec<Row> {
    let mut rows: BTreeMap<ObjectRef, DriftRow> = BTreeMap::new();
    for (workload, parts) in super::workloads(inventory) {
        let own = inventory.ownership(&workload.reference);
        let systems = super::states(inventory, parts).into_keys();
        if let Some(known) = rows.get_mut(&own.top) {
            known.systems.extend(systems);
            continue;
        }
        let of = &own.top;
        let Some(object) = inventory.snapshot.get(&of.group, &of.kind, &of.namespace, &of.name) else { continue };
        let fields = managers::of(object);
        let hands: BTreeSet<&str> = own.hands.iter().map(|hand| hand.manager.as_str()).collect();
        let is_manager = |field: &&Field| {
            field.subresource.is_empty()
                && own.field_managers.contains(&field.manager)
                && !hands.contains(field.manager.as_str())
        };
        let applied = fields.iter().filter(is_manager).filter_map(time).max();
        let edits =
            fields.iter().filter(|field| field.subresource.is_empty() && hands.contains(field.manager.as_str()));
        let edit = |field: &Field| Edit {
            by: field.manager.clone(),
            paths: paths(&field.fields),
            after: match (time(field), applied) {
                (Some(edited), Some(applied)) if edited > applied => Sure::Yes,
                (Some(_), Some(_)) => Sure::No,
                _ => Sure::Unknown,
            },
            age: age(inventory.snapshot, field.time.as_deref()),
        };
        let row = DriftRow {
            r#ref: of.clone(),
            systems: systems.collect(),
            level: own.level,
            may_be: own.may_be,
            manager: own.manager.clone(),
            stripped: fields.is_empty(),
            edits: edits.map(edit).filter(|edit| !edit.paths.is_empty()).collect(),
        };
        rows.insert(of.clone(), row);
    }
    rows.into_values().map(|row| Row::new(&row.r#ref, &row)).collect()
}

fn time(field: &Field) -> Option<Timestamp> {
    field.time.as_deref()?.parse().ok()
}

/// Paths below `spec`, to the third level.
fn paths(fields: &Value) -> BTreeSet<String> {
    let named = |value: &Value| -> Vec<(String, Value)> {
        let entries = value.as_object().into_iter().flatten();
        entries.filter_map(|(key, value)| Some((key.strip_prefix("f:")?.to_owned(), value.clone()))).collect()
    };
    let Some(spec) = fields.get("f:spec") else { return BTreeSet::new() };
    let mut all = BTreeSet::new();
    for (key, below) in named(spec) {
        let deeper = named(&below);
        if deeper.is_empty() {
            all.insert(format!("spec.{key}"));
        }
        all.extend(deeper.into_iter().map(|(inner, _)| format!("spec.{key}.{inner}")));
    }
    all
}
