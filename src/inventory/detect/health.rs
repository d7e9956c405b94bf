//! Health from statuses, and from nothing else: without a status it is unknown, never healthy.

use serde::Serialize;

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

/// One thing that must hold for a system to be healthy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What is looked at.
    pub what: String,
    /// Whether it holds; none where no status tells.
    pub holds: Option<bool>,
    /// What is wrong, where something is.
    pub reason: String,
}

impl Check {
    fn of(what: String, holds: bool, reason: impl FnOnce() -> String) -> Self {
        Self { what, holds: Some(holds), reason: if holds { String::new() } else { reason() } }
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
    let members: Vec<&Workload<'_>> = counted(found);
    let ready: Vec<Option<bool>> = members.iter().map(|w| is_ready(w)).collect();
    let has_status = server_wrote(scope.snapshot);
    let base = if built_in && members.is_empty() && has_status { Health::Healthy } else { all(&ready) };
    if base == Health::Unknown {
        let reason = if members.is_empty() { "nothing of it is in sight" } else { "the source holds no status" };
        return (Health::Unknown, reason.into());
    }
    let checks = checks(system, found, scope, workloads);
    let reasons: Vec<String> = checks.into_iter().map(|c| c.reason).filter(|reason| !reason.is_empty()).collect();
    if reasons.is_empty() { (base, String::new()) } else { (Health::Degraded, reasons.join("; ")) }
}

/// The workloads whose readiness counts: what the system is, and its parts beside that. A part in
/// another namespace is a sidecar or a copy of somebody else's.
fn counted<'w, 's>(found: &Found<'w, 's>) -> Vec<&'w Workload<'s>> {
    let own: Vec<&str> = found.members.iter().filter(|m| m.part != Part::Other).map(|m| m.namespace()).collect();
    let counts = |m: &&super::Member<'_, '_>| m.part != Part::Other || own.contains(&m.namespace());
    found.members.iter().filter(counts).map(|m| m.workload).collect()
}

/// Everything that is looked at to tell the health of a system.
pub(super) fn checks(
    system: &System,
    found: &Found<'_, '_>,
    scope: &Scope<'_, '_>,
    workloads: &Workloads<'_>,
) -> Vec<Check> {
    let mut checks: Vec<Check> = Vec::new();
    for workload in counted(found) {
        let (ready, desired) = (workload.scale.ready.unwrap_or(0), workload.scale.desired.unwrap_or(0));
        let what = format!("{} is ready", workload.reference);
        let reason = || format!("{} has {ready} of {desired} ready", workload.reference);
        match is_ready(workload) {
            Some(holds) => checks.push(Check::of(what, holds, reason)),
            None => checks.push(Check { what, holds: None, reason: String::new() }),
        }
    }
    for resource in &system.resources {
        resource_checks(resource, scope.snapshot, &mut checks);
    }
    for service in scope.seen.served_by(system, found) {
        let refused = service.conditions.iter().find(|c| c.kind == "Available" && c.status != "True");
        let reason = || {
            let reason = refused.map_or("", |condition| condition.reason.as_str());
            format!("APIService {} is not available: {reason}", service.name)
        };
        checks.push(Check::of(format!("APIService {} is available", service.name), refused.is_none(), reason));
    }
    let hooks = Kind::new("admissionregistration.k8s.io", "ValidatingWebhookConfiguration");
    if scope.snapshot.coverage(&hooks).state.is_proof() {
        for expression in &system.needs_webhooks {
            let registered = scope.seen.hooks.iter().any(|hook| expression.is_match(&hook.name));
            let reason = || format!("no webhook matching {} is registered", expression.as_str());
            checks.push(Check::of(
                format!("a webhook matching {} is registered", expression.as_str()),
                registered,
                reason,
            ));
        }
    }
    if !system.needs.is_empty() {
        // What a system needs may be another system: it is looked for everywhere.
        let everywhere: Vec<&Workload<'_>> = workloads.workloads.iter().filter(|w| !w.scale.is_zero()).collect();
        let whole = Scope { workloads: &everywhere, ..*scope };
        for need in system.needs.iter().filter(|need| scope.all(&need.when) == Some(true)) {
            let lacks = need.any.iter().all(|condition| whole.holds(condition) == Some(false));
            let what = need.any.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ");
            checks.push(Check::of(format!("there is {what}"), !lacks, || need.note.clone()));
        }
    }
    checks
}

/// What resources that ask the system for something say of its answer.
fn resource_checks(resource: &Resource, snapshot: &Snapshot, checks: &mut Vec<Check>) {
    for object in snapshot.of(&resource.kind.group, &resource.kind.kind) {
        let what = format!("{} {}", resource.kind.kind, object.name);
        if !resource.condition.is_empty() {
            let conditions = Seen::conditions(object).unwrap_or_default();
            let status = conditions.iter().find(|c| c.kind == resource.condition).map(|c| c.status.clone());
            let holds = status.as_deref() == Some("True");
            let reason = || {
                let status = status.clone().unwrap_or_else(|| "missing".into());
                format!("{what}: condition {} is {status}", resource.condition)
            };
            checks.push(Check::of(format!("{what}: condition {} is True", resource.condition), holds, reason));
        } else if !resource.path.is_empty() {
            let field = text_at(object, &resource.path);
            let holds = field.as_ref().is_some_and(|field| resource.healthy.contains(field));
            let reason = || match &field {
                Some(field) => format!("{what}: {} is {field}", resource.path),
                None => format!("{what} has no {}: nothing answers it", resource.path),
            };
            let wanted = resource.healthy.join(" or ");
            checks.push(Check::of(format!("{what}: {} is {wanted}", resource.path), holds, reason));
        }
    }
}

/// Whether a server wrote this source: manifests have no status to judge by.
fn server_wrote(snapshot: &Snapshot) -> bool {
    snapshot.header.source_kind != SourceKind::Manifests
}
