//! Images that the workloads of systems run.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    facts::{image, version},
    inventory::{Inventory, Row, Table, detect::State},
    object::ObjectRef,
};

/// What policies see of the images of one workload of a system.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ImagesRow {
    /// The workload.
    pub r#ref: ObjectRef,
    /// The systems that it belongs to, with how each is there.
    pub systems: BTreeMap<String, State>,
    /// It holds the node: privileged, in the node's namespaces, or with its files.
    pub holds_node: bool,
    /// Its images, each once.
    pub images: Vec<ImageHere>,
}

/// One image.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ImageHere {
    /// Where it is named, below the pod template.
    pub path: String,
    /// As written.
    pub image: String,
    /// Its registry host in lower case; `docker.io` where none is written.
    pub registry: String,
    /// Its path below the host.
    pub repository: String,
    /// Its tag; empty where none is written.
    pub tag: String,
    /// Its digest; empty where none is written.
    pub digest: String,
    /// Its tag names no version: nobody can say which one it was yesterday.
    pub floating: bool,
    /// Its registry keeps the tag from being pushed over; null where its rules were not read.
    pub immutable: Option<bool>,
    /// Place of the rule that governs its repository among `repositories` of the rules about registries;
    /// null: no rule speaks of it.
    pub rule: Option<usize>,
}

/// The table.
pub const TABLE: Table = Table {
    name: "extension_images",
    about: "the images of one workload of a system",
    build,
    schema: || schemars::schema_for!(ImagesRow),
};

fn build(inventory: &Inventory<'_>) -> Vec<Row> {
    let mut rows = Vec::new();
    for (workload, systems) in super::workloads(inventory) {
        let mut images: Vec<ImageHere> = Vec::new();
        for container in workload.containers() {
            if container.image.is_empty() || images.iter().any(|known| known.image == container.image) {
                continue;
            }
            let image::Reference { registry, repository, tag, digest } = image::parse(&container.image);
            images.push(ImageHere {
                path: format!("spec.containers[name={}].image", container.name),
                image: container.image.clone(),
                floating: version::is_floating(&tag),
                rule: inventory.naming.rules.find(&format!("{registry}/{repository}")),
                immutable: inventory.registries().at(&registry).and_then(|r| r.is_immutable(&repository, &tag)),
                registry,
                repository,
                tag,
                digest,
            });
        }
        let row = ImagesRow {
            r#ref: workload.reference.clone(),
            systems: super::states(inventory, systems),
            holds_node: super::holds_node(workload),
            images,
        };
        rows.push(Row::new(&row.r#ref, &row));
    }
    rows
}
