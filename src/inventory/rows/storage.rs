//! The storage tables: what [`crate::inventory::storage`] joined, handed out as rows.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    inventory::{
        Inventory, Row, Table,
        storage::{
            backends::BackendRow,
            claims::ClaimRow,
            classes::ClassRow,
            drivers::{Candidate, Driver, Part},
            quotas::UseRow,
            volumes::VolumeRow,
            workloads::WorkloadRow,
        },
    },
    object::ObjectRef,
    view::Map,
};

/// Storage classes.
pub const CLASSES: Table = Table {
    name: "storage_classes",
    about: "one storage class, with what can be proven of it",
    build: |inventory| inventory.storage().classes.iter().map(|row| Row::new(&row.r#ref, row)).collect(),
    schema: || schemars::schema_for!(ClassRow),
};

/// Volumes.
pub const VOLUMES: Table = Table {
    name: "volumes",
    about: "one persistent volume",
    build: |inventory| inventory.storage().volumes.iter().map(|row| Row::new(&row.r#ref, row)).collect(),
    schema: || schemars::schema_for!(VolumeRow),
};

/// Claims.
pub const CLAIMS: Table = Table {
    name: "claims",
    about: "one persistent volume claim, or a template of one",
    build: |inventory| inventory.storage().claims.iter().map(|row| Row::new(&row.r#ref, row)).collect(),
    schema: || schemars::schema_for!(ClaimRow),
};

/// Use of classes.
pub const USES: Table = Table {
    name: "storage_use",
    about: "one namespace and one class that it uses",
    build: |inventory| inventory.storage().uses.iter().map(|row| Row::new(&row.r#ref, row)).collect(),
    schema: || schemars::schema_for!(UseRow),
};

/// Backends.
pub const BACKENDS: Table = Table {
    name: "storage_backends",
    about: "one storage system, pool or disk that reports its health",
    build: |inventory| inventory.storage().backends.iter().map(|row| Row::new(&row.r#ref, row)).collect(),
    schema: || schemars::schema_for!(BackendRow),
};

/// A class, in short.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ClassHead {
    /// Name.
    pub name: String,
    /// Labels.
    pub labels: Map,
    /// Provisioner.
    pub provisioner: String,
    /// RFC 3339.
    pub created: Option<String>,
    /// Who set the annotation of the default class last; empty where managed fields do not say.
    pub default_set_by: String,
    /// Carries the annotation of the default class.
    pub default: bool,
    /// Makes buckets or snapshots, not volumes.
    pub no_volumes: bool,
}

/// What policies see of storage as a whole.
#[derive(Debug, Serialize, JsonSchema)]
pub struct StorageRow {
    /// Kind `Cluster`, no name.
    pub r#ref: ObjectRef,
    /// Drivers and external provisioners that anything names.
    pub drivers: Vec<Driver>,
    /// Every class.
    pub classes: Vec<ClassHead>,
    /// Workloads that a rule may name as external provisioners.
    pub candidates: Vec<Candidate>,
    /// The snapshot controller.
    pub snapshot_controller: Part,
    /// Admission policies that look at a claim's class, as `Kind name`.
    pub guards: Vec<String>,
    /// Namespaces, with what a quota forbids in them left to the classes.
    pub namespaces: Vec<NamespaceHead>,
}

/// A namespace, in short.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct NamespaceHead {
    /// Name.
    pub name: String,
    /// Labels.
    pub labels: Map,
}

/// Kinds of admission policies that may guard the use of classes.
const GUARDS: [(&str, &str); 5] = [
    ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy"),
    ("kyverno.io", "ClusterPolicy"),
    ("kyverno.io", "Policy"),
    ("policies.kyverno.io", "ValidatingPolicy"),
    ("templates.gatekeeper.sh", "ConstraintTemplate"),
];

fn guards(inventory: &Inventory<'_>) -> Vec<String> {
    let objects = GUARDS.iter().flat_map(|(group, kind)| inventory.snapshot.of(group, kind));
    let reads_class = |object: &&crate::snapshot::Object| object.json.contains("storageClassName");
    objects.filter(reads_class).map(|object| object.reference().to_string()).collect()
}

/// A class, a volume, a claim, a workload's data or a VolumeAttributesClass: exactly one of them.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ItemRow<'i> {
    /// The subject.
    pub r#ref: ObjectRef,
    /// A storage class.
    pub class: Option<&'i ClassRow>,
    /// A persistent volume.
    pub volume: Option<&'i VolumeRow>,
    /// A claim or template.
    pub claim: Option<&'i ClaimRow>,
    /// Where a workload keeps its data.
    pub workload: Option<&'i WorkloadRow>,
    /// A VolumeAttributesClass.
    pub attributes_class: Option<AttributesClass>,
}

/// A VolumeAttributesClass.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AttributesClass {
    /// Name.
    pub name: String,
    /// Its driver.
    pub driver: String,
}

/// For checks that judge more than one sort of storage object.
pub const ITEMS: Table = Table {
    name: "storage_items",
    about: "one class, volume, claim, workload's data or VolumeAttributesClass",
    build: items,
    schema: || schemars::schema_for!(ItemRow<'_>),
};

fn items(inventory: &Inventory<'_>) -> Vec<Row> {
    let storage = inventory.storage();
    let empty = |reference: &ObjectRef| ItemRow {
        r#ref: reference.clone(),
        class: None,
        volume: None,
        claim: None,
        workload: None,
        attributes_class: None,
    };
    let mut rows = Vec::new();
    rows.extend(storage.classes.iter().map(|class| ItemRow { class: Some(class), ..empty(&class.r#ref) }));
    rows.extend(storage.volumes.iter().map(|volume| ItemRow { volume: Some(volume), ..empty(&volume.r#ref) }));
    rows.extend(storage.claims.iter().map(|claim| ItemRow { claim: Some(claim), ..empty(&claim.r#ref) }));
    rows.extend(
        storage.workloads.iter().map(|workload| ItemRow { workload: Some(workload), ..empty(&workload.r#ref) }),
    );
    for object in inventory.snapshot.of("storage.k8s.io", "VolumeAttributesClass") {
        let driver = object.parse::<DriverName>().unwrap_or_default().driver_name;
        let class = AttributesClass { name: object.name.to_string(), driver };
        rows.push(ItemRow { attributes_class: Some(class), ..empty(&object.reference()) });
    }
    rows.sort_by(|a, b| a.r#ref.cmp(&b.r#ref));
    rows.iter().map(|row| Row::new(&row.r#ref, row)).collect()
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct DriverName {
    driver_name: String,
}

/// Storage as a whole.
pub const STORAGE: Table = Table {
    name: "storage",
    about: "storage of the cluster as a whole, one row",
    build: |inventory| {
        let row = whole(inventory);
        vec![Row::new(&row.r#ref, &row)]
    },
    schema: || schemars::schema_for!(StorageRow),
};

fn whole(inventory: &Inventory<'_>) -> StorageRow {
    let storage = inventory.storage();
    StorageRow {
        r#ref: ObjectRef::cluster(),
        drivers: storage.drivers.by_name.values().cloned().collect(),
        classes: storage.classes.iter().map(|class| head(inventory, class)).collect(),
        candidates: storage.drivers.candidates.clone(),
        snapshot_controller: storage.drivers.snapshot_controller.clone(),
        guards: guards(inventory),
        namespaces: inventory
            .snapshot
            .of("", "Namespace")
            .iter()
            .map(|object| NamespaceHead {
                name: object.name.to_string(),
                labels: object.parse::<crate::view::Bare>().unwrap_or_default().metadata.labels,
            })
            .collect(),
    }
}

fn head(inventory: &Inventory<'_>, class: &ClassRow) -> ClassHead {
    let object = inventory.snapshot.get("storage.k8s.io", "StorageClass", "", &class.name);
    let fields = object.and_then(|o| o.parse::<crate::view::Bare>().ok()).unwrap_or_default().metadata.managed_fields;
    ClassHead {
        name: class.name.clone(),
        labels: class.labels.clone(),
        provisioner: class.provisioner.clone(),
        created: class.created.clone(),
        default_set_by: fields.last().filter(|_| class.default).map(|field| field.manager.clone()).unwrap_or_default(),
        default: class.default,
        no_volumes: class.r#type == Some(crate::facts::provisioner::Type::NoVolumes),
    }
}

/// The cluster, or one of its classes.
#[derive(Debug, Serialize, JsonSchema)]
pub struct OfferRow {
    /// Kind `Cluster`, or the class.
    pub r#ref: ObjectRef,
    /// The class; none in the cluster's own row.
    pub class: Option<ClassHead>,
    /// Every class; only in the cluster's own row.
    pub all: Vec<ClassHead>,
}

/// The cluster and each of its classes: what is offered.
pub const OFFER: Table = Table {
    name: "storage_offer",
    about: "the cluster with all its classes, then each class",
    build: |inventory| {
        let heads: Vec<ClassHead> = inventory.storage().classes.iter().map(|class| head(inventory, class)).collect();
        let mut rows = vec![OfferRow { r#ref: ObjectRef::cluster(), class: None, all: heads.clone() }];
        rows.extend(inventory.storage().classes.iter().zip(heads).map(|(class, head)| OfferRow {
            r#ref: class.r#ref.clone(),
            class: Some(head),
            all: Vec::new(),
        }));
        rows.iter().map(|row| Row::new(&row.r#ref, row)).collect()
    },
    schema: || schemars::schema_for!(OfferRow),
};
