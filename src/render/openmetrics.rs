//! OpenMetrics 1.0 in a subset that Prometheus' older parser, promtool and Pushgateway read too:
//! gauges only, sorted, no object names, which would be a series each.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use super::text;
use crate::report::Report;

/// Writes the exposition.
///
/// # Errors
/// What the writer says.
pub fn render(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let cluster = text::cluster(report);
    let mut findings: BTreeMap<[&str; 5], u64> = BTreeMap::new();
    for finding in &report.findings {
        let subject = &finding.subject;
        let namespace = match (subject.kind.as_str(), subject.group.as_str()) {
            ("Namespace", "") => &subject.name,
            _ => &subject.namespace,
        };
        let key = [&finding.aspect, namespace, &finding.policy, finding.severity.as_str(), finding.verdict.as_str()];
        *findings.entry(key).or_default() += 1;
    }
    family(out, "findings", "Findings of the last audit, by verdict.")?;
    for ([aspect, namespace, policy, severity, verdict], count) in &findings {
        let labels = [
            ("cluster", cluster),
            ("aspect", aspect),
            ("namespace", namespace),
            ("policy", policy),
            ("severity", severity),
            ("verdict", verdict),
        ];
        sample(out, "findings", &labels, count)?;
    }
    family(out, "subjects", "Judged subjects of the last audit, by verdict.")?;
    for aspect in &report.aspects {
        let counts = &aspect.counts;
        for (verdict, count) in [
            ("fail", counts.fail),
            ("not_applicable", counts.not_applicable),
            ("pass", counts.pass),
            ("unknown", counts.unknown),
            ("waived", counts.waived),
        ] {
            sample(out, "subjects", &[("cluster", cluster), ("aspect", &aspect.aspect), ("verdict", verdict)], &count)?;
        }
    }
    if let Some(head) = &report.baseline {
        family(out, "findings_change", "Violations against the baseline.")?;
        for (state, count) in [
            ("fixed", head.fixed),
            ("incomparable", head.incomparable),
            ("new", head.new),
            ("regressed", head.regressed),
            ("unchanged", head.unchanged),
        ] {
            sample(out, "findings_change", &[("cluster", cluster), ("state", state)], &count)?;
        }
    }
    family(out, "extensions", "Systems detected, by state and health.")?;
    let mut systems: BTreeMap<[&str; 4], u64> = BTreeMap::new();
    for extension in &report.extensions {
        let word = |key: &str| extension[key].as_str().unwrap_or("unknown");
        *systems.entry([word("aspect"), word("id"), word("state"), word("health")]).or_default() += 1;
    }
    for ([aspect, id, state, health], count) in &systems {
        let labels = [("cluster", cluster), ("aspect", aspect), ("id", id), ("state", state), ("health", health)];
        sample(out, "extensions", &labels, count)?;
    }
    let one = [("cluster", cluster)];
    let gaps = report.gaps().count();
    family(out, "coverage_gaps", "Kinds and sources that were not read completely.")?;
    sample(out, "coverage_gaps", &one, &gaps)?;
    family(out, "waivers", "Waivers that were applied.")?;
    sample(out, "waivers", &one, &report.waivers.len())?;
    family(out, "scan_complete", "1 if no verdict is unknown.")?;
    sample(out, "scan_complete", &one, &u8::from(!report.gate.incomplete))?;
    family(out, "scan_exit_code", "What the gate says.")?;
    sample(out, "scan_exit_code", &one, &report.gate.exit_code)?;
    if report.snapshot.time.is_some() {
        family(out, "last_scan_timestamp_seconds", "When the cluster was read.")?;
        sample(out, "last_scan_timestamp_seconds", &one, &text::time(report).as_second())?;
    }
    family(out, "build_info", "The program.")?;
    sample(out, "build_info", &[("cluster", cluster), ("version", &report.tool.version)], &1)?;
    writeln!(out, "# EOF")
}

fn family(out: &mut dyn Write, name: &str, help: &str) -> io::Result<()> {
    writeln!(out, "# HELP sextant_{name} {help}\n# TYPE sextant_{name} gauge")
}

fn sample(out: &mut dyn Write, name: &str, labels: &[(&str, &str)], value: &dyn std::fmt::Display) -> io::Result<()> {
    let labels: Vec<String> = labels.iter().map(|(name, text)| format!("{name}=\"{}\"", label(text))).collect();
    writeln!(out, "sextant_{name}{{{}}} {value}", labels.join(","))
}

fn label(text: &str) -> String {
    text::clean(text).replace('\\', "\\\\").replace('"', "\\\"")
}
