//! Whatever extends the API server, with the systems of the catalogue that it belongs to.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    inventory::{Inventory, Row, Table, catalog::System},
    object::ObjectRef,
    view::nullable,
};

/// What policies see of one extension of the API server.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DeclaredRow {
    /// The API group, the webhook configuration, the APIService, the CSIDriver or the workload.
    pub r#ref: ObjectRef,
    /// `crd-group`, `webhook`, `api-service`, `csi-driver`, or `controller`: a workload of no system whose
    /// account may write a group that no system brings, or what extends the API server.
    pub what: &'static str,
    /// The name by which it is known: a group, a webhook's name, a driver's, `namespace/name` of a workload.
    pub name: String,
    /// Objects behind it: CRDs of a group; 1 for everything else.
    pub count: usize,
    /// Systems of the catalogue that it belongs to.
    pub systems: Vec<String>,
    /// What a controller may write of it: groups of CRDs, and resources that extend the API server.
    pub writes: BTreeSet<String>,
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
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Configuration {
    #[serde(deserialize_with = "nullable")]
    webhooks: Vec<Webhook>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Webhook {
    #[serde(deserialize_with = "nullable")]
    name: String,
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
#[serde(default)]
struct ApiService {
    #[serde(deserialize_with = "nullable")]
    spec: ApiServiceSpec,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ApiServiceSpec {
    #[serde(deserialize_with = "nullable")]
    group: String,
    service: Option<ServiceRef>,
}

/// The table.
pub const TABLE: Table = Table {
    name: "declared",
    about: "one API group, webhook, aggregated API or driver that extends the API server",
    build,
    schema: || schemars::schema_for!(DeclaredRow),
};

fn build(inventory: &Inventory<'_>) -> Vec<Row> {
    let mut rows = groups(inventory);
    rows.extend(webhooks(inventory));
    rows.extend(api_services(inventory));
    for object in inventory.snapshot.of("storage.k8s.io", "CSIDriver") {
        let is_its = |system: &&System| {
            let names = system.identity.csi_drivers.iter().chain(&system.identity.provisioners);
            names.into_iter().any(|pattern| named(pattern, &object.name))
        };
        let systems = inventory.catalog.systems.iter().filter(is_its).map(|system| system.id.clone()).collect();
        rows.push(row(object.reference(), "csi-driver", &object.name, 1, systems));
    }
    rows.extend(controllers(inventory));
    rows
}

fn row(of: ObjectRef, what: &'static str, name: &str, count: usize, systems: BTreeSet<String>) -> Row {
    let systems = systems.into_iter().collect();
    let row = DeclaredRow { r#ref: of, what, name: name.to_owned(), count, systems, writes: BTreeSet::new() };
    Row::new(&row.r#ref, &row)
}

/// Workloads that behave like controllers of what nobody knows.
fn controllers(inventory: &Inventory<'_>) -> Vec<Row> {
    let groups = groups_here(inventory);
    let strange = groups.into_iter().filter(|(_, (_, systems))| systems.is_empty()).map(|(group, _)| group).collect();
    let row = |(of, writes): (ObjectRef, BTreeSet<String>)| {
        let name = format!("{}/{}", of.namespace, of.name);
        let row = DeclaredRow { r#ref: of, what: "controller", name, count: 1, systems: Vec::new(), writes };
        Row::new(&row.r#ref, &row)
    };
    super::controllers::unknown(inventory, &strange).into_iter().map(row).collect()
}

/// Groups of CRDs, with how many there are and whose they are: a group is known where one of its CRDs is.
fn groups_here(inventory: &Inventory<'_>) -> BTreeMap<String, (usize, BTreeSet<String>)> {
    let mut groups: BTreeMap<String, (usize, BTreeSet<String>)> = BTreeMap::new();
    for object in inventory.snapshot.of("apiextensions.k8s.io", "CustomResourceDefinition") {
        let group = object.parse::<Crd>().unwrap_or_default().spec.group;
        let systems = inventory.governance().of_crd(&group, &object.name);
        let entry = groups.entry(group).or_default();
        entry.0 += 1;
        entry.1.extend(systems.into_iter().map(|system| system.id.clone()));
    }
    groups
}

/// One row a group.
fn groups(inventory: &Inventory<'_>) -> Vec<Row> {
    groups_here(inventory)
        .into_iter()
        .map(|(group, (count, systems))| {
            row(ObjectRef::new("", "APIGroup", "", &group), "crd-group", &group, count, systems)
        })
        .collect()
}

fn webhooks(inventory: &Inventory<'_>) -> Vec<Row> {
    let mut rows = Vec::new();
    for kind in ["ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"] {
        for object in inventory.snapshot.of("admissionregistration.k8s.io", kind) {
            for hook in object.parse::<Configuration>().unwrap_or_default().webhooks {
                let is_its = |system: &&System| system.identity.webhooks.iter().any(|e| e.is_match(&hook.name));
                let mut systems: BTreeSet<String> =
                    inventory.catalog.systems.iter().filter(is_its).map(|system| system.id.clone()).collect();
                systems.extend(behind(inventory, hook.client_config.service.as_ref()));
                rows.push(row(object.reference(), "webhook", &hook.name, 1, systems));
            }
        }
    }
    rows
}

fn api_services(inventory: &Inventory<'_>) -> Vec<Row> {
    let mut rows = Vec::new();
    for object in inventory.snapshot.of("apiregistration.k8s.io", "APIService") {
        let ApiServiceSpec { group, service } = object.parse::<ApiService>().unwrap_or_default().spec;
        // Without a Service the API server answers itself: a built-in group, or CRDs.
        if service.is_none() {
            continue;
        }
        let is_its = |system: &&System| system.identity.api_services.iter().any(|e| e.is_match(&object.name));
        let mut systems: BTreeSet<String> =
            inventory.catalog.systems.iter().filter(is_its).map(|system| system.id.clone()).collect();
        systems.extend(behind(inventory, service.as_ref()));
        rows.push(row(object.reference(), "api-service", &group, 1, systems));
    }
    rows
}

fn behind(inventory: &Inventory<'_>, service: Option<&ServiceRef>) -> Vec<String> {
    let Some(service) = service else { return Vec::new() };
    let systems = inventory.governance().behind(inventory, &service.namespace, &service.name);
    systems.into_iter().map(|extension| extension.id.clone()).collect()
}

fn named(pattern: &str, name: &str) -> bool {
    globset::Glob::new(pattern).is_ok_and(|glob| glob.compile_matcher().is_match(name))
}
