//! Sinks on this machine: files, webhooks, metrics; and the one that fails.

use std::fmt::Write as _;

use hmac::{Hmac, Mac as _};
use serde_json::Value;
use sha2::Sha256;

use super::{Receiver, files, run, sinks, source};
use crate::{fake::http::Response, harness::text};

const SECRET: &str = "s3cr3t-hook-path";

#[test]
fn a_run_is_printed_kept_told_and_counted() {
    let home = tempfile::tempdir().unwrap();
    let receiver = Receiver::start(|_| Response::json(200, "{}"));
    let (reports, history, prom) = (
        text(&home.path().join("reports")),
        text(&home.path().join("history")),
        text(&home.path().join("sextant.prom")),
    );
    let yaml = format!(
        "deliver:\n- textfile: {{path: {prom}}}\n- file: {{path: {reports}, keep: 2}}\n\
         - file: {{path: {reports}, format: markdown, name: readable}}\n\
         - webhook: {{url: {{env: HOOK}}, key: {{env: KEY}}, when: new}}\n"
    );
    let config = sinks(home.path(), &yaml);
    let hook = format!("{}/{SECRET}", receiver.url());
    let env = [("HOOK", hook.as_str()), ("KEY", "k3y")];
    let audit = |name: &str| {
        let source = source(name);
        let arguments =
            ["audit", &source, "--deliver", &config, "--history", &history, "--cluster-name", "prod", "-o", "json"];
        run(&arguments, &env)
    };
    let tidy = audit("tidy");
    assert!(!tidy.out.is_empty() && tidy.code != 6, "{} {}", tidy.code, tidy.err);
    let before = receiver.got().len();
    let bad = audit("menagerie");
    assert_eq!(bad.code, serde_json::from_str::<Value>(&bad.out).unwrap()["gate"]["exit_code"].as_u64().unwrap() as u8);
    let got = receiver.got();
    assert_eq!(got.len(), before + 1, "what is new is told: {}", bad.err);
    let message = got.last().unwrap();
    let body: Value = serde_json::from_slice(&message.body).unwrap();
    assert_eq!((body["event"].as_str(), body["cluster"].as_str()), (Some("new"), Some("prod")));
    assert!(body["findings_total"].as_u64().unwrap() > 10);
    // Whoever has the key can tell that it is ours.
    let signed = message.header("x-sextant-signature");
    let (time, mac) = signed.split_once(",v1=").unwrap();
    let mut hmac = Hmac::<Sha256>::new_from_slice(b"k3y").unwrap();
    hmac.update(format!("{}.", time.strip_prefix("t=").unwrap()).as_bytes());
    hmac.update(&message.body);
    let wanted = hmac.finalize().into_bytes().iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    assert_eq!(mac, wanted);
    audit("menagerie");
    assert_eq!(receiver.got().len(), before + 1, "nothing new is not told");
    for run in [&tidy, &bad] {
        assert!(!run.err.contains(SECRET) && !run.out.contains(SECRET) && !run.err.contains("k3y"), "{}", run.err);
    }
    let found = files(home.path());
    let json = found.keys().filter(|name| name.starts_with("reports/prod/2") && name.ends_with(".json")).count();
    assert_eq!(json, 2, "two are kept: {:?}", found.keys());
    assert!(found.contains_key("reports/prod/latest.json") && found.contains_key("reports/prod/latest.markdown"));
    assert_eq!(found.keys().filter(|name| name.ends_with(".run.zst")).count(), 3);
    let metrics = String::from_utf8(found["sextant.prom"].clone()).unwrap();
    for line in [
        "sextant_findings_change{cluster=\"prod\",state=\"new\"} 0",
        "sextant_delivery_success{cluster=\"prod\",sink=\"webhook\"} 1",
    ] {
        assert!(metrics.contains(line), "{line}\n{metrics}");
    }
    let mut families = std::collections::HashSet::new();
    for line in metrics.lines().filter(|line| line.starts_with("# TYPE")) {
        assert!(families.insert(line), "{line} twice");
    }
}

#[test]
fn a_sink_that_fails_is_exit_6_and_no_other_suffers() {
    let home = tempfile::tempdir().unwrap();
    let broken = Receiver::start(|_| Response::json(500, "{\"token\": \"leak\"}"));
    let shy = Receiver::start(|_| Response::json(403, ""));
    let reports = text(&home.path().join("reports"));
    let yaml = format!(
        "deliver:\n- webhook: {{url: '{}/{SECRET}', when: always, retries: 1, deadline: 5s}}\n\
         - webhook: {{url: '{}/{SECRET}', when: always, shape: slack, name: shy}}\n\
         - webhook: {{url: {{env: NOT_SET_ANYWHERE}}, when: always, name: unset}}\n\
         - s3: {{url: 's3://bucket/x'}}\n- file: {{path: {reports}}}\n",
        broken.url(),
        shy.url()
    );
    let config = sinks(home.path(), &yaml);
    let done = run(&["audit", "--sample", "--deliver", &config, "--exit-zero", "-o", "json"], &[]);
    assert_eq!(done.code, 6, "{}", done.err);
    let report: Value = serde_json::from_str(&done.out).unwrap();
    assert_eq!(report["gate"]["exit_code"], 1, "the verdict is not touched");
    assert_eq!((broken.got().len(), shy.got().len()), (2, 1), "500 is tried again, 403 is not");
    assert!(files(home.path()).contains_key("reports/sample/latest.json"));
    for word in [SECRET, "leak"] {
        assert!(!done.err.contains(word), "{}", done.err);
    }
    for word in ["webhook", "shy", "NOT_SET_ANYWHERE", "AWS_ACCESS_KEY_ID", "the gate says exit code 1"] {
        assert!(done.err.contains(word), "{word}: {}", done.err);
    }
    let text = shy.got()[0].clone();
    let slack: Value = serde_json::from_slice(&text.body).unwrap();
    assert!(slack["blocks"][0]["text"]["text"].as_str().unwrap().contains("open violations"));
}

#[test]
fn exit_zero_is_about_the_gate_alone() {
    assert_eq!(run(&["audit", "--sample", "--exit-zero"], &[]).code, 0);
    assert_eq!(run(&["audit", "/nothing/here", "--exit-zero"], &[]).code, 3);
    let home = tempfile::tempdir().unwrap();
    let config = sinks(home.path(), "deliver:\n- file: {path: /x, kep: 3}\n");
    let wrong = run(&["audit", "--sample", "--exit-zero", "--deliver", &config], &[]);
    assert_eq!(wrong.code, 2);
    assert!(wrong.err.contains("deliver.yaml") && wrong.out.is_empty(), "{}", wrong.err);
    let config = sinks(home.path(), "deliver:\n- webhook: {url: 'http://127.0.0.1:1/'}\n");
    let wrong = run(&["audit", "--sample", "--deliver", &config], &[]);
    assert_eq!(wrong.code, 2, "new to whom, without a history: {}", wrong.err);
}

#[test]
fn a_message_that_did_not_arrive_is_sent_with_the_next_run() {
    let home = tempfile::tempdir().unwrap();
    let receiver = Receiver::start(|number| Response::json(if number == 2 { 400 } else { 200 }, ""));
    let history = text(&home.path().join("history"));
    let config = sinks(home.path(), &format!("deliver:\n- webhook: {{url: '{}', when: new}}\n", receiver.url()));
    let audit = |name: &str| {
        let source = source(name);
        run(&["audit", &source, "--cluster-name", "c", "--deliver", &config, "--history", &history], &[]).code
    };
    // The first run tells everything that is open.
    audit("menagerie");
    assert_eq!(receiver.got().len(), 1);
    audit("tidy");
    assert_eq!(receiver.got().len(), 1, "what went is no news");
    assert_eq!(audit("menagerie"), 6);
    assert_eq!(receiver.got().len(), 2);
    assert_ne!(audit("menagerie"), 6);
    assert_eq!(receiver.got().len(), 3);
    audit("menagerie");
    assert_eq!(receiver.got().len(), 3);
}

#[test]
fn old_sources_prove_nothing() {
    let home = tempfile::tempdir().unwrap();
    let file = text(&home.path().join("c.sxs"));
    assert_eq!(run(&["snapshot", "--sample", "-o", &file], &[]).code, 0);
    let old = run(&["audit", &file, "--max-age", "1h", "--select", "NET-004", "--fail-on", "never", "-o", "json"], &[]);
    let report: Value = serde_json::from_str(&old.out).unwrap();
    assert_eq!((old.code, report["gate"]["incomplete"].as_bool()), (4, Some(true)), "{}", old.err);
    assert!(report["coverage"].to_string().contains("older than --max-age"), "{}", report["coverage"]);
    let young =
        run(&["audit", &file, "--max-age", "100y", "--select", "NET-004", "--fail-on", "never", "-o", "json"], &[]);
    let report: Value = serde_json::from_str(&young.out).unwrap();
    assert!(!report["coverage"].to_string().contains("--max-age"));
}
