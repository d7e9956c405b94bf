//! States against a baseline, read back out of every format that can carry them.

use std::collections::BTreeMap;

use clap::ValueEnum as _;
use serde_json::Value;
use sextant::{
    render::Format,
    report::{BaselineHead, Report, Verdict},
};

use super::{counts::csv, made, rendered};

type States = BTreeMap<String, u64>;

const STATES: [&str; 5] = ["new", "regressed", "unchanged", "fixed", "incomparable"];

/// Sixty findings in three states, and nine that are gone.
pub fn compared() -> Report {
    let mut report = made::big(69, 6);
    report.absent = report.findings.split_off(60);
    for (index, finding) in report.absent.iter_mut().enumerate() {
        finding.state = Some(if index % 3 == 0 { "incomparable" } else { "fixed" }.into());
        finding.verdict = Verdict::Fail;
        finding.waiver = None;
    }
    let mut head = BaselineHead { source: "before.json".into(), ..BaselineHead::default() };
    let violations = report.findings.iter().filter(|finding| finding.verdict != Verdict::Unknown);
    for finding in violations.chain(&report.absent) {
        head.count(finding.state.as_deref().unwrap());
    }
    report.baseline = Some(head);
    report.settle();
    report
}

fn tally(words: impl Iterator<Item = String>) -> States {
    let mut states = States::new();
    words.filter(|word| !word.is_empty()).for_each(|word| *states.entry(word).or_default() += 1);
    states
}

fn word(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn said(text: &str) -> States {
    // A narrow table folds it.
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let pattern = STATES.map(|state| format!(r"(\d+) {state}")).join(", ");
    let found = regex::Regex::new(&pattern).unwrap();
    let found = found.captures(&text).unwrap_or_else(|| panic!("no {pattern} in {}", &text[..text.len().min(3000)]));
    STATES.iter().enumerate().map(|(at, state)| ((*state).to_owned(), found[at + 1].parse().unwrap())).collect()
}

/// What a format says; none where its consumers compare for themselves, or have no word for it.
fn read(format: Format, text: &str) -> Option<States> {
    let json = || -> Value { serde_json::from_str(text).unwrap() };
    let lines = || text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let judged = |finding: &Value| finding["verdict"] != "unknown";
    Some(match format {
        Format::Gitlab => return None,
        Format::Table | Format::Github | Format::GithubSummary | Format::Markdown | Format::Html => said(text),
        Format::Json => {
            let report = json();
            let all = list(&report["findings"]).filter(|finding| judged(finding)).chain(list(&report["absent"]));
            let states = tally(all.map(|finding| word(&finding["state"])));
            assert!(states.iter().all(|(state, count)| report["baseline"][state] == *count), "{}", report["baseline"]);
            states
        }
        Format::Ndjson => {
            let all = lines().filter(|line| line["type"] == "finding" && judged(line) || line["type"] == "absent");
            tally(all.map(|line| word(&line["state"])))
        }
        Format::Csv => {
            let rows = csv(text).into_iter().skip(1).filter(|row| row[2] != "unknown");
            tally(rows.map(|row| row[15].clone()))
        }
        Format::Sarif | Format::SarifFull => {
            let log = json();
            let results = list(&log["runs"][0]["results"]).filter(|result| judged(&result["properties"]));
            let results: Vec<&Value> = results.collect();
            for result in &results {
                let standard = match word(&result["properties"]["state"]).as_str() {
                    "regressed" => "updated",
                    "fixed" => "absent",
                    "incomparable" => "",
                    state => state,
                }
                .to_owned();
                assert!(format == Format::Sarif || word(&result["baselineState"]) == standard, "{result}");
                let gone = matches!(word(&result["properties"]["state"]).as_str(), "fixed" | "incomparable");
                assert_eq!(result["kind"] != "fail", gone, "what is gone does not count as a failure: {result}");
            }
            tally(results.into_iter().map(|result| word(&result["properties"]["state"])))
        }
        Format::Openmetrics => {
            let sample = regex::Regex::new(r#"(?m)^sextant_findings_change\{.*state="(\w+)"\} (\d+)$"#).unwrap();
            sample.captures_iter(text).map(|found| (found[1].to_owned(), found[2].parse().unwrap())).collect()
        }
        Format::Policyreport | Format::Openreports => {
            let reports = json();
            let results = list(&reports["items"]).flat_map(|item| list(&item["results"]));
            let results = results.filter(|result| result["result"] != "error");
            tally(results.map(|result| word(&result["properties"]["state"])))
        }
        Format::Oscal => {
            let document = json();
            let result = &document["assessment-results"]["results"][0];
            let prop = |seen: &Value, name: &str| {
                list(&seen["props"])
                    .find(|prop| prop["name"] == name)
                    .map_or(String::new(), |prop| word(&prop["value"]))
            };
            let seen = list(&result["observations"]).filter(|seen| prop(seen, "verdict") != "unknown");
            tally(seen.map(|seen| prop(seen, "state")))
        }
        Format::Ocsf => {
            let events: Vec<Value> = lines().filter(|event| judged(&event["unmapped"]["sextant"])).collect();
            for event in &events {
                let closed = event["unmapped"]["sextant"]["state"] == "fixed";
                assert_eq!((event["activity_id"] == 3, event["status_id"] == 4), (closed, closed), "{event}");
                assert_eq!(event["compliance"]["status_id"] == 1, closed, "{event}");
            }
            tally(events.iter().map(|event| word(&event["unmapped"]["sextant"]["state"])))
        }
        Format::Junit => {
            let case = regex::Regex::new(r"(?s)<(failure|skipped)[^<]*(?:</failure>)?").unwrap();
            let state = regex::Regex::new(r"\((new|regressed|unchanged)\)").unwrap();
            tally(case.find_iter(text).filter_map(|found| Some(state.captures(found.as_str())?[1].to_owned())))
        }
    })
}

#[test]
fn every_format_says_the_same_states() {
    let report = compared();
    let all = read(Format::Json, &rendered(Format::Json, &report)).unwrap();
    assert_eq!((all.len(), all["fixed"], all["incomparable"]), (5, 6, 3), "{all:?}");
    let waived_new = |state: &str| {
        let of = |f: &&sextant::report::Finding| f.verdict == Verdict::Waived && f.state.as_deref() == Some(state);
        report.findings.iter().filter(of).count() as u64
    };
    for format in Format::value_variants() {
        let Some(states) = read(*format, &rendered(*format, &report)) else { continue };
        let mut wanted = all.clone();
        // Formats without a word for what is not there any more.
        if matches!(
            format,
            Format::Sarif | Format::Policyreport | Format::Openreports | Format::Oscal | Format::Junit | Format::Ocsf
        ) {
            wanted.remove("incomparable");
            if *format != Format::Ocsf {
                wanted.remove("fixed");
            }
        }
        // GitHub's profile has no waived ones.
        if *format == Format::Sarif {
            wanted.iter_mut().for_each(|(state, count)| *count -= waived_new(state));
        }
        assert_eq!(states, wanted, "{format:?}");
    }
}
