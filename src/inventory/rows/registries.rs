//! Registries that the rules declare, or that run here.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    facts::registry::{Admin, AllowList, Grant, Health, Principal, Replication, Robot, Scanner, Settings},
    inventory::{Inventory, Row, Table},
    object::ObjectRef,
};

/// How full one scope is.
#[derive(Debug, Serialize, JsonSchema)]
pub struct QuotaRow {
    /// The scope.
    pub scope: String,
    /// Bytes at most; -1: no limit.
    pub hard: i64,
    /// Bytes used.
    pub used: i64,
}

/// What policies see of a registry.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RegistryRow {
    /// Kind `Registry`, its name.
    pub r#ref: ObjectRef,
    /// What the rules call it, or where it runs.
    pub name: String,
    /// The product.
    pub r#type: String,
    /// The rules name it.
    pub declared: bool,
    /// Hosts by which images name it.
    pub hosts: Vec<String>,
    /// `api`, `cluster`; empty where nothing was read.
    pub source: String,
    /// Its workload in the cluster.
    pub workload: Option<ObjectRef>,
    /// That workload is ready; null where there is none or the source holds no status.
    pub ready: Option<bool>,
    /// RFC 3339; null for what lies in the cluster.
    pub read_at: Option<String>,
    /// What permissions are given on.
    pub granularity: String,
    /// Parts that were not read whole, with why.
    pub lacks: BTreeMap<String, String>,
    /// Whether it answers.
    pub health: Health,
    /// Settings.
    pub settings: Settings,
    /// Who may do everything.
    pub admins: Vec<Admin>,
    /// Who may push anything anywhere in it.
    pub publishers: BTreeSet<Principal>,
    /// Accounts of machines.
    pub robots: Vec<Robot>,
    /// Scanners.
    pub scanners: Vec<Scanner>,
    /// Copies.
    pub replications: Vec<Replication>,
    /// Allowed vulnerabilities of all.
    pub allow_list: Option<AllowList>,
    /// Bytes of its volumes, `[total, free]`.
    pub volume: Option<[i64; 2]>,
    /// Room of its scopes.
    pub quotas: Vec<QuotaRow>,
    /// Where the cluster pulls its images from as well.
    pub mirrored: Vec<String>,
    /// Grants that hold everywhere.
    pub everywhere: Vec<Grant>,
}

/// The table.
pub const TABLE: Table = Table {
    name: "registries",
    about: "one registry that the rules declare or that runs here",
    build,
    schema: || schemars::schema_for!(RegistryRow),
};

fn build(inventory: &Inventory<'_>) -> Vec<Row> {
    let mirrors = super::boot_images::mirrors(inventory);
    let rows = inventory.registries().registries.iter().map(|registry| {
        let facts = registry.facts.clone().unwrap_or_default();
        let quotas = facts.scopes.iter().filter_map(|scope| {
            let quota = scope.quota.as_ref()?;
            Some(QuotaRow { scope: scope.name.clone(), hard: quota.hard, used: quota.used })
        });
        let row = RegistryRow {
            r#ref: ObjectRef::new("", "Registry", "", &registry.name),
            name: registry.name.clone(),
            r#type: registry.kind.clone(),
            declared: registry.declared,
            hosts: registry.hosts.clone(),
            source: registry.source.to_owned(),
            ready: registry.workload.as_ref().and_then(|of| {
                let found = inventory.workloads.workloads.iter().find(|workload| workload.reference == *of);
                found.filter(|workload| workload.has_status)?.scale.is_ready()
            }),
            workload: registry.workload.clone(),
            read_at: facts.read_at,
            granularity: facts.granularity,
            lacks: registry.lacks(),
            health: facts.health,
            settings: facts.settings,
            admins: facts.admins,
            publishers: facts
                .grants
                .iter()
                .filter(|grant| grant.actions.iter().any(|action| action == "push"))
                .map(|grant| grant.principal.clone())
                .collect(),
            robots: facts.robots,
            scanners: facts.scanners,
            replications: facts.replications,
            allow_list: facts.allow_list,
            volume: facts.volume,
            quotas: quotas.collect(),
            mirrored: mirrors
                .iter()
                .filter(|(source, _)| {
                    registry.hosts.iter().any(|h| *source == h || source.starts_with(&format!("{h}/")))
                })
                .flat_map(|(_, to)| to.clone())
                .chain(caches(inventory, &registry.hosts))
                .collect(),
            everywhere: facts.grants.into_iter().filter(|grant| grant.pattern == "**").collect(),
        };
        Row::new(&row.r#ref, &row)
    });
    rows.collect()
}

/// Other registries that pull through from one.
fn caches<'i>(inventory: &'i Inventory<'_>, hosts: &'i [String]) -> impl Iterator<Item = String> + 'i {
    inventory.registries().registries.iter().filter_map(move |other| {
        let scopes = other.facts.iter().flat_map(|facts| &facts.scopes);
        let pulls = scopes.into_iter().any(|scope| {
            let remote = if scope.remote.ends_with("docker.io") { "docker.io" } else { scope.remote.as_str() };
            !remote.is_empty() && hosts.iter().any(|host| host == remote)
        });
        pulls.then(|| other.name.clone())
    })
}
