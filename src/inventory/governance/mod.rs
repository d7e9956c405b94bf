//! What governs the systems themselves: whose an API group, a webhook or an API is, which versions
//! run, what the workloads of a system ask of their nodes, who may do what through them.

pub mod accounts;
pub mod api_services;
pub mod attribution;
pub mod availability;
pub mod boundaries;
pub mod budgets;
pub mod components;
pub mod config_backups;
mod controllers;
pub mod credentials;
pub mod declared;
pub mod drift;
pub mod groups;
pub mod homes;
pub mod images;
mod managers;
pub mod needs;
pub mod releases;
pub mod resources;
pub mod rights;
pub mod template;
pub mod versions;
pub mod webhooks;
pub mod written;

use std::collections::BTreeMap;

use super::{Inventory, catalog::Part, detect::State, workload::Workload};

pub use attribution::Governance;

/// Days from the snapshot's clock to a day; negative where it is over, none without a clock.
#[must_use]
pub fn days_until(inventory: &Inventory<'_>, day: &str) -> Option<i64> {
    let now: jiff::Timestamp = inventory.snapshot.header.time.as_deref()?.parse().ok()?;
    let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
    let day: jiff::civil::Date = day.parse().ok()?;
    Some(i64::from((day - today).get_days()))
}

/// Whether a workload holds the node it runs on: privileged, in its namespaces, or with its files.
pub(super) fn holds_node(workload: &Workload<'_>) -> bool {
    let spec = &workload.spec;
    spec.host_network
        || spec.host_pid
        || spec.host_ipc
        || template::of(workload).is_privileged()
        || spec.volumes.iter().any(|volume| volume.host_path.is_some())
}

type Parts = Vec<(usize, Part)>;

/// The workloads of systems, with what each is to which.
pub(super) fn workloads<'i, 's>(inventory: &'i Inventory<'s>) -> Vec<(&'i Workload<'s>, &'i Parts)> {
    let members = &inventory.governance().members;
    inventory.workloads.workloads.iter().filter_map(|w| Some((w, members.get(&w.reference)?))).collect()
}

/// How the systems of a workload are there.
pub(super) fn states(inventory: &Inventory<'_>, systems: &Parts) -> BTreeMap<String, State> {
    systems.iter().filter_map(|(i, _)| inventory.extensions.get(*i)).map(|e| (e.id.clone(), e.state)).collect()
}
