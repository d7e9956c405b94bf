//! 2,000 repositories × 200 rules × 5,000 grants: judged in time linear in their sum.
//!
//! `cargo bench --bench registry`; prints the time at a quarter, a half and the whole.

#![allow(clippy::expect_used, clippy::print_stdout, clippy::print_stderr, reason = "a bench prints, and fails loudly")]

use std::{fmt::Write as _, time::Instant};

use sextant::{
    cli::SourceArgs,
    command::{self, judged::engine_data},
    engine::{Engine, Limits},
    facts::registry::{Grant, Part, Principal, RegistryFacts, Repository, Scope},
    inventory::{Inventory, catalog::Catalog},
    judge::{Cut, judge},
    policy::Library,
    rules::Rules,
    snapshot::slim::Secrets,
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let library = Library::embedded().expect("policies");
    let catalog = Catalog::embedded().expect("catalogue");
    let policies = library
        .select(&["REG-003".to_owned(), "REG-004".to_owned(), "REG-005".to_owned(), "REG-008".to_owned()], &[])
        .expect("checks");
    println!("{:>12} {:>6} {:>8} {:>10} {:>10}", "repositories", "rules", "grants", "rows", "judged");
    for part in [4, 2, 1] {
        let (repositories, rules, grants) = (2_000 / part, 200 / part, 5_000 / part);
        let mut facts = RegistryFacts {
            name: "bank".into(),
            kind: "harbor".into(),
            granularity: "project".into(),
            ..RegistryFacts::default()
        };
        for name in ["grants", "scopes", "repositories", "robots"] {
            facts.cover(name, Part::complete());
        }
        for index in 0..rules {
            facts.scopes.push(Scope { name: format!("p{index}"), ..Scope::default() });
        }
        for index in 0..repositories {
            let scope = format!("p{}", index % rules);
            facts.repositories.push(Repository { name: format!("{scope}/r{index}"), scope, ..Repository::default() });
        }
        for index in 0..grants {
            let principal = Principal::new("user", &format!("u{index}"));
            facts.grants.push(Grant::new(
                principal,
                &["pull", "push"],
                &format!("p{}/**", index % rules),
                "developer",
                "members",
            ));
        }
        let mut text = String::from("registries: [{name: bank, hosts: [h.example]}]\nrepositories:\n");
        for index in 0..rules {
            let _ = writeln!(text, "- {{match: 'h.example/p{index}/**', publish: {{allow: [ci], humans: never}}}}");
        }
        text.push_str("principals: {ci: {robots: ['robot$ci']}}\n");
        let rules_set = Rules::embedded_with("registry", &text).expect("rules");
        let object = facts.to_object().expect("facts");
        let dir = tempfile::tempdir().expect("directory");
        let mark = "sextant: fixture/1\ntime: 2026-11-20T09:00:00Z\nversion: v1.37.2\n";
        std::fs::write(dir.path().join("cluster.yaml"), mark).expect("file");
        std::fs::write(dir.path().join("facts.json"), object).expect("file");
        let snapshot = command::snapshot(&SourceArgs {
            paths: vec![dir.path().display().to_string()],
            sample: false,
            complete: true,
            time: None,
            secrets: Secrets::None,
        })
        .expect("snapshot");
        let needed = policies.iter().flat_map(|p| p.kinds().cloned()).collect();
        let inventory = Inventory::of(&snapshot, &catalog, needed).named_by(&rules_set);
        let began = Instant::now();
        let rows = sextant::inventory::table(&inventory, "repositories").len();
        let built = began.elapsed();
        let data = engine_data(&inventory, &policies, &rules_set);
        // As the program does it: one aspect at a time.
        let engine = Engine::new(&library.of_aspect("registry"), &data, Limits::default()).expect("engine");
        let began = Instant::now();
        let judged = judge(&inventory, &policies, &engine, Cut::default());
        let took = began.elapsed();
        assert!(judged.iter().all(|j| j.error.is_none()) && rows >= repositories);
        println!(
            "{repositories:>12} {rules:>6} {grants:>8} {:>8.0}ms {:>8.0}ms",
            built.as_secs_f64() * 1e3,
            took.as_secs_f64() * 1e3
        );
    }
}
