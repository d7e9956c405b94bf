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
/// Findings of a verdict from which on its policies are capped harder.
const MANY: usize = 300;

/// Of many findings: policies that are told in full, and findings of each; the other policies are
/// a line each, so that nothing is left out and the terminal is not flooded.
fn cap(verdict: Verdict, findings: usize, style: Style) -> (usize, usize) {
    match verdict {
        _ if style.all => (usize::MAX, usize::MAX),
        _ if findings <= MANY => (usize::MAX, SHOWN),
        Verdict::Fail => (10, 3),
        _ => (3, 2),
    }
}

/// Writes a line that is folded at the width, further lines under the same indent; dim or not.
fn fold(style: Style, head: &str, indent: usize, text: &str, dim: bool, out: &mut dyn Write) -> io::Result<()> {
    let paint = Paint(style.colour);
    let room = usize::from(style.width).saturating_sub(indent).max(20);
    for (at, line) in wrap(text, room).iter().enumerate() {
        let line = if dim { paint.dim(line) } else { line.clone() };
        if at == 0 { writeln!(out, "{head}{line}")? } else { writeln!(out, "{:indent$}{line}", "")? }
    }
    Ok(())
}

/// Words in lines of at most this width; a word without an end is cut.
fn wrap(text: &str, room: usize) -> Vec<String> {
    // East Asian characters take two columns.
    let width = |c: char| {
        if matches!(c, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe6f}' | '\u{ff00}'..='\u{ff60}' | '\u{1f300}'..='\u{1faff}')
        {
            2
        } else {
            1
        }
    };
    let (mut lines, mut line, mut used) = (Vec::new(), String::new(), 0);
    for word in text.split(' ') {
        let long: usize = word.chars().map(width).sum();
        if used > 0 && used + 1 + long > room {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        if used > 0 {
            line.push(' ');
            used += 1;
        }
        for c in word.chars() {
            if used + width(c) > room {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            line.push(c);
            used += width(c);
        }
    }
    lines.push(line);
    lines
}

/// Writes the report.
///
/// # Errors
/// What the writer says.
pub fn render(report: &Report, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let paint = Paint(style.colour);
    head(report, style, &paint, out)?;
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
            let told = clean(policy.error.as_deref().unwrap_or_default());
            fold(style, &format!("  {}  ", policy.id), 4, &told, false, out)?;
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
    verdict_line(report, style, &paint, out)
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

fn head(report: &Report, style: Style, paint: &Paint, out: &mut dyn Write) -> io::Result<()> {
    let cluster = &report.snapshot.cluster;
    let name = cluster.context.as_deref().unwrap_or(&report.snapshot.source);
    let told = format!("sextant {}  audit of {}", report.tool.version, clean(name));
    for line in wrap(&told, style.width.into()) {
        writeln!(out, "{}", paint.bold(&line))?;
    }
    let time = report.snapshot.time.as_deref().unwrap_or("unknown");
    let version = cluster.version.as_deref().unwrap_or("unknown version");
    let told = format!("Kubernetes {version}, as of {time}, {} policies", report.policies.len());
    fold(style, "", 0, &clean(&told), true, out)
}

fn verdict_line(report: &Report, style: Style, paint: &Paint, out: &mut dyn Write) -> io::Result<()> {
    let gate = &report.gate;
    let fails = report.findings.iter().filter(|f| f.verdict == Verdict::Fail).count();
    let text = match (gate.failed, gate.incomplete) {
        (true, true) => paint.code("1;31", "GATE FAILED, AND INCOMPLETE"),
        (true, false) => paint.code("1;31", "GATE FAILED"),
        (false, true) if gate.exit_code != 0 => paint.code("1;33", "INCOMPLETE"),
        (false, true) => paint.code("1;33", "GATE SATISFIED, though incomplete"),
        (false, false) => paint.code("1;32", "GATE SATISFIED"),
    };
    let waived = report.findings.iter().filter(|finding| finding.verdict == Verdict::Waived).count();
    let unknown = report.findings.iter().filter(|finding| finding.verdict == Verdict::Unknown).count();
    writeln!(out, "\n{text}")?;
    let told = format!(
        "{fails} violations, {unknown} unknown, {waived} waived; fails on {} and above; exit code {}",
        gate.fail_on, gate.exit_code
    );
    fold(style, "", 0, &told, false, out)
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
    // The worst policies are told in full; none is left out.
    let mut ranked: Vec<(Severity, &str)> = groups
        .iter()
        .map(|(id, group)| (group.iter().map(|finding| finding.severity).max().unwrap_or(Severity::Info), *id))
        .collect();
    ranked.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
    let (most, shown) = cap(verdict, total, style);
    let full: std::collections::BTreeSet<&str> = ranked.into_iter().take(most).map(|(_, id)| id).collect();
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
            if full.contains(policy.id.as_str()) {
                policy_block(policy, group, verdict, shown, style, out)?;
            } else {
                policy_line(policy, group, style, out)?;
            }
        }
    }
    if full.len() < groups.len() {
        fold(
            style,
            "\n  ",
            2,
            &format!("{} policies in a line each; --all shows everything", groups.len() - full.len()),
            true,
            out,
        )?;
    }
    Ok(())
}

fn policy_line(policy: &PolicyHead, group: &[&Finding], style: Style, out: &mut dyn Write) -> io::Result<()> {
    let paint = Paint(style.colour);
    let worst = group.iter().map(|finding| finding.severity).max().unwrap_or(policy.severity);
    let head = format!("  {} {}  ", paint.severity(worst), paint.bold(&policy.id));
    let told = format!("{} × {}", group.len(), clean(&policy.title));
    let mut lines = wrap(&told, usize::from(style.width).saturating_sub(14 + policy.id.len()).max(20)).into_iter();
    let first = lines.next().unwrap_or_default();
    writeln!(out, "{head}{first}{}", if lines.next().is_some() { "…" } else { "" })
}

fn policy_block(
    policy: &PolicyHead,
    group: &[&Finding],
    verdict: Verdict,
    shown: usize,
    style: Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let paint = Paint(style.colour);
    let worst = group.iter().map(|finding| finding.severity).max().unwrap_or(policy.severity);
    let head = format!("  {} {}  ", paint.severity(worst), paint.bold(&policy.id));
    fold(style, &head, 13 + policy.id.len(), &clean(&policy.title), false, out)?;
    // Unknowns of one cause are one line with a count, not a flood.
    let mut by_message: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in group {
        by_message.entry(&finding.message).or_default().push(finding);
    }
    let (mut lines, mut told) = (0, 0);
    for finding in group {
        if lines == shown {
            writeln!(out, "      … and {} more (--all)", group.len() - told)?;
            break;
        }
        let same = by_message.get(finding.message.as_str()).map_or(0, Vec::len);
        if same > 3 && !style.all {
            let Some(all) = by_message.remove(finding.message.as_str()) else { continue };
            let names: Vec<String> = all.iter().take(4).map(|f| clean(&f.subject.to_string())).collect();
            let more = if all.len() > 4 { format!(" and {} more", all.len() - 4) } else { String::new() };
            fold(style, "    - ", 6, &format!("{} subjects: {}", all.len(), clean(&finding.message)), false, out)?;
            fold(style, "      ", 6, &format!("{}{more}", names.join(", ")), true, out)?;
            (lines, told) = (lines + 1, told + all.len());
            continue;
        }
        if !by_message.contains_key(finding.message.as_str()) {
            continue;
        }
        let place = match (&finding.file, finding.line) {
            (Some(file), Some(line)) => format!(" ({}:{line})", clean(file)),
            _ => String::new(),
        };
        let path = if finding.path.is_empty() { String::new() } else { format!(" {}", clean(&finding.path)) };
        let state = finding.state.as_deref().map_or(String::new(), |state| format!(" [{}]", clean(state)));
        let waiver = finding.waiver.as_deref().map_or(String::new(), |id| format!(" [waiver {}]", clean(id)));
        let text =
            format!("{}{path}: {}{place}{state}{waiver}", clean(&finding.subject.to_string()), clean(&finding.message));
        fold(style, "    - ", 6, &text, false, out)?;
        (lines, told) = (lines + 1, told + 1);
    }
    if verdict == Verdict::Fail {
        let remedy = policy.remediation.split_whitespace().collect::<Vec<_>>().join(" ");
        fold(style, "    fix: ", 9, &clean(&remedy), true, out)?;
    }
    Ok(())
}
