//! A summary in a ConfigMap: counts and the worst policies, no finding, well below 1 MiB.

use serde_json::{Value, json};

use super::cluster::ask;
use crate::{
    collect::cluster::session::Session,
    report::Report,
    store::{Failure, Patience, failpoint},
};

/// The summary as JSON.
#[must_use]
pub fn summary(report: &Report, cluster: &str, now: &str) -> Value {
    let mut policies: Vec<_> =
        report.policies.iter().filter(|policy| policy.counts.fail + policy.counts.unknown > 0).collect();
    policies.sort_by_key(|policy| (std::cmp::Reverse(policy.severity), std::cmp::Reverse(policy.counts.fail)));
    let policies: Vec<Value> = policies
        .iter()
        .take(200)
        .map(|policy| json!({"id": policy.id, "title": policy.title, "severity": policy.severity.as_str(), "counts": policy.counts}))
        .collect();
    json!({
        "cluster": cluster, "time": now, "tool": report.tool, "gate": report.gate, "counts": report.counts,
        "aspects": report.aspects, "policies": policies, "not_read": report.gaps().count(),
    })
}

/// Writes it.
///
/// # Errors
/// A cluster that does not take it.
pub fn deliver(
    session: &Session,
    report: &Report,
    (namespace, name): (&str, &str),
    (cluster, now): (&str, &str),
    patience: Patience,
) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(&summary(report, cluster, now)).unwrap_or_default();
    let object = json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": namespace, "labels": {"app.kubernetes.io/managed-by": "sextant"}},
        "data": {"summary.json": text, "exit_code": report.gate.exit_code.to_string(), "time": now},
    });
    let path = format!("/api/v1/namespaces/{namespace}/configmaps/{name}?fieldManager=sextant&force=true");
    let body = object.to_string();
    failpoint("configmap-apply");
    match ask(session, patience, ("PATCH", &path), "application/apply-patch+yaml", body.as_bytes())? {
        Some(_) => Ok(format!("ConfigMap {namespace}/{name}")),
        None => Err(Failure::firm(format!("there is no namespace {namespace}"))),
    }
}
