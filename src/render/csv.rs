//! CSV of RFC 4180, a row a finding, and a row without a verdict for each that a baseline has and
//! this report has not. Spreadsheets calculate what begins like a formula, so such
//! cells get an apostrophe before them.

use std::{
    collections::HashMap,
    io::{self, Write},
};

use super::text::{self, clean};
use crate::report::{Finding, PolicyHead, Reason, Report};

/// The columns.
const HEAD: [&str; 21] = [
    "cluster",
    "time",
    "verdict",
    "severity",
    "aspect",
    "policy",
    "title",
    "group",
    "kind",
    "namespace",
    "name",
    "path",
    "message",
    "evidence",
    "reason",
    "state",
    "waiver",
    "fingerprint",
    "file",
    "line",
    "remediation",
];

/// Writes head and rows.
///
/// # Errors
/// What the writer says.
pub fn render(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    row(&HEAD, out)?;
    let policies = text::policies(report);
    for finding in &report.findings {
        cells(report, finding, finding.verdict.as_str(), &policies, out)?;
    }
    for finding in &report.absent {
        // It is no finding of this report: the state says what became of it.
        cells(report, finding, "", &policies, out)?;
    }
    Ok(())
}

fn cells(
    report: &Report,
    finding: &Finding,
    verdict: &str,
    policies: &HashMap<&str, (usize, &PolicyHead)>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let policy = policies.get(finding.policy.as_str()).map(|(_, policy)| *policy);
    let reason = match finding.reason {
        Reason::Coverage => "coverage",
        Reason::Evidence => "evidence",
        Reason::Skew => "skew",
        Reason::PolicyError => "policy_error",
        Reason::None => "",
    };
    let subject = &finding.subject;
    let waiver = if finding.waiver.is_some() { text::waived(report, finding) } else { String::new() };
    row(
        &[
            text::cluster(report),
            report.snapshot.time.as_deref().unwrap_or_default(),
            verdict,
            finding.severity.as_str(),
            &finding.aspect,
            &finding.policy,
            policy.map_or("", |policy| &policy.title),
            &subject.group,
            &subject.kind,
            &subject.namespace,
            &subject.name,
            &finding.path,
            &finding.message,
            &finding.evidence.to_string(),
            reason,
            finding.state.as_deref().unwrap_or_default(),
            &waiver,
            &finding.fingerprint,
            finding.file.as_deref().unwrap_or_default(),
            &finding.line.map(|line| line.to_string()).unwrap_or_default(),
            &text::one_line(policy.map_or("", |policy| &policy.remediation)),
        ],
        out,
    )
}

fn row(cells: &[&str], out: &mut dyn Write) -> io::Result<()> {
    let cells: Vec<String> = cells.iter().map(|text| cell(text)).collect();
    write!(out, "{}\r\n", cells.join(","))
}

fn cell(text: &str) -> String {
    // The first that is no blank: spreadsheets may skip those. Wide forms are formulas to some.
    let formula = text.trim_start().starts_with(['=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'])
        || text.starts_with(['\t', '\r', '\n']);
    let guard = if formula { "'" } else { "" };
    let text = clean(text);
    if formula || text.contains(['"', ',', ';', ' ', '\'']) {
        format!("\"{guard}{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}
