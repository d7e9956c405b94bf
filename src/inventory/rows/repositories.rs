//! Repositories: those that are there, and one path that nobody has for every scope and every rule,
//! so that what is empty is asked about as well.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    facts::registry::{Grant, PROBE, Repository, Scope, immutability, zot},
    inventory::{
        Inventory, Row, Table,
        registry::{
            Registry,
            naming::tag_of,
            running::{self, Running, Use},
            scans::Bases,
        },
    },
    object::ObjectRef,
};

/// What policies see of a repository.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RepositoryRow {
    /// Kind `Repository`, its path with the host.
    pub r#ref: ObjectRef,
    /// Host and path.
    pub path: String,
    /// Name of the registry.
    pub registry: String,
    /// The product.
    pub r#type: String,
    /// What permissions are given on.
    pub granularity: String,
    /// Place of the rule that governs it among `repositories` of the rules; null: no rule speaks of it.
    pub rule: Option<usize>,
    /// Nobody has it: it stands for a scope (`scope`) or a rule (`rule`); empty for a real one.
    pub probe: &'static str,
    /// The scope that it belongs to; null where none is known.
    pub scope: Option<Scope>,
    /// Who may do what in it, now.
    pub grants: Vec<Grant>,
    /// Parts of the registry that were not read whole, with why.
    pub lacks: BTreeMap<String, String>,
    /// Pattern of tags that some rule names → whether such a tag is immutable; null where the
    /// rules of the registry were not read.
    pub immutable: BTreeMap<String, Option<bool>>,
    /// Images of it that run in the cluster.
    pub running: Vec<Running>,
    /// Types of what it holds.
    pub kinds: BTreeSet<String>,
}

/// The table.
pub const TABLE: Table = Table {
    name: "repositories",
    about: "one repository of a registry, or a path that stands for a scope or a rule",
    build,
    schema: || schemars::schema_for!(RepositoryRow),
};

fn build(inventory: &Inventory<'_>) -> Vec<Row> {
    let uses = running::of(inventory);
    let bases = Bases::of(inventory);
    let now = inventory.snapshot.header.time.as_deref().and_then(|t| t.parse::<jiff::Timestamp>().ok());
    let now = now.map(jiff::Timestamp::as_second);
    let registries = inventory.registries();
    let mut rows = Vec::new();
    for registry in &registries.registries {
        rows.extend(of_registry(registry, inventory, &uses, now));
    }
    rows.sort_by(|a, b| a.path.cmp(&b.path).then(a.registry.cmp(&b.registry)));
    rows.dedup_by(|a, b| a.path == b.path && a.registry == b.registry);
    for row in &mut rows {
        let path = row.path.as_str();
        row.running.iter_mut().for_each(|running| bases.tell(path, running));
    }
    rows.iter().map(|row| Row::new(&row.r#ref, row)).collect()
}

fn of_registry(
    registry: &Registry,
    inventory: &Inventory<'_>,
    uses: &BTreeMap<String, BTreeSet<Use>>,
    now: Option<i64>,
) -> Vec<RepositoryRow> {
    let lacks = registry.lacks();
    let facts = registry.facts.as_ref();
    let by_name: BTreeMap<&str, &Repository> =
        facts.iter().flat_map(|f| &f.repositories).map(|r| (r.name.as_str(), r)).collect();
    let scopes: BTreeMap<&str, &Scope> = facts.iter().flat_map(|f| &f.scopes).map(|s| (s.name.as_str(), s)).collect();
    let mut paths: BTreeMap<String, &'static str> = BTreeMap::new();
    // Rules first: what is there, or stands for a scope, takes their place.
    for host in &registry.hosts {
        let inside = inventory.naming.probes.iter().filter_map(|p| p.strip_prefix(host.as_str())?.strip_prefix('/'));
        paths.extend(inside.map(|path| (path.to_owned(), "rule")));
    }
    for name in scopes.keys() {
        paths.insert(if name.contains('*') { zot::probe_of(name) } else { format!("{name}/{PROBE}") }, "scope");
    }
    for host in &registry.hosts {
        let used = uses.range(format!("{host}/")..format!("{host}0"));
        paths.extend(used.filter_map(|(full, _)| Some((full.strip_prefix(host.as_str())?.get(1..)?.to_owned(), ""))));
    }
    paths.extend(by_name.keys().map(|name| ((*name).to_owned(), "")));
    if paths.is_empty() && lacks.contains_key("grants") {
        // Nothing is known of it, and that is to be told.
        paths.insert(PROBE.to_owned(), "scope");
    }
    let listed = !lacks.contains_key("repositories");
    let none = BTreeSet::new();
    let row = |(path, probe): (String, &'static str)| {
        let full = format!("{}/{path}", registry.host());
        let repository = by_name.get(path.as_str()).copied();
        let scope = repository
            .and_then(|r| scopes.get(r.scope.as_str()).copied())
            .or_else(|| Registry::scope_of(&scopes, &path));
        let inside = scope.and_then(|s| path.strip_prefix(s.name.as_str())?.strip_prefix('/')).unwrap_or(&path);
        let rules = scope.and_then(|scope| scope.immutability.as_ref());
        let immutable = inventory.naming.tags.iter();
        let immutable = immutable
            .map(|tags| (tags.clone(), rules.map(|rules| immutability::is_immutable(rules, inside, &tag_of(tags)))));
        let used = registry.hosts.iter().find_map(|host| uses.get(&format!("{host}/{path}"))).unwrap_or(&none);
        let no_scope = Scope::default();
        RepositoryRow {
            r#ref: ObjectRef::new("", "Repository", "", &full),
            rule: inventory.naming.rules.find(&full),
            path: full,
            registry: registry.name.clone(),
            r#type: registry.kind.clone(),
            granularity: facts.map(|f| f.granularity.clone()).unwrap_or_default(),
            probe,
            grants: registry.grants(&path, now),
            lacks: lacks.clone(),
            immutable: immutable.collect(),
            running: running::held(used, repository, listed, scope.unwrap_or(&no_scope), now),
            kinds: repository.iter().flat_map(|r| r.artifacts.iter().flatten()).map(|a| a.kind.clone()).collect(),
            scope: scope.cloned(),
        }
    };
    paths.into_iter().map(row).collect()
}
