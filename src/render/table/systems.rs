//! What was not read, and which systems are there.

use std::io::{self, Write};

use comfy_table::{Cell, Color, Table};
use serde_json::Value;

use super::{
    super::{
        Style,
        text::{self, clean},
    },
    layout::{Paint, fold, grid},
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
    list(&report.extensions, style, out)?;
    match &report.catalogue {
        Some(catalogue) => fold(style, "  ", 2, &clean(&catalogue.told()), true, out),
        None => Ok(()),
    }
}

/// Columns from which on evidence is a column of its own; below, it would be a ribbon of syllables.
const WIDE: u16 = 100;
/// Where a system begins; its evidence stands below, a little further in.
const INDENT: usize = 16;

/// Systems by aspect: what, which version, in which state, by which evidence.
///
/// # Errors
/// What the writer says.
pub fn list(extensions: &[Value], style: Style, out: &mut dyn Write) -> io::Result<()> {
    let systems: Vec<System> = extensions.iter().map(System::of).collect();
    if style.width < WIDE { narrow(&systems, style, out) } else { writeln!(out, "{}", wide(&systems, style)) }
}

/// The words of a system that a table shows.
struct System {
    aspect: String,
    id: String,
    version: String,
    state: String,
    health: String,
    evidence: String,
}

impl System {
    fn of(extension: &Value) -> Self {
        let word = |key: &str| clean(extension[key].as_str().unwrap_or("-"));
        let evidence = extension["evidence"].as_array().into_iter().flatten();
        let told: Vec<String> = evidence.filter_map(|e| e["what"].as_str().or(e.as_str())).take(2).map(clean).collect();
        Self {
            aspect: word("aspect"),
            id: word("id"),
            version: word("version"),
            state: word("state"),
            health: word("health"),
            evidence: told.join("; "),
        }
    }

    /// Whether it is there at all, and how it is: what is wrong stands out.
    fn colours(&self) -> [Color; 2] {
        let state = match self.state.as_str() {
            "installed" | "managed" | "bundled" => Color::Reset,
            _ => Color::Yellow,
        };
        let health = match self.health.as_str() {
            "healthy" => Color::Green,
            "degraded" => Color::Red,
            _ => Color::Yellow,
        };
        [state, health]
    }
}

/// The aspect where it changes, else nothing.
fn headed(systems: &[System]) -> impl Iterator<Item = (&str, &System)> {
    let mut last = "";
    systems.iter().map(move |system| {
        let aspect = if system.aspect == last { "" } else { system.aspect.as_str() };
        last = &system.aspect;
        (aspect, system)
    })
}

fn wide(systems: &[System], style: Style) -> Table {
    let mut table = grid(style);
    table.set_header(["ASPECT", "SYSTEM", "VERSION", "STATE", "HEALTH", "EVIDENCE"]);
    for (aspect, system) in headed(systems) {
        let [state, health] = system.colours();
        table.add_row([
            Cell::new(aspect),
            Cell::new(&system.id),
            Cell::new(&system.version),
            Cell::new(&system.state).fg(state),
            Cell::new(&system.health).fg(health),
            Cell::new(&system.evidence),
        ]);
    }
    table
}

/// A line a system, its evidence below.
fn narrow(systems: &[System], style: Style, out: &mut dyn Write) -> io::Result<()> {
    let width = |of: fn(&System) -> &String| systems.iter().map(|s| of(s).chars().count()).max().unwrap_or(0).min(20);
    let (id, version, state) = (width(|s| &s.id), width(|s| &s.version), width(|s| &s.state));
    for (aspect, system) in headed(systems) {
        let System { id: name, version: at, state: is, health, .. } = system;
        let line = format!("{name:<id$}  {at:<version$}  {is:<state$}  {health}");
        fold(style, &format!(" {aspect:<15}"), INDENT, line.trim_end(), false, out)?;
        if !system.evidence.is_empty() {
            fold(style, &" ".repeat(INDENT + 2), INDENT + 2, &system.evidence, true, out)?;
        }
    }
    Ok(())
}
