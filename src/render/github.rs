//! GitHub workflow commands: annotations of a job. GitHub silently drops all but ten of a level in
//! a step, so at most nine are written, and the last line of each level counts the rest.

use std::io::{self, Write};

use super::text;
use crate::{
    report::{Finding, Report, Verdict},
    severity::Severity,
};

/// Bytes that a step summary may have; GitHub refuses 1 MiB.
pub const SUMMARY_LIMIT: usize = 900_000;

/// Annotations of a level, with room for the line that counts.
const LEVEL_LIMIT: usize = 9;

/// Writes the commands, the worst first.
///
/// # Errors
/// What the writer says.
pub fn render(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut open: Vec<&Finding> = report.findings.iter().filter(|f| f.verdict != Verdict::Waived).collect();
    // Stable: within a severity the order of the report.
    open.sort_by_key(|finding| (finding.verdict, std::cmp::Reverse(finding.severity)));
    for level in ["error", "warning", "notice"] {
        let all: Vec<&&Finding> = open.iter().filter(|finding| self::level(finding) == level).collect();
        for finding in all.iter().take(LEVEL_LIMIT) {
            let place = finding.file.as_ref().map_or(String::new(), |_| {
                let line = finding.line.unwrap_or(1);
                format!("file={},line={line},endLine={line},", property(&text::path(report, finding)))
            });
            let unknown = if finding.verdict == Verdict::Unknown { "could not be judged: " } else { "" };
            let message = data(&format!("{unknown}{}", text::sentence(finding)));
            writeln!(out, "::{level} {place}title={}::{message}", property(&finding.policy))?;
        }
        if all.len() > LEVEL_LIMIT {
            let more = all.len() - LEVEL_LIMIT;
            writeln!(out, "::{level} title=sextant::{more} more of this level stand in the report")?;
        }
    }
    let count = |verdict| text::count(report, verdict);
    let (fail, unknown, waived) = (count(Verdict::Fail), count(Verdict::Unknown), count(Verdict::Waived));
    // A plain line, not a command: the notices may be used up.
    let compared = text::compared(report).map_or(String::new(), |told| format!("; {}", text::clean(&told)));
    writeln!(out, "sextant: {fail} violations, {unknown} unknown, {waived} waived; {}{compared}", text::gate(report))
}

fn level(finding: &Finding) -> &'static str {
    match (finding.verdict, finding.severity) {
        (Verdict::Fail, Severity::Critical | Severity::High) => "error",
        (Verdict::Fail, Severity::Low | Severity::Info) => "notice",
        _ => "warning",
    }
}

fn data(text: &str) -> String {
    text::clean(&text.replace(['\r', '\n'], " ")).replace('%', "%25")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
