//! The fault matrix: whatever goes wrong, on whichever page and scope, is told and never passes.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    sync::Mutex,
    time::Duration,
};

use serde_json::json;
use sextant::{
    object::Kind,
    snapshot::{Snapshot, State, slim::Secrets},
};

use crate::{
    cluster::{limits, read},
    fake::{Fake, Fault, FaultRule, World},
    harness::{audit, root, text},
};

/// Every way in which reading a list goes wrong and stays wrong.
const FAULTS: [(&str, Fault); 22] = [
    ("401", Fault::Status(401)),
    ("403", Fault::Status(403)),
    ("404, a Status", Fault::Status(404)),
    ("404, plain text", Fault::Text(404)),
    ("410, no token", Fault::Expired { resume: false }),
    ("410, with a token", Fault::Expired { resume: true }),
    ("429, a Status", Fault::Status(429)),
    ("429, text and Retry-After", Fault::Throttle),
    ("500", Fault::Status(500)),
    ("502, plain text", Fault::Text(502)),
    ("503, a Status", Fault::Status(503)),
    ("503, plain text", Fault::Text(503)),
    ("504", Fault::Status(504)),
    ("the connection ends inside the body", Fault::CutBody),
    ("JSON that ends early", Fault::CutJson),
    ("an HTML page with 200", Fault::Html),
    ("JSON of something else", Fault::Alien),
    ("no answer", Fault::Silent),
    ("an answer that takes for ever", Fault::Drip),
    ("the server goes away", Fault::Gone),
    ("another certificate", Fault::Recertified),
    ("plain http on the port of https", Fault::Undressed),
];

/// NetworkPolicies that allow nothing, so that a default-deny policy passes where all is read.
fn world(namespaced: bool) -> World {
    let mut world = World::small();
    for namespace in ["default", "shop", "team-a"] {
        for number in 0..8 {
            world.push(
                "NetworkPolicy",
                json!({"metadata": {"name": format!("deny-{number}"), "namespace": namespace},
                    "spec": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}}),
            );
        }
    }
    if namespaced {
        // The cluster-wide list is forbidden, each namespace is not.
        world.faults.push(FaultRule {
            plural: "networkpolicies".into(),
            later: None,
            namespaced: Some(false),
            times: usize::MAX,
            fault: Fault::Status(403),
        });
    }
    world
}

fn run(fault: Option<Fault>, later: bool, namespaced: bool) -> (Snapshot, String) {
    let mut world = world(namespaced);
    if let Some(fault) = fault {
        world.faults.push(FaultRule {
            plural: "networkpolicies".into(),
            later: Some(later),
            namespaced: Some(namespaced),
            times: usize::MAX,
            fault,
        });
    }
    let fake = match fault {
        Some(Fault::Recertified | Fault::Undressed) => Fake::tls(world, &["127.0.0.1"], (2020, 1, 1), (2099, 1, 1)),
        _ => world.start(),
    };
    let limits = sextant::collect::cluster::Limits {
        page_size: Some(3),
        // Only these two are about time; the others may be slow on a busy machine.
        page_timeout: match fault {
            Some(Fault::Silent | Fault::Drip) => Duration::from_secs(2),
            _ => Duration::from_secs(60),
        },
        // One connection, so that what befalls it befalls the next one.
        in_flight: match fault {
            Some(Fault::Gone | Fault::Recertified | Fault::Undressed) => 1,
            _ => 2,
        },
        kind_timeout: Duration::from_secs(120),
        run_timeout: Duration::from_secs(240),
        ..limits()
    };
    let snapshot = read(&fake, Secrets::None, &limits).unwrap();
    let coverage = snapshot.coverage(&Kind::new("networking.k8s.io", "NetworkPolicy"));
    let denied = match coverage.denied_namespaces.len() {
        0 => String::new(),
        some => format!(", {some} namespaces denied"),
    };
    let reason = if coverage.reason.is_empty() { String::new() } else { format!(": {}", coverage.reason) };
    let cell = format!("{} ({} of 24){reason}{denied}", coverage.state.as_str(), coverage.objects);
    (snapshot, cell)
}

/// Two policies that approve everything they see, with either claim.
fn policies(dir: &std::path::Path) {
    for claim in ["absence", "presence"] {
        let path = dir.join("network").join(format!("{claim}.rego"));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let text = format!(
            "# METADATA\n# title: t\n# description: d\n# custom:\n#   id: TST-{claim}\n#   severity: high\n\
             #   claim: {claim}\n#   requires: [networking.k8s.io/NetworkPolicy]\n\
             #   rows: networking.k8s.io/NetworkPolicy\n#   remediation: r\n\
             package sextant.network.{claim}\n\n\
             violation contains {{\"ref\": row.ref, \"message\": \"never\"}} if {{\n\tsome row in input.rows\n\trow.nothing\n}}\n"
        );
        std::fs::write(path, text).unwrap();
    }
}

/// Whoever passes policies of the project's own: policy and subject.
fn passing(snapshot: &Snapshot) -> BTreeSet<String> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("cluster.sxs");
    sextant::snapshot::file::write(snapshot, std::fs::File::create(&path).unwrap()).unwrap();
    let (_, report) = audit(&["--all", &text(&path)]);
    let subjects = report["subjects"].as_array().unwrap().iter().filter(|one| one["verdict"] == "pass");
    subjects.map(|one| format!("{} {}", one["policy"], one["subject"])).collect()
}

/// How many subjects pass policies that need every NetworkPolicy.
fn passes(snapshot: &Snapshot) -> u64 {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("cluster.sxs");
    sextant::snapshot::file::write(snapshot, std::fs::File::create(&path).unwrap()).unwrap();
    let own = dir.path().join("policies");
    policies(&own);
    let (_, report) = audit(&["--policies", &text(&own), "--select", "TST-absence,TST-presence", &text(&path)]);
    assert_eq!(report["counts"]["fail"], 0);
    report["counts"]["pass"].as_u64().unwrap()
}

#[test]
fn no_fault_becomes_a_pass() {
    let (whole, _) = run(None, false, false);
    assert_eq!(whole.coverage(&Kind::new("networking.k8s.io", "NetworkPolicy")).state, State::Complete);
    assert_eq!(passes(&whole), 48, "the policies do pass where all is read");
    let mut table = String::from(
        "# Coverage under faults\n\n\
         Generated by the fault matrix in `tests/faults.rs`: a fault that befalls every request for\n\
         NetworkPolicies (24 objects in pages of 3), on the first page or on later ones, where the whole\n\
         cluster is listed, or namespace by namespace because the cluster-wide list is forbidden.\n\
         None of them lets a policy that needs every NetworkPolicy pass. The last three befall the\n\
         connection, and every kind that comes after; where they meet the first question of a run\n\
         (nobody listens, no such name, a certificate that is not trusted, a proxy), they end it.\n\n\
         | fault | cluster, first page | cluster, later page | namespaces, first page | namespaces, later page |\n\
         |---|---|---|---|---|\n",
    );
    // One snapshot of each state, for the policies of the project.
    let by_state: Mutex<BTreeMap<&str, Snapshot>> = Mutex::default();
    let rows: Vec<String> = std::thread::scope(|scope| {
        let rows = FAULTS.map(|(name, fault)| {
            let by_state = &by_state;
            scope.spawn(move || {
                let mut row = format!("| {name} |");
                for (namespaced, later) in [(false, false), (false, true), (true, false), (true, true)] {
                    let (snapshot, cell) = run(Some(fault), later, namespaced);
                    let coverage = snapshot.coverage(&Kind::new("networking.k8s.io", "NetworkPolicy"));
                    // A forbidden cluster-wide list is read namespace by namespace, and then is whole.
                    let healed = fault == Fault::Status(403) && !later && !namespaced;
                    assert_eq!(
                        coverage.state.is_proof(),
                        healed,
                        "{name}, later {later}, namespaced {namespaced}: {cell}"
                    );
                    let mut kept = by_state.lock().unwrap();
                    kept.entry(coverage.state.as_str()).or_insert_with(|| snapshot.clone());
                    drop(kept);
                    if !healed {
                        assert!(!coverage.reason.is_empty(), "{cell}");
                        assert_eq!(passes(&snapshot), 0, "{name}, later {later}, namespaced {namespaced}");
                    }
                    write!(row, " {cell} |").unwrap();
                }
                row
            })
        });
        rows.into_iter().map(|row| row.join().unwrap()).collect()
    });
    let by_state = by_state.into_inner().unwrap();
    let states: Vec<&str> = by_state.keys().copied().collect();
    assert_eq!(states, ["complete", "forbidden", "malformed", "partial", "timeout", "unavailable"]);
    let before = passing(&whole);
    let needs_all = |key: &&String| key.contains("NET-004") || key.contains("NET-005");
    assert!(before.iter().any(|key| key.starts_with('"')), "something passes where all is read: {before:?}");
    for (state, snapshot) in by_state {
        let now = passing(&snapshot);
        let gained: Vec<_> = now.difference(&before).collect();
        assert!(gained.is_empty(), "{state}: {gained:?}");
        assert!(state == "complete" || !now.iter().any(|key| needs_all(&key)), "{state}: {now:?}");
    }
    for row in rows {
        writeln!(table, "{row}").unwrap();
    }
    let path = root().join("docs/coverage.md");
    if std::env::var("SNAPSHOTS").is_ok_and(|value| value == "overwrite") {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &table).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(kept, table, "docs/coverage.md is not current: SNAPSHOTS=overwrite cargo test");
}
