//! Every series that an alert or a panel asks for is one that sextant gives.

use std::{collections::BTreeSet, fs};

use serde_json::Value;

use super::{chart, documents, rendered, tool};
use crate::harness::sextant;

/// `sextant_name` and the labels named in its braces, of every expression in a text.
fn series(text: &str) -> BTreeSet<(String, Vec<String>)> {
    let mut all = BTreeSet::new();
    for (start, _) in text.match_indices("sextant_") {
        let rest = &text[start..];
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        let selector =
            rest[end..].strip_prefix('{').and_then(|inner| inner.split_once('}')).map_or("", |(in_it, _)| in_it);
        let labels =
            selector.split(',').filter_map(|one| one.split_once(['=', '~', '!'])).map(|(name, _)| name.to_owned());
        all.insert((rest[..end].to_owned(), labels.collect()));
    }
    all
}

fn expressions(value: &Value, found: &mut String) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                match inner.as_str() {
                    Some(text) if key == "expr" => found.push_str(&format!("{text}\n")),
                    _ => expressions(inner, found),
                }
            }
        }
        Value::Array(list) => list.iter().for_each(|inner| expressions(inner, found)),
        _ => {}
    }
}

#[test]
fn alerts_and_panels_ask_for_what_there_is() {
    let Some(helm) = tool("helm") else { return };
    let mut asked = String::new();
    let rendered = rendered(&helm, &chart().join("ci/monitoring-values.yaml"));
    documents(&rendered).iter().for_each(|object| expressions(object, &mut asked));
    let dashboard = fs::read_to_string(chart().join("files/dashboard.json")).unwrap();
    expressions(&serde_json::from_str(&dashboard).unwrap(), &mut asked);

    let run = sextant(&["audit", "--sample", "--fail-on", "never", "--allow-incomplete", "-o", "openmetrics"]);
    if run.code == 2 {
        eprintln!("SKIPPED: this build prints no metrics");
        return;
    }
    let given: Vec<(String, Vec<String>)> = series(&run.out).into_iter().collect();
    // Told by a delivery or with a baseline, not by one report.
    let elsewhere =
        ["sextant_last_success_timestamp_seconds", "sextant_findings_change", "sextant_history_record_number"];
    let mut seen = 0;
    for (name, labels) in series(&asked) {
        let known = elsewhere.contains(&name.as_str())
            || given.iter().any(|(other, has)| *other == name && labels.iter().all(|label| has.contains(label)));
        assert!(known, "{name} with {labels:?} is not among the metrics");
        seen += 1;
    }
    assert!(seen > 8, "{asked}");
}
