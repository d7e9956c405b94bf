//! Rows for policies: what the snapshot's objects mean, joined once, without a norm in them.

pub mod catalog;
pub mod detect;
pub mod governance;
pub mod ingress;
pub mod network;
pub mod ownership;
pub mod registry;
pub mod rows;
pub mod storage;
pub mod waivers;
pub mod workload;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::OnceLock,
};

use serde::Serialize;

use crate::{
    collect::plan::Plan,
    facts::netpol,
    object::{Kind, ObjectRef},
    snapshot::{Coverage, Snapshot, State},
};

use catalog::Catalog;
use detect::Extension;
use network::Network;
use ownership::{Managers, Ownership};
use workload::Workloads;

/// Everything that rows are made of.
#[derive(Debug)]
pub struct Inventory<'s> {
    /// The frozen source.
    pub snapshot: &'s Snapshot,
    /// Workloads and pods, joined.
    pub workloads: Workloads<'s>,
    /// Systems detected, by aspect and id.
    pub extensions: Vec<Extension>,
    /// Kinds that the chosen policies read: what coverage is about.
    pub needed: BTreeSet<Kind>,
    /// Kinds that a run with these policies and this catalogue reads: a live cluster is asked for no
    /// others, so no fact may rest on others that a larger snapshot happens to hold.
    pub planned: BTreeSet<Kind>,
    /// The systems of the world.
    pub catalog: &'s Catalog,
    /// Rows about waivers, once they were held against the findings.
    pub waivers: Vec<Row>,
    network: OnceLock<Network<'s>>,
    storage: OnceLock<storage::Storage>,
    managers: OnceLock<Option<Managers>>,
    /// Names of registries and paths that the rules lend.
    pub naming: registry::naming::Naming,
    registries: OnceLock<registry::Registries>,
    /// API groups with the system that answers their resources, as an index of `extensions`.
    operators: BTreeMap<String, usize>,
    governance: OnceLock<governance::Governance<'s>>,
}

impl<'s> Inventory<'s> {
    /// Draws the facts that every table shares.
    #[must_use]
    pub fn of(snapshot: &'s Snapshot, catalog: &'s Catalog, needed: BTreeSet<Kind>) -> Self {
        let workloads = Workloads::of(snapshot);
        let extensions = detect::detect(snapshot, &workloads, catalog);
        let operators = operators(catalog, &extensions);
        let planned = Plan::of(needed.iter().chain(catalog.kinds()).cloned()).kinds;
        Self {
            snapshot,
            workloads,
            extensions,
            needed,
            planned,
            catalog,
            waivers: Vec::new(),
            network: OnceLock::new(),
            storage: OnceLock::new(),
            managers: OnceLock::new(),
            naming: registry::naming::Naming::default(),
            registries: OnceLock::new(),
            operators,
            governance: OnceLock::new(),
        }
    }

    /// The same, with the names that `rules/registry.yaml` gives to registries.
    #[must_use]
    pub fn named_by(mut self, rules: &crate::rules::Rules) -> Self {
        self.naming = registry::naming::Naming::of(rules.get("registry"));
        self
    }

    /// Drops the joins that were made so far; they are made anew where somebody asks again.
    pub fn forget(&mut self) {
        self.network.take();
        self.storage.take();
        self.registries.take();
        self.governance.take();
    }

    /// Registries, read at the first question.
    #[must_use]
    pub fn registries(&self) -> &registry::Registries {
        self.registries.get_or_init(|| registry::Registries::of(self, &self.naming))
    }

    /// Storage, joined at the first question.
    #[must_use]
    pub fn storage(&self) -> &storage::Storage {
        self.storage.get_or_init(|| storage::Storage::of(self.snapshot, &self.workloads))
    }

    /// Joins about the systems themselves, made at the first question.
    #[must_use]
    pub fn governance(&self) -> &governance::Governance<'s> {
        self.governance.get_or_init(|| governance::Governance::of(self))
    }

    /// The network, drawn when it is first asked for.
    pub fn network(&self) -> &Network<'s> {
        self.network.get_or_init(|| Network::of(self))
    }

    /// Who manages an object.
    #[must_use]
    pub fn ownership(&self, of: &ObjectRef) -> Ownership {
        let Some(managers) = self.managers.get_or_init(|| Managers::embedded().ok()) else {
            return Ownership::unknown(of, "the catalogue of managers cannot be read");
        };
        let works = |group: &str| {
            let extension = self.extensions.get(*self.operators.get(group)?)?;
            match extension.state {
                detect::State::Residue => Some(false),
                detect::State::Unknown => None,
                _ => self.is_ready(extension),
            }
        };
        ownership::of(of, self.snapshot, managers, &works)
    }

    /// Whether a workload of a system is ready that nothing else made: its operator, in most.
    fn is_ready(&self, extension: &Extension) -> Option<bool> {
        let own = self
            .workloads
            .workloads
            .iter()
            .filter(|w| extension.instances.iter().any(|i| i.workloads.contains(&w.reference)));
        let ready: Vec<Option<bool>> =
            own.filter(|w| w.meta.owner_references.is_empty()).map(|w| w.scale.is_ready()).collect();
        if ready.contains(&Some(true)) {
            return Some(true);
        }
        if ready.is_empty() || ready.contains(&None) { None } else { Some(false) }
    }

    /// How completely a kind was read and understood.
    #[must_use]
    pub fn coverage(&self, kind: &Kind) -> Coverage {
        let coverage = self.snapshot.coverage(kind);
        let is_of = |of: &ObjectRef| of.kind == *kind.kind && of.group == *kind.group;
        let mut malformed = self.workloads.malformed.iter().find(|(of, _)| is_of(of));
        if malformed.is_none() && netpol::KINDS.contains(&(&*kind.group, &*kind.kind)) {
            malformed = self.network().malformed().iter().find(|(of, _)| is_of(of));
        }
        match malformed {
            Some((of, reason)) if coverage.state.is_proof() => {
                Coverage { state: State::Partial, reason: format!("{of} could not be read: {reason}"), ..coverage }
            }
            _ => coverage,
        }
    }
}

/// Which detected system answers the resources of which API group.
fn operators(catalog: &Catalog, extensions: &[Extension]) -> BTreeMap<String, usize> {
    let of = |id: &str| extensions.iter().position(|extension| extension.id == id);
    catalog
        .systems
        .iter()
        .filter_map(|system| Some((system, of(&system.id)?)))
        .flat_map(|(system, index)| system.identity.crd_groups.iter().map(move |group| (group.clone(), index)))
        .collect()
}

/// One row: the subject it is about, and what a policy sees of it.
#[derive(Clone, Debug)]
pub struct Row {
    /// The subject.
    pub reference: ObjectRef,
    /// JSON text of the row, `ref` included.
    pub json: String,
}

impl Row {
    /// A row from its struct, which has `ref` among its fields.
    pub(crate) fn new(reference: &ObjectRef, row: &impl Serialize) -> Self {
        // Row structs hold only text, numbers, lists and string-keyed maps: that cannot fail.
        Self { reference: reference.clone(), json: serde_json::to_string(row).unwrap_or_default() }
    }
}

/// A kind of row: its name, what it holds, how it is made, and its published shape.
#[derive(Clone, Copy)]
pub struct Table {
    /// The word in a policy's `rows` or `uses`.
    pub name: &'static str,
    /// What one row is, in one line.
    pub about: &'static str,
    /// Makes the rows, in a fixed order.
    pub build: fn(&Inventory<'_>) -> Vec<Row>,
    /// JSON Schema of a row.
    pub schema: fn() -> schemars::Schema,
}

impl std::fmt::Debug for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// A table by name. `group/Kind` is a table too: the objects of that kind, as they are.
#[must_use]
pub fn is_table(name: &str) -> bool {
    rows::TABLES.iter().any(|table| table.name == name) || Kind::parse(name).is_ok()
}

/// The rows of a table; empty where there is no such table, which loading a policy refuses.
#[must_use]
pub fn table(inventory: &Inventory<'_>, name: &str) -> Vec<Row> {
    if let Some(table) = rows::TABLES.iter().find(|table| table.name == name) {
        return (table.build)(inventory);
    }
    Kind::parse(name).map(|kind| rows::objects::of(inventory, &kind)).unwrap_or_default()
}
