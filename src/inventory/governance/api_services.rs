//! Aggregated APIs: who answers them, and whether that one does.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::attribution::Sure;
use crate::{
    inventory::{
        Inventory, Row, Table, catalog::System, governance::groups::service_exists, ingress::services::Services,
        storage::time::age,
    },
    object::ObjectRef,
    view::nullable,
};

/// What policies see of an APIService.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ApiServiceRow {
    /// The APIService.
    pub r#ref: ObjectRef,
    /// The API server answers it itself.
    pub local: bool,
    /// Systems that it belongs to.
    pub systems: BTreeSet<String>,
    /// `namespace/name` of the Service behind it.
    pub service: String,
    /// Whether that Service is there.
    pub service_exists: Sure,
    /// Ready endpoints behind it; null where they were not read.
    pub ready: Option<usize>,
    /// Status of its condition Available: `True`, `False`, `Unknown`; empty where it has none.
    pub available: String,
    /// One word why.
    pub reason: String,
    /// Seconds since the condition changed; null without a clock.
    pub since: Option<i64>,
    /// The API server does not verify who answers.
    pub insecure: bool,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ApiService {
    #[serde(deserialize_with = "nullable")]
    spec: Spec,
    #[serde(deserialize_with = "nullable")]
    status: Status,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Spec {
    service: Option<ServiceRef>,
    #[serde(rename = "insecureSkipTLSVerify", deserialize_with = "nullable")]
    insecure: bool,
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
struct Status {
    #[serde(deserialize_with = "nullable")]
    conditions: Vec<Condition>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Condition {
    #[serde(rename = "type", deserialize_with = "nullable")]
    kind: String,
    #[serde(deserialize_with = "nullable")]
    status: String,
    #[serde(deserialize_with = "nullable")]
    reason: String,
    last_transition_time: Option<String>,
}

/// The table.
pub const TABLE: Table =
    Table { name: "api_services", about: "one APIService", build, schema: || schemars::schema_for!(ApiServiceRow) };

fn build(inventory: &Inventory<'_>) -> Vec<Row> {
    let services = Services::of(inventory);
    let row = |object: &crate::snapshot::Object| {
        let ApiService { spec, status } = object.parse().unwrap_or_default();
        let is_its = |system: &&System| system.identity.api_services.iter().any(|e| e.is_match(&object.name));
        let mut systems = BTreeSet::new();
        if let Some(service) = &spec.service {
            systems.extend(inventory.catalog.systems.iter().filter(is_its).map(|system| system.id.clone()));
            // Several systems may serve one API: who stands behind it is told by the Service.
            let behind = inventory.governance().behind(inventory, &service.namespace, &service.name);
            if !behind.is_empty() {
                systems = behind.into_iter().map(|extension| extension.id.clone()).collect();
            }
        }
        let available = status.conditions.iter().find(|condition| condition.kind == "Available");
        let service = spec.service.as_ref();
        let row = ApiServiceRow {
            r#ref: object.reference(),
            local: service.is_none(),
            systems,
            service: service.map_or(String::new(), |s| format!("{}/{}", s.namespace, s.name)),
            service_exists: service.map_or(Sure::No, |s| service_exists(inventory, &s.namespace, &s.name)),
            ready: service.and_then(|s| services.ready(&s.namespace, &s.name)),
            available: available.map_or(String::new(), |condition| condition.status.clone()),
            reason: available.map_or(String::new(), |condition| condition.reason.clone()),
            since: available.and_then(|c| age(inventory.snapshot, c.last_transition_time.as_deref())),
            insecure: spec.insecure,
        };
        Row::new(&row.r#ref, &row)
    };
    inventory.snapshot.of("apiregistration.k8s.io", "APIService").iter().map(row).collect()
}
