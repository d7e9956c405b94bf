//! GitLab Code Quality: what the merge request widget compares with the target branch.
//! It has no word for waived or unknown: waived findings are left out, unknown ones say so.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::{json, text};
use crate::{
    report::{Report, Verdict},
    severity::Severity,
};

/// Writes the array.
///
/// # Errors
/// What the writer says.
pub fn render(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let occurrences = text::occurrences(report);
    let issues: Vec<Value> = report
        .findings
        .iter()
        .zip(occurrences)
        .filter(|(finding, _)| finding.verdict != Verdict::Waived)
        .map(|(finding, occurrence)| {
            let unknown = if finding.verdict == Verdict::Unknown { "could not be judged: " } else { "" };
            // Twice the same fingerprint would be shown once.
            let fingerprint = if occurrence == 1 {
                finding.fingerprint.clone()
            } else {
                format!("{}-{occurrence}", finding.fingerprint)
            };
            json!({
                "type": "issue",
                "check_name": finding.policy,
                "description": text::clean(&format!("{unknown}{}", text::sentence(finding))),
                "categories": ["Security"],
                "severity": match finding.severity {
                    Severity::Critical => "blocker",
                    Severity::High => "critical",
                    Severity::Medium => "major",
                    Severity::Low => "minor",
                    Severity::Info => "info",
                },
                "fingerprint": fingerprint,
                "location": {"path": text::path(report, finding), "lines": {"begin": finding.line.unwrap_or(1)}},
            })
        })
        .collect();
    json::pretty(&issues, out)
}
