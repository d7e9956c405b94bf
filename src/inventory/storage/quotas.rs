//! Who uses which class, and what quotas say of it.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use super::{
    claims::ClaimRow,
    classes::ClassRow,
    protection::RestoreOf,
    views::{Quota, Snapshot as VolumeSnapshot},
};
use crate::{
    facts::quantity,
    object::ObjectRef,
    snapshot::Snapshot,
    view::{Bare, Map},
};

/// What policies see of a namespace's use of one class.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct UseRow {
    /// The namespace.
    pub r#ref: ObjectRef,
    /// Labels of the namespace.
    pub namespace_labels: Map,
    /// The class.
    pub class: String,
    /// Labels of the class.
    pub class_labels: Map,
    /// Claims of the class in the namespace.
    pub claims: usize,
    /// Bytes that they ask for.
    pub requested: i64,
    /// Bytes that the quotas of this class allow: the least of them.
    pub class_limit: Option<i64>,
    /// Claims that the quotas of this class allow.
    pub class_claims_limit: Option<i64>,
    /// Bytes that quotas over all classes allow.
    pub general_limit: Option<i64>,
    /// Bytes in use, as the quota says.
    pub used: Option<i64>,
    /// Quotas that were read, by name.
    pub quotas: Vec<String>,
}

#[derive(Default)]
struct Limits {
    class: BTreeMap<String, i64>,
    class_claims: BTreeMap<String, i64>,
    class_used: BTreeMap<String, i64>,
    general: Option<i64>,
    names: Vec<String>,
}

/// Namespaces with a quota that is limited to VolumeAttributesClasses.
pub(super) fn over_attributes_classes(snapshot: &Snapshot) -> BTreeSet<String> {
    let is_scoped = |object: &&crate::snapshot::Object| {
        let quota: Quota = object.parse().unwrap_or_default();
        let selected =
            quota.spec.scope_selector.iter().flat_map(|s| &s.match_expressions).any(|s| s.scope_name == SCOPE);
        selected || quota.spec.scopes.iter().any(|scope| scope == SCOPE)
    };
    snapshot.of("", "ResourceQuota").iter().filter(is_scoped).map(|object| object.namespace.to_string()).collect()
}

const SCOPE: &str = "VolumeAttributesClass";

/// One row for each namespace and class that it uses; notes zero quotas on the classes.
pub(super) fn rows(snapshot: &Snapshot, claims: &[ClaimRow], classes: &mut BTreeMap<String, ClassRow>) -> Vec<UseRow> {
    let mut limits: BTreeMap<String, Limits> = BTreeMap::new();
    for object in snapshot.of("", "ResourceQuota") {
        let quota: Quota = object.parse().unwrap_or_default();
        let of = limits.entry(object.namespace.to_string()).or_default();
        of.names.push(object.name.to_string());
        let scopes = quota.spec.scope_selector.iter().flat_map(|s| &s.match_expressions).map(|s| s.scope_name.as_str());
        if scopes.chain(quota.spec.scopes.iter().map(String::as_str)).any(|scope| scope == SCOPE) {
            continue;
        }
        for (key, text) in &quota.spec.hard {
            let Some(limit) = quantity::bytes(text) else { continue };
            let least = |map: &mut BTreeMap<String, i64>, class: &str| {
                let entry = map.entry(class.to_owned()).or_insert(limit);
                *entry = limit.min(*entry);
            };
            if let Some(class) = key.strip_suffix(".storageclass.storage.k8s.io/requests.storage") {
                least(&mut of.class, class);
                if let Some(used) = quota.status.used.get(key).and_then(|text| quantity::bytes(text)) {
                    of.class_used.insert(class.to_owned(), used);
                }
            } else if let Some(class) = key.strip_suffix(".storageclass.storage.k8s.io/persistentvolumeclaims") {
                least(&mut of.class_claims, class);
            } else if key == "requests.storage" {
                of.general = Some(of.general.map_or(limit, |old| old.min(limit)));
            }
        }
    }
    for (namespace, of) in &limits {
        for (class, limit) in of.class.iter().chain(&of.class_claims) {
            if *limit == 0
                && let Some(row) = classes.get_mut(class)
            {
                row.zero_quota_namespaces.insert(namespace.clone());
            }
        }
    }
    let mut by_use: BTreeMap<(String, String), (usize, i64)> = BTreeMap::new();
    for claim in claims.iter().filter(|claim| claim.source == "claim" && !claim.class.is_empty()) {
        let entry = by_use.entry((claim.namespace.clone(), claim.class.clone())).or_default();
        entry.0 += 1;
        entry.1 += claim.bytes.unwrap_or(0);
    }
    let none = Limits::default();
    by_use
        .into_iter()
        .map(|((namespace, class), (claims, requested))| {
            let of = limits.get(&namespace).unwrap_or(&none);
            let object = snapshot.get("", "Namespace", "", &namespace);
            UseRow {
                r#ref: ObjectRef::new("", "Namespace", "", &namespace),
                namespace_labels: object.and_then(|o| o.parse::<Bare>().ok()).unwrap_or_default().metadata.labels,
                class_labels: classes.get(&class).map(|class| class.labels.clone()).unwrap_or_default(),
                claims,
                requested,
                class_limit: of.class.get(&class).copied(),
                class_claims_limit: of.class_claims.get(&class).copied(),
                general_limit: of.general,
                used: of.class_used.get(&class).copied(),
                quotas: of.names.clone(),
                class,
            }
        })
        .collect()
}

/// Counts what uses each class.
pub(super) fn count(
    snapshot: &Snapshot,
    claims: &[ClaimRow],
    restores: &[(BTreeSet<String>, RestoreOf)],
    classes: &mut BTreeMap<String, ClassRow>,
) {
    let mut class_of: BTreeMap<(&str, &str), &str> = BTreeMap::new();
    for claim in claims.iter().filter(|claim| claim.source == "claim") {
        class_of.insert((&claim.namespace, &claim.name), &claim.class);
        let Some(class) = classes.get_mut(&claim.class) else { continue };
        class.used.claims += 1;
        class.used.namespaces.insert(claim.namespace.clone());
        #[expect(clippy::cast_precision_loss, reason = "a size in GiB")]
        let gib = claim.bytes.map(|bytes| bytes as f64 / f64::from(1 << 30));
        class.used.smallest_gib = match (class.used.smallest_gib, gib) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }
    for object in snapshot.of("snapshot.storage.k8s.io", "VolumeSnapshot") {
        let parsed: VolumeSnapshot = object.parse().unwrap_or_default();
        let Some(error) = parsed.status.error else { continue };
        let claim = parsed.spec.source.persistent_volume_claim_name;
        let name = class_of.get(&(&*object.namespace, claim.as_str())).copied().unwrap_or_default();
        if let Some(class) = classes.get_mut(name) {
            class.used.failed_snapshots.push(format!("{}/{}: {}", object.namespace, object.name, error.message));
        }
    }
    for class in classes.values_mut() {
        let fits = |(namespaces, _): &&(BTreeSet<String>, RestoreOf)| {
            namespaces.contains("*") || namespaces.iter().any(|namespace| class.used.namespaces.contains(namespace))
        };
        class.restores = restores.iter().filter(fits).map(|(_, restore)| restore.clone()).collect();
        class.restores.sort_by(|a, b| (a.seconds, &a.name).cmp(&(b.seconds, &b.name)));
    }
    // A claim filled from a snapshot is a restore as well.
    for claim in claims.iter().filter(|claim| claim.from_snapshot && claim.phase == "Bound") {
        if let Some(class) = classes.get_mut(&claim.class) {
            class.restores.push(RestoreOf { name: claim.r#ref.to_string(), seconds: claim.seconds });
            class.restores.sort_by(|a, b| (a.seconds, &a.name).cmp(&(b.seconds, &b.name)));
        }
    }
}
