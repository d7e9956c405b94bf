//! What restricts the registries that images may come from when pods are admitted, whatever system
//! does it: one shape for all.
//!
//! A policy that nothing carries out restricts nothing, so each says whether its system runs; what
//! takes pods out of it, or lets in more than it looks like, stands beside it as a gap.

mod allowed;
mod cel;
mod gatekeeper;
mod kubewarden;
mod kyverno;
mod openshift;
mod vap;

use schemars::JsonSchema;
use serde::Serialize;

use super::admission::{Asked, Runs, World};
use crate::{inventory::Inventory, object::ObjectRef};
pub use allowed::Allowed;

/// Lists of containers in a pod, as its specification calls them.
pub const LISTS: [&str; 3] = ["containers", "initContainers", "ephemeralContainers"];

/// What policies see of a restriction.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Restriction {
    /// The policy.
    pub r#ref: ObjectRef,
    /// What it lets in.
    pub allows: Vec<Allowed>,
    /// Lists of containers that it looks at: `containers`, `initContainers`, `ephemeralContainers`.
    pub covers: Vec<&'static str>,
    /// What it does not let in is refused, not only told.
    pub enforces: bool,
    /// Namespaces that it is about; null: all.
    pub namespaces: Option<Vec<String>>,
    /// Its system runs; null where that is not known.
    pub runs: Option<bool>,
    /// Ways around it, in words: exceptions, a webhook that lets in what it cannot ask about, a
    /// prefix that other hosts begin with.
    pub gaps: Vec<String>,
    /// Why it cannot be judged; empty where it can.
    pub unread: String,
}

impl Restriction {
    /// One that refuses everything, everywhere.
    fn new(r#ref: ObjectRef, runs: &Runs) -> Self {
        Self {
            r#ref,
            allows: Vec::new(),
            covers: Vec::new(),
            enforces: true,
            namespaces: None,
            runs: runs.known,
            gaps: Some(runs.gap.clone()).filter(|gap| !gap.is_empty()).into_iter().collect(),
            unread: String::new(),
        }
    }

    /// What it lets in, and of which lists.
    fn holding(mut self, held: Held) -> Self {
        self.gaps.extend(held.allows.iter().filter_map(Allowed::gap));
        self.gaps.extend(held.gaps);
        self.allows = held.allows;
        self.covers = held.covers;
        self
    }

    /// It could not be read: it may cover anything.
    fn not_read(mut self, why: impl Into<String>) -> Self {
        self.unread = why.into();
        self.covers = LISTS.to_vec();
        self
    }

    /// Limits it to what it is asked about at all.
    fn asked(mut self, asked: Asked) -> Self {
        self.enforces &= asked.creates;
        if !asked.updates {
            self.gaps.push("it is not asked when the image of a pod changes (UPDATE)".into());
        }
        if !asked.ephemeral {
            self.covers.retain(|list| *list != "ephemeralContainers");
        }
        self
    }

    fn ignoring(mut self, ignores: bool) -> Self {
        if ignores {
            self.gaps.push("what it cannot ask about is let in (failurePolicy Ignore)".into());
        }
        self
    }
}

/// What something that was read lets in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Held {
    allows: Vec<Allowed>,
    covers: Vec<&'static str>,
    gaps: Vec<String>,
}

impl Held {
    fn of(covers: &[&'static str], allows: Vec<Allowed>) -> Self {
        Self { allows, covers: covers.to_vec(), gaps: Vec::new() }
    }

    /// Both hold: what each lets in of its own lists.
    fn and(mut self, other: Self) -> Self {
        self.allows.extend(other.allows);
        self.allows.sort();
        self.allows.dedup();
        self.covers.extend(other.covers);
        self.covers.sort_by_key(|list| LISTS.iter().position(|one| one == list));
        self.covers.dedup();
        self.gaps.extend(other.gaps);
        self
    }

    /// Either holds: only lists that both look at are held.
    fn or(self, other: Self) -> Self {
        let covers: Vec<_> = self.covers.iter().copied().filter(|list| other.covers.contains(list)).collect();
        Self { covers, ..self.and(other) }
    }

    /// It names a registry: what only asks for tags, or refuses a few, restricts nothing.
    fn restricts(&self) -> bool {
        !self.covers.is_empty() && self.allows.iter().any(|one| !one.is_everything())
    }
}

/// Namespaces of both; none: all.
fn both(one: Option<Vec<String>>, other: Option<Vec<String>>) -> Option<Vec<String>> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.into_iter().filter(|name| other.contains(name)).collect()),
        (one, other) => one.or(other),
    }
}

/// Every restriction of the cluster.
#[must_use]
pub fn of(inventory: &Inventory<'_>) -> Vec<Restriction> {
    let world = World::of(inventory);
    let mut found = gatekeeper::of(&world);
    found.extend(kyverno::of(&world));
    found.extend(vap::of(&world));
    found.extend(openshift::of(&world));
    found.extend(kubewarden::of(&world));
    for one in &mut found {
        one.gaps.sort();
        one.gaps.dedup();
    }
    found.sort_by(|a, b| a.r#ref.cmp(&b.r#ref));
    found
}
