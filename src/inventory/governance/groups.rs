//! API groups that CRDs add, each with who answers it and what lies in it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::attribution::{Holder, Sure, any_runs, holder};
use crate::{
    inventory::{Inventory, Row, Table},
    object::{Kind, ObjectRef},
    snapshot::Object,
    view::{Condition, nullable},
};

/// What policies see of an API group made of CRDs.
#[derive(Debug, Serialize, JsonSchema)]
pub struct GroupRow {
    /// Kind `APIGroup`, the group as its name.
    pub r#ref: ObjectRef,
    /// Systems of the catalogue that bring any of its CRDs.
    pub systems: Vec<Holder>,
    /// Whether one of them runs; unknown where the catalogue knows none.
    pub runs: Sure,
    /// Its CRDs.
    pub crds: Vec<CrdHere>,
}

/// One CRD.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CrdHere {
    /// Its name.
    pub name: String,
    /// `group/Kind` of its resources.
    pub kind: String,
    /// Systems of the catalogue that bring it.
    pub systems: Vec<Holder>,
    /// Whether one of them runs; unknown where the catalogue knows none.
    pub runs: Sure,
    /// Objects of it; null where the chosen policies and the catalogue do not read them, or they
    /// could not be read.
    pub objects: Option<usize>,
    /// Versions in which objects may be stored, and which are not served any more.
    pub stored_unserved: Vec<String>,
    /// Versions in which objects may be stored, and which are deprecated.
    pub stored_deprecated: Vec<String>,
    /// `namespace/name` of the Service that converts between versions; empty where none does.
    pub converter: String,
    /// Whether that Service is there.
    pub converter_exists: Sure,
    /// Why it is not served, in the API server's words; empty where it is or nothing says so.
    pub refused: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Crd {
    #[serde(deserialize_with = "nullable")]
    spec: Spec,
    #[serde(deserialize_with = "nullable")]
    status: Status,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Spec {
    #[serde(deserialize_with = "nullable")]
    group: String,
    #[serde(deserialize_with = "nullable")]
    names: Names,
    #[serde(deserialize_with = "nullable")]
    versions: Vec<Version>,
    #[serde(deserialize_with = "nullable")]
    conversion: Conversion,
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
    #[serde(deserialize_with = "nullable")]
    name: String,
    #[serde(deserialize_with = "nullable")]
    served: bool,
    #[serde(deserialize_with = "nullable")]
    deprecated: bool,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Conversion {
    #[serde(deserialize_with = "nullable")]
    strategy: String,
    #[serde(deserialize_with = "nullable")]
    webhook: Webhook,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Webhook {
    #[serde(deserialize_with = "nullable")]
    client_config: ClientConfig,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ClientConfig {
    service: Option<ServiceRef>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ServiceRef {
    #[serde(deserialize_with = "nullable")]
    namespace: String,
    #[serde(deserialize_with = "nullable")]
    name: String,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Status {
    #[serde(deserialize_with = "nullable")]
    stored_versions: Vec<String>,
    #[serde(deserialize_with = "nullable")]
    conditions: Vec<Condition>,
}

/// The table.
pub const TABLE: Table = Table {
    name: "api_groups",
    about: "one API group that CRDs add",
    build,
    schema: || schemars::schema_for!(GroupRow),
};

fn build(inventory: &Inventory<'_>) -> Vec<Row> {
    let mut groups: BTreeMap<String, Vec<CrdHere>> = BTreeMap::new();
    for object in inventory.snapshot.of("apiextensions.k8s.io", "CustomResourceDefinition") {
        let crd: Crd = object.parse().unwrap_or_default();
        groups.entry(crd.spec.group.clone()).or_default().push(here(inventory, object, &crd));
    }
    groups
        .into_iter()
        .map(|(group, crds)| {
            let mut systems: Vec<Holder> = crds.iter().flat_map(|crd| crd.systems.clone()).collect();
            systems.sort();
            systems.dedup();
            let row =
                GroupRow { r#ref: ObjectRef::new("", "APIGroup", "", &group), runs: any_runs(&systems), systems, crds };
            Row::new(&row.r#ref, &row)
        })
        .collect()
}

fn here(inventory: &Inventory<'_>, object: &Object, crd: &Crd) -> CrdHere {
    let Crd { spec, status } = crd;
    let brought = inventory.governance().of_crd(&spec.group, &object.name);
    let systems: Vec<Holder> = brought.into_iter().map(|system| holder(inventory, system)).collect();
    let kind = Kind::new(&spec.group, &spec.names.kind);
    // What a larger snapshot happens to hold, another one does not.
    let is_read = inventory.planned.contains(&kind) && inventory.snapshot.coverage(&kind).state.is_proof();
    let stored = |wanted: &dyn Fn(Option<&Version>) -> bool| -> Vec<String> {
        let version = |name: &str| spec.versions.iter().find(|version| version.name == name);
        status.stored_versions.iter().filter(|name| wanted(version(name))).cloned().collect()
    };
    let service = spec.conversion.webhook.client_config.service.as_ref();
    let service = service.filter(|_| spec.conversion.strategy == "Webhook");
    let refused = |kind: &str| status.conditions.iter().find(|c| c.kind == kind && c.status == "False");
    CrdHere {
        name: object.name.to_string(),
        runs: any_runs(&systems),
        systems,
        objects: is_read.then(|| inventory.snapshot.of(&kind.group, &kind.kind).len()),
        kind: kind.to_string(),
        stored_unserved: stored(&|version| version.is_none_or(|version| !version.served)),
        stored_deprecated: stored(&|version| version.is_some_and(|version| version.served && version.deprecated)),
        converter: service.map_or(String::new(), |s| format!("{}/{}", s.namespace, s.name)),
        converter_exists: service.map_or(Sure::No, |s| service_exists(inventory, &s.namespace, &s.name)),
        refused: refused("NamesAccepted")
            .or_else(|| refused("Established"))
            .map_or(String::new(), |condition| condition.message.clone()),
    }
}

/// Whether a Service is there; unknown where Services were not read.
pub(super) fn service_exists(inventory: &Inventory<'_>, namespace: &str, name: &str) -> Sure {
    if inventory.snapshot.get("", "Service", namespace, name).is_some() {
        Sure::Yes
    } else if inventory.coverage(&Kind::new("", "Service")).state.is_proof() {
        Sure::No
    } else {
        Sure::Unknown
    }
}
