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

/// What the names in a file say, by signatures and evidence that know nothing of our catalogue.
mod by_names {
    use std::collections::BTreeSet;

    use regex::Regex;
    use serde_json::Value;

    /// A folder of the corpus that holds another system's files.
    pub fn id_of(folder: &str) -> &str {
        match folder {
            "gateway-api-crds" => "gateway-api",
            "kgateway" => "gloo",
            "calico-policy-only" => "calico",
            "azure-npm" => "azure-cni",
            "gke-netd" => "gke-dataplane",
            "azurefile-csi" => "azuredisk-csi",
            "knative-serving" | "knative-eventing" => "knative",
            other => other,
        }
    }

    fn texts(value: &Value) -> impl Iterator<Item = &str> {
        value.as_array().into_iter().flatten().filter_map(Value::as_str)
    }

    /// The number in a tag.
    pub fn number(tag: &str) -> Option<String> {
        Regex::new(r"\d+\.\d+(\.\d+)*").unwrap().find(tag).map(|found| found.as_str().to_owned())
    }

    fn path_and_tag(image: &str) -> (String, String, String) {
        let bare = image.split('@').next().unwrap();
        let slash = bare.rfind('/').map_or(0, |at| at + 1);
        let (name, tag) = bare[slash..].split_once(':').unwrap_or((&bare[slash..], ""));
        let full = format!("{}{name}", &bare[..slash]);
        let path = match full.split_once('/') {
            Some((host, rest)) if host.contains(['.', ':']) || host == "localhost" => rest.to_owned(),
            _ => full.clone(),
        };
        (full, path, tag.to_owned())
    }

    /// Numbers in the tags of a system's images, whether there are any such images, and whether
    /// names that the vendor owns are there.
    pub fn said(evidence: &Value, signature: &Value) -> (BTreeSet<String>, bool, bool) {
        let expressions: Vec<Regex> = texts(&signature["img"]).map(|e| Regex::new(e).unwrap()).collect();
        let mut numbers = BTreeSet::new();
        let mut runs = false;
        for workload in evidence["workload"].as_array().into_iter().flatten() {
            for container in workload[5].as_array().into_iter().flatten() {
                let (full, path, tag) = path_and_tag(container[1].as_str().unwrap_or_default());
                if expressions.iter().any(|e| e.is_match(&path) || e.is_match(&full)) {
                    runs = true;
                    numbers.extend(number(&tag));
                }
            }
        }
        let crds = evidence["crd"].as_array().into_iter().flatten();
        let named = crds.into_iter().any(|crd| {
            let (group, name) = (crd[0].as_str().unwrap_or_default(), crd[1].as_str().unwrap_or_default());
            texts(&signature["crd"]).any(|own| match own.split_once('#') {
                Some((of, plural)) => of == group && name.starts_with(&format!("{plural}.")),
                None => own == group,
            })
        });
        let drivers = evidence["csidriver"].as_array().into_iter().flatten();
        let drives = drivers.into_iter().any(|driver| {
            let name = driver.as_str().or(driver[0].as_str()).unwrap_or_default();
            texts(&signature["csi"]).any(|own| {
                Regex::new(&format!("^{}$", regex::escape(own).replace(r"\*", ".*"))).unwrap().is_match(name)
            })
        });
        (numbers, runs, named || drives)
    }
}

/// The table is no echo of the detector: every row is held against the names that each file holds
/// (evidence.json, signatures.json) and against the release that it was taken from (SOURCES.tsv).
/// Where these say otherwise, tests/corpus_exceptions.tsv argues.
#[test]
fn the_table_is_what_the_sources_say() {
    let Some(data) = shared("data") else { return };
    let read =
        |name: &str| -> Value { serde_json::from_str(&std::fs::read_to_string(data.join(name)).unwrap()).unwrap() };
    let (evidence, signatures) = (read("evidence.json"), read("signatures.json"));
    let sources = std::fs::read_to_string(data.join("extensions/SOURCES.tsv")).unwrap();
    let argued = std::fs::read_to_string(root().join("tests/corpus_exceptions.tsv")).unwrap();
    let argued: BTreeSet<&str> = argued
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| {
            let (file, argument) = line.split_once('\t').unwrap();
            assert!(argument.len() > 20, "{file}: no argument");
            file
        })
        .collect();
    let table = table();
    let (mut wrong, mut used, mut agreed, mut released) = (Vec::new(), BTreeSet::new(), 0, 0);
    for line in sources.lines().skip(1) {
        let columns: Vec<&str> = line.split('\t').collect();
        let (folder, name) = (format!("{}/{}", columns[0], columns[1]), columns[2]);
        let file = format!("{folder}/{name}");
        let id = by_names::id_of(columns[1]);
        // Tetragon is no system of the catalogue: case 14 holds that it is told as none.
        let Some(signature) = signatures["sig"].as_array().unwrap().iter().find(|s| s["id"] == id) else {
            assert_eq!((id, table.get(&file).map_or(0, BTreeSet::len)), ("tetragon", 0), "{file}");
            continue;
        };
        let (numbers, runs, named) = by_names::said(&evidence[&folder][name], signature);
        let own = table.get(&file).and_then(|row| row.iter().find(|told| told.split(':').next() == Some(id)));
        let (state, version) = own.map_or(("", ""), |told| {
            let mut parts = told.splitn(3, ':').skip(1);
            (parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
        });
        let agrees = if runs {
            let all = version.split(',').all(|v| by_names::number(v).is_some_and(|n| numbers.contains(&n)));
            !matches!(state, "" | "residue") && if version == "unknown" { numbers.is_empty() } else { all }
        } else {
            state == if named { "residue" } else { "" }
        };
        if !agrees {
            if argued.contains(file.as_str()) {
                used.insert(file.clone());
            } else {
                wrong.push(format!("{file}: told {own:?}; its images say {numbers:?}, names of it are there: {named}"));
            }
            continue;
        }
        agreed += 1;
        // Where the file is the release of the system itself, its tag is the version.
        let release = columns[5].split_once(" (v").map(|(_, tag)| tag.trim_end_matches(')'));
        if let Some(release) = release.filter(|_| columns[6].starts_with("static file as published"))
            && version.split(',').any(|v| by_names::number(v).as_deref() == Some(release))
        {
            released += 1;
        }
    }
    let unused: Vec<&&str> = argued.iter().filter(|file| !used.contains(**file)).collect();
    println!(
        "{agreed} rows as their names say, {} argued; {released} are the release they were taken from",
        used.len()
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(unused.is_empty(), "argued, and no exception: {unused:?}");
    assert!(agreed > 170 && released > 20, "{agreed} {released}");
}
