//! What the cluster serves, and which groups could not say: the ground of every *absent*.

use std::collections::{BTreeMap, BTreeSet};

use serde::de::DeserializeOwned;

use super::{
    fault::{Class, Fault},
    wire::{Answer, Wire},
};
use crate::{
    collect::discovery::{
        AggregatedResource, CoreVersions, GroupList, LegacyGroups, LegacyResources, LegacyVersion, Resource,
        aggregated, legacy,
    },
    object::Kind,
    snapshot::Discovery,
};

/// The aggregated form, in both versions that servers speak, and the older form as the last resort.
const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,\
    application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";

/// What is served.
#[derive(Clone, Debug, Default)]
pub(super) struct Served {
    /// By kind, the first served version of it.
    pub resources: BTreeMap<Kind, Resource>,
    /// The same in other served versions, in the server's order.
    pub others: BTreeMap<Kind, Vec<Resource>>,
    /// Groups that could not say all they serve, and why.
    pub stale: BTreeMap<String, String>,
}

impl Served {
    fn add(&mut self, resource: Resource) {
        match self.resources.entry(resource.kind.clone()) {
            std::collections::btree_map::Entry::Vacant(slot) => {
                slot.insert(resource);
            }
            // One kind under several names (a review, an alias): the one that can be listed.
            std::collections::btree_map::Entry::Occupied(mut slot) => {
                let before = slot.get();
                if resource.listable && !before.listable {
                    slot.insert(resource);
                } else if resource.listable && resource.plural == before.plural && resource.version != before.version {
                    self.others.entry(resource.kind.clone()).or_default().push(resource);
                }
            }
        }
    }

    /// As the snapshot keeps it.
    pub fn discovery(&self) -> Discovery {
        let kinds: BTreeSet<Kind> = self.resources.keys().cloned().collect();
        Discovery { kinds: kinds.into_iter().collect(), stale_groups: self.stale.clone() }
    }
}

/// Asks the server. A server that cannot be asked at all is an error; a group that cannot is noted.
pub(super) async fn discover(wire: &Wire) -> Result<Served, Fault> {
    let mut served = Served::default();
    for root in ["/api", "/apis"] {
        let (_, found) = wire.get(root, AGGREGATED, None, |answer| Root::of(root, answer)).await?;
        match found {
            Root::Aggregated(list) => take_aggregated(&list, &mut served),
            Root::Core(versions) => {
                for version in versions.versions {
                    take_legacy(wire, "", &version, &mut served).await?;
                }
            }
            Root::Groups(groups) => {
                for group in groups.groups {
                    let mut versions: Vec<LegacyVersion> = group.preferred_version.into_iter().collect();
                    versions.extend(
                        group.versions.into_iter().filter(|version| !versions.contains(version)).collect::<Vec<_>>(),
                    );
                    if versions.is_empty() {
                        served.stale.insert(group.name.clone(), format!("{} names no version", group.name));
                    }
                    for version in versions {
                        take_legacy(wire, &group.name, &version.version, &mut served).await?;
                    }
                }
            }
        }
    }
    if served.resources.is_empty() {
        return Err(Fault::new(Class::Malformed, "the server says that it serves nothing"));
    }
    Ok(served)
}

/// An answer to `/api` or `/apis`, in one of the forms that servers speak.
///
/// Every server serves something below both. An answer that names nothing (a proxy's `{}`, another
/// kind of document) would make every kind *absent*, so it is none.
enum Root {
    Aggregated(GroupList),
    Core(CoreVersions),
    Groups(LegacyGroups),
}

impl Root {
    fn of(path: &str, answer: &Answer) -> Result<Self, Fault> {
        #[derive(serde::Deserialize)]
        struct Bare {
            #[serde(default)]
            kind: String,
        }
        if is_aggregated(answer) {
            let list: GroupList = parse(answer)?;
            // The core group has no name, and stands below /api alone.
            let names = list.items.iter().any(|group| group.metadata.name.is_empty() == (path == "/api"));
            return if names { Ok(Self::Aggregated(list)) } else { Err(unlike()) };
        }
        match (path, parse::<Bare>(answer)?.kind.as_str()) {
            ("/api", "APIVersions") => {
                let core: CoreVersions = parse(answer)?;
                if core.versions.is_empty() { Err(unlike()) } else { Ok(Self::Core(core)) }
            }
            ("/apis", "APIGroupList") => {
                let groups: LegacyGroups = parse(answer)?;
                if groups.groups.is_empty() { Err(unlike()) } else { Ok(Self::Groups(groups)) }
            }
            _ => Err(unlike()),
        }
    }
}

/// A server that ignores the wish answers in another form, which would parse as an empty list.
fn is_aggregated(answer: &Answer) -> bool {
    answer.content_type.contains("as=APIGroupDiscoveryList")
        || parse::<GroupList>(answer).is_ok_and(|list| list.kind == "APIGroupDiscoveryList")
}

fn take_aggregated(list: &GroupList, served: &mut Served) {
    for group in &list.items {
        let name = &group.metadata.name;
        if group.versions.is_empty() {
            served.stale.insert(name.clone(), format!("{name} names no version"));
        }
        for version in &group.versions {
            if version.freshness == "Stale" {
                let reason = format!("{name}/{} is stale: its server does not answer", version.version);
                served.stale.insert(name.clone(), reason);
                continue;
            }
            let nameless = |resource: &AggregatedResource| {
                resource.response_kind.is_none() && resource.verbs.iter().any(|verb| verb == "list")
            };
            if version.resources.iter().any(nameless) {
                let reason = format!("{name}/{} serves something without saying its kind", version.version);
                served.stale.insert(name.clone(), reason);
            }
            aggregated(name, version).for_each(|resource| served.add(resource));
        }
    }
}

async fn take_legacy(wire: &Wire, group: &str, version: &str, served: &mut Served) -> Result<(), Fault> {
    let path = if group.is_empty() { format!("/api/{version}") } else { format!("/apis/{group}/{version}") };
    let answer = wire
        .get(&path, "application/json", None, |answer| {
            let list: LegacyResources = parse(answer)?;
            if list.kind == "APIResourceList" { Ok(list) } else { Err(unlike()) }
        })
        .await;
    match answer {
        Ok((_, list)) => legacy(group, version, &list).for_each(|resource| served.add(resource)),
        Err(fault) if matches!(fault.class, Class::Unauthorized | Class::Credentials | Class::Stopped) => {
            return Err(fault);
        }
        Err(fault) => {
            let name = if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
            served.stale.insert(group.to_owned(), format!("{name}: {}", fault.detail));
        }
    }
    Ok(())
}

fn unlike() -> Fault {
    Fault::new(Class::Malformed, "the answer is none of an API server")
}

fn parse<T: DeserializeOwned>(answer: &Answer) -> Result<T, Fault> {
    serde_json::from_slice(&answer.body).map_err(|_| unlike())
}
