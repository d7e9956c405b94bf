//! The laws of the policies.

use std::collections::BTreeSet;

use sextant::{
    command,
    engine::{Engine, Limits},
    inventory::{Inventory, catalog::Catalog},
    judge::{Cut, judge},
    policy::Library,
    rules::Rules,
};

use crate::harness::{root, sextant};

#[test]
fn every_test_passes_and_reaches_every_line() {
    let run = sextant(&["policy", "test"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    // Helpers in lib/ may be ahead of the policies that will call them.
    let open = run.out.lines().filter(|line| line.starts_with("uncovered ") && !line.starts_with("uncovered lib/"));
    assert_eq!(open.collect::<Vec<_>>(), Vec::<&str>::new());
}

#[test]
fn every_name_in_a_policy_exists() {
    let run = sextant(&["policy", "check"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
}

#[test]
fn messages_and_rules_have_the_agreed_form() {
    let library = Library::embedded().unwrap();
    for policy in &library.policies {
        let text = std::fs::read_to_string(root().join("policies").join(&policy.path)).unwrap();
        let package = text.find("\npackage ").unwrap();
        for line in text[package..].lines().skip(1) {
            let rule = line.split([' ', '(', '[']).next().unwrap_or_default();
            let fine = rule.is_empty()
                || line.starts_with(['\t', ' ', '#', '}', ')', ']'])
                || rule.starts_with('_')
                || ["package", "import", "violation", "unknown", "subject"].contains(&rule);
            assert!(fine, "{}: public rule {rule}", policy.path);
        }
    }
}

/// The verdicts may not depend on how the table is cut.
#[test]
fn the_chunk_size_changes_nothing() {
    let library = Library::embedded().unwrap();
    let rules = Rules::embedded().unwrap();
    let policies: Vec<_> = library.policies.iter().collect();
    let catalog = Catalog::embedded().unwrap();
    let arguments = sextant::cli::SourceArgs {
        paths: vec![root().join("fixtures/clusters/menagerie").display().to_string()],
        sample: false,
        complete: false,
        time: None,
        secrets: sextant::snapshot::slim::Secrets::None,
    };
    let snapshot = command::snapshot(&arguments).unwrap();
    let needed: BTreeSet<_> = policies.iter().flat_map(|p| p.kinds().cloned()).collect();
    let inventory = Inventory::of(&snapshot, &catalog, needed).named_by(&rules);
    let data = command::judged::engine_data(&inventory, &policies, &rules);
    let engine = Engine::new(&library, &data, Limits::default()).unwrap();
    let tell = |chunk: usize| {
        let judgements = judge(&inventory, &policies, &engine, Cut { chunk, list: true });
        let mut told: Vec<String> = judgements
            .iter()
            .map(|j| {
                let mut findings = j.findings.clone();
                findings.sort_by_key(|f| (f.subject.clone(), f.path.clone(), f.message.clone()));
                format!("{} {findings:?} {} {} {:?}", j.policy.id(), j.pass, j.not_applicable, j.error)
            })
            .collect();
        told.sort();
        told
    };
    assert_eq!(tell(1), tell(usize::MAX >> 1));
}

#[test]
fn the_documentation_is_current() {
    let path = root().join("docs/policies.md");
    let current = sextant(&["policy", "docs"]).out;
    if std::env::var_os("SNAPSHOTS").is_some_and(|value| value == "overwrite") {
        std::fs::write(&path, &current).unwrap();
    }
    assert_eq!(
        std::fs::read_to_string(&path).unwrap_or_default(),
        current,
        "SNAPSHOTS=overwrite cargo test regenerates it"
    );
}
