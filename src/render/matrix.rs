//! The matrix of a fleet for people: one line a cluster, one column an aspect.

use std::io::{self, Write};

use comfy_table::{ContentArrangement, Table, presets};

use super::text;
use crate::{
    fleet::{Cell, Matrix, Row, State},
    report::Verdict,
};

/// Writes it.
///
/// # Errors
/// What the writer says.
pub fn render(matrix: &Matrix, out: &mut dyn Write) -> io::Result<()> {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    let mut head = vec!["CLUSTER".to_owned(), "STATE".into()];
    head.extend(matrix.aspects.iter().map(|aspect| aspect.to_uppercase()));
    table.set_header(head);
    for row in &matrix.clusters {
        let mut cells = vec![text::clean(&row.cluster), state(row).to_owned()];
        cells.extend(matrix.aspects.iter().map(|aspect| cell(row, row.cells.get(aspect))));
        table.add_row(cells);
    }
    for line in table.lines() {
        writeln!(out, "{}", line.trim_end())?;
    }
    writeln!(out)?;
    for row in matrix.clusters.iter().filter(|row| row.state != State::Fresh) {
        writeln!(out, "{}: {}: {}", text::clean(&row.cluster), state(row), text::clean(&row.reason))?;
    }
    for aspect in &matrix.aspects {
        let Some(tally) = matrix.totals.get(aspect) else { continue };
        let parts = [
            (tally.fail, "fail"),
            (tally.unknown, "unknown"),
            (tally.waived, "waived"),
            (tally.pass, "pass"),
            (tally.not_applicable, "not applicable"),
            (tally.not_asked, "not asked"),
            (tally.stale, "stale"),
            (tally.missing, "missing"),
        ];
        let parts: Vec<String> =
            parts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
        writeln!(out, "{aspect}: {}", parts.join(", "))?;
    }
    writeln!(out, "\nexit code {}", matrix.exit_code())
}

fn state(row: &Row) -> &'static str {
    match row.state {
        State::Fresh => "fresh",
        State::Stale => "stale",
        State::Missing => "missing",
    }
}

fn cell(row: &Row, cell: Option<&Cell>) -> String {
    let Some(cell) = cell else {
        return if row.state == State::Missing { "missing".into() } else { "not asked".into() };
    };
    let counts = &cell.counts;
    let said = match cell.verdict {
        None => "not asked".to_owned(),
        Some(Verdict::NotApplicable) => "not applicable".into(),
        Some(Verdict::Pass) => "pass".into(),
        Some(Verdict::Waived) => format!("{} waived", counts.waived),
        Some(Verdict::Unknown) => format!("{} unknown", counts.unknown),
        Some(Verdict::Fail) if counts.unknown > 0 => format!("{} fail, {} unknown", counts.fail, counts.unknown),
        Some(Verdict::Fail) => format!("{} fail", counts.fail),
    };
    if row.state == State::Stale { format!("stale ({said})") } else { said }
}
