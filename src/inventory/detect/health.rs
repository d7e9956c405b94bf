//! Health from statuses, and from nothing else: without a status it is unknown, never healthy.

use super::{
    Found, Health,
    condition::{Scope, text_at},
    evidence::Seen,
};
use crate::{
    inventory::{
        catalog::{Part, Resource, System},
        workload::{Workload, Workloads},
    },
    object::Kind,
    snapshot::{Snapshot, SourceKind},
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
    scope: &Scope<'_, '_>,
    built_in: bool,
    workloads: &Workloads<'_>,
) -> (Health, String) {
    let members: Vec<&Workload<'_>> =
        found.members.iter().filter(|m| m.part != Part::Other).map(|m| m.workload).collect();
    let ready: Vec<Option<bool>> = members.iter().map(|w| is_ready(w)).collect();
    let has_status = server_wrote(scope.snapshot);
    let base = if built_in && members.is_empty() && has_status { Health::Healthy } else { all(&ready) };
    if base == Health::Unknown {
        let reason = if members.is_empty() { "nothing of it is in sight" } else { "the source holds no status" };
        return (Health::Unknown, reason.into());
    }
    let mut reasons: Vec<String> = Vec::new();
    for workload in members.iter().filter(|w| is_ready(w) == Some(false)) {
        let (ready, desired) = (workload.scale.ready.unwrap_or(0), workload.scale.desired.unwrap_or(0));
        reasons.push(format!("{} has {ready} of {desired} ready", workload.reference));
    }
    for resource in &system.resources {
        resource_reasons(resource, scope.snapshot, &mut reasons);
    }
    for service in scope.seen.served_by(system, found) {
        if let Some(condition) = service.conditions.iter().find(|c| c.kind == "Available" && c.status != "True") {
            reasons.push(format!("APIService {} is not available: {}", service.name, condition.reason));
        }
    }
    let hooks = Kind::new("admissionregistration.k8s.io", "ValidatingWebhookConfiguration");
    if scope.snapshot.coverage(&hooks).state.is_proof() {
        for expression in &system.needs_webhooks {
            if !scope.seen.hooks.iter().any(|hook| expression.is_match(&hook.name)) {
                reasons.push(format!("no webhook matching {} is registered", expression.as_str()));
            }
        }
    }
    if !system.needs.is_empty() {
        // What a system needs may be another system: it is looked for everywhere.
        let everywhere: Vec<&Workload<'_>> = workloads.workloads.iter().filter(|w| !w.scale.is_zero()).collect();
        let whole = Scope { snapshot: scope.snapshot, seen: scope.seen, workloads: &everywhere };
        for need in &system.needs {
            let applies = scope.all(&need.when) == Some(true);
            if applies && need.any.iter().all(|condition| whole.holds(condition) == Some(false)) {
                reasons.push(need.note.clone());
            }
        }
    }
    if reasons.is_empty() { (base, String::new()) } else { (Health::Degraded, reasons.join("; ")) }
}

/// What resources that ask the system for something say of its answer.
fn resource_reasons(resource: &Resource, snapshot: &Snapshot, reasons: &mut Vec<String>) {
    for object in snapshot.of(&resource.kind.group, &resource.kind.kind) {
        let what = format!("{} {}", resource.kind.kind, object.name);
        if !resource.condition.is_empty() {
            let conditions = Seen::conditions(object).unwrap_or_default();
            let status = conditions.iter().find(|c| c.kind == resource.condition).map(|c| c.status.clone());
            if status.as_deref() != Some("True") {
                let status = status.unwrap_or_else(|| "missing".into());
                reasons.push(format!("{what}: condition {} is {status}", resource.condition));
            }
        } else if !resource.path.is_empty() {
            match text_at(object, &resource.path) {
                Some(field) if resource.healthy.contains(&field) => {}
                Some(field) => reasons.push(format!("{what}: {} is {field}", resource.path)),
                None => reasons.push(format!("{what} has no {}: nothing answers it", resource.path)),
            }
        }
    }
}

/// Whether a server wrote this source: manifests have no status to judge by.
fn server_wrote(snapshot: &Snapshot) -> bool {
    snapshot.header.source_kind != SourceKind::Manifests
}
