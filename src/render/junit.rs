//! JUnit XML in the shape of Jenkins' junit-10.xsd, which GitLab, Jenkins and Azure read: a suite a
//! policy, a case a finding. A violation is a failure, unknown an error, waived a skip.

use std::{
    collections::HashMap,
    io::{self, Write},
};

use super::text::{self, escape};
use crate::report::{Finding, PolicyHead, Report, Subject, Verdict};

/// Writes the document.
///
/// # Errors
/// What the writer says.
pub fn render(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut findings: HashMap<&str, Vec<&Finding>> = HashMap::new();
    for finding in &report.findings {
        findings.entry(&finding.policy).or_default().push(finding);
    }
    let mut passed: HashMap<&str, Vec<&Subject>> = HashMap::new();
    for subject in report.subjects.iter().filter(|subject| subject.verdict == Verdict::Pass) {
        passed.entry(&subject.policy).or_default().push(subject);
    }
    let suites: Vec<(&PolicyHead, Vec<&Finding>, Vec<&Subject>)> = report
        .policies
        .iter()
        .map(|policy| {
            let id = policy.id.as_str();
            (policy, findings.remove(id).unwrap_or_default(), passed.remove(id).unwrap_or_default())
        })
        .filter(|(policy, findings, _)| !findings.is_empty() || policy.counts.pass > 0)
        .collect();
    let tests: usize = suites.iter().map(|(policy, findings, passed)| cases(policy, findings, passed)).sum();
    let (failures, errors) = (text::count(report, Verdict::Fail), text::count(report, Verdict::Unknown));
    writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
    writeln!(out, r#"<testsuites name="sextant" tests="{tests}" failures="{failures}" errors="{errors}">"#)?;
    for (policy, findings, passed) in suites {
        suite(report, policy, &findings, &passed, out)?;
    }
    writeln!(out, "</testsuites>")
}

/// Passes are one case with their number, unless they are listed.
fn cases(policy: &PolicyHead, findings: &[&Finding], passed: &[&Subject]) -> usize {
    findings.len() + if passed.is_empty() { usize::from(policy.counts.pass > 0) } else { passed.len() }
}

fn suite(
    report: &Report,
    policy: &PolicyHead,
    findings: &[&Finding],
    passed: &[&Subject],
    out: &mut dyn Write,
) -> io::Result<()> {
    let count = |verdict| findings.iter().filter(|finding| finding.verdict == verdict).count();
    let (failures, errors, skipped) = (count(Verdict::Fail), count(Verdict::Unknown), count(Verdict::Waived));
    let (name, tests) = (escape(&format!("{} {}", policy.id, policy.title)), cases(policy, findings, passed));
    let (time, host) = (text::time(report), escape(text::cluster(report)));
    writeln!(
        out,
        r#"  <testsuite name="{name}" tests="{tests}" failures="{failures}" errors="{errors}" skipped="{skipped}" timestamp="{time}" hostname="{host}">"#
    )?;
    let pass = policy.counts.pass;
    writeln!(
        out,
        r#"    <properties><property name="severity" value="{}"/><property name="passed" value="{pass}"/></properties>"#,
        policy.severity
    )?;
    let class = escape(&format!("{}.{}", policy.aspect, policy.id));
    for finding in findings {
        let path = if finding.path.is_empty() { String::new() } else { format!(" {}", finding.path) };
        let name = escape(&format!("{}{path}", finding.subject));
        let message = escape(&finding.message);
        let place = match (&finding.file, finding.line) {
            (Some(file), line) => escape(&format!("{file}:{}\n", line.unwrap_or(1)).replace('\n', " ")),
            _ => String::new(),
        };
        let state = finding.state.as_deref().map_or(String::new(), |state| format!(" ({})", escape(state)));
        let body = format!("{place}{}{state}", escape(&text::one_line(&policy.remediation)));
        write!(out, r#"    <testcase name="{name}" classname="{class}">"#)?;
        match finding.verdict {
            Verdict::Unknown => write!(out, r#"<error type="unknown" message="{message}">{body}</error>"#)?,
            Verdict::Waived => {
                write!(out, r#"<skipped type="waived" message="{}{state}"/>"#, escape(&text::waived(report, finding)))?;
            }
            _ => write!(out, r#"<failure type="{}" message="{message}">{body}</failure>"#, finding.severity)?,
        }
        writeln!(out, "</testcase>")?;
    }
    for subject in passed {
        writeln!(out, r#"    <testcase name="{}" classname="{class}"/>"#, escape(&subject.subject.to_string()))?;
    }
    if passed.is_empty() && pass > 0 {
        writeln!(out, r#"    <testcase name="{pass} subjects passed" classname="{class}"/>"#)?;
    }
    writeln!(out, "  </testsuite>")
}
