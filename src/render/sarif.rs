//! SARIF 2.1.0. GitHub refuses a whole file for one result without a place in a file, so objects
//! of a cluster get a path of their own; it ignores suppressions, so its profile leaves waived
//! findings out and holds its limits. The full profile says everything.

use std::io::{self, Write};

use serde_json::{Map, Value, json};

use super::{json, text};
use crate::{
    report::{Finding, PolicyHead, Report, Verdict},
    severity::Severity,
};

/// Results that GitHub keeps of a run.
const GITHUB_RESULTS: usize = 5_000;

/// Who reads the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// GitHub code scanning.
    Github,
    /// Everybody else.
    Full,
}

/// Writes the log.
///
/// # Errors
/// What the writer says.
pub fn render(report: &Report, profile: Profile, out: &mut dyn Write) -> io::Result<()> {
    let rules: Vec<Value> = report.policies.iter().map(rule).collect();
    let policies = text::policies(report);
    let occurrences = text::occurrences(report);
    let mut chosen: Vec<(&Finding, u32)> = report.findings.iter().zip(occurrences).collect();
    let mut notifications: Vec<Value> = report.gaps().map(gap).collect();
    notifications.extend(report.policies.iter().filter_map(|policy| {
        let error = policy.error.as_deref()?;
        Some(json!({"level": "error", "message": {"text": text::clean(&format!("{} could not run: {error}.", policy.id))}}))
    }));
    if profile == Profile::Github {
        chosen.retain(|(finding, _)| finding.verdict != Verdict::Waived);
        let all = chosen.len();
        chosen.sort_by_key(|(finding, _)| (std::cmp::Reverse(finding.severity), finding.verdict));
        chosen.truncate(GITHUB_RESULTS);
        if all > chosen.len() {
            let said =
                format!("The worst {} of {all} findings are in this file; the JSON report has all.", chosen.len());
            notifications.push(json!({"level": "warning", "message": {"text": said}}));
        }
    }
    let index = |finding: &Finding| policies.get(finding.policy.as_str()).map(|(index, _)| *index);
    let mut results: Vec<Value> = chosen
        .into_iter()
        .map(|(finding, occurrence)| result(report, finding, occurrence, index(finding), profile))
        .collect();
    if profile == Profile::Full {
        results.extend(report.absent.iter().map(|finding| absent(report, finding, index(finding))));
    }
    let time = text::time(report).to_string();
    let run = json!({
        "tool": {"driver": {
            "name": report.tool.name,
            "version": report.tool.version,
            "semanticVersion": report.tool.version,
            "rules": rules,
        }},
        "automationDetails": {"id": format!("sextant/{}/", text::segment(text::cluster(report)))},
        "invocations": [{
            // A gate that failed is a run that succeeded.
            "executionSuccessful": true,
            "startTimeUtc": time,
            "endTimeUtc": time,
            "exitCode": report.gate.exit_code,
            "toolExecutionNotifications": notifications,
        }],
        "columnKind": "utf16CodeUnits",
        "results": results,
        "properties": {"gate": report.gate, "counts": report.counts},
    });
    json::pretty(
        &json!({
            "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
            "version": "2.1.0",
            "runs": [run],
        }),
        out,
    )
}

fn gap(gap: &crate::report::CoverageHead) -> Value {
    let what = gap.kind.as_deref().or(gap.source.as_deref()).unwrap_or_default();
    let said = format!("{what} was not read completely: {}. {}", gap.state.as_str(), gap.reason);
    json!({"level": "warning", "message": {"text": text::clean(said.trim())}})
}

/// GitHub's limits of texts; on a character's boundary.
fn short(text: &str, limit: usize) -> String {
    let text = text::clean(text);
    if text.chars().count() <= limit { text } else { text.chars().take(limit - 1).chain(['…']).collect() }
}

fn or<'t>(text: &'t str, other: &'t str) -> &'t str {
    if text.trim().is_empty() { other } else { text }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

fn rule(policy: &PolicyHead) -> Value {
    let mut tags = vec!["kubernetes".to_owned(), policy.aspect.clone()];
    for (framework, controls) in &policy.controls {
        // GitHub takes twenty tags.
        tags.extend(controls.iter().map(|control| format!("{framework}/{control}")));
    }
    tags.truncate(20);
    let score = match policy.severity {
        Severity::Critical => Some("9.5"),
        Severity::High => Some("8.0"),
        Severity::Medium => Some("5.5"),
        Severity::Low => Some("3.0"),
        Severity::Info => None,
    };
    let mut properties = Map::new();
    properties.insert("tags".into(), json!(tags));
    properties.insert("precision".into(), json!("very-high"));
    if let Some(score) = score {
        properties.insert("security-severity".into(), json!(score));
    }
    let help = text::one_line(or(&policy.remediation, &policy.title));
    let mut rule = json!({
        "id": policy.id,
        "name": pascal(&policy.title),
        "shortDescription": {"text": short(&format!("{}.", policy.title.trim_end_matches('.')), 1024)},
        "fullDescription": {"text": short(&text::one_line(or(&policy.description, &policy.title)), 1024)},
        "help": {"text": help, "markdown": super::markdown::prose(&help)},
        "defaultConfiguration": {"level": level(policy.severity)},
        "properties": properties,
    });
    if let Some(link) = policy.links.iter().find(|link| link.starts_with("https://")) {
        rule["helpUri"] = json!(link);
    }
    rule
}

/// SARIF wants names of rules that read like identifiers.
fn pascal(title: &str) -> String {
    let words = title.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let name: String = words
        .map(|word| {
            word.char_indices().map(|(at, c)| if at == 0 { c.to_ascii_uppercase() } else { c }).collect::<String>()
        })
        .collect();
    name.chars().take(255).collect()
}

/// A result of the baseline that is not there any more: passed where that is proven, open where not.
fn absent(report: &Report, finding: &Finding, index: Option<usize>) -> Value {
    let mut result = result(report, finding, 1, index, Profile::Full);
    let fixed = finding.state.as_deref() == Some("fixed");
    if fixed {
        result["baselineState"] = json!("absent");
    }
    result["kind"] = json!(if fixed { "pass" } else { "open" });
    result["level"] = json!("none");
    if let Some(properties) = result["properties"].as_object_mut() {
        // The verdict was the baseline's.
        properties.remove("verdict");
    }
    result
}

fn result(report: &Report, finding: &Finding, occurrence: u32, index: Option<usize>, profile: Profile) -> Value {
    let subject = &finding.subject;
    let line = finding.line.unwrap_or(1);
    let unknown = finding.verdict == Verdict::Unknown;
    let message =
        if unknown { format!("Could not be judged: {}", text::sentence(finding)) } else { text::sentence(finding) };
    let parts = [text::cluster(report), &subject.namespace, &subject.group, &subject.kind, &subject.name];
    let qualified = parts.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join("/");
    let mut location = json!({"fullyQualifiedName": text::clean(&qualified), "kind": "object"});
    if !subject.name.is_empty() {
        location["name"] = json!(text::clean(&subject.name));
    }
    let full = profile == Profile::Full;
    let mut result = json!({
        "ruleId": finding.policy,
        // `open` is the standard's word for what was not decided; GitHub knows only `fail`.
        "kind": if unknown && full { "open" } else { "fail" },
        "level": if unknown && full { "none" } else { level(finding.severity) },
        "message": {"text": text::clean(&message)},
        "locations": [{
            "physicalLocation": {
                "artifactLocation": {"uri": text::place(report, finding)},
                "region": {"startLine": line, "startColumn": 1, "endLine": line, "endColumn": 2},
            },
            "logicalLocations": [location],
        }],
        "partialFingerprints": {
            "primaryLocationLineHash": format!("{}:{occurrence}", finding.fingerprint.get(..16).unwrap_or(&finding.fingerprint)),
            "sextantFinding/v1": format!("{}:{occurrence}", finding.fingerprint),
        },
        "properties": {
            "verdict": finding.verdict.as_str(),
            "severity": finding.severity.as_str(),
            "aspect": finding.aspect,
            "path": text::clean(&finding.path),
            "evidence": finding.evidence,
        },
    });
    if let Some(index) = index {
        result["ruleIndex"] = json!(index);
    }
    if let Some(state) = &finding.state {
        result["properties"]["state"] = json!(state);
    }
    if full {
        match finding.state.as_deref() {
            Some("new") => result["baselineState"] = json!("new"),
            Some("unchanged") => result["baselineState"] = json!("unchanged"),
            Some("regressed") => result["baselineState"] = json!("updated"),
            _ => {}
        }
        if finding.verdict == Verdict::Waived {
            let why = text::clean(&text::waived(report, finding));
            result["suppressions"] = json!([{"kind": "external", "status": "accepted", "justification": why}]);
        }
    }
    result
}
