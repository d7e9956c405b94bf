//! `inventory --explain`: what it says is what the detector saw, for every system of every fixture;
//! and what it says to people, of a system that is there, that is not, and that nobody knows.

use std::collections::BTreeSet;

use serde_json::Value;
use sextant::inventory::detect::explain::explain;

use crate::{
    detected::{catalog, cluster, told_with},
    harness::{root, sextant, text},
};

/// Evidence of the inventory and of the explanation are the same.
#[test]
fn it_says_what_the_detector_saw() {
    let mut systems = 0;
    for entry in std::fs::read_dir(root().join("fixtures/detect")).unwrap() {
        let name = entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned();
        let snapshot = cluster(&name, "");
        for extension in told_with(&name, "").0 {
            systems += 1;
            let told = explain(&snapshot, catalog(), &extension.id).unwrap();
            let place = format!("{name}: {}", extension.id);
            assert_eq!(told.state, serde_json::to_value(extension.state).unwrap().as_str().unwrap(), "{place}");
            assert_eq!(
                (&told.version, &told.version_source),
                (&extension.version, &extension.version_source),
                "{place}"
            );
            assert_eq!((told.health, &told.health_reason), (extension.health, &extension.health_reason), "{place}");
            for (capability, own) in &extension.capabilities {
                assert_eq!(own, &told.capabilities[capability].told, "{place}");
            }
            let names =
                |tier: &dyn Fn(char) -> bool, said: &mut dyn Iterator<Item = (char, String)>| -> BTreeSet<String> {
                    said.filter(|(own, _)| tier(*own)).map(|(_, what)| what).collect()
                };
            let seen = names(
                &|tier| tier == 'A',
                &mut extension.evidence.iter().filter(|e| e.kind != "service").map(|e| (e.tier, e.what.clone())),
            );
            let counted = names(
                &|tier| tier == 'A',
                &mut told
                    .evidence
                    .iter()
                    .filter(|c| c.kind != "service")
                    .flat_map(|c| c.objects.iter().map(|o| (c.tier, o.clone()))),
            );
            assert_eq!(seen, counted, "{place}");
            // Every image that told is told with the expression that it matched.
            for workload in extension.instances.iter().flat_map(|instance| &instance.workloads) {
                let what = workload.to_string();
                let is_told = told.evidence.iter().flat_map(|c| &c.objects).any(|object| object.starts_with(&what));
                assert!(is_told, "{place}: {what} is in no evidence: {:?}", told.evidence);
            }
            // One place at most says the version that is believed, and it is the first that says any.
            if let Some(first) = told.version_order.iter().find(|said| said.version.is_some()) {
                assert_eq!(first.version.as_deref(), Some(told.version.as_str()), "{place}: {:?}", told.version_order);
            }
            let degraded = told.health_checks.iter().any(|check| check.holds == Some(false));
            assert_eq!(
                degraded,
                !told.health_reason.is_empty()
                    && told.health_reason.contains(' ')
                    && extension.health == Some(sextant::inventory::detect::Health::Degraded),
                "{place}"
            );
        }
    }
    assert!(systems > 130, "{systems}");
}

fn fixture(name: &str, unread: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let from = root().join("fixtures/detect").join(format!("{name}.yaml"));
    std::fs::copy(from, dir.path().join("objects.yaml")).unwrap();
    let mark = format!("sextant: fixture/1\ntime: 2026-11-20T09:00:00Z\nversion: v1.37.2\n{unread}");
    std::fs::write(dir.path().join("cluster.yaml"), mark).unwrap();
    dir
}

fn asked(system: &str, name: &str, unread: &str) -> String {
    let dir = fixture(name, unread);
    let run = sextant(&["inventory", "--explain", system, &text(dir.path())]);
    assert_eq!(run.code, 0, "{}", run.err);
    run.out
}

#[test]
fn a_system_that_is_there() {
    let out = asked("canal", "01-canal", "");
    for line in [
        "Canal (canal): network, overlay-network",
        "state      installed: a main part of it runs",
        "health     healthy",
        "version    v0.24.4, v3.32.1, from: image tag, template",
        "  A config-map kube-system/canal-config",
        "  B image calico/node$ [one of each group, in one pod]",
        "      DaemonSet kube-system/canal runs",
        "  A config-map kube-system/rke2-canal-config: not found",
        "  network-policy: yes, the calico-node container of canal enforces NetworkPolicy",
        "    no       neither flannel nor Calico is told to encrypt <- decides",
    ] {
        assert!(out.contains(line), "{line:?} is not in:\n{out}");
    }
}

#[test]
fn a_name_serves_as_well_as_an_id() {
    assert!(asked("Calico", "05-operator-tag", "").starts_with("Calico (calico): network"));
}

#[test]
fn a_system_that_is_not_there() {
    let out = asked("calico", "06-flannel-alone", "");
    assert!(out.contains("state      absent: nothing of it was found\n"), "{out}");
    assert!(
        out.contains("  A crd crd.projectcalico.org: not found") && out.contains("  B image calico/node$: not found"),
        "{out}"
    );
    assert!(out.contains("Evidence that counted\n  none\n"), "{out}");
}

/// What was not read is not absent.
#[test]
fn a_system_that_nobody_could_see() {
    let unread = "coverage:\n  apps/DaemonSet: {state: forbidden, reason: may not list}\n";
    let out = asked("calico", "06-flannel-alone", unread);
    assert!(
        out.contains("state      unknown: nothing of it was found, and apps/DaemonSet was not read: it may run"),
        "{out}"
    );
    assert!(out.contains("B image calico/node$: apps/DaemonSet was not read"), "{out}");
    let residue = asked("calico", "75-kinds-not-read", unread);
    assert!(
        residue.contains("state      unknown: names of it are there, and apps/DaemonSet was not read"),
        "{residue}"
    );
}

/// A part of a cluster proves nothing absent.
#[test]
fn manifests_prove_nothing_absent() {
    let file = text(&root().join("fixtures/detect/06-flannel-alone.yaml"));
    let run = sextant(&["inventory", "--explain", "calico", &file]);
    assert!(run.out.contains("state      unknown: nothing of it was found in this source"), "{}", run.out);
    let whole = sextant(&["inventory", "--explain", "calico", "--complete", &file]);
    assert!(whole.out.contains("state      absent: nothing of it was found"), "{}", whole.out);
}

#[test]
fn a_name_that_is_none() {
    let file = text(&root().join("fixtures/detect/06-flannel-alone.yaml"));
    let run = sextant(&["inventory", "--explain", "calcio", &file]);
    assert_eq!((run.code, run.out.as_str()), (2, ""));
    assert!(run.err.contains("no system is called \"calcio\"; did you mean calico"), "{}", run.err);
    let run = sextant(&["inventory", "--explain", "zzzzzzzz", &file]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("none of them named like it"), "{}", run.err);
}

#[test]
fn for_programs() {
    let dir = fixture("37b-neuvector-on-three-of-five", "");
    let run = sextant(&["inventory", "--explain", "neuvector", "-o", "json", &text(dir.path())]);
    let told: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(told["format"], 1);
    let system = &told["system"];
    assert_eq!((system["id"].as_str(), system["state"].as_str()), (Some("neuvector"), Some("installed")));
    assert_eq!(system["health"], "degraded");
    let failed: Vec<&Value> =
        system["health_checks"].as_array().unwrap().iter().filter(|c| c["holds"] == false).collect();
    assert_eq!(failed.len(), 1, "{failed:?}");
    let decided = |capability: &str| -> Vec<Value> {
        let cases = system["capabilities"][capability]["cases"].as_array().unwrap();
        cases.iter().filter(|case| case["decided"] == true).cloned().collect()
    };
    assert_eq!(decided("runtime-threat").len(), 1);
    assert!(told["snapshot"].is_object() && told["coverage"].is_array());
}

#[test]
fn evidence_is_told_on_request() {
    let dir = fixture("01-canal", "");
    let plain = sextant(&["inventory", &text(dir.path())]).out;
    assert!(plain.contains("CAPABILITIES") && plain.contains("LIFECYCLE") && !plain.contains("Evidence"), "{plain}");
    let full = sextant(&["inventory", "--evidence", &text(dir.path())]).out;
    assert!(
        full.contains("\nEvidence\n  canal\n    B DaemonSet kube-system/canal 2/2 runs quay.io/calico/node"),
        "{full}"
    );
}
