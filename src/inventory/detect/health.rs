//! Health from statuses, and from nothing else: without a status it is unknown, never healthy.

use regex::RegexSet;
use serde_json::Value;

use super::{Found, Health, Part, evidence::Seen};
use crate::{
    inventory::{catalog::System, workload::Workload},
    snapshot::Snapshot,
};

/// Whether a workload is ready; Jobs have no readiness to speak of.
pub(super) fn is_ready(workload: &Workload<'_>) -> Option<bool> {
    if matches!(workload.reference.kind.as_str(), "Job" | "CronJob") {
        return Some(true);
    }
    workload.scale.is_ready()
}

/// The health of several parts together.
pub(super) fn all(ready: &[Option<bool>]) -> Health {
    if ready.contains(&Some(false)) {
        Health::Degraded
    } else if ready.is_empty() || ready.contains(&None) {
        Health::Unknown
    } else {
        Health::Healthy
    }
}

/// The health of a system, and why it is not healthy.
pub(super) fn of(
    system: &System,
    found: &Found<'_, '_>,
    snapshot: &Snapshot,
    seen: &Seen<'_>,
    built_in: bool,
) -> (Health, String) {
    let members: Vec<&Workload<'_>> =
        found.members.iter().filter(|m| m.part != Part::Other).map(|m| m.workload).collect();
    let ready: Vec<Option<bool>> = members.iter().map(|w| is_ready(w)).collect();
    let mut reasons: Vec<String> = Vec::new();
    for workload in members.iter().filter(|w| is_ready(w) == Some(false)) {
        let (ready, desired) = (workload.scale.ready.unwrap_or(0), workload.scale.desired.unwrap_or(0));
        reasons.push(format!("{} has {ready} of {desired} ready", workload.reference));
    }
    let base =
        if built_in && members.is_empty() && snapshot_has_status(snapshot) { Health::Healthy } else { all(&ready) };
    let has_status = members.iter().any(|w| w.has_status) || snapshot_has_status(snapshot);
    if base == Health::Unknown {
        return (Health::Unknown, "the source holds no status".into());
    }
    for resource in &system.resources {
        for object in snapshot.of(&resource.kind.group, &resource.kind.kind) {
            let value: Value = serde_json::from_str(&object.json).unwrap_or_default();
            let what = format!("{} {}", resource.kind.kind, object.name);
            if !resource.condition.is_empty() {
                let conditions = Seen::conditions(object).unwrap_or_default();
                let status = conditions.iter().find(|c| c.kind == resource.condition).map(|c| c.status.clone());
                if status.as_deref() != Some("True") {
                    let status = status.unwrap_or_else(|| "missing".into());
                    reasons.push(format!("{what}: condition {} is {status}", resource.condition));
                }
            } else if !resource.path.is_empty() {
                let field = resource.path.split('.').try_fold(&value, |v, key| v.get(key)).and_then(Value::as_str);
                match field {
                    Some(field) if resource.healthy.iter().any(|h| h == field) => {}
                    Some(field) => reasons.push(format!("{what}: {} is {field}", resource.path)),
                    None => reasons.push(format!("{what} has no {}: nothing answers it", resource.path)),
                }
            }
        }
    }
    for expression in &system.identity.api_services {
        let Ok(set) = RegexSet::new([expression]) else { continue };
        for service in snapshot.of("apiregistration.k8s.io", "APIService").iter().filter(|s| set.is_match(&s.name)) {
            let conditions = Seen::conditions(service).unwrap_or_default();
            if let Some(condition) = conditions.iter().find(|c| c.kind == "Available" && c.status != "True") {
                reasons.push(format!("APIService {} is not available: {}", service.name, condition.reason));
            }
        }
    }
    for expression in &system.needs_webhooks {
        let Ok(set) = RegexSet::new([expression]) else { continue };
        let read = snapshot
            .coverage(&crate::object::Kind::new("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"));
        if has_status && read.state.is_proof() && !seen.webhooks().iter().any(|name| set.is_match(name)) {
            reasons.push(format!("no webhook matching {expression} is registered"));
        }
    }
    if reasons.is_empty() { (base, String::new()) } else { (Health::Degraded, reasons.join("; ")) }
}

/// Whether a server wrote this source: manifests have no status to judge by.
fn snapshot_has_status(snapshot: &Snapshot) -> bool {
    snapshot.header.source_kind != crate::snapshot::SourceKind::Manifests
}
