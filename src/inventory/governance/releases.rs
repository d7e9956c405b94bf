//! Releases and what keeps them: Helm's records, GitOps resources, what OLM installs.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    inventory::{Inventory, Row, Table, storage::time::age},
    object::{Kind, ObjectRef},
    snapshot::{Object, slim::Secrets},
    view::{Bare, nullable},
};

/// What policies see of one release.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ReleaseRow {
    /// The resource that keeps it; for a release of Helm, whose records come and go, kind `Release`.
    pub r#ref: ObjectRef,
    /// `helm`, `helm-release`, `kustomization`, `application`, `bundle`, `operator-version`,
    /// `subscription`, `install-plan`, `catalog-source`.
    pub kind: &'static str,
    /// Its name, without a record's number.
    pub name: String,
    /// `clean`, `busy` (something is under way), `waits` (for an approval), `broken`, `unknown` (it has
    /// no status); of Helm's records as a whole `unread`, or `unasked` where nobody wanted Secrets.
    pub state: &'static str,
    /// What its status says.
    pub told: String,
    /// Seconds since that began; null without a clock or where nothing says.
    pub since: Option<i64>,
    /// Somebody told it to look away.
    pub suspended: bool,
    /// Upgrades are taken without anybody's approval; null where it does not say.
    pub automatic: Option<bool>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Whole {
    #[serde(deserialize_with = "nullable")]
    spec: Value,
    #[serde(deserialize_with = "nullable")]
    status: Value,
}

/// The table.
pub const TABLE: Table = Table {
    name: "releases",
    about: "one release, or the resource that keeps one",
    build,
    schema: || schemars::schema_for!(ReleaseRow),
};

/// Kinds that keep releases, with the condition that says that they do.
const KEEPERS: [(&str, &str, &str, &str); 3] = [
    ("helm-release", "helm.toolkit.fluxcd.io", "HelmRelease", "Ready"),
    ("kustomization", "kustomize.toolkit.fluxcd.io", "Kustomization", "Ready"),
    ("bundle", "fleet.cattle.io", "Bundle", "Ready"),
];

fn build(inventory: &Inventory<'_>) -> Vec<Row> {
    let mut rows = helm(inventory);
    let snapshot = inventory.snapshot;
    for (word, group, kind, condition) in KEEPERS {
        rows.extend(snapshot.of(group, kind).iter().map(|object| kept(inventory, object, word, condition)));
    }
    rows.extend(snapshot.of("argoproj.io", "Application").iter().map(|object| application(inventory, object)));
    for kind in ["ClusterServiceVersion", "Subscription", "InstallPlan", "CatalogSource"] {
        rows.extend(snapshot.of("operators.coreos.com", kind).iter().map(|object| olm(inventory, object, kind)));
    }
    rows.iter().map(|row| Row::new(&row.r#ref, row)).collect()
}

fn row(of: ObjectRef, kind: &'static str) -> ReleaseRow {
    ReleaseRow {
        name: of.name.clone(),
        r#ref: of,
        kind,
        state: "unknown",
        told: String::new(),
        since: None,
        suspended: false,
        automatic: None,
    }
}

/// The newest record of each release; earlier ones are history.
fn helm(inventory: &Inventory<'_>) -> Vec<ReleaseRow> {
    let mut newest: BTreeMap<(String, String), (u64, ReleaseRow)> = BTreeMap::new();
    for kind in ["Secret", "ConfigMap"] {
        for object in inventory.snapshot.of("", kind) {
            let labels = object.parse::<Bare>().unwrap_or_default().metadata.labels;
            let label = |key: &str| labels.get(key).map_or("", String::as_str);
            if label("owner") != "helm" || label("name").is_empty() || label("status").is_empty() {
                continue;
            }
            let number: u64 = label("version").parse().unwrap_or(0);
            let key = (object.namespace.to_string(), label("name").to_owned());
            if newest.get(&key).is_some_and(|(known, _)| *known > number) {
                continue;
            }
            let status = label("status");
            let modified = label("modifiedAt").parse::<i64>().ok();
            let modified = modified.and_then(|second| jiff::Timestamp::from_second(second).ok()).map(|t| t.to_string());
            let one = ReleaseRow {
                name: label("name").to_owned(),
                state: match status {
                    "deployed" | "uninstalled" => "clean",
                    "failed" | "superseded" => "broken",
                    status if status.starts_with("pending-") || status == "uninstalling" => "busy",
                    _ => "unknown",
                },
                told: status.to_owned(),
                since: age(inventory.snapshot, modified.as_deref()),
                ..row(ObjectRef::new("helm.sh", "Release", &object.namespace, label("name")), "helm")
            };
            newest.insert(key, (number, one));
        }
    }
    let mut rows: Vec<ReleaseRow> = newest.into_values().map(|(_, row)| row).collect();
    let secrets = inventory.coverage(&Kind::new("", "Secret"));
    if !secrets.state.is_proof() {
        // Asked not to look and not allowed to look are two things.
        let asked = matches!(inventory.snapshot.header.secrets, Secrets::Metadata | Secrets::List);
        rows.push(ReleaseRow {
            name: String::new(),
            state: if asked { "unread" } else { "unasked" },
            told: if asked { secrets.reason } else { "Secrets were not asked for (--secrets metadata)".into() },
            ..row(ObjectRef::cluster(), "helm")
        });
    }
    rows
}

fn condition<'v>(status: &'v Value, kind: &str) -> Option<&'v Value> {
    status.get("conditions")?.as_array()?.iter().find(|condition| condition["type"] == kind)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn kept(inventory: &Inventory<'_>, object: &Object, word: &'static str, wanted: &str) -> ReleaseRow {
    let Whole { spec, status } = object.parse().unwrap_or_default();
    let suspended = spec["suspend"].as_bool().or(spec["paused"].as_bool()).unwrap_or(false);
    let mut own = ReleaseRow { suspended, ..row(object.reference(), word) };
    if let Some(condition) = condition(&status, wanted) {
        own.since = age(inventory.snapshot, condition["lastTransitionTime"].as_str());
        own.told = match condition["reason"].as_str() {
            Some(reason) => format!("{wanted} is {} ({reason})", text(&condition["status"])),
            None => format!("{wanted} is {}", text(&condition["status"])),
        };
        own.state = match condition["status"].as_str() {
            Some("True") => "clean",
            Some("False") => "broken",
            _ => "busy",
        };
    }
    own
}

/// An application is clean where it is synced and what it made is healthy.
fn application(inventory: &Inventory<'_>, object: &Object) -> ReleaseRow {
    let Whole { status, .. } = object.parse().unwrap_or_default();
    let mut own = row(object.reference(), "application");
    let (sync, health) = (text(&status["sync"]["status"]), text(&status["health"]["status"]));
    let phase = text(&status["operationState"]["phase"]);
    if sync.is_empty() && health.is_empty() {
        return own;
    }
    let operation = &status["operationState"];
    let began = operation["finishedAt"].as_str().or(operation["startedAt"].as_str());
    own.since = age(inventory.snapshot, began.or(status["reconciledAt"].as_str()));
    own.told = [("sync", &sync), ("health", &health), ("last operation", &phase)]
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(what, value)| format!("{what} {value}"))
        .collect::<Vec<_>>()
        .join(", ");
    own.state = match (sync.as_str(), health.as_str(), phase.as_str()) {
        (_, _, "Failed" | "Error") | (_, "Degraded" | "Missing", _) => "broken",
        (_, _, "Running" | "Terminating") | (_, "Progressing", _) => "busy",
        ("OutOfSync", ..) => "broken",
        ("Synced", "Healthy" | "Suspended" | "", _) => "clean",
        _ => "unknown",
    };
    own
}

fn olm(inventory: &Inventory<'_>, object: &Object, kind: &str) -> ReleaseRow {
    let Whole { spec, status } = object.parse().unwrap_or_default();
    let meta = object.parse::<Bare>().unwrap_or_default().metadata;
    let made = age(inventory.snapshot, meta.creation_timestamp.as_deref());
    let phase = text(&status["phase"]);
    match kind {
        "ClusterServiceVersion" => ReleaseRow {
            state: match phase.as_str() {
                "Succeeded" => "clean",
                "" => "unknown",
                "Failed" => "broken",
                _ => "busy",
            },
            since: age(inventory.snapshot, status["lastTransitionTime"].as_str()).or(made),
            told: format!("phase {phase}"),
            ..row(object.reference(), "operator-version")
        },
        "InstallPlan" => {
            let approved = spec["approved"].as_bool().unwrap_or(false);
            ReleaseRow {
                state: match (phase.as_str(), approved) {
                    ("Complete", _) => "clean",
                    ("Failed", _) => "broken",
                    (_, false) => "waits",
                    _ => "busy",
                },
                told: if approved { format!("phase {phase}") } else { "nobody has approved it".into() },
                since: made,
                ..row(object.reference(), "install-plan")
            }
        }
        "Subscription" => {
            let approval = text(&spec["installPlanApproval"]);
            let failing: BTreeSet<&str> = ["CatalogSourcesUnhealthy", "ResolutionFailed", "InstallPlanFailed"]
                .into_iter()
                .filter(|kind| condition(&status, kind).is_some_and(|c| c["status"] == "True"))
                .collect();
            ReleaseRow {
                state: if failing.is_empty() { "clean" } else { "broken" },
                told: failing.into_iter().collect::<Vec<_>>().join(", "),
                since: made,
                // The API takes a missing word for Automatic.
                automatic: Some(approval != "Manual"),
                ..row(object.reference(), "subscription")
            }
        }
        _ => {
            let state = text(&status["connectionState"]["lastObservedState"]);
            ReleaseRow {
                state: match state.as_str() {
                    "READY" => "clean",
                    "" => "unknown",
                    "CONNECTING" | "IDLE" => "busy",
                    _ => "broken",
                },
                told: format!("connection {state}"),
                since: age(inventory.snapshot, status["connectionState"]["lastConnect"].as_str()).or(made),
                ..row(object.reference(), "catalog-source")
            }
        }
    }
}
