//! The process is killed (SIGKILL) at every stage of a delivery: what stood before still stands, and
//! nothing is half there.

use std::{
    collections::{BTreeMap, BTreeSet},
    os::unix::process::ExitStatusExt as _,
    path::Path,
};

use serde_json::Value;
use sextant::{
    history::{History, verify},
    store::Dir,
};

use super::{Receiver, bucket::Bucket, command, files, run, sinks, source};
use crate::{
    fake::http::{Manner, Response},
    harness::{root, text},
};

/// Places that only a cluster or a fleet passes: killed at in tests of their own.
const ELSEWHERE: [&str; 4] = ["cluster-applied", "cluster-removed", "configmap-apply", "fleet-written"];

/// Runs until the kernel ends it at the N-th place. False: it passed fewer.
pub fn killed_at(arguments: &[&str], env: &[(&str, &str)], number: usize) -> Option<std::process::Output> {
    let place = format!("#{number}");
    let env = [env, &[("SEXTANT_TEST_DIES_AT", place.as_str())]].concat();
    let done = command(arguments, &env).output().unwrap();
    if done.status.code().is_some() {
        return None;
    }
    assert_eq!(done.status.signal(), Some(9), "place {number}");
    Some(done)
}

/// Every place in the source at which a test may kill.
fn places() -> BTreeSet<String> {
    fn look(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                look(&path, found);
            } else {
                let text = std::fs::read_to_string(&path).unwrap();
                let names = text.split("failpoint(\"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned());
                found.extend(names);
            }
        }
    }
    let mut found = BTreeSet::new();
    look(&root().join("src"), &mut found);
    found
}

#[test]
fn no_stage_leaves_half_a_file_or_takes_an_earlier_one() {
    let home = tempfile::tempdir().unwrap();
    let receiver = Receiver::start(|_| Response::json(200, ""));
    let bucket = Bucket::start(|_, _| None);
    let at = |name: &str| text(&home.path().join(name));
    let yaml = format!(
        "deliver:\n- file: {{path: {}, keep: 2}}\n- webhook: {{url: '{1}', when: always}}\n\
         - webhook: {{url: '{1}', when: new, name: news}}\n- s3: {{url: 's3://audits/x', endpoint: '{2}', keep: 2}}\n\
         - pushgateway: {{url: '{1}'}}\n- textfile: {{path: {3}}}\n",
        at("reports"),
        receiver.url(),
        bucket.endpoint(),
        at("sextant.prom")
    );
    let (config, history, passed) = (sinks(home.path(), &yaml), at("history"), at("passed"));
    let tidy = source("tidy");
    let fixed = ["audit", &tidy, "--cluster-name", "prod", "--deliver", &config, "--history", &history];
    let more = ["--history-keep", "3", "-o", "json", "--quiet", "--select", "NET-004"];
    let arguments = [&fixed[..], &more[..]].concat();
    let env =
        [("AWS_ACCESS_KEY_ID", "id"), ("AWS_SECRET_ACCESS_KEY", "s3cr3t"), ("SEXTANT_TEST_PLACES", passed.as_str())];
    for _ in 0..4 {
        let done = run(&arguments, &env);
        assert_eq!(done.code, 0, "{}", done.err);
    }
    let records = History::with(Box::new(Dir::new(Path::new(&history))), None);
    let count = |files: &BTreeMap<String, Vec<u8>>, part: &str| files.keys().filter(|name| name.contains(part)).count();
    // The next place every time, on what the last kill left.
    let mut number = 0;
    loop {
        number += 1;
        let (before, stored) = (files(home.path()), bucket.objects());
        let Some(done) = killed_at(&arguments, &env, number) else { break };
        serde_json::from_slice::<Value>(&done.stdout).unwrap_or_else(|_| panic!("{number}: the report was out"));
        // Every JSON file is whole, by itself.
        let (after, now) = (files(home.path()), bucket.objects());
        for (key, bytes) in &now {
            serde_json::from_slice::<Value>(bytes).unwrap_or_else(|e| panic!("{number}: {key}: {e}"));
        }
        assert!(after["sextant.prom"].ends_with(b"# EOF\n"), "{number}");
        let kept = [count(&after, "reports/prod/2"), count(&now, "x/prod/2"), count(&after, ".run.zst") - 1];
        assert!(kept.iter().all(|kept| *kept >= 2), "{number}: {kept:?}");
        for (name, bytes) in before.iter().chain(&stored) {
            let replaced = ["latest", "told", "newest", "passed", ".prom"].iter().any(|part| name.contains(part));
            if let Some(now) = after.get(name).or_else(|| now.get(name)).filter(|_| !replaced) {
                assert_eq!(now, bytes, "{number}: {name} was changed");
            }
        }
        let problems = verify::verify(&records, "prod").unwrap().problems;
        assert!(problems.is_empty(), "{number}: {problems:?}");
    }
    assert!(number > 30, "{number}");
    // A run that is left alone repairs what was left open.
    assert_eq!(run(&arguments, &env).code, 0);
    let (after, now) = (files(home.path()), bucket.objects());
    let kept = [count(&after, "reports/prod/2"), count(&now, "x/prod/2"), count(&after, ".run.zst")];
    assert_eq!(kept, [2, 2, 3]);
    // No place in the source is left out.
    let passed: BTreeSet<String> = std::fs::read_to_string(passed).unwrap().lines().map(ToOwned::to_owned).collect();
    let left: Vec<String> = places().difference(&passed).cloned().collect();
    assert_eq!(left, ELSEWHERE);
}

#[test]
fn a_fleet_that_is_killed_keeps_the_earlier_reports() {
    let home = tempfile::tempdir().unwrap();
    let at = |name: &str| text(&home.path().join(name));
    let (fleet, into) = (at("fleet.yaml"), at("into"));
    let list = |a: &str, b: &str| format!("clusters:\n- {{name: a, source: {a}}}\n- {{name: b, source: {b}}}\n");
    std::fs::write(&fleet, list(&source("tidy"), &source("menagerie"))).unwrap();
    let arguments = ["audit", "--fleet", &fleet, "--into", &into, "--select", "NET-004", "--quiet"];
    run(&arguments, &[]);
    std::fs::write(&fleet, list(&source("menagerie"), "/nothing")).unwrap();
    let mut number = 0;
    loop {
        number += 1;
        if killed_at(&arguments, &[], number).is_none() {
            break;
        }
        let now = files(Path::new(&into));
        assert!(now.contains_key("a.json") && now.contains_key("b.json"), "{number}: {:?}", now.keys());
        let merged = run(&["report", "merge", &into, "--fleet", &fleet, "-o", "json"], &[]);
        let matrix: Value = serde_json::from_str(&merged.out).unwrap();
        assert!(
            matrix["clusters"].as_array().unwrap().iter().all(|row| row["state"] != "missing"),
            "{number}: {matrix}"
        );
    }
    assert!(number > 6, "{number}");
}

#[test]
fn killed_while_a_server_is_slow() {
    let home = tempfile::tempdir().unwrap();
    let silent = Receiver::start(|_| Response { manner: Manner::Silent, ..Response::json(200, "") });
    let reports = text(&home.path().join("reports"));
    let yaml = format!("deliver:\n- file: {{path: {reports}}}\n- webhook: {{url: '{}', when: always}}\n", silent.url());
    let config = sinks(home.path(), &yaml);
    // With threads of its own too: the report is out before anything is delivered.
    for (told, more) in [&[][..], &["--threads", "2"]].into_iter().enumerate() {
        let fixed = ["audit", "--sample", "--deliver", &config, "-o", "json"];
        let mut child = command(&[&fixed[..], more].concat(), &[])
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let mut out = child.stdout.take().unwrap();
        let reader = std::thread::spawn(move || {
            let mut bytes = Vec::new();
            std::io::Read::read_to_end(&mut out, &mut bytes).map(|_| bytes)
        });
        for _ in 0..500 {
            if silent.got().len() > told {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        assert!(silent.got().len() > told, "it never came to the webhook");
        child.kill().unwrap();
        child.wait().unwrap();
        let bytes = reader.join().unwrap().unwrap();
        serde_json::from_slice::<Value>(&bytes).unwrap_or_else(|_| panic!("{more:?}: the report was printed before"));
        assert!(files(home.path()).contains_key("reports/sample/latest.json"));
    }
}

#[test]
fn a_silent_server_costs_its_deadline_and_no_more() {
    let home = tempfile::tempdir().unwrap();
    let silent = Receiver::start(|_| Response { manner: Manner::Silent, ..Response::json(200, "") });
    let config =
        sinks(home.path(), &format!("deliver:\n- webhook: {{url: '{}', when: always, deadline: 1s}}\n", silent.url()));
    let began = std::time::Instant::now();
    let done = run(&["audit", "--sample", "--deliver", &config, "--select", "NET-004"], &[]);
    assert_eq!(done.code, 6);
    assert!(done.err.contains("no answer in time") || done.err.contains("deadline"), "{}", done.err);
    assert!(began.elapsed() < std::time::Duration::from_secs(20), "{:?}", began.elapsed());
}
