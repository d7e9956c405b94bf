//! Every real manifest of the corpus: its own system is found, and no other that it does not hold.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::harness::{root, sextant, shared, text};

/// `file<TAB>system:state:version …`, made by hand and argued in comments; see tests/corpus.tsv.
fn table() -> BTreeMap<String, BTreeSet<String>> {
    let text = std::fs::read_to_string(root().join("tests/corpus.tsv")).unwrap_or_default();
    text.lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| {
            let (file, systems) = line.split_once('\t').unwrap_or((line, ""));
            (file.to_owned(), systems.split(' ').filter(|s| !s.is_empty()).map(str::to_owned).collect())
        })
        .collect()
}

#[test]
fn the_corpus() {
    let Some(data) = shared("data/extensions") else { return };
    let mut files: Vec<_> = glob::glob(&text(&data.join("*/*/*.yaml"))).unwrap().map(Result::unwrap).collect();
    files.sort();
    assert!(files.len() > 150, "{}", files.len());
    let table = table();
    let (mut right, mut extra, mut missing) = (0, Vec::new(), Vec::new());
    let mut told = String::new();
    for file in &files {
        let name = file.strip_prefix(&data).unwrap().display().to_string();
        let run = sextant(&["inventory", "-o", "json", &text(file)]);
        if run.code != 0 {
            told.push_str(&format!("{name}\t\n"));
            assert!(run.err.contains("no Kubernetes object"), "{name}: {}", run.err);
            continue;
        }
        let report: Value = serde_json::from_str(&run.out).unwrap();
        let found: BTreeSet<String> = report["extensions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|e| {
                assert_ne!(e["health"], "healthy", "{name}: {} is healthy without a status", e["id"]);
                format!(
                    "{}:{}:{}",
                    e["id"].as_str().unwrap(),
                    e["state"].as_str().unwrap(),
                    e["version"].as_str().unwrap().replace(' ', "")
                )
            })
            .collect();
        told.push_str(&format!("{name}\t{}\n", found.iter().cloned().collect::<Vec<_>>().join(" ")));
        let expected = table.get(&name).cloned().unwrap_or_default();
        right += found.intersection(&expected).count();
        extra.extend(found.difference(&expected).map(|s| format!("{name}: {s}")));
        missing.extend(expected.difference(&found).map(|s| format!("{name}: {s}")));
    }
    if let Some(path) = std::env::var_os("CORPUS_OUT") {
        std::fs::write(path, told).unwrap();
    }
    #[expect(clippy::cast_precision_loss, reason = "a few hundred")]
    let share = |part: usize, rest: usize| part as f64 / (part + rest).max(1) as f64;
    println!(
        "{} files, {right} systems: precision {:.3}, recall {:.3}",
        files.len(),
        share(right, extra.len()),
        share(right, missing.len())
    );
    assert!(
        extra.is_empty() && missing.is_empty(),
        "found and not expected: {extra:#?}\nexpected and not found: {missing:#?}"
    );
}
