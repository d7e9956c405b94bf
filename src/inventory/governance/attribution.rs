//! Whose it is: from an API group, a CRD, a webhook or a Service to the systems that answer it.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    inventory::{
        Inventory,
        catalog::{Part, System},
        detect::{Extension, State},
    },
    object::ObjectRef,
    view::{Map, nullable},
};

/// Whether something is there, as far as can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Sure {
    /// It is.
    Yes,
    /// It is not.
    No,
    /// It was not read, or does not say.
    Unknown,
}

/// A system that something may belong to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Holder {
    /// Id of the catalogue.
    pub id: String,
    /// Whether a controller of it runs, here or at the provider.
    pub runs: Sure,
}

/// Which workload is what to which system.
#[derive(Debug)]
pub struct Governance<'s> {
    /// Systems by group of their CRDs, then by CRD.
    groups: BTreeMap<&'s str, Vec<&'s System>>,
    crds: BTreeMap<&'s str, Vec<&'s System>>,
    /// Indexes of extensions and parts, by workload.
    pub(super) members: BTreeMap<ObjectRef, Vec<(usize, Part)>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Service {
    #[serde(deserialize_with = "nullable")]
    spec: ServiceSpec,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ServiceSpec {
    #[serde(deserialize_with = "nullable")]
    selector: Map,
}

impl<'s> Governance<'s> {
    pub(crate) fn of(inventory: &Inventory<'s>) -> Self {
        let mut all = Self { groups: BTreeMap::new(), crds: BTreeMap::new(), members: BTreeMap::new() };
        for system in &inventory.catalog.systems {
            for group in system.identity.crd_groups.iter().chain(&system.identity.brings) {
                all.groups.entry(group).or_default().push(system);
            }
            for name in &system.identity.crds {
                all.crds.entry(name).or_default().push(system);
            }
        }
        for (index, extension) in inventory.extensions.iter().enumerate() {
            for taken in &extension.parts {
                all.members.entry(taken.workload.clone()).or_default().push((index, taken.part));
            }
        }
        all
    }

    /// The systems of the catalogue that bring a CRD.
    pub(super) fn of_crd(&self, group: &str, name: &str) -> Vec<&'s System> {
        let named = self.crds.get(name).into_iter().flatten();
        let mut systems: Vec<&System> = named.chain(self.groups.get(group).into_iter().flatten()).copied().collect();
        systems.sort_by(|a, b| a.id.cmp(&b.id));
        systems.dedup_by(|a, b| a.id == b.id);
        systems
    }

    /// The systems that the workloads behind a Service belong to.
    pub(super) fn behind<'i>(&self, inventory: &'i Inventory<'_>, namespace: &str, name: &str) -> Vec<&'i Extension> {
        let mut found: Vec<&Extension> = Vec::new();
        for workload in backing(inventory, namespace, name) {
            for (index, _) in self.members.get(&workload).into_iter().flatten() {
                found.extend(inventory.extensions.get(*index));
            }
        }
        found.sort_by(|a, b| a.id.cmp(&b.id));
        found.dedup_by(|a, b| a.id == b.id);
        found
    }
}

/// The workloads that a Service selects.
pub(super) fn backing(inventory: &Inventory<'_>, namespace: &str, name: &str) -> BTreeSet<ObjectRef> {
    let service: Service =
        inventory.snapshot.get("", "Service", namespace, name).and_then(|o| o.parse().ok()).unwrap_or_default();
    let selector = service.spec.selector;
    if selector.is_empty() {
        return BTreeSet::new();
    }
    let selected = |labels: &Map| selector.iter().all(|(key, value)| labels.get(key) == Some(value));
    inventory
        .workloads
        .workloads
        .iter()
        .filter(|w| w.reference.namespace == namespace && !w.helm_hook && selected(&w.pod_meta.labels))
        .filter(|w| !matches!(w.reference.kind.as_str(), "Job" | "CronJob"))
        .map(|w| w.reference.clone())
        .collect()
}

/// Whether a system of the catalogue runs here.
pub(super) fn holder(inventory: &Inventory<'_>, system: &System) -> Holder {
    let found = inventory.extensions.iter().find(|extension| extension.id == system.id);
    let runs = match found.map(|extension| extension.state) {
        None | Some(State::Residue) => Sure::No,
        Some(State::Unknown) => Sure::Unknown,
        Some(_) => Sure::Yes,
    };
    Holder { id: system.id.clone(), runs }
}

/// Whether any of them runs; unknown where nobody is known.
pub(super) fn any_runs(holders: &[Holder]) -> Sure {
    if holders.iter().any(|holder| holder.runs == Sure::Yes) {
        Sure::Yes
    } else if holders.is_empty() || holders.iter().any(|holder| holder.runs == Sure::Unknown) {
        Sure::Unknown
    } else {
        Sure::No
    }
}
