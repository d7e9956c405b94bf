//! Two real clusters, as a real API server answered, against an oracle made independently.

use std::{collections::BTreeMap, path::Path};

use serde_json::Value;

use crate::harness::{audit, root, sextant, shared, text};

fn rows(path: &Path) -> Vec<BTreeMap<String, String>> {
    let all = std::fs::read_to_string(path).unwrap();
    let mut lines = all.lines();
    let head: Vec<&str> = lines.next().unwrap().split('\t').collect();
    lines.map(|line| head.iter().map(|h| (*h).to_owned()).zip(line.split('\t').map(str::to_owned)).collect()).collect()
}

#[test]
fn the_systems_come_out_with_state_health_and_version() {
    let Some(data) = shared("data/clusters") else { return };
    for cluster in ["bank", "edge"] {
        for (source, complete) in [(data.join(cluster), false), (data.join(cluster).join("kubectl-get-all.json"), true)]
        {
            let source = text(&source);
            let mut arguments = vec!["inventory", "-o", "json", &source];
            if complete {
                arguments.push("--complete");
            }
            let report: Value = serde_json::from_str(&sextant(&arguments).out).unwrap();
            let found = report["extensions"].as_array().unwrap();
            let mut expected = 0;
            for row in rows(&data.join(format!("{cluster}.extensions.tsv"))) {
                let system = found.iter().find(|e| e["id"] == row["system"].as_str());
                if row["state"] == "absent" {
                    assert!(system.is_none(), "{source}: {} was found: {}", row["system"], system.unwrap()["evidence"]);
                    continue;
                }
                expected += 1;
                let system = system.unwrap_or_else(|| panic!("{source}: {} was not found", row["system"]));
                for field in ["aspect", "state", "health"] {
                    assert_eq!(
                        system[field].as_str().unwrap_or_default(),
                        row[field],
                        "{source}: {field} of {}",
                        row["system"]
                    );
                }
                // A kubectl List carries no server version, from which one built-in is dated.
                if !(complete && row["version_source"] == "server version") {
                    assert_eq!(system["version"].as_str().unwrap(), row["version"], "{source}: {}", row["system"]);
                }
                let namespaces: Vec<&str> =
                    system["instances"].as_array().unwrap().iter().map(|i| i["namespace"].as_str().unwrap()).collect();
                if !row["namespace"].is_empty() && system["aspect"] != "ingress" {
                    assert_eq!(namespaces.join(", "), row["namespace"], "{source}: namespaces of {}", row["system"]);
                }
            }
            assert_eq!(found.len(), expected, "{source}: systems that nobody expects");
        }
    }
}

/// Checks whose rows the oracle judges; the others come with their policies.
const NOT_YET: [&str; 0] = [];

#[test]
fn the_verdicts_are_those_of_the_oracle() {
    let Some(data) = shared("data/clusters") else { return };
    let library = sextant::policy::Library::embedded().unwrap();
    let rules = text(&root().join("tests/oracle/rules"));
    let mut compared = 0;
    for cluster in ["bank", "edge"] {
        for (source, complete) in [(data.join(cluster), false), (data.join(cluster).join("kubectl-get-all.json"), true)]
        {
            let source = text(&source);
            let mut arguments = vec!["--all", "--rules", &rules, "--secrets", "list", &source];
            if complete {
                arguments.push("--complete");
            }
            let (_, report) = audit(&arguments);
            let mut told: BTreeMap<String, String> = BTreeMap::new();
            let key = |policy: &Value, subject: &Value| {
                let part = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                [part(policy), part(&subject["kind"]), part(&subject["namespace"]), part(&subject["name"])].join(" ")
            };
            for subject in report["subjects"].as_array().into_iter().flatten() {
                told.insert(key(&subject["policy"], &subject["subject"]), subject["verdict"].as_str().unwrap().into());
            }
            for finding in report["findings"].as_array().unwrap() {
                let entry = told.entry(key(&finding["policy"], &finding["subject"])).or_default();
                if entry != "fail" {
                    *entry = finding["verdict"].as_str().unwrap().into();
                }
            }
            let mut wrong = Vec::new();
            for row in rows(&data.join(format!("{cluster}.findings.tsv"))) {
                let known = library.get(&row["check"]).is_some() && !NOT_YET.contains(&row["check"].as_str());
                if !known {
                    continue;
                }
                compared += 1;
                let key = [&row["check"], &row["kind"], &row["namespace"], &row["name"]].map(String::as_str).join(" ");
                let got = told.get(&key).map_or("nothing", String::as_str);
                if got != row["verdict"] {
                    wrong.push(format!("{key}: {got}, the oracle says {} ({})", row["verdict"], row["reason"]));
                }
            }
            assert!(wrong.is_empty(), "{source}:\n{}", wrong.join("\n"));
        }
    }
    println!("{compared} verdicts compared");
}

/// What other tools miss: the same objects in another wrapping must give the same findings.
#[test]
fn the_wrapping_changes_nothing() {
    let Some(data) = shared("data/clusters/bank/kubectl-get-all.json") else { return };
    let list: Value = serde_json::from_str(&std::fs::read_to_string(&data).unwrap()).unwrap();
    let items = list["items"].as_array().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let yaml_stream: String = items.iter().map(|i| format!("---\n{}\n", to_yaml(i, 0))).collect();
    let lines: String = items.iter().map(|i| format!("{i}\n")).collect();
    let yaml_list =
        format!("apiVersion: v1\nkind: List\nitems:\n{}", items.iter().map(|i| format!("- {i}\n")).collect::<String>());
    let write = |name: &str, content: &str| std::fs::write(dir.path().join(name), content).unwrap();
    write("stream.yaml", &yaml_stream);
    write("lines.jsonl", &lines);
    write("list.yaml", &yaml_list);
    std::fs::create_dir(dir.path().join("files")).unwrap();
    for (index, item) in items.iter().enumerate() {
        write(&format!("files/{index}.json"), &item.to_string());
    }
    let findings = |path: &Path| {
        let (_, report) = audit(&[&text(path), "--complete"]);
        let mut findings = report["findings"].clone();
        for finding in findings.as_array_mut().unwrap() {
            finding["file"] = Value::Null;
            finding["line"] = Value::Null;
        }
        findings
    };
    let expected = findings(&data);
    assert!(expected.as_array().unwrap().len() > 30);
    for name in ["stream.yaml", "lines.jsonl", "list.yaml", "files"] {
        assert_eq!(findings(&dir.path().join(name)), expected, "{name}");
    }
    // Standard input belongs to the process: the program itself reads it.
    let child = std::process::Command::new(env!("CARGO_BIN_EXE_sextant"))
        .args(["audit", "-o", "json", "--complete", "-"])
        .stdin(std::fs::File::open(&data).unwrap())
        .output()
        .unwrap();
    let piped: Value = serde_json::from_slice(&child.stdout).unwrap();
    assert_eq!(piped["findings"].as_array().unwrap().len(), expected.as_array().unwrap().len(), "standard input");
    let (_, answers) = audit(&[&text(data.parent().unwrap())]);
    let told = |findings: &Value| -> Vec<(Value, Value, Value)> {
        let mut told: Vec<_> = findings
            .as_array()
            .unwrap()
            .iter()
            .map(|f| (f["policy"].clone(), f["subject"].clone(), f["message"].clone()))
            .collect();
        told.sort_by_key(|t| format!("{t:?}"));
        told
    };
    assert_eq!(told(&answers["findings"]), told(&expected), "folder of raw answers");
}

/// Block YAML, as a person would write it: strings quoted, so that only the shape differs.
fn to_yaml(value: &Value, indent: usize) -> String {
    let pad = "  ".repeat(indent);
    match value {
        Value::Object(map) if !map.is_empty() => map
            .iter()
            .map(|(key, value)| match value {
                Value::Object(inner) if !inner.is_empty() => {
                    format!("\n{pad}{}:{}", Value::from(key.as_str()), to_yaml(value, indent + 1))
                }
                Value::Array(inner) if !inner.is_empty() => {
                    format!("\n{pad}{}:{}", Value::from(key.as_str()), to_yaml(value, indent + 1))
                }
                _ => format!("\n{pad}{}: {value}", Value::from(key.as_str())),
            })
            .collect(),
        Value::Array(list) if !list.is_empty() => list.iter().map(|item| format!("\n{pad}- {item}")).collect(),
        other => format!(" {other}"),
    }
}

#[test]
fn planted_secrets_leave_nothing_behind() {
    let Some(data) = shared("data/clusters") else { return };
    for cluster in ["bank", "edge"] {
        for secrets in ["none", "metadata", "list"] {
            let run = sextant(&["audit", "-o", "json", "--all", "--secrets", secrets, &text(&data.join(cluster))]);
            assert!(!run.out.contains("PLANTED-") && !run.err.contains("PLANTED-"), "{cluster} {secrets}");
        }
    }
}
