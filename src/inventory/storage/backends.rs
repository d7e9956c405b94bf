//! Health and capacity of storage systems, as their own objects report them.
//!
//! Sources: status of ceph.rook.io/v1, longhorn.io/v1beta2, core.libopenstorage.org/v1,
//! openebs.io/v1beta3 and trident.netapp.io/v1.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::time::age;
use crate::{
    facts::quantity,
    object::ObjectRef,
    snapshot::{Object, Snapshot},
};

/// What policies see of a storage system, a pool or a disk.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct BackendRow {
    /// The object.
    pub r#ref: ObjectRef,
    /// `healthy`, `warning`, `error`; `silent` without a status where the source has them;
    /// `unknown` where it reports nothing that can be read.
    pub health: &'static str,
    /// What it says, in its words.
    pub reported: String,
    /// Codes of its alerts.
    pub codes: Vec<String>,
    /// Bytes in use.
    pub used: Option<i64>,
    /// Bytes in all.
    pub total: Option<i64>,
    /// Seconds since it was looked at.
    pub checked_seconds: Option<i64>,
    /// Monitors asked for (Ceph).
    pub monitors: Option<i64>,
    /// Several monitors may share a node (Ceph).
    pub monitors_share_nodes: bool,
    /// The system runs outside the cluster.
    pub external: bool,
}

impl BackendRow {
    fn new(object: &Object) -> Self {
        Self {
            r#ref: object.reference(),
            health: "unknown",
            reported: String::new(),
            codes: Vec::new(),
            used: None,
            total: None,
            checked_seconds: None,
            monitors: None,
            monitors_share_nodes: false,
            external: false,
        }
    }
}

type Read = fn(&Snapshot, &Object, &Value, &mut BackendRow);

const KINDS: [(&str, &str, Read); 9] = [
    ("ceph.rook.io", "CephCluster", ceph_cluster),
    ("ceph.rook.io", "CephBlockPool", ceph_part),
    ("ceph.rook.io", "CephFilesystem", ceph_part),
    ("core.libopenstorage.org", "StorageCluster", portworx),
    ("core.libopenstorage.org", "StorageNode", portworx),
    ("longhorn.io", "Node", longhorn_node),
    ("longhorn.io", "Volume", longhorn_volume),
    ("openebs.io", "DiskPool", disk_pool),
    ("trident.netapp.io", "TridentBackend", trident),
];

/// Every backend object.
pub(super) fn rows(snapshot: &Snapshot) -> Vec<BackendRow> {
    let mut rows = Vec::new();
    for (group, kind, read) in KINDS {
        for object in snapshot.of(group, kind) {
            let value: Value = object.parse().unwrap_or_default();
            let mut row = BackendRow::new(object);
            read(snapshot, object, &value, &mut row);
            // A source with statuses that has none here: nobody looks after the object.
            let holds_status = snapshot.header.source_kind != crate::snapshot::SourceKind::Manifests;
            if row.health == "unknown"
                && row.reported.is_empty()
                && holds_status
                && !row.external
                && value.get("status").is_none()
            {
                row.health = "silent";
            }
            rows.push(row);
        }
    }
    rows
}

fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// A word of health, in anybody's words.
fn word(text: &str) -> &'static str {
    match text.to_ascii_lowercase().as_str() {
        "" => "unknown",
        "health_ok" | "ready" | "online" | "running" | "healthy" | "ok" | "created" | "connected" | "normal" => {
            "healthy"
        }
        "health_warn" | "degraded" | "updating" | "progressing" | "connecting" | "initializing" | "warning" => {
            "warning"
        }
        _ => "error",
    }
}

fn ceph_cluster(snapshot: &Snapshot, _: &Object, value: &Value, row: &mut BackendRow) {
    row.reported = text(value, "/status/ceph/health").to_owned();
    row.health = word(&row.reported);
    let details = value.pointer("/status/ceph/details").and_then(Value::as_object);
    row.codes = details.into_iter().flatten().map(|(code, _)| code.clone()).collect();
    row.used = value.pointer("/status/ceph/capacity/bytesUsed").and_then(Value::as_i64);
    row.total = value.pointer("/status/ceph/capacity/bytesTotal").and_then(Value::as_i64);
    row.checked_seconds = age(snapshot, Some(text(value, "/status/ceph/lastChecked")));
    row.monitors = value.pointer("/spec/mon/count").and_then(Value::as_i64);
    row.monitors_share_nodes = value.pointer("/spec/mon/allowMultiplePerNode").and_then(Value::as_bool) == Some(true);
    row.external = value.pointer("/spec/external/enable").and_then(Value::as_bool) == Some(true);
}

fn ceph_part(_: &Snapshot, _: &Object, value: &Value, row: &mut BackendRow) {
    row.reported = text(value, "/status/phase").to_owned();
    row.health = word(&row.reported);
}

fn portworx(_: &Snapshot, object: &Object, value: &Value, row: &mut BackendRow) {
    row.reported = text(value, "/status/phase").to_owned();
    row.health = word(&row.reported);
    if &*object.kind.kind == "StorageNode" {
        let size = |pointer: &str| quantity::bytes(text(value, pointer));
        row.used = size("/status/storage/usedSize");
        row.total = size("/status/storage/totalSize");
    }
}

fn longhorn_node(_: &Snapshot, _: &Object, value: &Value, row: &mut BackendRow) {
    let disks = value.pointer("/status/diskStatus").and_then(Value::as_object);
    let Some(disks) = disks.filter(|disks| !disks.is_empty()) else { return };
    let (mut total, mut free) = (0, 0);
    let mut broken = Vec::new();
    for (name, disk) in disks {
        total += disk.get("storageMaximum").and_then(Value::as_i64).unwrap_or(0);
        free += disk.get("storageAvailable").and_then(Value::as_i64).unwrap_or(0);
        let conditions = disk.get("conditions").and_then(Value::as_array);
        let ready = conditions.into_iter().flatten().find(|c| text(c, "/type") == "Ready");
        if ready.is_some_and(|c| text(c, "/status") != "True") {
            broken.push(name.clone());
        }
    }
    row.health = if broken.is_empty() { "healthy" } else { "error" };
    row.reported =
        if broken.is_empty() { "disks ready".into() } else { format!("disks not ready: {}", broken.join(", ")) };
    row.used = Some(total - free);
    row.total = Some(total);
}

fn longhorn_volume(_: &Snapshot, _: &Object, value: &Value, row: &mut BackendRow) {
    row.reported = text(value, "/status/robustness").to_owned();
    row.health = match row.reported.as_str() {
        "degraded" | "faulted" => "error",
        // A detached volume is unknown to Longhorn itself, and no finding.
        "unknown" if text(value, "/status/state") == "detached" => "healthy",
        other => word(other),
    };
}

fn disk_pool(_: &Snapshot, _: &Object, value: &Value, row: &mut BackendRow) {
    let state = [text(value, "/status/pool_status"), text(value, "/status/cr_state"), text(value, "/status/state")];
    row.reported = state.iter().find(|state| !state.is_empty()).map(|s| (*s).to_owned()).unwrap_or_default();
    row.health = word(&row.reported);
    row.used = value.pointer("/status/used").and_then(Value::as_i64);
    row.total = value.pointer("/status/capacity").and_then(Value::as_i64);
}

fn trident(_: &Snapshot, _: &Object, value: &Value, row: &mut BackendRow) {
    row.reported = text(value, "/state").to_owned();
    row.health = word(&row.reported);
}
