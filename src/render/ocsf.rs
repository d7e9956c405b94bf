//! OCSF 1.5.0 Compliance Findings (class 2003), a line each, for SIEMs. What a baseline has and this
//! report proves to be fixed is closed.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::{json, text};
use crate::{
    report::{Finding, PolicyHead, Report, Verdict},
    severity::Severity,
};

/// Writes the events.
///
/// # Errors
/// What the writer says.
pub fn render(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let policies = text::policies(report);
    for (finding, occurrence) in report.findings.iter().zip(text::occurrences(report)) {
        let policy = policies.get(finding.policy.as_str()).map(|(_, policy)| *policy);
        json::line(&event(report, finding, occurrence, policy), out)?;
    }
    for finding in report.absent.iter().filter(|finding| finding.state.as_deref() == Some("fixed")) {
        let policy = policies.get(finding.policy.as_str()).map(|(_, policy)| *policy);
        let mut closed = event(report, finding, 1, policy);
        for (key, told) in [
            ("activity_id", json!(3)),
            ("activity_name", json!("Close")),
            ("type_uid", json!(200_303)),
            ("type_name", json!("Compliance Finding: Close")),
            ("status_id", json!(4)),
            ("status", json!("Resolved")),
        ] {
            closed[key] = told;
        }
        closed["compliance"]["status_id"] = json!(1);
        closed["compliance"]["status"] = json!("Pass");
        if let Some(unmapped) = closed["unmapped"]["sextant"].as_object_mut() {
            // The verdict was the baseline's.
            unmapped.remove("verdict");
        }
        json::line(&closed, out)?;
    }
    Ok(())
}

fn event(report: &Report, finding: &Finding, occurrence: u32, policy: Option<&PolicyHead>) -> Value {
    let time = text::time(report).as_millisecond();
    let (severity_id, severity) = match finding.severity {
        Severity::Info => (1, "Informational"),
        Severity::Low => (2, "Low"),
        Severity::Medium => (3, "Medium"),
        Severity::High => (4, "High"),
        Severity::Critical => (5, "Critical"),
    };
    let (activity_id, activity) = match finding.state.as_deref() {
        Some("unchanged") => (2, "Update"),
        _ => (1, "Create"),
    };
    // Waived is suppressed by somebody who answers for it; it is never resolved.
    let (status_id, status) = if finding.verdict == Verdict::Waived { (3, "Suppressed") } else { (1, "New") };
    let (verdict_id, verdict) = if finding.verdict == Verdict::Unknown { (0, "Unknown") } else { (3, "Fail") };
    let title = policy.map_or(finding.policy.as_str(), |policy| &policy.title);
    let mut standards = Vec::new();
    let mut requirements = Vec::new();
    for (framework, controls) in policy.iter().flat_map(|policy| &policy.controls) {
        standards.push(framework.clone());
        requirements.extend(controls.iter().map(|control| format!("{framework} {control}")));
    }
    let subject = &finding.subject;
    let uid =
        if occurrence == 1 { finding.fingerprint.clone() } else { format!("{}-{occurrence}", finding.fingerprint) };
    let mut resource = json!({
        "uid": text::clean(&format!("{}/{}/{}/{}", subject.group, subject.kind, subject.namespace, subject.name)),
        "name": text::clean(if subject.name.is_empty() { text::cluster(report) } else { &subject.name }),
        "type": text::clean(&subject.kind),
        "data": {"path": text::clean(&finding.path), "evidence": finding.evidence},
    });
    if !subject.namespace.is_empty() {
        resource["namespace"] = json!(text::clean(&subject.namespace));
    }
    if !subject.group.is_empty() {
        resource["group"] = json!({"name": text::clean(&subject.group)});
    }
    let mut unmapped = json!({"verdict": finding.verdict.as_str(), "aspect": finding.aspect});
    if let Some(state) = &finding.state {
        unmapped["state"] = json!(state);
    }
    if finding.verdict == Verdict::Waived {
        unmapped["waiver"] = json!(text::clean(&text::waived(report, finding)));
    }
    if let Some(file) = &finding.file {
        unmapped["file"] = json!(text::clean(file));
        unmapped["line"] = json!(finding.line);
    }
    let mut event = json!({
        "activity_id": activity_id,
        "activity_name": activity,
        "category_uid": 2,
        "category_name": "Findings",
        "class_uid": 2003,
        "class_name": "Compliance Finding",
        "type_uid": 200_300 + activity_id,
        "type_name": format!("Compliance Finding: {activity}"),
        "time": time,
        "severity_id": severity_id,
        "severity": severity,
        "status_id": status_id,
        "status": status,
        "message": text::clean(&text::sentence(finding)),
        "metadata": {
            "version": "1.5.0",
            "profiles": [],
            "product": {"name": report.tool.name, "vendor_name": report.tool.name, "version": report.tool.version},
            "event_code": finding.policy,
        },
        "finding_info": {"uid": uid, "title": title, "types": [finding.aspect], "created_time": time},
        "compliance": {
            "standards": standards,
            "control": finding.policy,
            "requirements": requirements,
            "status": verdict,
            "status_id": verdict_id,
            "status_detail": text::clean(&finding.message),
        },
        "resources": [resource],
        "unmapped": {"sextant": unmapped},
    });
    if let Some(policy) = policy {
        event["finding_info"]["desc"] = json!(text::one_line(&policy.description));
        if !policy.remediation.is_empty() {
            event["remediation"] = json!({"desc": text::one_line(&policy.remediation), "references": policy.links});
        }
    }
    event
}
