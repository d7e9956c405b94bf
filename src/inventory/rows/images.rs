//! Images in use: one row a workload and reference.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    facts::{image, registry::pattern},
    inventory::{
        Inventory, Row, Table,
        registry::verifiers::{self, Verifier},
        workload::Workload,
    },
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
    /// The policy that writes digests into its pods in the place of this tag, where all of them
    /// bear one; empty where none is proven to.
    pub pinned_by: String,
    /// What serves its registry's host in this cluster with a single copy; null where nothing here does.
    pub served_by_one: Option<ObjectRef>,
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
    let mut pinning = verifiers::of(inventory);
    pinning.retain(|verifier| verifier.pins && verifier.runs == Some(true) && verifier.unread.is_empty());
    let single = super::registry_workloads::single(inventory);
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
            let reference = image::parse(image);
            let pinned_by = pinned(&pinning, &reference, workload, image, inventory);
            let image::Reference { registry, repository, tag, digest } = reference;
            let row = ImageRow {
                r#ref: workload.reference.clone(),
                path,
                pull_policy: match (policy, tag.as_str(), digest.is_empty()) {
                    ("", "" | "latest", true) => "Always".to_owned(),
                    ("", ..) => "IfNotPresent".to_owned(),
                    (policy, ..) => policy.to_owned(),
                },
                pinned_by,
                served_by_one: single.get(&registry).filter(|one| **one != workload.reference).cloned(),
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

/// The policy that writes the digest of an image into a workload's pods. That there is one proves
/// nothing yet: every pod that runs has to bear a digest.
fn pinned(
    policies: &[Verifier],
    wanted: &image::Reference,
    workload: &Workload<'_>,
    written: &str,
    inventory: &Inventory<'_>,
) -> String {
    let about = |policy: &&Verifier| {
        let names = [wanted.full(), format!("{}:{}", wanted.full(), wanted.tag)];
        let fits = |globs: &[String]| globs.iter().any(|glob| names.iter().any(|name| pattern::matches(glob, name)));
        let here = policy.namespaces.as_ref().is_none_or(|of| of.contains(&workload.reference.namespace));
        here && fits(&policy.images) && !fits(&policy.skips)
    };
    let Some(policy) = policies.iter().find(about).filter(|_| wanted.digest.is_empty()) else { return String::new() };
    let own = workload.spec.containers.iter().chain(&workload.spec.init_containers);
    let names: Vec<&str> = own.filter(|c| c.image == written).map(|c| c.name.as_str()).collect();
    let mut pods = inventory.workloads.pods_of(workload).filter(|pod| !pod.is_done()).peekable();
    let there = pods.peek().is_some() && !names.is_empty();
    let bears = |spec: &crate::view::PodSpec| {
        names.iter().all(|name| {
            let mut all = spec.containers.iter().chain(&spec.init_containers);
            all.find(|container| container.name == *name).is_some_and(|container| {
                let found = image::parse(&container.image);
                found.full() == wanted.full() && !found.digest.is_empty()
            })
        })
    };
    if there && pods.all(|pod| bears(&pod.pod.spec)) { policy.r#ref.name.clone() } else { String::new() }
}
