//! Registries as policies see them: what was read of each, which repositories there are, and who
//! may do what in them.
//!
//! Facts come from a registry's API (objects of kind `RegistryFacts`), from configurations that lie
//! in the cluster, and from RBAC. The rules lend the names (which host is which registry, which
//! paths to ask about); whether an answer is fine is for policies to say.

pub mod admission;
pub mod clients;
pub mod configs;
pub mod naming;
pub mod openshift;
pub mod restrictions;
pub mod running;
pub mod scans;
pub mod verifiers;

use std::collections::{BTreeMap, HashMap};

use crate::{
    facts::registry::{
        self as facts, Grant, Part, RegistryFacts, Scope, docker_auth, doublestar, immutability, pattern, zot,
    },
    inventory::Inventory,
    object::ObjectRef,
    snapshot::State,
};
use naming::{Declared, Naming};

/// What answers who may do what in a path.
#[derive(Debug)]
pub enum Asked {
    /// A list of grants, by the literal part of their patterns.
    List(HashMap<String, Vec<usize>>),
    /// zot's configuration.
    Zot(Box<zot::Config>),
    /// docker_auth's configuration.
    DockerAuth(Box<docker_auth::Config>),
}

/// One registry.
#[derive(Debug)]
pub struct Registry {
    /// What was read; none where it is declared and nothing was.
    pub facts: Option<RegistryFacts>,
    /// What the rules call it, or where it runs.
    pub name: String,
    /// The product.
    pub kind: String,
    /// The rules name it.
    pub declared: bool,
    /// Hosts by which images name it.
    pub hosts: Vec<String>,
    /// `api`, `cluster`, or empty where nothing was read.
    pub source: &'static str,
    /// Its workload in the cluster.
    pub workload: Option<ObjectRef>,
    asked: Asked,
}

impl Registry {
    fn new(facts: Option<RegistryFacts>, declared: Option<&Declared>, source: &'static str) -> Self {
        let mut index: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, grant) in facts.iter().flat_map(|facts| facts.grants.iter().enumerate()) {
            index.entry(pattern::literal(&grant.pattern).to_owned()).or_default().push(at);
        }
        let name = declared.map(|d| d.name.clone()).or_else(|| facts.as_ref().map(|f| f.name.clone()));
        let kind = facts.as_ref().map(|f| f.kind.clone()).or_else(|| declared.map(|d| d.kind.clone()));
        Self {
            name: name.unwrap_or_default(),
            kind: kind.unwrap_or_default(),
            declared: declared.is_some(),
            hosts: declared.map(|d| d.hosts.clone()).unwrap_or_default(),
            source,
            workload: None,
            asked: Asked::List(index),
            facts,
        }
    }

    /// What its repositories are called by: the first host, or its name where no host is known.
    #[must_use]
    pub fn host(&self) -> &str {
        self.hosts.first().unwrap_or(&self.name)
    }

    /// Who may do what in a path below its root, without what has expired.
    #[must_use]
    pub fn grants(&self, path: &str, now: Option<i64>) -> Vec<Grant> {
        let Some(facts) = &self.facts else { return Vec::new() };
        let source = facts.grants.first().map_or("", |grant| &grant.source);
        let mut found = match &self.asked {
            Asked::Zot(config) => config.grants(path, source),
            Asked::DockerAuth(config) => config.grants(path, source),
            Asked::List(index) => {
                // A pattern's literal part is a prefix of whatever it fits: only those are tried.
                let ends = (0..=path.len()).filter_map(|end| path.get(..end)).filter_map(|head| index.get(head));
                let fitting = ends.flatten().filter_map(|at| facts.grants.get(*at));
                fitting.filter(|grant| pattern::matches(&grant.pattern, path)).cloned().collect()
            }
        };
        found.retain(|grant| grant.expires_at <= 0 || now.is_none_or(|now| grant.expires_at > now));
        found.sort();
        found
    }

    /// The scope of a path below its root: the longest prefix that is one, or the pattern that decides.
    #[must_use]
    pub fn scope_of<'s>(scopes: &BTreeMap<&str, &'s Scope>, path: &str) -> Option<&'s Scope> {
        let ends = path.match_indices('/').map(|(at, _)| at).collect::<Vec<_>>();
        let named = ends.iter().rev().find_map(|end| scopes.get(path.get(..*end)?)).copied();
        named.or_else(|| {
            let fitting = scopes.iter().filter(|(name, _)| name.contains('*') && doublestar::matches(name, path));
            fitting.max_by_key(|(name, _)| name.len()).map(|(_, scope)| *scope)
        })
    }

    /// Whether a tag of a repository below its root cannot be pushed over; none where its rules were not
    /// read.
    #[must_use]
    pub fn is_immutable(&self, path: &str, tag: &str) -> Option<bool> {
        let facts = self.facts.as_ref().filter(|facts| facts.lacks("immutability").is_none())?;
        let scopes: BTreeMap<&str, &Scope> = facts.scopes.iter().map(|scope| (scope.name.as_str(), scope)).collect();
        let own = facts.repositories.iter().find(|repository| repository.name == path);
        let named = own.and_then(|repository| scopes.get(repository.scope.as_str()).copied());
        let scope = named.or_else(|| Self::scope_of(&scopes, path))?;
        let inside = path.strip_prefix(scope.name.as_str()).and_then(|rest| rest.strip_prefix('/')).unwrap_or(path);
        Some(immutability::is_immutable(scope.immutability.as_ref()?, inside, tag))
    }

    /// Every part that was not read whole, with why.
    #[must_use]
    pub fn lacks(&self) -> BTreeMap<String, String> {
        let parts = PARTS.iter().copied();
        match &self.facts {
            None => parts.map(|part| (part.to_owned(), "nothing was read of this registry".to_owned())).collect(),
            Some(facts) => parts.filter_map(|part| Some((part.to_owned(), facts.lacks(part)?))).collect(),
        }
    }
}

/// Parts of facts that coverage is told of.
pub const PARTS: [&str; 12] = [
    "health",
    "settings",
    "scopes",
    "grants",
    "repositories",
    "robots",
    "admins",
    "immutability",
    "retention",
    "scanning",
    "replication",
    "quotas",
];

/// All registries.
#[derive(Debug, Default)]
pub struct Registries {
    /// Declared ones in the order of the rules, then what runs in the cluster.
    pub registries: Vec<Registry>,
    by_host: HashMap<String, usize>,
}

impl Registries {
    /// Draws them from the snapshot.
    #[must_use]
    pub fn of(inventory: &Inventory<'_>, naming: &Naming) -> Self {
        let mut read: BTreeMap<String, RegistryFacts> = BTreeMap::new();
        for object in inventory.snapshot.of(facts::GROUP, facts::KIND) {
            #[derive(serde::Deserialize)]
            struct Held {
                spec: RegistryFacts,
            }
            let reference = object.reference();
            let mut facts = object.parse::<Held>().map(|held| held.spec).unwrap_or_else(|_| {
                let mut facts = RegistryFacts::default();
                for part in PARTS {
                    facts.cover(part, Part::lacking(State::Malformed, "facts cannot be read"));
                }
                facts
            });
            facts.name.clone_from(&reference.name);
            read.insert(reference.name, facts);
        }
        let mut in_cluster = configs::of(inventory);
        in_cluster.extend(openshift::of(inventory));
        let mut registries = Vec::new();
        for declared in &naming.registries {
            if let Some(facts) = read.remove(&declared.name) {
                registries.push(Registry::new(Some(facts), Some(declared), "api"));
                continue;
            }
            let found = in_cluster.iter().position(|found| found.is(declared));
            registries.push(match found {
                Some(at) => in_cluster.remove(at).into_registry(Some(declared)),
                None => Registry::new(None, Some(declared), ""),
            });
        }
        registries.extend(read.into_values().map(|facts| Registry::new(Some(facts), None, "api")));
        registries.extend(in_cluster.into_iter().map(|found| found.into_registry(None)));
        let mut by_host = HashMap::new();
        for (at, registry) in registries.iter().enumerate() {
            for host in &registry.hosts {
                by_host.entry(host.clone()).or_insert(at);
            }
        }
        Self { registries, by_host }
    }

    /// The registry behind a host; the host must be equal.
    #[must_use]
    pub fn at(&self, host: &str) -> Option<&Registry> {
        self.registries.get(*self.by_host.get(host)?)
    }
}
