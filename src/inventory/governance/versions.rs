//! Which versions of a system run, and how long each is maintained.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use super::days_until;
use crate::{
    facts::image,
    inventory::{
        Inventory, Row, Table,
        catalog::{Lifecycle, Part},
        detect::{Extension, State},
    },
    object::ObjectRef,
};

/// What policies see of the versions of one system.
#[derive(Debug, Serialize, JsonSchema)]
pub struct VersionsRow {
    /// Kind `Extension`, the id as its name.
    pub r#ref: ObjectRef,
    /// Id of the catalogue.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// How the system is there.
    pub state: State,
    /// What runs, one entry a version.
    pub running: Vec<Running>,
    /// What the catalogue says of its maintenance.
    pub lifecycle: Option<Maintenance>,
    /// Namespaces in each of which a controller runs, where that is more than one.
    pub copies: Vec<String>,
}

/// One version that runs.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Running {
    /// As it was read; empty where nothing names one.
    pub version: String,
    /// Where it was read, or why it is not known.
    pub source: String,
    /// Its numbers: `v1.15.1-rancher2` is `[1, 15, 1]`. Empty where nothing names one.
    pub numbers: Vec<u64>,
    /// Where it runs, as far as a workload shows.
    pub namespaces: Vec<String>,
    /// The line of the catalogue that it belongs to: `1.15`; empty where there is none.
    pub line: String,
    /// `listed`, `newer` than every line, `older` than every line, `between` lines; `open` where
    /// the catalogue has no lines or the version is not known.
    pub place: &'static str,
    /// Day on which its line ends; for an `older` one the day on which the oldest line did.
    pub end: Option<String>,
    /// Days until then; negative where it is over, null without a clock or a day.
    pub end_days: Option<i64>,
}

/// What the catalogue says of a system's maintenance, and how old that is.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Maintenance {
    /// `active`, `retired`, `archived`, `unmaintained`, `end-of-life`.
    pub status: String,
    /// Day on which all of it ended or ends.
    pub eol: Option<String>,
    /// Days until then; negative where it is over, null without a clock or a day.
    pub eol_days: Option<i64>,
    /// Whether it has lines with days.
    pub has_lines: bool,
    /// Who says so.
    pub source: String,
    /// Day on which it was looked up.
    pub as_of: String,
    /// Age of that at the time of the snapshot, in days; null without a clock.
    pub age_days: Option<i64>,
    /// In a few words.
    pub note: String,
}

/// The table.
pub const TABLE: Table = Table {
    name: "extension_versions",
    about: "the versions of one detected system, and until when they are maintained",
    build,
    schema: || schemars::schema_for!(VersionsRow),
};

fn build(inventory: &Inventory<'_>) -> Vec<Row> {
    let row = |extension: &Extension| {
        let row = VersionsRow {
            r#ref: extension.r#ref.clone(),
            id: extension.id.clone(),
            name: extension.name.clone(),
            state: extension.state,
            running: running(inventory, extension),
            lifecycle: extension.lifecycle.as_ref().map(|known| maintenance(inventory, known)),
            copies: copies(inventory, extension),
        };
        Row::new(&row.r#ref, &row)
    };
    inventory.extensions.iter().map(row).collect()
}

fn maintenance(inventory: &Inventory<'_>, known: &Lifecycle) -> Maintenance {
    Maintenance {
        status: known.status.clone(),
        eol: known.eol.clone(),
        eol_days: known.eol.as_deref().and_then(|day| days_until(inventory, day)),
        has_lines: !known.lines.is_empty(),
        source: known.source.clone(),
        as_of: known.as_of.clone(),
        age_days: days_until(inventory, &known.as_of).map(|days| -days),
        note: known.note.clone(),
    }
}

/// The versions that run, each once.
fn running(inventory: &Inventory<'_>, extension: &Extension) -> Vec<Running> {
    let own = || extension.instances.iter().filter(|instance| instance.bundled_by.is_none());
    let mut namespaces: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for version in extension.version.split(", ").filter(|version| *version != "unknown") {
        namespaces.entry(version).or_default();
    }
    let mut unknown: Vec<(&str, &str)> = Vec::new();
    for instance in own() {
        match &instance.version {
            // What the system's own resources say holds for its workloads; a tag names each.
            Some(version) if namespaces.contains_key(version.as_str()) => {
                namespaces.entry(version).or_default().insert(&instance.namespace);
            }
            None if namespaces.is_empty() || extension.version_source.starts_with("image tag") => {
                unknown.push((&instance.namespace, &instance.version_source));
            }
            _ => {}
        }
    }
    let mut all: Vec<Running> = Vec::new();
    for (version, namespaces) in namespaces {
        let mut one = Running {
            version: version.to_owned(),
            source: extension.version_source.clone(),
            numbers: numbers(version),
            namespaces: namespaces.into_iter().map(str::to_owned).collect(),
            line: String::new(),
            place: "open",
            end: None,
            end_days: None,
        };
        if let Some(known) = &extension.lifecycle {
            place(&mut one, known);
        }
        one.end_days = one.end.as_deref().and_then(|day| days_until(inventory, day));
        all.push(one);
    }
    let nowhere = all.is_empty() && unknown.is_empty();
    if nowhere {
        unknown.push(("", &extension.version_source));
    }
    for (namespace, source) in unknown {
        all.push(Running {
            version: String::new(),
            source: source.to_owned(),
            numbers: Vec::new(),
            namespaces: Some(namespace.to_owned()).filter(|n| !n.is_empty()).into_iter().collect(),
            line: String::new(),
            place: "open",
            end: None,
            end_days: None,
        });
    }
    all
}

/// The numbers at the head of a version, without a channel, a `v` and a vendor's suffix.
pub(super) fn numbers(version: &str) -> Vec<u64> {
    let start = version.find(|c: char| c.is_ascii_digit()).unwrap_or(version.len());
    let head = version[start..].split(['-', '+', '_']).next().unwrap_or_default();
    head.split('.').map_while(|part| part.parse().ok()).collect()
}

/// The line that a version belongs to: the longest whose numbers begin it.
fn place(one: &mut Running, known: &Lifecycle) {
    if known.lines.is_empty() || one.numbers.is_empty() {
        return;
    }
    let mut lines: Vec<(Vec<u64>, &str, &Option<String>)> =
        known.lines.iter().map(|(line, end)| (numbers(line), line.as_str(), end)).collect();
    lines.sort();
    let listed = lines.iter().rev().filter(|(own, ..)| one.numbers.starts_with(own));
    if let Some((_, line, end)) = listed.max_by_key(|(own, ..)| own.len()) {
        (one.line, one.place, one.end) = ((*line).to_owned(), "listed", (*end).clone());
    } else if lines.first().is_some_and(|(oldest, ..)| one.numbers < *oldest) {
        one.place = "older";
        one.end = lines.first().and_then(|(.., end)| (*end).clone());
    } else if lines.last().is_some_and(|(newest, ..)| one.numbers > *newest) {
        one.place = "newer";
    } else {
        one.place = "between";
    }
}

/// Namespaces in which the same controller runs, where there are several: systems whose parts lie in
/// different namespaces are one installation.
fn copies(inventory: &Inventory<'_>, extension: &Extension) -> Vec<String> {
    let Some(best) = extension.parts.iter().map(|taken| taken.part).filter(|p| *p != Part::Other).min() else {
        return Vec::new();
    };
    let carried: BTreeSet<&str> =
        extension.instances.iter().filter(|i| i.bundled_by.is_some()).map(|i| i.namespace.as_str()).collect();
    let mut homes: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for taken in extension.parts.iter().filter(|taken| taken.part == best) {
        let namespace = taken.workload.namespace.as_str();
        let workload = inventory.workloads.workloads.iter().find(|w| w.reference == taken.workload);
        for container in workload.iter().flat_map(|w| w.containers()).filter(|c| taken.containers.contains(&c.name)) {
            if !carried.contains(namespace) {
                let repository = image::parse(&container.image).repository;
                let name = repository.rsplit('/').next().unwrap_or_default().to_owned();
                homes.entry(name).or_default().insert(namespace);
            }
        }
    }
    let several = homes.into_values().filter(|homes| homes.len() > 1).flatten();
    several.collect::<BTreeSet<_>>().into_iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_numbers_without_what_vendors_add() {
        for (version, expected) in [
            ("v1.15.1-rancher2+k3s1", vec![1, 15, 1]),
            ("v1.33.0-eksbuild.1", vec![1, 33, 0]),
            ("stable-2.14.10", vec![2, 14, 10]),
            ("1.2.3+k3s1", vec![1, 2, 3]),
            ("13.2", vec![13, 2]),
            ("", vec![]),
        ] {
            assert_eq!(numbers(version), expected, "{version}");
        }
    }

    #[test]
    fn a_version_belongs_to_the_longest_line_that_begins_it() {
        let lines = [("1.9", Some("2026-01-01")), ("1.10", None), ("2", None), ("2.3", Some("2026-05-05"))];
        let known = Lifecycle {
            lines: lines.iter().map(|(l, end)| ((*l).to_owned(), end.map(str::to_owned))).collect(),
            ..Lifecycle::default()
        };
        let placed = |version: &str| {
            let mut one = Running {
                version: version.into(),
                source: String::new(),
                numbers: numbers(version),
                namespaces: Vec::new(),
                line: String::new(),
                place: "open",
                end: None,
                end_days: None,
            };
            place(&mut one, &known);
            (one.place, one.line, one.end)
        };
        let told =
            |place: &'static str, line: &str, end: Option<&str>| (place, line.to_owned(), end.map(str::to_owned));
        assert_eq!(placed("v1.9.7"), told("listed", "1.9", Some("2026-01-01")));
        assert_eq!(placed("1.10.0"), told("listed", "1.10", None));
        assert_eq!(placed("2.3.1"), told("listed", "2.3", Some("2026-05-05")));
        assert_eq!(placed("2.4.0"), told("listed", "2", None));
        assert_eq!(placed("1.8.9"), told("older", "", Some("2026-01-01")));
        assert_eq!(placed("1.11.0"), told("between", "", None));
        assert_eq!(placed("3.0.0"), told("newer", "", None));
        assert_eq!(placed("latest"), told("open", "", None));
    }
}
