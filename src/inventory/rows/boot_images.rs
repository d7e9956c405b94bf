//! Systems of the cluster with the registries that their images come from, and whether these run in
//! the same cluster: what a cold start would wait for.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::{
    facts::image,
    inventory::{Inventory, Row, Table, registry::configs::Hosts},
    object::ObjectRef,
};

/// One image of a system.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct BootImage {
    /// As written.
    pub image: String,
    /// The registry's host.
    pub host: String,
    /// What serves this host in the same cluster; null where nothing here does.
    pub served_by: Option<ObjectRef>,
    /// Other hosts that it can be pulled from.
    pub mirrors: Vec<String>,
}

/// What policies see of a system.
#[derive(Debug, Serialize, JsonSchema)]
pub struct BootRow {
    /// Kind `Extension`, the id as its name.
    pub r#ref: ObjectRef,
    /// Id of the catalogue.
    pub id: String,
    /// Its roles.
    pub roles: Vec<String>,
    /// Its images.
    pub images: Vec<BootImage>,
}

/// The table.
pub const TABLE: Table = Table {
    name: "boot_images",
    about: "one detected system with the registries of its images",
    build,
    schema: || schemars::schema_for!(BootRow),
};

/// Mirrors by the prefix of what they mirror, from OpenShift's mirror sets.
#[must_use]
pub fn mirrors(inventory: &Inventory<'_>) -> BTreeMap<String, Vec<String>> {
    let sets = [
        ("config.openshift.io", "ImageDigestMirrorSet", "/spec/imageDigestMirrors"),
        ("config.openshift.io", "ImageTagMirrorSet", "/spec/imageTagMirrors"),
        ("operator.openshift.io", "ImageContentSourcePolicy", "/spec/repositoryDigestMirrors"),
    ];
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (group, kind, pointer) in sets {
        for object in inventory.snapshot.of(group, kind) {
            let Ok(value) = object.parse::<Value>() else { continue };
            for one in value.pointer(pointer).and_then(Value::as_array).into_iter().flatten() {
                let Some(source) = one.get("source").and_then(Value::as_str) else { continue };
                let list = one.get("mirrors").and_then(Value::as_array).into_iter().flatten();
                found.entry(source.to_owned()).or_default().extend(list.filter_map(Value::as_str).map(str::to_owned));
            }
        }
    }
    found
}

fn build(inventory: &Inventory<'_>) -> Vec<Row> {
    let hosts = Hosts::of(inventory);
    let mut served: BTreeMap<String, ObjectRef> = BTreeMap::new();
    for registry in &inventory.registries().registries {
        if let Some(workload) = &registry.workload {
            served.extend(registry.hosts.iter().map(|host| (host.clone(), workload.clone())));
        }
    }
    for workload in &inventory.workloads.workloads {
        for host in hosts.of_workload(workload) {
            served.entry(host).or_insert_with(|| workload.reference.clone());
        }
    }
    let mirrors = mirrors(inventory);
    let by_ref: BTreeMap<&ObjectRef, _> = inventory.workloads.workloads.iter().map(|w| (&w.reference, w)).collect();
    let mut rows = Vec::new();
    for extension in &inventory.extensions {
        let workloads = extension.instances.iter().flat_map(|i| &i.workloads).filter_map(|w| by_ref.get(w));
        let written: BTreeSet<&str> = workloads.flat_map(|w| w.containers()).map(|c| c.image.as_str()).collect();
        if written.is_empty() {
            continue;
        }
        let images = written.into_iter().filter(|image| !image.is_empty()).map(|text| {
            let reference = image::parse(text);
            let full = reference.full();
            let applies = |source: &str| full == source || full.starts_with(&format!("{source}/"));
            BootImage {
                image: text.to_owned(),
                served_by: served.get(&reference.registry).cloned(),
                host: reference.registry,
                mirrors: mirrors.iter().filter(|(source, _)| applies(source)).flat_map(|(_, to)| to.clone()).collect(),
            }
        });
        let row = BootRow {
            r#ref: ObjectRef::new("", "Extension", "", &extension.id),
            id: extension.id.clone(),
            roles: extension.roles.clone(),
            images: images.collect(),
        };
        rows.push(Row::new(&row.r#ref, &row));
    }
    rows
}
