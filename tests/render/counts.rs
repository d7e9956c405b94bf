//! One result, every format: fails, unknowns and waived ones are read back out of each.

use std::collections::BTreeMap;

use base64::Engine as _;
use clap::ValueEnum as _;
use serde_json::Value;
use sextant::{
    render::Format,
    report::{Report, Verdict},
};

use super::{rendered, reports, verdicts};

type Counts = BTreeMap<Verdict, usize>;

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn tally(words: impl Iterator<Item = String>, names: [&str; 3]) -> Counts {
    let mut counts = BTreeMap::from([(Verdict::Fail, 0), (Verdict::Unknown, 0), (Verdict::Waived, 0)]);
    for word in words {
        let [fail, unknown, waived] = names;
        let verdict = match word {
            word if word == fail => Verdict::Fail,
            word if word == unknown => Verdict::Unknown,
            word if word == waived => Verdict::Waived,
            _ => continue,
        };
        *counts.get_mut(&verdict).unwrap() += 1;
    }
    counts
}

const WORDS: [&str; 3] = ["fail", "unknown", "waived"];

fn numbers(text: &str, pattern: &str) -> Counts {
    let found = regex::Regex::new(pattern).unwrap();
    let found = found.captures(text).unwrap_or_else(|| panic!("no {pattern} in {}", &text[..text.len().min(2000)]));
    let number = |index: usize| found[index].parse().unwrap();
    BTreeMap::from([(Verdict::Fail, number(1)), (Verdict::Unknown, number(2)), (Verdict::Waived, number(3))])
}

/// Rows of a CSV text, by its rules.
pub fn csv(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => cell.extend(chars.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut cell)),
            '\r' if !quoted => {}
            '\n' if !quoted => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            c => cell.push(c),
        }
    }
    rows
}

fn read(format: Format, text: &str) -> Option<Counts> {
    let json = || -> Value { serde_json::from_str(text).unwrap() };
    let all = |list: &Value| list.as_array().cloned().unwrap_or_default().into_iter();
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Some(match format {
        Format::Json => tally(all(&json()["findings"]).map(|finding| word(&finding["verdict"])), WORDS),
        Format::Ndjson => {
            let lines = lines(text).into_iter().filter(|line| line["type"] == "finding");
            tally(lines.map(|line| word(&line["verdict"])), WORDS)
        }
        Format::SarifFull | Format::Sarif => {
            let results = all(&json()["runs"][0]["results"]);
            tally(results.map(|result| word(&result["properties"]["verdict"])), WORDS)
        }
        Format::Junit => {
            let count = |element: &str| text.matches(&format!("<{element} type=")).count();
            let head = regex::Regex::new(r#"<testsuites name="sextant" tests="(\d+)" failures="(\d+)" errors="(\d+)""#)
                .unwrap();
            let head = head.captures(text).unwrap();
            assert_eq!(head[2], count("failure").to_string());
            assert_eq!(head[1], text.matches("<testcase ").count().to_string());
            BTreeMap::from([
                (Verdict::Fail, count("failure")),
                (Verdict::Unknown, count("error")),
                (Verdict::Waived, count("skipped")),
            ])
        }
        Format::Gitlab => {
            let issues = json();
            let unknown = |issue: &Value| word(&issue["description"]).starts_with("could not be judged: ");
            let unknowns = all(&issues).filter(|issue| unknown(issue)).count();
            let keys: std::collections::BTreeSet<String> =
                all(&issues).map(|issue| word(&issue["fingerprint"])).collect();
            let total = all(&issues).count();
            assert_eq!(keys.len(), total, "fingerprints are unique");
            BTreeMap::from([(Verdict::Fail, total - unknowns), (Verdict::Unknown, unknowns)])
        }
        Format::Table => numbers(text, r"(\d+) violations?, (\d+) unknown, (\d+) waived"),
        Format::Github => numbers(text, r"(?m)^sextant: (\d+) violations, (\d+) unknown, (\d+) waived"),
        Format::GithubSummary => numbers(text, r"(?m)^(\d+) violations, (\d+) unknown, (\d+) waived\."),
        Format::Markdown => {
            let counts = numbers(text, r"(?m)^(\d+) violations, (\d+) unknown, (\d+) waived\.");
            let items = text.lines().filter(|line| line.starts_with("- `")).count();
            assert_eq!(items, counts.values().sum::<usize>(), "an item a finding");
            counts
        }
        Format::Csv => tally(csv(text).into_iter().skip(1).map(|row| row[2].clone()), WORDS),
        Format::Openmetrics => {
            let sample = regex::Regex::new(r#"(?m)^sextant_findings\{.*verdict="(\w+)"\} (\d+)$"#).unwrap();
            let repeated = sample
                .captures_iter(text)
                .flat_map(|sample| std::iter::repeat_n(sample[1].to_owned(), sample[2].parse::<usize>().unwrap()));
            tally(repeated, WORDS)
        }
        Format::Policyreport | Format::Openreports => {
            let list = json();
            let mut summed = [0; 3];
            for item in all(&list["items"]) {
                for (sum, key) in summed.iter_mut().zip(["fail", "error", "skip"]) {
                    *sum += item["summary"][key].as_u64().unwrap();
                }
                assert!(item.to_string().len() < 1_048_576, "an object below 1 MiB");
            }
            let results = all(&list["items"]).flat_map(|item| item["results"].as_array().cloned().unwrap());
            let counts = tally(results.map(|result| word(&result["result"])), ["fail", "error", "skip"]);
            assert!(counts.values().map(|count| *count as u64).eq(summed), "summaries are the results'");
            counts
        }
        Format::Oscal => {
            let observations = &json()["assessment-results"]["results"][0]["observations"];
            tally(all(observations).map(|seen| word(&seen["props"][0]["value"])), WORDS)
        }
        Format::Ocsf => tally(lines(text).iter().map(|event| word(&event["unmapped"]["sextant"]["verdict"])), WORDS),
        Format::Html => {
            let counts = numbers(text, r#"data-fail="(\d+)" data-unknown="(\d+)" data-waived="(\d+)""#);
            let embedded =
                regex::Regex::new(r#"<script type="application/(json|gzip)" id="data">([^<]*)</script>"#).unwrap();
            let embedded = embedded.captures(text).unwrap();
            let data: Value = if &embedded[1] == "json" {
                serde_json::from_str(&embedded[2]).unwrap()
            } else {
                let packed = base64::engine::general_purpose::STANDARD.decode(&embedded[2]).unwrap();
                serde_json::from_reader(flate2::read::GzDecoder::new(packed.as_slice())).unwrap()
            };
            let embedded = tally(
                all(&data["verdict"]).map(|code| WORDS[usize::try_from(code.as_u64().unwrap()).unwrap()].to_owned()),
                WORDS,
            );
            assert_eq!(embedded, counts);
            counts
        }
    })
}

/// What a format may say, by its own rules: GitHub's profile and GitLab know no waivers, and
/// GitHub takes 5,000 results.
fn expected(format: Format, report: &Report) -> Counts {
    let mut counts = verdicts(report);
    if matches!(format, Format::Sarif) {
        counts.insert(Verdict::Waived, 0);
    }
    if matches!(format, Format::Gitlab) {
        counts.remove(&Verdict::Waived);
    }
    counts
}

#[test]
fn every_format_says_the_same_counts() {
    for (name, report) in reports() {
        for format in Format::value_variants() {
            let Some(counts) = read(*format, &rendered(*format, &report)) else { continue };
            if name == "big" && *format == Format::Sarif {
                assert_eq!(counts.values().sum::<usize>(), 5_000, "GitHub's limit");
                continue;
            }
            assert_eq!(counts, expected(*format, &report), "{format:?} of {name}");
        }
    }
}

#[test]
fn uuids_of_oscal_resolve_and_are_unique() {
    for (name, report) in [("hostile", super::made::hostile()), ("big", super::made::big(3_000, 60))] {
        let document: Value = serde_json::from_str(&rendered(Format::Oscal, &report)).unwrap();
        let (mut defined, mut used) = (Vec::new(), Vec::new());
        walk(&document, &mut defined, &mut used);
        let unique: std::collections::BTreeSet<&String> = defined.iter().collect();
        assert_eq!(unique.len(), defined.len(), "{name}: a UUID is given twice");
        let dangling: Vec<&String> = used.iter().filter(|uuid| !unique.contains(uuid)).collect();
        assert!(dangling.is_empty(), "{name}: nothing has {dangling:?}");
    }
}

fn walk(value: &Value, defined: &mut Vec<String>, used: &mut Vec<String>) {
    match value {
        Value::Array(list) => list.iter().for_each(|value| walk(value, defined, used)),
        Value::Object(object) => {
            for (key, value) in object {
                match (key.as_str(), value) {
                    ("uuid", Value::String(uuid)) => defined.push(uuid.clone()),
                    ("party-uuids", Value::Array(list)) => used.extend(list.iter().map(|v| v.as_str().unwrap().into())),
                    (key, Value::String(uuid)) if key.ends_with("-uuid") => used.push(uuid.clone()),
                    ("href", Value::String(href)) if href.starts_with('#') => used.push(href[1..].into()),
                    (_, value) => walk(value, defined, used),
                }
            }
        }
        _ => {}
    }
}
