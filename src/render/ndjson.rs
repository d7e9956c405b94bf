//! JSON lines: a header, a finding a line, a summary; so that `jq`, `grep` and log shippers can
//! read a report of any size in a stream.

use std::io::{self, Write};

use serde_json::json;

use super::json::line;
use crate::report::{Finding, Report};

#[derive(serde::Serialize)]
struct Line<'r> {
    r#type: &'static str,
    #[serde(flatten)]
    finding: &'r Finding,
}

/// Writes the lines. The field `type` tells them apart.
///
/// # Errors
/// What the writer says.
pub fn render(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let Report { format, tool, snapshot, .. } = report;
    line(&json!({"type": "header", "format": format, "tool": tool, "snapshot": snapshot}), out)?;
    for finding in &report.findings {
        line(&Line { r#type: "finding", finding }, out)?;
    }
    for finding in &report.absent {
        line(&Line { r#type: "absent", finding }, out)?;
    }
    for extension in &report.extensions {
        line(&json!({"type": "extension", "extension": extension}), out)?;
    }
    for coverage in report.gaps() {
        line(&json!({"type": "gap", "coverage": coverage}), out)?;
    }
    for subject in &report.subjects {
        line(&json!({"type": "subject", "subject": subject}), out)?;
    }
    // Last, so that its absence tells a stream that broke off.
    let Report { gate, counts, aspects, waivers, .. } = report;
    let mut summary =
        json!({"type": "summary", "gate": gate, "counts": counts, "aspects": aspects, "waivers": waivers});
    if let Some(baseline) = &report.baseline {
        summary["baseline"] = json!(baseline);
    }
    line(&summary, out)
}
