//! What protects a claim's data: schedules, what they left behind, and what was restored from it.

use schemars::JsonSchema;
use serde::Serialize;

use crate::facts::provisioner::Can;

/// A schedule that names a claim's namespace or volume.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Schedule {
    /// `velero`, `longhorn`, `stork`, `kasten`, `trident-protect`, `snapscheduler`.
    pub tool: &'static str,
    /// `Kind namespace/name`.
    pub name: String,
    /// `backup` leaves the storage system, `snapshot` stays in it.
    pub takes: &'static str,
    /// It does not run.
    pub paused: bool,
    /// Seconds of its longest gap; none where its schedule cannot be read.
    pub interval_seconds: Option<u64>,
    /// Whether the data of the volume is taken.
    pub data: Can,
    /// Why the claim or its data is not taken; empty where it is.
    pub why_not: String,
}

/// Where a backup lies.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct Location {
    /// `Kind namespace/name`.
    pub name: String,
    /// Whether the tool can reach it.
    pub available: Can,
    /// It takes no backups.
    pub read_only: bool,
    /// Certificates are not verified, or there are none.
    pub insecure: bool,
    /// It is served by this cluster.
    pub in_cluster: Can,
    /// Objects are encrypted by the store, as its configuration says.
    pub encrypted: Can,
}

/// A backup that ended.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Done {
    /// `Kind namespace/name`.
    pub name: String,
    /// `Completed`, `PartiallyFailed` …
    pub phase: String,
    /// Seconds since it ended.
    pub seconds: Option<i64>,
    /// Seconds that it is kept.
    pub kept_seconds: Option<i64>,
    /// Snapshots of volumes that were tried and that were made; none where not said.
    pub snapshots: Option<(i64, i64)>,
    /// Where it lies.
    pub location: Location,
}

/// Schedules and backups of a claim.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct Backups {
    /// Schedules that name its namespace or volume.
    pub schedules: Vec<Schedule>,
    /// Newest backup that completed.
    pub newest: Option<Done>,
    /// Newest backup that did not complete, where it is newer.
    pub failed: Option<Done>,
}

/// A restore that completed.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RestoreOf {
    /// `Kind namespace/name`.
    pub name: String,
    /// Seconds since it completed.
    pub seconds: Option<i64>,
}
