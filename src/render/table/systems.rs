//! What was not read, and which systems are there.

use std::io::{self, Write};

use comfy_table::{Cell, Color, Table};

use super::{
    super::{
        Style,
        text::{self, clean},
    },
    layout::{Paint, grid},
};
use crate::report::Report;

/// Kinds of one cause that are named each; of more the first two and a count.
const SHOWN: usize = 3;

/// Kinds and sources that were not read completely.
pub fn gaps(report: &Report, style: Style, paint: &Paint, out: &mut dyn Write) -> io::Result<()> {
    let read =
        report.coverage.iter().filter(|c| c.kind.is_some() && c.state == crate::snapshot::State::Complete).count();
    let absent = report.coverage.iter().filter(|c| c.state == crate::snapshot::State::Absent).count();
    let unread = report.gaps().count();
    writeln!(
        out,
        "\n{}  {read} kinds read completely, {absent} proven not served, {unread} not read",
        paint.bold("Coverage")
    )?;
    let mut table = grid(style);
    for gap in text::gaps(report) {
        let row = |what: String| {
            [
                Cell::new(format!("  {}", clean(&what))),
                Cell::new(gap.state).fg(Color::Yellow),
                Cell::new(clean(gap.reason)),
            ]
        };
        if gap.what.len() > SHOWN && !style.all {
            table.add_row(row(format!("{}, {} and {} more", gap.what[0], gap.what[1], gap.what.len() - 2)));
        } else {
            table.add_rows(gap.what.iter().map(|what| row((*what).to_owned())));
        }
    }
    if unread == 0 { Ok(()) } else { writeln!(out, "{table}") }
}

/// Systems, in the report.
pub fn extensions(report: &Report, style: Style, paint: &Paint, out: &mut dyn Write) -> io::Result<()> {
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
        let word = |key: &str| clean(extension.get(key).and_then(serde_json::Value::as_str).unwrap_or("-"));
        let aspect = word("aspect");
        let (state, health) = (word("state"), word("health"));
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
            Cell::new(word("id")),
            Cell::new(word("version")),
            Cell::new(state).fg(state_colour),
            Cell::new(health).fg(health_colour),
            Cell::new(evidence.unwrap_or_default()),
        ]);
        last = aspect;
    }
    table
}
