//! Images in use: one row a workload and reference.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    facts::image,
    inventory::{Inventory, Row, Table},
    object::ObjectRef,
};

/// What policies see of an image in use.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ImageRow {
    /// The workload that runs it.
    pub r#ref: ObjectRef,
    /// Where it is named, below the pod template.
    pub path: String,
    /// The reference as written.
    pub image: String,
    /// Its registry host in lower case; `docker.io` where none is written.
    pub registry: String,
    /// Its path below the host.
    pub repository: String,
    /// Place of the rule that governs its repository among `repositories` of the rules about
    /// registries; null: no rule speaks of it.
    pub rule: Option<usize>,
    /// Its tag; empty where none is written.
    pub tag: String,
    /// Its digest; empty where none is written.
    pub digest: String,
    /// When the kubelet pulls it: as written, or as admission fills it in.
    pub pull_policy: String,
    /// Runs beside the workload's own containers for somebody who looks into it.
    pub ephemeral: bool,
}

/// The table.
pub const TABLE: Table = Table {
    name: "images",
    about: "one image in use by a workload",
    build,
    schema: || schemars::schema_for!(ImageRow),
};

fn build(inventory: &Inventory<'_>) -> Vec<Row> {
    let mut rows = Vec::new();
    for workload in &inventory.workloads.workloads {
        let mut seen = BTreeSet::new();
        let containers = workload
            .containers()
            .map(|c| (format!("spec.containers[name={}].image", c.name), &c.image, c.image_pull_policy.as_str()));
        let volumes =
            workload.spec.volumes.iter().filter_map(|v| {
                Some((format!("spec.volumes[name={}].image", v.name), &v.image.as_ref()?.reference, ""))
            });
        let guests: BTreeSet<&str> = workload.spec.ephemeral_containers.iter().map(|c| c.image.as_str()).collect();
        let own: BTreeSet<&str> =
            workload.spec.containers.iter().chain(&workload.spec.init_containers).map(|c| c.image.as_str()).collect();
        for (path, image, policy) in containers.chain(volumes) {
            if image.is_empty() || !seen.insert(image) {
                continue;
            }
            let image::Reference { registry, repository, tag, digest } = image::parse(image);
            let row = ImageRow {
                r#ref: workload.reference.clone(),
                path,
                pull_policy: match (policy, tag.as_str(), digest.is_empty()) {
                    ("", "" | "latest", true) => "Always".to_owned(),
                    ("", ..) => "IfNotPresent".to_owned(),
                    (policy, ..) => policy.to_owned(),
                },
                ephemeral: guests.contains(image.as_str()) && !own.contains(image.as_str()),
                image: image.clone(),
                rule: inventory.naming.rules.find(&format!("{registry}/{repository}")),
                registry,
                repository,
                tag,
                digest,
            };
            rows.push(Row::new(&row.r#ref, &row));
        }
    }
    rows
}
