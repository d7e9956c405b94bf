//! Who answers a name that only its vendor uses: behind a webhook of a system stands its
//! controller, however the image was renamed on its way into a private registry.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::{
    evidence::Seen,
    members::{Found, Member},
};
use crate::{
    inventory::{
        catalog::{Catalog, Part},
        workload::{Workload, Workloads},
    },
    object::ObjectRef,
    snapshot::Snapshot,
    view::{Map, nullable},
};

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

/// Adds the workloads that answer the webhooks of systems of which no image was recognised.
///
/// A workload that is known by its image is that system's and nobody else's: products do answer
/// hooks of others' names.
pub(super) fn add<'w, 's>(
    workloads: &'w Workloads<'s>,
    catalog: &Catalog,
    snapshot: &'s Snapshot,
    seen: &Seen<'s>,
    found: &mut [Found<'w, 's>],
) {
    let known: BTreeSet<&ObjectRef> =
        found.iter().flat_map(|found| &found.members).map(|member| &member.workload.reference).collect();
    let mut added: Vec<(usize, Member<'w, 's>)> = Vec::new();
    for (index, system) in catalog.systems.iter().enumerate() {
        if system.identity.webhooks.is_empty() || found.get(index).is_none_or(|f| !f.members.is_empty()) {
            continue;
        }
        let own = seen.hooks.iter().filter(|h| system.identity.webhooks.iter().any(|e| e.is_match(&h.name)));
        for hook in own {
            let Some((namespace, name)) = &hook.service else { continue };
            for workload in behind(namespace, name, workloads, snapshot) {
                let other = added.iter().any(|(at, m)| *at == index && m.workload.reference == workload.reference);
                if known.contains(&workload.reference) || workload.scale.is_zero() || other {
                    continue;
                }
                added.push((index, Member::answering(workload, Part::Main, format!("webhook {}", hook.name))));
            }
        }
    }
    for (index, member) in added {
        if let Some(found) = found.get_mut(index) {
            found.members.push(member);
        }
    }
}

/// The workloads that a Service selects.
fn behind<'w, 's>(
    namespace: &str,
    name: &str,
    workloads: &'w Workloads<'s>,
    snapshot: &Snapshot,
) -> Vec<&'w Workload<'s>> {
    let service: Service =
        snapshot.get("", "Service", namespace, name).and_then(|object| object.parse().ok()).unwrap_or_default();
    let selector = service.spec.selector;
    if selector.is_empty() {
        return Vec::new();
    }
    let selected = |workload: &&Workload<'_>| {
        workload.reference.namespace == namespace
            && !workload.helm_hook
            && !matches!(workload.reference.kind.as_str(), "Job" | "CronJob")
            && selector.iter().all(|(key, value)| workload.pod_meta.labels.get(key) == Some(value))
    };
    workloads.workloads.iter().filter(selected).collect()
}
