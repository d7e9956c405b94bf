//! Systems for people: the table of `inventory`, and why one of them is told as it is.

use std::io::{self, Write};

use comfy_table::{Cell, Color, Table};

use super::{Style, table::layout::grid, text::clean};
use crate::inventory::{
    catalog::{Answer, Lifecycle},
    detect::{
        Extension,
        explain::{Counted, Explanation},
    },
};

/// Systems by aspect, and where `evidence` is asked for, below, by what each is known.
///
/// # Errors
/// What the writer says.
pub fn list(extensions: &[Extension], evidence: bool, style: Style, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", table(extensions, style))?;
    if evidence {
        writeln!(out, "\nEvidence")?;
        for extension in extensions {
            writeln!(out, "  {}", clean(&extension.id))?;
            for told in &extension.evidence {
                writeln!(out, "    {} {}", told.tier, clean(&told.what))?;
            }
        }
    }
    Ok(())
}

/// What, which version, in which state, able to do what, until when.
fn table(extensions: &[Extension], style: Style) -> Table {
    let mut table = grid(style);
    table.set_header(["ASPECT", "SYSTEM", "VERSION", "STATE", "HEALTH", "CAPABILITIES", "LIFECYCLE"]);
    let mut last = "";
    for extension in extensions {
        let state = word(&extension.state);
        let health = extension.health.map_or_else(|| "-".into(), |health| word(&health));
        let can = |(name, told): (&String, &crate::inventory::detect::Capability)| match told.value {
            Answer::Yes => clean(name),
            Answer::No => format!("no {}", clean(name)),
            Answer::Unknown => format!("{}?", clean(name)),
        };
        let capabilities: Vec<String> = extension.capabilities.iter().map(can).collect();
        table.add_row([
            Cell::new(if extension.aspect == last { String::new() } else { clean(&extension.aspect) }),
            Cell::new(clean(&extension.id)),
            Cell::new(clean(&extension.version)),
            Cell::new(&state).fg(colour_of_state(&state)),
            Cell::new(&health).fg(colour_of_health(&health)),
            Cell::new(capabilities.join("\n")),
            lifecycle_cell(extension),
        ]);
        last = &extension.aspect;
    }
    table
}

fn lifecycle_cell(extension: &Extension) -> Cell {
    let Some(lifecycle) = &extension.lifecycle else { return Cell::new("-") };
    let colour = if lifecycle.status == "active" { Color::Reset } else { Color::Yellow };
    Cell::new(lifecycle_words(lifecycle, &extension.version)).fg(colour)
}

/// `retired since 2026-03-31`, `active, 1.19 until 2026-07-08`.
fn lifecycle_words(lifecycle: &Lifecycle, version: &str) -> String {
    let mut told = clean(&lifecycle.status);
    if let Some(eol) = &lifecycle.eol {
        told.push_str(&format!(" {}", clean(eol)));
    }
    for version in version.split(", ") {
        let is_of = |line: &&String| {
            let bare = version.trim_start_matches(|c: char| !c.is_ascii_digit());
            bare.strip_prefix(line.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let line = lifecycle.lines.keys().filter(is_of).max_by_key(|line| line.len());
        if let Some((line, Some(end))) = line.and_then(|line| lifecycle.lines.get_key_value(line)) {
            told.push_str(&format!(", {} until {}", clean(line), clean(end)));
        }
    }
    told
}

/// What runs needs no colour.
fn colour_of_state(state: &str) -> Color {
    if matches!(state, "installed" | "managed" | "bundled") { Color::Reset } else { Color::Yellow }
}

/// Green for what works, red for what does not, yellow for what nobody knows.
fn colour_of_health(health: &str) -> Color {
    match health {
        "healthy" => Color::Green,
        "degraded" => Color::Red,
        _ => Color::Yellow,
    }
}

fn word(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Writes why a system is told as it is.
///
/// # Errors
/// What the writer says.
pub fn explanation(told: &Explanation, out: &mut dyn Write) -> io::Result<()> {
    let line = |out: &mut dyn Write, key: &str, text: &str| writeln!(out, "{key:<11}{}", clean(text));
    let roles = told.roles.join(", ");
    let kind = if roles.is_empty() { told.aspect.clone() } else { format!("{}, {roles}", told.aspect) };
    writeln!(out, "{} ({}): {}", clean(&told.name), clean(&told.id), clean(&kind))?;
    line(out, "state", &format!("{}: {}", told.state, told.state_reason))?;
    if !told.namespaces.is_empty() {
        line(out, "in", &told.namespaces.join(", "))?;
    }
    if let Some(health) = told.health {
        let reason = if told.health_reason.is_empty() { String::new() } else { format!(": {}", told.health_reason) };
        line(out, "health", &format!("{}{reason}", word(&health)))?;
        for check in &told.health_checks {
            let mark = check.holds.map_or("?", |holds| if holds { "yes" } else { "no" });
            writeln!(out, "{:<11}  {mark:<4} {}", "", clean(&check.what))?;
        }
    }
    if !told.version_order.is_empty() {
        line(out, "version", &format!("{}, from: {}", told.version, told.version_source))?;
        for said in &told.version_order {
            let says = said.version.as_deref().unwrap_or(&said.why);
            writeln!(out, "{:<11}  {}: {}", "", clean(&said.source), clean(says))?;
        }
    }
    if !told.charts.is_empty() {
        line(out, "chart", &format!("{}, whose version is the chart's own", told.charts.join(", ")))?;
    }
    if let Some(lifecycle) = &told.lifecycle {
        let mut words = lifecycle_words(lifecycle, &told.version);
        words.push_str(&format!(", as of {} ({})", lifecycle.as_of, lifecycle.source));
        if !lifecycle.note.is_empty() {
            words.push_str(&format!(": {}", lifecycle.note));
        }
        line(out, "lifecycle", &words)?;
    }
    if !told.missing_coverage.is_empty() {
        line(out, "not read", &told.missing_coverage.join(", "))?;
    }
    writeln!(out, "\nEvidence that counted")?;
    if told.evidence.is_empty() {
        writeln!(out, "  none")?;
    }
    for Counted { tier, kind, string, proves, objects } in &told.evidence {
        let proves = if proves.is_empty() { String::new() } else { format!(" [{proves}]") };
        writeln!(out, "  {tier} {kind} {}{proves}", clean(string))?;
        for object in objects {
            writeln!(out, "      {}", clean(object))?;
        }
    }
    writeln!(out, "\nLooked for and missing")?;
    if told.missing.is_empty() {
        writeln!(out, "  nothing")?;
    }
    for missing in &told.missing {
        writeln!(out, "  {} {} {}: {}", missing.tier, missing.kind, clean(&missing.string), clean(&missing.reason))?;
    }
    if !told.capabilities.is_empty() {
        writeln!(out, "\nCapabilities")?;
    }
    for (name, explained) in &told.capabilities {
        let told = &explained.told;
        let only = if told.mode.is_enforce() { "" } else { " (tells only)" };
        writeln!(out, "  {}: {}{only}, {}", clean(name), word(&told.value), clean(&told.evidence))?;
        for case in &explained.cases {
            let decides = if case.decided { " <- decides" } else { "" };
            writeln!(out, "    {:<8} {}{decides}", word(&case.value), clean(&case.note))?;
            for (condition, holds) in &case.conditions {
                let mark = holds.map_or("not read", |holds| if holds { "holds" } else { "does not hold" });
                writeln!(out, "{:<13} {mark}: {}", "", clean(condition))?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_of_a_version_tells_its_end() {
        let lines = [("1.1", "2020-01-01"), ("1.19", "2026-07-08")];
        let lines = lines.map(|(line, end)| (line.to_owned(), Some(end.to_owned())));
        let active = Lifecycle { status: "active".into(), lines: lines.into_iter().collect(), ..Lifecycle::default() };
        assert_eq!(lifecycle_words(&active, "v1.19.2"), "active, 1.19 until 2026-07-08");
        assert_eq!(lifecycle_words(&active, "1.18.0"), "active");
        assert_eq!(lifecycle_words(&active, "unknown"), "active");
        let retired = Lifecycle { status: "retired".into(), eol: Some("2026-03-31".into()), ..Lifecycle::default() };
        assert_eq!(lifecycle_words(&retired, "v1"), "retired 2026-03-31");
    }
}
