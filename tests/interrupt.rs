//! Ctrl-C while a cluster is read: what was read becomes a valid snapshot that can be continued.

use std::{
    process::{Command, Stdio},
    time::Duration,
};

use serde_json::json;
use sextant::{
    object::Kind,
    snapshot::{State, file},
};

use crate::{
    fake::{Fault, FaultRule, World},
    harness::text,
};

/// Ctrl-C, and what a pod is sent when its time is over.
#[cfg(unix)]
#[test]
fn an_interrupted_snapshot_is_valid_partial_and_resumable() {
    for signal in ["INT", "TERM"] {
        interrupted_by(signal);
    }
}

#[cfg(unix)]
fn interrupted_by(signal: &str) {
    let mut world = World::small();
    for number in 0..20 {
        world.push("Pod", json!({"metadata": {"name": format!("pod-{number}"), "namespace": "shop"}}));
    }
    let hang = FaultRule { plural: "pods".into(), later: Some(true), namespaced: None, times: 1, fault: Fault::Silent };
    world.faults.push(hang);
    let fake = world.start();
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("cluster.sxs");
    let kubeconfig = text(fake.target().kubeconfig.as_deref().unwrap());
    let command = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sextant"));
        command
            .args(["snapshot", "--page-size", "5", "--kubeconfig", &kubeconfig, "-o", &text(&out)])
            .args(more)
            .stdin(Stdio::null())
            .stderr(Stdio::piped());
        command
    };
    let child = command(&["--max-in-flight", "1"]).spawn().unwrap();
    for _ in 0..200 {
        if fake.log().iter().any(|(_, target)| target.contains("continue=")) {
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    std::thread::sleep(Duration::from_millis(100));
    let sent = Command::new("sh").args(["-c", &format!("kill -{signal} {}", child.id())]).status().unwrap();
    assert!(sent.success());
    let done = child.wait_with_output().unwrap();
    let err = String::from_utf8(done.stderr).unwrap();
    assert_eq!(done.status.code(), Some(4), "{err}");
    assert!(err.contains("--resume"), "{err}");
    let read = || file::read(std::fs::File::open(&out).unwrap()).unwrap();
    let snapshot = read();
    assert!(snapshot.sources.is_empty(), "the file is whole: {:?}", snapshot.sources);
    let coverage = snapshot.coverage(&Kind::new("", "Pod"));
    assert_eq!((coverage.state, coverage.objects), (State::Partial, 5), "{coverage:?}");
    assert_eq!(snapshot.coverage(&Kind::new("", "Node")).state, State::Skipped);
    let done = command(&["--resume"]).output().unwrap();
    assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stderr));
    let coverage = read().coverage(&Kind::new("", "Pod"));
    assert_eq!((coverage.state, coverage.objects), (State::Complete, 20));
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "no spool is left");
}

/// `sextant rbac` without a cluster guesses plurals: they must be those of the CRDs in the world.
#[test]
fn guessed_plurals_are_those_of_real_crds() {
    let Some(dir) = crate::harness::shared("data/crds") else { return };
    let (mut seen, mut wrong) = (0, std::collections::BTreeSet::new());
    let mut folders = vec![dir];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let Ok(content) = std::fs::read_to_string(&path) else { continue };
            for document in format!("\n{content}").split("\n---") {
                let Ok(crd) = sextant::yaml::parse::<serde_json::Value>(document) else { continue };
                let names = &crd["spec"]["names"];
                let (Some(kind), Some(plural)) = (names["kind"].as_str(), names["plural"].as_str()) else { continue };
                seen += 1;
                if sextant::collect::plan::plural(kind) != plural {
                    wrong.insert(format!("{kind} is {plural}"));
                }
            }
        }
    }
    eprintln!("{seen} CRDs, {} plurals guessed wrong: {wrong:?}", wrong.len());
    assert!(wrong.len() * 20 <= seen, "{wrong:?}");
}
