//! Tools that name claims or namespaces in one object each: Stork, Kasten, Trident Protect and
//! SnapScheduler.
//!
//! Sources: stork.libopenstorage.org/v1alpha1, config.kio.kasten.io/v1alpha1,
//! protect.trident.netapp.io/v1 and snapscheduler.backube/v1 API types.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{World, says, words};
use crate::{
    facts::{cron, provisioner::Can, selector::selects},
    inventory::storage::{
        claims::ClaimRow,
        protection::{Backups, Schedule},
    },
    snapshot::{Object, Snapshot},
    view::Map,
};

/// Which claims a plan takes.
enum Takes {
    Namespaces(Vec<String>),
    NamespacesByLabel(Value),
    Claim(String, String),
    ClaimsByLabel(String, Value),
}

struct Plan {
    schedule: Schedule,
    takes: Takes,
}

/// Every plan, read once.
pub(super) struct Others {
    plans: Vec<Plan>,
    /// Stork's policies: seconds by name.
    policies: BTreeMap<String, u64>,
}

fn plan(object: &Object, tool: &'static str, what: &'static str, takes: Takes) -> Plan {
    let schedule = Schedule {
        tool,
        name: object.reference().to_string(),
        takes: what,
        paused: false,
        interval_seconds: None,
        data: Can::Yes,
        why_not: String::new(),
    };
    Plan { schedule, takes }
}

fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

impl Others {
    pub(super) fn of(world: &World<'_, '_>) -> Self {
        let snapshot = world.snapshot;
        let policies = stork_policies(snapshot);
        let mut plans = Vec::new();
        stork(snapshot, &policies, &mut plans);
        kasten(snapshot, &mut plans);
        trident_protect(snapshot, &mut plans);
        for object in snapshot.of("snapscheduler.backube", "SnapshotSchedule") {
            let value: Value = object.parse().unwrap_or_default();
            let selector = value.pointer("/spec/claimSelector").cloned().unwrap_or_default();
            let takes = Takes::ClaimsByLabel(object.namespace.to_string(), selector);
            let mut plan = plan(object, "snapscheduler", "snapshot", takes);
            plan.schedule.paused = says(value.pointer("/spec/disabled")) == Some(true);
            plan.schedule.interval_seconds = cron::longest_gap(text(&value, "/spec/schedule"));
            plans.push(plan);
        }
        Self { plans, policies }
    }

    pub(super) fn add(&self, world: &World<'_, '_>, claim: &ClaimRow, backups: &mut Backups) {
        let none = Map::new();
        let labels = world.namespace_labels.get(&claim.namespace).unwrap_or(&none);
        for plan in &self.plans {
            let takes = match &plan.takes {
                Takes::Namespaces(list) => list.iter().any(|item| item == "*" || *item == claim.namespace),
                Takes::NamespacesByLabel(selector) => {
                    // Kasten writes the namespace's name as a label of its own.
                    let mut labels = labels.clone();
                    labels.insert("k10.kasten.io/appNamespace".into(), claim.namespace.clone());
                    selects(selector, &labels)
                }
                Takes::Claim(namespace, name) => *namespace == claim.namespace && *name == claim.name,
                Takes::ClaimsByLabel(namespace, selector) => {
                    *namespace == claim.namespace && selects(selector, &claim.labels)
                }
            };
            if takes {
                backups.schedules.push(plan.schedule.clone());
            }
        }
        self.add_class_schedules(world, claim, backups);
    }

    /// Stork: `snapshotschedule.stork.libopenstorage.org/<name>: "schedulePolicyName: <policy>"`.
    fn add_class_schedules(&self, world: &World<'_, '_>, claim: &ClaimRow, backups: &mut Backups) {
        let Some(class) = world.classes.get(&claim.class) else { return };
        for (key, value) in &class.parameters {
            let Some(name) = key.strip_prefix("snapshotschedule.stork.libopenstorage.org/") else { continue };
            let policy =
                value.lines().find_map(|line| line.trim().strip_prefix("schedulePolicyName:")).unwrap_or_default();
            let off_site = value.contains("portworx/snapshot-type: cloud");
            backups.schedules.push(Schedule {
                tool: "stork",
                name: format!("StorageClass {} {name}", class.name),
                takes: if off_site { "backup" } else { "snapshot" },
                paused: false,
                interval_seconds: self.policies.get(policy.trim()).copied(),
                data: Can::Yes,
                why_not: String::new(),
            });
        }
    }
}

const DAY: u64 = 86_400;

/// The shortest rhythm of each policy.
fn stork_policies(snapshot: &Snapshot) -> BTreeMap<String, u64> {
    let mut policies = BTreeMap::new();
    for kind in ["SchedulePolicy", "NamespacedSchedulePolicy"] {
        for object in snapshot.of("stork.libopenstorage.org", kind) {
            let value: Value = object.parse().unwrap_or_default();
            let policy = value.get("policy").cloned().unwrap_or_default();
            let minutes = policy.pointer("/interval/intervalMinutes").and_then(Value::as_u64);
            let rhythms = [
                minutes.map(|minutes| minutes * 60),
                policy.get("daily").filter(|d| !d.is_null()).map(|_| DAY),
                policy.get("weekly").filter(|d| !d.is_null()).map(|_| 7 * DAY),
                policy.get("monthly").filter(|d| !d.is_null()).map(|_| 31 * DAY),
            ];
            if let Some(shortest) = rhythms.into_iter().flatten().min() {
                policies.insert(object.name.to_string(), shortest);
            }
        }
    }
    policies
}

fn stork(snapshot: &Snapshot, policies: &BTreeMap<String, u64>, plans: &mut Vec<Plan>) {
    for object in snapshot.of("stork.libopenstorage.org", "VolumeSnapshotSchedule") {
        let value: Value = object.parse().unwrap_or_default();
        let claim = text(&value, "/spec/template/spec/persistentVolumeClaimName").to_owned();
        let off_site = object.json.contains("\"portworx/snapshot-type\":\"cloud\"");
        let takes = Takes::Claim(object.namespace.to_string(), claim);
        let mut plan = plan(object, "stork", if off_site { "backup" } else { "snapshot" }, takes);
        plan.schedule.paused = says(value.pointer("/spec/suspend")) == Some(true);
        plan.schedule.interval_seconds = policies.get(text(&value, "/spec/schedulePolicyName")).copied();
        plans.push(plan);
    }
    for object in snapshot.of("stork.libopenstorage.org", "ApplicationBackupSchedule") {
        let value: Value = object.parse().unwrap_or_default();
        let takes = Takes::Namespaces(words(value.pointer("/spec/template/spec/namespaces")));
        let mut plan = plan(object, "stork", "backup", takes);
        plan.schedule.paused = says(value.pointer("/spec/suspend")) == Some(true);
        plan.schedule.interval_seconds = policies.get(text(&value, "/spec/schedulePolicyName")).copied();
        plans.push(plan);
    }
}

fn kasten(snapshot: &Snapshot, plans: &mut Vec<Plan>) {
    for object in snapshot.of("config.kio.kasten.io", "Policy") {
        let value: Value = object.parse().unwrap_or_default();
        let actions: Vec<&str> = value
            .pointer("/spec/actions")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .map(|a| text(a, "/action"))
            .collect();
        if !actions.contains(&"backup") {
            continue;
        }
        // A backup stays a snapshot until an export takes it out of the storage system.
        let what = if actions.contains(&"export") { "backup" } else { "snapshot" };
        let selector = value.pointer("/spec/selector").cloned().unwrap_or_default();
        let mut plan = plan(object, "kasten", what, Takes::NamespacesByLabel(selector));
        plan.schedule.paused =
            says(value.pointer("/spec/paused")) == Some(true) || text(&value, "/spec/frequency") == "@onDemand";
        plan.schedule.interval_seconds = cron::longest_gap(text(&value, "/spec/frequency"));
        plans.push(plan);
    }
}

fn trident_protect(snapshot: &Snapshot, plans: &mut Vec<Plan>) {
    const GROUP: &str = "protect.trident.netapp.io";
    for object in snapshot.of(GROUP, "Schedule") {
        let value: Value = object.parse().unwrap_or_default();
        let application = snapshot.get(GROUP, "Application", &object.namespace, text(&value, "/spec/applicationRef"));
        let application: Value = application.and_then(|object| object.parse().ok()).unwrap_or_default();
        let namespaces = application.pointer("/spec/includedNamespaces").and_then(Value::as_array);
        let namespaces = namespaces.into_iter().flatten().map(|item| text(item, "/namespace").to_owned()).collect();
        let kept = text(&value, "/spec/backupRetention");
        let what = if kept.is_empty() || kept == "0" { "snapshot" } else { "backup" };
        let mut plan = plan(object, "trident-protect", what, Takes::Namespaces(namespaces));
        plan.schedule.paused = says(value.pointer("/spec/enabled")) == Some(false);
        plan.schedule.interval_seconds = match text(&value, "/spec/granularity") {
            "Hourly" => Some(3600),
            "Daily" => Some(DAY),
            "Weekly" => Some(7 * DAY),
            "Monthly" => Some(31 * DAY),
            _ => None,
        };
        plans.push(plan);
    }
}
