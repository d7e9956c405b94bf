//! In which version of its API each kind is written, and by whom: what a manager last wrote in an old
//! one will be refused once that is gone.
//!
//! A snapshot keeps the version of a field manager only where it is another than the object's own.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    attribution::Sure,
    managers::{self, Field},
};
use crate::{
    embedded,
    inventory::{Inventory, Row, Table, storage::time::age},
    object::{Kind, ObjectRef},
    snapshot::Object,
    view::nullable,
    yaml,
};

/// What policies see of the versions that a kind is written in.
#[derive(Debug, Serialize, JsonSchema)]
pub struct WrittenRow {
    /// Kind `APIResource`, the group and kind as its name.
    pub r#ref: ObjectRef,
    /// Objects that say who wrote them.
    pub managed: usize,
    /// Objects whose field managers were stripped from the source.
    pub stripped: usize,
    /// Who wrote in another version than the one that the objects are read in.
    pub writes: Vec<Write>,
}

/// One manager that writes in an older version, or a newer one.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Write {
    /// The version: `extensions/v1beta1`.
    pub version: String,
    /// The field manager.
    pub manager: String,
    /// How many objects of the kind it wrote so.
    pub count: usize,
    /// Some of them, as `namespace/name`.
    pub objects: Vec<String>,
    /// Seconds since it last did; null where no time is written down, or there is no clock.
    pub age: Option<i64>,
    /// Minor of Kubernetes 1 that deprecated a built-in version; null where none is known.
    pub deprecated: Option<u32>,
    /// Minor of Kubernetes 1 that no longer serves it; null where none is known.
    pub removed: Option<u32>,
    /// Whether the CRD serves the version; unknown for built-in kinds.
    pub served: Sure,
    /// The CRD says that the version is deprecated.
    pub crd_deprecated: bool,
}

/// One entry of `rules/catalog/removed.yaml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Removed {
    version: String,
    kinds: Vec<String>,
    deprecated: u32,
    removed: u32,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Crd {
    #[serde(deserialize_with = "nullable")]
    spec: CrdSpec,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct CrdSpec {
    #[serde(deserialize_with = "nullable")]
    group: String,
    #[serde(deserialize_with = "nullable")]
    names: Names,
    #[serde(deserialize_with = "nullable")]
    versions: Vec<Version>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Names {
    #[serde(deserialize_with = "nullable")]
    kind: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Version {
    name: String,
    served: bool,
    #[serde(deserialize_with = "nullable")]
    deprecated: bool,
}

/// The table.
pub const TABLE: Table = Table {
    name: "written_versions",
    about: "the versions of its API that one kind is written in",
    build,
    schema: || schemars::schema_for!(WrittenRow),
};

/// Examples that a finding shows.
const SHOWN: usize = 5;

/// What one manager wrote in one version: how many objects, some of them, and when last.
#[derive(Default)]
struct Wrote {
    count: usize,
    objects: Vec<String>,
    last: Option<String>,
}

fn build(inventory: &Inventory<'_>) -> Vec<Row> {
    let removed = removed();
    let crds = crds(inventory);
    let mut rows = Vec::new();
    // What a larger snapshot happens to hold, another one does not.
    for kind in &inventory.planned {
        let objects = inventory.snapshot.of(&kind.group, &kind.kind);
        if objects.is_empty() {
            continue;
        }
        let mut managed = 0;
        let mut wrote: BTreeMap<(String, String), Wrote> = BTreeMap::new();
        for object in objects {
            let Some(fields) = fields(object) else { continue };
            managed += 1;
            for field in fields {
                let of = wrote.entry((field.api_version, field.manager)).or_default();
                of.count += 1;
                if of.objects.len() < SHOWN {
                    of.objects.push(called(object));
                }
                of.last = of.last.take().max(field.time);
            }
        }
        let write = |((version, manager), of): ((String, String), Wrote)| {
            let known =
                removed.iter().find(|r| r.version == version && r.kinds.iter().any(|k| k == "*" || **k == *kind.kind));
            let crd = crds.get(kind);
            let name = version.rsplit('/').next().unwrap_or_default();
            let own = crd.and_then(|versions| versions.iter().find(|version| version.name == name));
            Write {
                count: of.count,
                objects: of.objects,
                age: age(inventory.snapshot, of.last.as_deref()),
                deprecated: known.map(|known| known.deprecated),
                removed: known.map(|known| known.removed),
                served: match (crd, own) {
                    (None, _) => Sure::Unknown,
                    (Some(_), Some(own)) if own.served => Sure::Yes,
                    (Some(_), _) => Sure::No,
                },
                crd_deprecated: own.is_some_and(|own| own.deprecated),
                version,
                manager,
            }
        };
        let row = WrittenRow {
            r#ref: ObjectRef::new("", "APIResource", "", &kind.to_string()),
            managed,
            stripped: objects.len() - managed,
            writes: wrote.into_iter().map(write).collect(),
        };
        rows.push(Row::new(&row.r#ref, &row));
    }
    rows
}

fn called(object: &Object) -> String {
    if object.namespace.is_empty() { object.name.to_string() } else { format!("{}/{}", object.namespace, object.name) }
}

/// The entries of managed fields that were written in another version, each manager and version once;
/// none where the object does not say who wrote it. Most objects are not parsed for it.
fn fields(object: &Object) -> Option<Vec<Field>> {
    let (_, rest) = object.json.split_once("\"managedFields\":[{")?;
    // Keys are sorted: the name of the object comes behind its managers.
    let entries = rest.split_once("\"name\":\"").map_or(rest, |(entries, _)| entries);
    if !entries.contains("\"apiVersion\":\"") {
        return Some(Vec::new());
    }
    let mut found = managers::of(object);
    found.retain(|field| !field.api_version.is_empty());
    found.sort_by(|a, b| (&a.manager, &a.api_version, &b.time).cmp(&(&b.manager, &b.api_version, &a.time)));
    found.dedup_by(|a, b| (&a.manager, &a.api_version) == (&b.manager, &b.api_version));
    Some(found)
}

fn removed() -> Vec<Removed> {
    let files = embedded::files(&embedded::RULES, "catalog/removed", ".yaml");
    files.into_iter().find_map(|(_, text)| yaml::parse(text).ok()).unwrap_or_default()
}

fn crds(inventory: &Inventory<'_>) -> BTreeMap<Kind, Vec<Version>> {
    let read = |object: &Object| {
        let spec = object.parse::<Crd>().unwrap_or_default().spec;
        (Kind::new(&spec.group, &spec.names.kind), spec.versions)
    };
    inventory.snapshot.of("apiextensions.k8s.io", "CustomResourceDefinition").iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::removed;

    #[test]
    fn what_is_removed_was_deprecated_before() {
        let all = removed();
        assert!(all.len() > 20 && all.iter().all(|one| one.deprecated < one.removed && !one.kinds.is_empty()));
    }
}
