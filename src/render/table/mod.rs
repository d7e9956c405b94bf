//! The report for people: the verdict first, then what was not seen, then what is installed,
//! then what is wrong, grouped, with the remedy beside it.

mod change;
mod findings;
pub(super) mod layout;
mod systems;

use std::io::{self, Write};

use comfy_table::{Cell, Color, Table};

use self::layout::{Paint, fold, grid, wrap};
use super::{
    Style,
    text::{self, clean},
};
use crate::report::{PolicyHead, Report, Verdict};

/// Writes the report.
///
/// # Errors
/// What the writer says.
pub fn render(report: &Report, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Vec::new();
    laid_out(report, style, &mut page)?;
    let page = String::from_utf8_lossy(&page);
    // Columns are padded, the last one too.
    let lines: String = page.lines().flat_map(|line| [line.trim_end(), "\n"]).collect();
    out.write_all(text::calm(&lines).as_bytes())
}

fn laid_out(report: &Report, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let paint = Paint(style.colour);
    head(report, style, &paint, out)?;
    writeln!(out, "\n{}", aspects(report, style))?;
    systems::gaps(report, style, &paint, out)?;
    systems::extensions(report, style, &paint, out)?;
    for (verdict, title) in
        [(Verdict::Fail, "Violations"), (Verdict::Unknown, "Unknown: could not be judged"), (Verdict::Waived, "Waived")]
    {
        findings::findings(report, verdict, title, style, &paint, out)?;
    }
    change::gone(report, style, &paint, out)?;
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

fn head(report: &Report, style: Style, paint: &Paint, out: &mut dyn Write) -> io::Result<()> {
    let cluster = &report.snapshot.cluster;
    let name = cluster.context.as_deref().unwrap_or(&report.snapshot.source);
    let told = format!("sextant {}  audit of {}", report.tool.version, clean(name));
    for line in wrap(&told, style.width.into()) {
        writeln!(out, "{}", paint.bold(&line))?;
    }
    let time = report.snapshot.as_of("unknown");
    let version = cluster.version.as_deref().unwrap_or("unknown version");
    let told = format!("Kubernetes {version}, as of {time}, {} policies", report.policies.len());
    fold(style, "", 0, &clean(&told), true, out)
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
            Cell::new(text::percent(counts).map_or("-".into(), |percent| format!("{percent} %"))),
        ]);
    }
    table
}

fn verdict_line(report: &Report, style: Style, paint: &Paint, out: &mut dyn Write) -> io::Result<()> {
    let gate = &report.gate;
    let colour = match (gate.failed, gate.incomplete) {
        (true, _) => "1;31",
        (false, true) => "1;33",
        (false, false) => "1;32",
    };
    writeln!(out, "\n{}", paint.code(colour, &text::gate(report).to_uppercase()))?;
    change::counts(report, style, out)?;
    for reason in &gate.reasons {
        fold(style, "", 0, &clean(reason), false, out)?;
    }
    let count = |verdict| text::count(report, verdict);
    let told = format!(
        "{} violations, {} unknown, {} waived; {}; exit code {}",
        count(Verdict::Fail),
        count(Verdict::Unknown),
        count(Verdict::Waived),
        text::threshold(report),
        gate.exit_code
    );
    fold(style, "", 0, &told, false, out)
}
