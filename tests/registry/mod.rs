//! Registries from outside: every check on cases of its own, the documented edge cases, and what
//! real servers answer.

mod beside;
mod docker_auth;
mod edges;
mod issuer;
mod openshift;
mod pinned;
mod planted;
mod real;
mod restrictions;
mod usage;
mod verifiers;
mod zot;

use crate::harness::{audit, root, text};

/// An object as a snapshot keeps it.
fn kept(object: &serde_json::Value) -> serde_json::Value {
    let dir = tempfile::tempdir().unwrap();
    let (from, to) = (text(&dir.path().join("o.json")), text(&dir.path().join("o.sxs")));
    std::fs::write(&from, object.to_string()).unwrap();
    let run = crate::harness::sextant(&["snapshot", "-o", &to, &from]);
    assert!(std::path::Path::new(&to).exists(), "{}", run.err);
    let stored = String::from_utf8(zstd::decode_all(std::fs::File::open(&to).unwrap()).unwrap()).unwrap();
    let line = stored.lines().find(|line| line.contains("\"kind\":\"ConfigMap\"") && line.contains("config.json"));
    let line: serde_json::Value = serde_json::from_str(line.unwrap()).unwrap();
    line.get("object").cloned().unwrap_or(line)
}

/// The counts of one policy over a case, under the rules beside it.
pub fn counts(id: &str, side: &str) -> serde_json::Value {
    let case = root().join("fixtures/cases").join(id).join(side);
    let (rules, case) = (text(&case.join("rules")), text(&case));
    let (_, report) = audit(&[&case, "--rules", &rules, "--select", id, "--secrets", "list"]);
    assert!(report["policies"][0]["error"].is_null(), "{id} {side}: {}", report["policies"][0]["error"]);
    report["policies"][0]["counts"].clone()
}

#[test]
fn every_check_fires_on_its_case_and_is_silent_on_the_other() {
    for number in 3..=32 {
        let id = format!("REG-{number:03}");
        let (fires, silent) = (counts(&id, "fires"), counts(&id, "silent"));
        assert!(fires["fail"].as_u64().unwrap() > 0, "{id}: {fires}");
        assert!(silent["fail"] == 0 && silent["pass"].as_u64().unwrap() > 0, "{id}: {silent}");
    }
}
