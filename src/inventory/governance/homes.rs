//! What namespaces and workloads of systems say of who answers for them.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    inventory::{Inventory, Row, Table, detect::State},
    object::ObjectRef,
    view::Bare,
};

/// What policies see of one namespace in which a system runs.
#[derive(Debug, Serialize, JsonSchema)]
pub struct HomeRow {
    /// Kind `Extension`, the id as its name.
    pub r#ref: ObjectRef,
    /// Id of the catalogue.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// How the system is there.
    pub state: State,
    /// The namespace.
    pub namespace: String,
    /// Keys of labels and annotations of the namespace whose values are not empty, as far as values
    /// are kept, and those that every controller of the system there bears.
    pub keys: BTreeSet<String>,
}

/// The table.
pub const TABLE: Table = Table {
    name: "extension_homes",
    about: "one namespace in which a system runs, and what it says of who answers for it",
    build,
    schema: || schemars::schema_for!(HomeRow),
};

fn build(inventory: &Inventory<'_>) -> Vec<Row> {
    let metas: BTreeMap<&str, BTreeSet<String>> = inventory
        .snapshot
        .of("", "Namespace")
        .iter()
        .map(|object| {
            let meta = object.parse::<Bare>().unwrap_or_default().metadata;
            // Values of annotations are blanked unless a fact needs them: the key is what counts.
            let labels = meta.labels.into_iter().filter(|(_, value)| !value.is_empty()).map(|(key, _)| key);
            (&*object.name, labels.chain(meta.annotations.into_keys()).collect())
        })
        .collect();
    let mut rows = Vec::new();
    for extension in &inventory.extensions {
        for instance in extension.instances.iter().filter(|instance| instance.bundled_by.is_none()) {
            let own = inventory.workloads.workloads.iter().filter(|w| instance.workloads.contains(&w.reference));
            let borne = own.map(|workload| {
                let labels = workload.meta.labels.iter().filter(|(_, value)| !value.is_empty()).map(|(key, _)| key);
                labels.chain(workload.meta.annotations.keys()).cloned().collect::<BTreeSet<String>>()
            });
            let borne = borne.reduce(|all, own| all.intersection(&own).cloned().collect()).unwrap_or_default();
            let mut keys = metas.get(instance.namespace.as_str()).cloned().unwrap_or_default();
            keys.extend(borne);
            let row = HomeRow {
                r#ref: extension.r#ref.clone(),
                id: extension.id.clone(),
                name: extension.name.clone(),
                state: extension.state,
                namespace: instance.namespace.clone(),
                keys,
            };
            rows.push(Row::new(&row.r#ref, &row));
        }
    }
    rows
}
