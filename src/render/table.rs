//! The report for people: the verdict first, then what was not seen, then what is installed,
//! then what is wrong, grouped, with the remedy beside it.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use comfy_table::{Cell, Color, ContentArrangement, Table, presets};

use super::{Style, text::clean};
use crate::{
    report::{Counts, Finding, PolicyHead, Report, Verdict},
    severity::Severity,
};

/// Findings of one policy that are shown unless all are asked for.
const SHOWN: usize = 8;

/// Writes the report.
///
/// # Errors
/// What the writer says.
pub fn render(report: &Report, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let paint = Paint(style.colour);
    head(report, &paint, out)?;
    writeln!(out, "\n{}", aspects(report, style))?;
    gaps(report, style, &paint, out)?;
    extensions(report, style, &paint, out)?;
    for (verdict, title) in
        [(Verdict::Fail, "Violations"), (Verdict::Unknown, "Unknown: could not be judged"), (Verdict::Waived, "Waived")]
    {
        findings(report, verdict, title, style, &paint, out)?;
    }
    let errors: Vec<&PolicyHead> = report.policies.iter().filter(|policy| policy.error.is_some()).collect();
    if !errors.is_empty() {
        writeln!(out, "\n{}", paint.bold("Policies that could not run"))?;
        for policy in errors {
            writeln!(out, "  {}  {}", policy.id, clean(policy.error.as_deref().unwrap_or_default()))?;
        }
    }
    if style.all && !report.subjects.is_empty() {
        writeln!(out, "\n{}", paint.bold("Passed and not applicable"))?;
        for subject in &report.subjects {
            writeln!(
                out,
                "  {:<10} {:<15} {}",
                subject.policy,
                subject.verdict.as_str(),
                clean(&subject.subject.to_string())
            )?;
        }
    }
    verdict_line(report, &paint, out)
}

struct Paint(bool);

impl Paint {
    fn code(&self, code: &str, text: &str) -> String {
        if self.0 { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
    fn bold(&self, text: &str) -> String {
        self.code("1", text)
    }
    fn dim(&self, text: &str) -> String {
        self.code("2", text)
    }
    fn severity(&self, severity: Severity) -> String {
        let text = format!("{severity:<8}");
        match severity {
            Severity::Critical => self.code("1;31", &text),
            Severity::High => self.code("31", &text),
            Severity::Medium => self.code("33", &text),
            Severity::Low | Severity::Info => self.code("36", &text),
        }
    }
}

fn head(report: &Report, paint: &Paint, out: &mut dyn Write) -> io::Result<()> {
    let cluster = &report.snapshot.cluster;
    let name = cluster.context.as_deref().unwrap_or(&report.snapshot.source);
    writeln!(
        out,
        "{} {}  {}",
        paint.bold(&format!("sextant {}", report.tool.version)),
        paint.dim("audit of"),
        paint.bold(&clean(name))
    )?;
    let time = report.snapshot.time.as_deref().unwrap_or("unknown");
    let version = cluster.version.as_deref().unwrap_or("unknown version");
    writeln!(out, "{}", paint.dim(&format!("Kubernetes {version}, as of {time}, {} policies", report.policies.len())))
}

fn verdict_line(report: &Report, paint: &Paint, out: &mut dyn Write) -> io::Result<()> {
    let gate = &report.gate;
    let fails = report.findings.iter().filter(|f| f.verdict == Verdict::Fail).count();
    let unknown = report.counts.unknown;
    let text = match (gate.failed, gate.incomplete) {
        (true, true) => paint.code("1;31", "GATE FAILED, AND INCOMPLETE"),
        (true, false) => paint.code("1;31", "GATE FAILED"),
        (false, true) if gate.exit_code != 0 => paint.code("1;33", "INCOMPLETE"),
        (false, true) => paint.code("1;33", "GATE SATISFIED, though incomplete"),
        (false, false) => paint.code("1;32", "GATE SATISFIED"),
    };
    writeln!(
        out,
        "\n{text}  {fails} violations, {unknown} unknown; fails on {} and above; exit code {}",
        gate.fail_on, gate.exit_code
    )
}

fn percent(counts: &Counts) -> String {
    // Unknown counts as not passed, and 99.9 % never becomes 100.
    match counts.judged() {
        0 => "-".into(),
        judged => format!("{} %", counts.pass * 100 / judged),
    }
}

fn grid(style: Style) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_width(style.width);
    if style.colour {
        table.enforce_styling();
    } else {
        table.force_no_tty();
    }
    table
}

fn number(count: u64, colour: Color) -> Cell {
    if count == 0 { Cell::new("·").fg(Color::DarkGrey) } else { Cell::new(count).fg(colour) }
}

fn aspects(report: &Report, style: Style) -> Table {
    let mut table = grid(style);
    table.set_header(["ASPECT", "FAIL", "UNKNOWN", "WAIVED", "PASS", "N/A", "PASSED"]);
    for aspect in &report.aspects {
        let counts = &aspect.counts;
        table.add_row([
            Cell::new(&aspect.aspect),
            number(counts.fail, Color::Red),
            number(counts.unknown, Color::Yellow),
            number(counts.waived, Color::Cyan),
            number(counts.pass, Color::Green),
            number(counts.not_applicable, Color::Grey),
            Cell::new(percent(counts)),
        ]);
    }
    table
}

fn gaps(report: &Report, style: Style, paint: &Paint, out: &mut dyn Write) -> io::Result<()> {
    let read =
        report.coverage.iter().filter(|c| c.kind.is_some() && c.state == crate::snapshot::State::Complete).count();
    let absent = report.coverage.iter().filter(|c| c.state == crate::snapshot::State::Absent).count();
    let gaps: Vec<_> = report.gaps().collect();
    writeln!(
        out,
        "\n{}  {read} kinds read completely, {absent} proven not served, {} not read",
        paint.bold("Coverage"),
        gaps.len()
    )?;
    if gaps.is_empty() {
        return Ok(());
    }
    let mut table = grid(style);
    let shown = if style.all { gaps.len() } else { 20 };
    for gap in gaps.iter().take(shown) {
        let what = gap.kind.as_deref().or(gap.source.as_deref()).unwrap_or_default();
        table.add_row([
            Cell::new(format!("  {}", clean(what))),
            Cell::new(gap.state.as_str()).fg(Color::Yellow),
            Cell::new(clean(&gap.reason)),
        ]);
    }
    writeln!(out, "{table}")?;
    if gaps.len() > shown {
        writeln!(out, "  … and {} more (--all)", gaps.len() - shown)?;
    }
    Ok(())
}

fn extensions(report: &Report, style: Style, paint: &Paint, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\n{}", paint.bold("Extensions"))?;
    if report.extensions.is_empty() {
        return writeln!(out, "  none detected");
    }
    writeln!(out, "{}", extension_table(&report.extensions, style))
}

/// Systems by aspect: what, which version, in which state, by which evidence.
#[must_use]
pub fn extension_table(extensions: &[serde_json::Value], style: Style) -> Table {
    let mut table = grid(style);
    table.set_header(["ASPECT", "SYSTEM", "VERSION", "STATE", "HEALTH", "EVIDENCE"]);
    let mut last = String::new();
    for extension in extensions {
        let text = |key: &str| clean(extension.get(key).and_then(serde_json::Value::as_str).unwrap_or("-"));
        let aspect = text("aspect");
        let (state, health) = (text("state"), text("health"));
        let evidence = extension["evidence"].as_array().map(|all| {
            let told: Vec<String> =
                all.iter().filter_map(|e| e["what"].as_str().or(e.as_str())).take(2).map(clean).collect();
            told.join("; ")
        });
        let state_colour = match state.as_str() {
            "installed" | "managed" | "bundled" => Color::Reset,
            _ => Color::Yellow,
        };
        let health_colour = match health.as_str() {
            "healthy" => Color::Green,
            "degraded" => Color::Red,
            _ => Color::Yellow,
        };
        table.add_row([
            Cell::new(if aspect == last { String::new() } else { aspect.clone() }),
            Cell::new(text("id")),
            Cell::new(text("version")),
            Cell::new(state).fg(state_colour),
            Cell::new(health).fg(health_colour),
            Cell::new(evidence.unwrap_or_default()),
        ]);
        last = aspect;
    }
    table
}

fn findings(
    report: &Report,
    verdict: Verdict,
    title: &str,
    style: Style,
    paint: &Paint,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut groups: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in report.findings.iter().filter(|finding| finding.verdict == verdict) {
        groups.entry(&finding.policy).or_default().push(finding);
    }
    if groups.is_empty() {
        return Ok(());
    }
    let total: usize = groups.values().map(Vec::len).sum();
    writeln!(out, "\n{}  {total}", paint.bold(title))?;
    for aspect in &report.aspects {
        let mut policies: Vec<&PolicyHead> = report
            .policies
            .iter()
            .filter(|policy| policy.aspect == aspect.aspect && groups.contains_key(policy.id.as_str()))
            .collect();
        policies.sort_by(|a, b| b.severity.cmp(&a.severity).then(a.id.cmp(&b.id)));
        if policies.is_empty() {
            continue;
        }
        writeln!(out, "\n{}", paint.bold(&aspect.aspect.to_uppercase()))?;
        for policy in policies {
            let group = groups.get(policy.id.as_str()).map(Vec::as_slice).unwrap_or_default();
            policy_block(policy, group, verdict, style, paint, out)?;
        }
    }
    Ok(())
}

fn policy_block(
    policy: &PolicyHead,
    group: &[&Finding],
    verdict: Verdict,
    style: Style,
    paint: &Paint,
    out: &mut dyn Write,
) -> io::Result<()> {
    let worst = group.iter().map(|finding| finding.severity).max().unwrap_or(policy.severity);
    writeln!(out, "  {} {}  {}", paint.severity(worst), paint.bold(&policy.id), clean(&policy.title))?;
    // Unknowns of one cause are one line with a count, not a flood.
    let mut by_message: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in group {
        by_message.entry(&finding.message).or_default().push(finding);
    }
    let shown = if style.all { usize::MAX } else { SHOWN };
    let mut lines = 0;
    for finding in group {
        if lines == shown {
            writeln!(out, "      … and {} more (--all)", group.len() - lines)?;
            break;
        }
        let same = by_message.get(finding.message.as_str()).map_or(0, Vec::len);
        if same > 3 && !style.all {
            let Some(all) = by_message.remove(finding.message.as_str()) else { continue };
            let names: Vec<String> = all.iter().take(4).map(|f| clean(&f.subject.to_string())).collect();
            let more = if all.len() > 4 { format!(" and {} more", all.len() - 4) } else { String::new() };
            writeln!(out, "    - {} subjects: {}", all.len(), clean(&finding.message))?;
            writeln!(out, "      {}", paint.dim(&format!("{}{more}", names.join(", "))))?;
            lines += 1;
            continue;
        }
        if !by_message.contains_key(finding.message.as_str()) {
            continue;
        }
        let place = match (&finding.file, finding.line) {
            (Some(file), Some(line)) => paint.dim(&format!("  {}:{line}", clean(file))),
            _ => String::new(),
        };
        let path = if finding.path.is_empty() { String::new() } else { format!(" {}", clean(&finding.path)) };
        writeln!(out, "    - {}{path}: {}{place}", clean(&finding.subject.to_string()), clean(&finding.message))?;
        lines += 1;
    }
    if verdict == Verdict::Fail {
        let remedy = policy.remediation.split_whitespace().collect::<Vec<_>>().join(" ");
        writeln!(out, "    {} {}", paint.dim("fix:"), clean(&remedy))?;
    }
    Ok(())
}
