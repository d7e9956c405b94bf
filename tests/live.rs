//! Commands against a live cluster, as the fake server plays it with recorded answers.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{
    fake::{Fake, Rule, World},
    harness::{audit, sextant, shared, text},
};

/// Arguments that name the server.
fn at(fake: &Fake) -> Vec<String> {
    let kubeconfig = text(fake.target().kubeconfig.as_deref().unwrap());
    ["--kubeconfig", &kubeconfig, "--max-qps", "0", "--quiet"].map(ToOwned::to_owned).to_vec()
}

fn with<'a>(fixed: &[&'a str], more: &'a [String]) -> Vec<&'a str> {
    fixed.iter().copied().chain(more.iter().map(String::as_str)).collect()
}

/// Verdicts by policy and subject, and whatever else a report judges.
pub fn verdicts(report: &Value) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for finding in report["findings"].as_array().unwrap() {
        let key = format!("{} {} {}", finding["policy"], finding["subject"], finding["path"]);
        found.insert(key, finding["verdict"].as_str().unwrap().to_owned());
    }
    for policy in report["policies"].as_array().unwrap() {
        found.insert(format!("{} counts", policy["id"]), policy["counts"].to_string());
    }
    found
}

#[test]
fn a_live_audit_says_what_its_snapshot_and_its_recorded_answers_say() {
    for name in ["bank", "edge"] {
        let Some(dir) = shared(&format!("data/clusters/{name}")) else { return };
        let fake = World::folder(&dir).start();
        let place = at(&fake);
        let time = ["--time", "2026-11-01T00:00:00Z"];
        let (_, live) = audit(&with(&time, &place));
        let files = tempfile::tempdir().unwrap();
        let file = text(&files.path().join("cluster.sxs"));
        let run = sextant(&with(&["snapshot", "--all-kinds", "-o", &file, time[0], time[1]], &place));
        assert_eq!(run.code, 0, "{}", run.err);
        let (_, replay) = audit(&[&file]);
        assert_eq!(verdicts(&live), verdicts(&replay), "{name}: a replay says the same");
        let (_, recorded) = audit(&[&text(&dir), time[0], time[1]]);
        assert_eq!(verdicts(&recorded), verdicts(&replay), "{name}: and so do the answers themselves");
        assert!(fake.log().iter().all(|(method, _)| method == "GET"));
        let same = sextant(&["snapshot", "diff", &file, &file]);
        assert_eq!((same.code, same.out.as_str()), (0, "0 removed, 0 added, 0 changed\n"));
    }
}

/// The rules of the role that `sextant rbac` prints.
fn role(yaml: &str) -> Vec<Rule> {
    let role: Value = sextant::yaml::parse(yaml).unwrap();
    let list = |value: &Value| -> Vec<String> {
        value.as_array().unwrap().iter().map(|entry| entry.as_str().unwrap().to_owned()).collect()
    };
    role["rules"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rule| Rule {
            groups: list(&rule["apiGroups"]),
            resources: list(&rule["resources"]),
            verbs: list(&rule["verbs"]),
            namespace: None,
        })
        .collect()
}

#[test]
fn the_generated_role_is_enough_and_no_more_and_each_rule_of_it_matters() {
    let Some(dir) = shared("data/clusters/edge") else { return };
    let fake = World::folder(&dir).start();
    let place = at(&fake);
    let printed = sextant(&with(&["rbac", "--served"], &place));
    assert_eq!(printed.code, 0, "{}", printed.err);
    assert!(!printed.out.contains('*') && !printed.out.contains("secrets"), "{}", printed.out);
    let rules = role(&printed.out);
    let time = ["--time", "2026-11-01T00:00:00Z", "--all"];
    fake.state.world.lock().unwrap().rules = Some(rules.clone());
    fake.state.used.lock().unwrap().clear();
    let (_, whole) = audit(&with(&time, &place));
    assert_eq!(fake.state.denied.load(std::sync::atomic::Ordering::SeqCst), 0, "no 403 with the whole role");
    let used: BTreeSet<usize> = fake.state.used.lock().unwrap().clone();
    assert_eq!(used, (0..rules.len()).collect(), "no rule is unused");
    let (code, fine) = (sextant(&with(&["preflight"], &place)), 0);
    assert_eq!(code.code, fine, "{}", code.out);
    let whole = verdicts(&whole);
    for gone in 0..rules.len() {
        let mut less = rules.clone();
        let lost = less.remove(gone);
        fake.state.world.lock().unwrap().rules = Some(less);
        let checked = sextant(&with(&["preflight", "-o", "json"], &place));
        assert_eq!(checked.code, 4, "without {lost:?}");
        let checked: Value = serde_json::from_str(&checked.out).unwrap();
        let denied: BTreeSet<&str> = checked["kinds"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|kind| kind["access"] == "denied")
            .map(|kind| kind["kind"].as_str().unwrap())
            .collect();
        assert_eq!(denied.len(), lost.resources.len(), "preflight names what is gone: {denied:?} {lost:?}");
        let (_, report) = audit(&with(&time, &place));
        let needed: BTreeSet<&str> =
            checked["unknown_policies"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        for policy in report["policies"].as_array().unwrap() {
            let counts = &policy["counts"];
            if needed.contains(policy["id"].as_str().unwrap()) {
                assert_eq!(counts["pass"], 0, "{policy} passes without {lost:?}");
            }
        }
        for (key, verdict) in verdicts(&report) {
            let before = whole.get(&key).map_or("", String::as_str);
            assert!(verdict != "pass" || before == "pass", "{key} was {before} and passes without {lost:?}");
        }
    }
}
