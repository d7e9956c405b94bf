//! What a system can do, switch by switch: on, off, and not read. The cases stand in
//! `fixtures/switches`, one file an aspect; every proof of the catalogue decides in one of them or
//! in a fixture of the detector, and none of its answers outlives the reading of what it was read
//! from.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use sextant::{
    inventory::{
        catalog::{Answer, Condition, Mode},
        detect::explain::{Explanation, explain},
    },
    snapshot::Snapshot,
};

use crate::{
    detected::catalog,
    harness::root,
    short::{cluster, object},
};

/// One case of a fixture.
struct Case {
    place: String,
    system: String,
    objects: Vec<Value>,
    can: Vec<(String, Answer, Mode)>,
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut files: Vec<_> =
        std::fs::read_dir(root().join("fixtures/switches")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files {
        let list: Value = sextant::yaml::parse(&std::fs::read_to_string(&file).unwrap()).unwrap();
        for entry in list.as_array().unwrap() {
            let system = entry["of"].as_str().unwrap().to_owned();
            for (at, case) in entry["cases"].as_array().unwrap().iter().enumerate() {
                let with = entry["base"].as_array().into_iter().chain(case["with"].as_array()).flatten();
                let can = case["can"].as_str().unwrap().split(", ").map(|told| {
                    let words: Vec<&str> = told.split(' ').collect();
                    let value: Answer = serde_json::from_value(words[1].into()).unwrap();
                    (words[0].to_owned(), value, if words.len() > 2 { Mode::Detect } else { Mode::Enforce })
                });
                cases.push(Case {
                    place: format!("{} {system} case {at}", file.file_name().unwrap().to_string_lossy()),
                    system: system.clone(),
                    objects: with.map(object).collect(),
                    can: can.collect(),
                });
            }
        }
    }
    cases
}

/// The clusters of all cases.
pub fn snapshots() -> impl Iterator<Item = Snapshot> {
    cases().into_iter().map(|case| cluster(&case.objects, None))
}

/// The case that decided each capability, with its answer.
fn deciding(told: &Explanation) -> BTreeMap<&str, (Answer, Option<usize>)> {
    let of = |explained: &sextant::inventory::detect::explain::Explained| {
        (explained.told.value, explained.cases.iter().position(|case| case.decided))
    };
    told.capabilities.iter().map(|(name, explained)| (name.as_str(), of(explained))).collect()
}

#[test]
fn every_switch_is_read() {
    let mut wrong = Vec::new();
    for case in cases() {
        let snapshot = cluster(&case.objects, None);
        let told = explain(&snapshot, catalog(), &case.system).unwrap();
        for (capability, value, mode) in &case.can {
            let Some(explained) = told.capabilities.get(capability) else {
                wrong.push(format!("{}: {capability} is not told; the system is {}", case.place, told.state));
                continue;
            };
            let own = &explained.told;
            if (own.value, own.mode) != (*value, *mode) {
                let told = format!("{:?} {:?} ({})", own.value, own.mode, own.evidence);
                wrong.push(format!("{}: {capability} is {told}, not {value:?} {mode:?}", case.place));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What was read from a kind is not known without it.
#[test]
fn no_answer_outlives_what_it_was_read_from() {
    let (mut wrong, mut asked) = (Vec::new(), 0);
    for case in cases() {
        let system = catalog().systems.iter().find(|s| s.id == case.system).unwrap();
        let whole = cluster(&case.objects, None);
        let told = explain(&whole, catalog(), &case.system).unwrap();
        let known = deciding(&told);
        let reads: BTreeSet<String> = system.conditions().map(Condition::reads).filter(|k| k.contains('/')).collect();
        for kind in reads.iter().filter(|kind| !kind.contains('*')) {
            let blind = cluster(&case.objects, Some(kind));
            let without = explain(&blind, catalog(), &case.system).unwrap();
            asked += 1;
            for (capability, (value, _)) in deciding(&without) {
                let Some((before, decided)) = known.get(capability) else { continue };
                let proofs = &system.capabilities[capability];
                let proof = decided.and_then(|at| proofs.get(at));
                let own = proof.is_some_and(|proof| proof.conditions.iter().any(|c| c.reads() == *kind));
                if value != Answer::Unknown && (own || value != *before) {
                    let place = &case.place;
                    wrong.push(format!("{place}: {capability} was {before:?}, and is {value:?} without {kind}"));
                }
            }
        }
    }
    println!("{asked} kinds denied");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A proof that decides nowhere is one that nobody tried.
#[test]
fn every_proof_decides_somewhere() {
    let mut decided: BTreeSet<(String, String, usize)> = BTreeSet::new();
    for case in cases() {
        let snapshot = cluster(&case.objects, None);
        let told = explain(&snapshot, catalog(), &case.system).unwrap();
        for (capability, (_, at)) in deciding(&told) {
            decided.extend(at.map(|at| (case.system.clone(), capability.to_owned(), at)));
        }
    }
    for entry in std::fs::read_dir(root().join("fixtures/detect")).unwrap() {
        let name = entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned();
        let unread = if name == "switch-cilium-unread" {
            "coverage:\n  core/ConfigMap: {state: forbidden, reason: may not}\n"
        } else {
            ""
        };
        let snapshot = crate::detected::cluster(&name, unread);
        for extension in crate::detected::told_with(&name, unread).0 {
            let told = explain(&snapshot, catalog(), &extension.id).unwrap();
            for (capability, (_, at)) in deciding(&told) {
                decided.extend(at.map(|at| (extension.id.clone(), capability.to_owned(), at)));
            }
        }
    }
    let mut never = Vec::new();
    for system in &catalog().systems {
        for (capability, proofs) in &system.capabilities {
            for (at, proof) in proofs.iter().enumerate() {
                // A map that was not read is unknown by itself; the case only says so in its own words.
                let says_unread = proof.conditions.iter().any(|c| matches!(c, Condition::ConfigUnread(_)));
                if !says_unread && !decided.contains(&(system.id.clone(), capability.clone(), at)) {
                    never.push(format!("{} {capability} case {at}: {}", system.id, proof.note));
                }
            }
        }
    }
    assert!(never.is_empty(), "decide in no fixture:\n{}", never.join("\n"));
}

/// What a system can do is said in words that are written down, and every system says something.
#[test]
fn capabilities_are_of_the_vocabulary() {
    let path = root().join("rules/catalog/capabilities.yaml");
    let words: BTreeMap<String, String> = sextant::yaml::parse(&std::fs::read_to_string(path).unwrap()).unwrap();
    let mut used = BTreeSet::new();
    for system in &catalog().systems {
        assert!(!system.capabilities.is_empty(), "{} says nothing of what it can do", system.id);
        for name in system.capabilities.keys() {
            assert!(words.contains_key(name), "{} of {} is not in rules/catalog/capabilities.yaml", name, system.id);
            used.insert(name.clone());
        }
    }
    let unused: Vec<&String> = words.keys().filter(|word| !used.contains(*word)).collect();
    assert!(unused.is_empty(), "no system has {unused:?}");
}
