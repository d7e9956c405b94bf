//! A cluster is not read in one moment: what the snapshot says of that, and what it does to verdicts.

use std::path::Path;

use serde_json::{Value, json};
use sextant::{
    collect::{
        cluster::{self, Limits},
        plan::Plan,
    },
    object::Kind,
    snapshot::{self, Snapshot, State, slim::Secrets},
};

use crate::{
    cluster::{everything, limits, lines, options, pods, read},
    fake::{Fault, World},
    harness::{audit, sextant, text},
};

fn kind(name: &str) -> Kind {
    Kind::parse(name).unwrap()
}

fn pages(world: World, size: u32) -> (Snapshot, Vec<String>) {
    let fake = world.start();
    let snapshot = read(&fake, Secrets::None, &Limits { page_size: Some(size), ..limits() }).unwrap();
    (snapshot, fake.log().into_iter().map(|(_, target)| target).collect())
}

#[test]
fn a_snapshot_says_when_each_kind_was_listed_and_as_of_which_revision() {
    let make = |date: Option<&str>| {
        let mut world = World::small();
        pods(&mut world, 30);
        world.date = date.map(ToOwned::to_owned);
        pages(world, 10).0
    };
    // By the server's clock, where it tells it, and by ours otherwise.
    for (date, day) in [(Some("Thu, 01 Jan 2026 10:00:00 GMT"), "2026-01-01T10:00:0"), (None, "2026-05-01T00:00:0")] {
        let snapshot = make(date);
        let span = snapshot.header.span.as_ref().unwrap();
        let list = &span.lists[&kind("core/Pod")];
        assert_eq!((list.pages, list.revision.as_str(), list.last_revision.as_str()), (3, "100", ""));
        assert!(list.started.starts_with(day) && list.started <= list.finished, "{list:?}");
        assert_eq!(
            span.lists.keys().collect::<Vec<_>>(),
            snapshot.kinds.keys().filter(|k| **k != kind("core/Secret")).collect::<Vec<_>>()
        );
        assert!(span.skew_ms() < 30_000, "{span:?}");
    }
    // Lines of two runs differ in the header only.
    assert_eq!(lines(&make(None)), lines(&make(Some("Thu, 01 Jan 2026 10:00:00 GMT"))));
}

#[test]
fn a_report_shows_the_skew_and_the_revisions_live_and_replayed() {
    let mut world = World::small();
    pods(&mut world, 3);
    let fake = world.start();
    let place = text(fake.target().kubeconfig.as_deref().unwrap());
    let dir = tempfile::tempdir().unwrap();
    let out = text(&dir.path().join("cluster.sxs"));
    let taken = sextant(&["snapshot", "-o", &out, "--kubeconfig", &place, "--max-qps", "0"]);
    assert!(taken.err.contains(" objects, read within "), "{}", taken.err);
    let (_, live) = audit(&["--kubeconfig", &place, "--max-qps", "0", "--quiet"]);
    let (_, replay) = audit(&[&out]);
    for report in [&live, &replay] {
        assert!(report["snapshot"]["span"]["skew_ms"].is_u64(), "{}", report["snapshot"]);
        let pods = report["coverage"].as_array().unwrap().iter().find(|one| one["kind"] == "core/Pod").unwrap();
        assert_eq!(pods["revision"], "100");
    }
    let table = sextant(&["audit", &out]);
    assert!(table.out.contains("read within"), "{}", table.out);
    // A source that was not read over time has none.
    let (_, sample) = audit(&["--sample"]);
    assert!(sample["snapshot"].get("span").is_none());
}

/// Two policies that want a NetworkPolicy in each namespace, with either claim.
fn policies(dir: &Path) -> String {
    for claim in ["absence", "presence"] {
        let path = dir.join("network").join(format!("{claim}.rego"));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let header = format!(
            "# METADATA\n# title: t\n# description: d\n# custom:\n#   id: TST-{claim}\n#   severity: high\n#   claim: {claim}\n\
             #   requires: [core/Namespace, networking.k8s.io/NetworkPolicy]\n#   rows: core/Namespace\n#   remediation: r\n\
             package sextant.network.{claim}\n\nviolation contains {{\"ref\": row.ref, \"message\": \"lacks one\"}} if some row in input.rows\n"
        );
        std::fs::write(path, header).unwrap();
    }
    text(dir)
}

#[test]
fn what_came_while_the_cluster_was_read_is_not_blamed_for_what_came_after() {
    let mut world = World::small();
    world.date = Some("Thu, 01 Jan 2026 10:00:00 GMT".into());
    for (name, created) in [("older", "2026-01-01T09:59:58Z"), ("newer", "2026-01-01T10:00:30Z")] {
        world.push("Namespace", json!({"metadata": {"name": name, "creationTimestamp": created}}));
    }
    let fake = world.start();
    let dir = tempfile::tempdir().unwrap();
    let own = policies(dir.path());
    let out = text(&dir.path().join("cluster.sxs"));
    let place = text(fake.target().kubeconfig.as_deref().unwrap());
    let live = ["--kubeconfig", &place, "--max-qps", "0", "--quiet"];
    sextant(&[&["snapshot", "-o", &out][..], &live].concat());
    let asked = ["--policies", &own, "--select", "TST-absence,TST-presence"];
    for source in [&live[..], &[out.as_str()]] {
        let (code, report) = audit(&[&asked[..], source].concat());
        let verdict = |policy: &str, name: &str| -> Value {
            let findings = report["findings"].as_array().unwrap();
            let found = findings.iter().find(|one| one["policy"] == policy && one["subject"]["name"] == name).unwrap();
            json!([found["verdict"], found["reason"]])
        };
        assert_eq!(verdict("TST-absence", "older"), json!(["fail", ""]));
        assert_eq!(verdict("TST-absence", "newer"), json!(["unknown", "skew"]), "{}", report["findings"]);
        // What was seen stands.
        assert_eq!(verdict("TST-presence", "newer"), json!(["fail", ""]));
        assert_eq!(code, 5);
    }
}

#[test]
fn pinned_lists_are_asked_for_one_revision_and_found_at_it() {
    let mut world = World::small();
    pods(&mut world, 25);
    let fake = world.start();
    let pinned = Limits { pin: true, page_size: Some(10), ..limits() };
    let snapshot = read(&fake, Secrets::None, &pinned).unwrap();
    let span = snapshot.header.span.as_ref().unwrap();
    assert_eq!(span.pinned.as_deref(), Some("100"));
    let asked: Vec<String> =
        fake.log().into_iter().map(|(_, target)| target).filter(|target| target.contains("/pods?")).collect();
    assert_eq!(asked.len(), 3);
    assert!(asked[0].contains("resourceVersionMatch=Exact&resourceVersion=100"), "{asked:?}");
    assert!(asked[1..].iter().all(|page| page.contains("continue=") && !page.contains("Exact")), "{asked:?}");
    assert_eq!(lines(&snapshot), lines(&read(&fake, Secrets::None, &limits()).unwrap()));
}

#[test]
fn a_revision_that_is_gone_is_let_go_for_that_kind() {
    for fault in [Fault::Expired { resume: false }, Fault::Status(400), Fault::Status(504)] {
        let mut world = World::small();
        pods(&mut world, 25);
        // A pinned list fails for good; 504 is tried three times.
        world.fault("pods", Some(false), if fault == Fault::Status(504) { 3 } else { 1 }, fault);
        let fake = world.start();
        let pinned = Limits { pin: true, page_size: Some(10), ..limits() };
        let snapshot = read(&fake, Secrets::None, &pinned).unwrap();
        let coverage = snapshot.coverage(&kind("core/Pod"));
        assert_eq!((coverage.state, coverage.objects), (State::Complete, 25), "{fault:?} {coverage:?}");
        let asked =
            fake.log().iter().filter(|(_, target)| target.contains("/pods?") && target.contains("Exact")).count();
        assert!(asked >= 1 && fake.log().iter().any(|(_, t)| t.contains("/pods?limit=10") && !t.contains("Exact")));
    }
    // Who may not list namespaces does not know what to pin.
    let mut world = World::small();
    world.fault("namespaces", None, usize::MAX, Fault::Status(403));
    let fake = world.start();
    let place = text(fake.target().kubeconfig.as_deref().unwrap());
    let run = sextant(&["audit", "--pin", "--kubeconfig", &place, "--max-qps", "0"]);
    assert_eq!(run.code, 3);
    assert!(run.err.contains("--pin lists namespaces"), "{}", run.err);
}

#[test]
fn a_run_that_goes_on_keeps_when_the_finished_kinds_were_listed() {
    let mut world = World::small();
    pods(&mut world, 20);
    world.date = Some("Thu, 01 Jan 2026 10:00:00 GMT".into());
    world.add("zoo.example.io", "v1", "Zebra", "zebras", true, &[]);
    world.fault("zebras", None, 1, Fault::Silent);
    let fake = world.start();
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("cluster.sxs");
    let short = Limits { in_flight: 1, run_timeout: std::time::Duration::from_millis(700), ..limits() };
    let (target, options) = (fake.target(), options(Secrets::None));
    assert!(cluster::record(&target, &everything(), &options, &short, &|_| {}, &out, false).unwrap().unfinished);
    fake.state.world.lock().unwrap().date = Some("Thu, 01 Jan 2026 11:00:00 GMT".into());
    let again = cluster::record(&target, &everything(), &options, &limits(), &|_| {}, &out, true).unwrap();
    assert!(!again.unfinished);
    let snapshot = snapshot::file::read(std::fs::File::open(&out).unwrap()).unwrap();
    let span = snapshot.header.span.unwrap();
    assert!(span.lists[&kind("core/Pod")].started.starts_with("2026-01-01T10:"), "{span:?}");
    assert!(span.lists[&kind("zoo.example.io/Zebra")].started.starts_with("2026-01-01T11:"), "{span:?}");
    assert!(again.skew_ms.unwrap() >= 3_590_000, "{:?}", again.skew_ms);
}

/// A conversion webhook that is down: the server has the objects, and not in the version it prefers.
#[test]
fn another_served_version_is_read_where_the_preferred_one_fails() {
    let make = |rules: bool| {
        let mut world = World::small();
        for version in ["v2", "v1"] {
            world.add("example.io", version, "Widget", "widgets", true, &[]);
            let last = world.resources.last_mut().unwrap();
            for number in 0..20 {
                let name = format!("w-{number:02}");
                let object = json!({"apiVersion": format!("example.io/{version}"), "kind": "Widget",
                    "metadata": {"name": name, "namespace": "shop"}});
                last.items.push(("shop".into(), name, object.to_string()));
            }
        }
        world.broken.insert(("example.io".into(), "v2".into()));
        if rules {
            world.faults.push(crate::fake::FaultRule {
                plural: "widgets".into(),
                later: None,
                namespaced: Some(false),
                times: usize::MAX,
                fault: Fault::Status(403),
            });
        }
        world
    };
    for namespaced in [false, true] {
        let (snapshot, _) = pages(make(namespaced), 6);
        let coverage = snapshot.coverage(&kind("example.io/Widget"));
        assert_eq!((coverage.state, coverage.objects), (State::Complete, 20), "{coverage:?}");
        assert_eq!(coverage.reason, "read as v1, since v2 failed: the server failed (500)");
        assert!(snapshot.of("example.io", "Widget").iter().all(|object| &*object.version == "v1"));
    }
    // On a later page: what was read before is not there twice.
    let mut world = make(false);
    world.broken.clear();
    world.fault("widgets", Some(true), 3, Fault::Status(500));
    let fake = world.start();
    let plan = Plan { kinds: [kind("example.io/Widget")].into(), ..Plan::default() };
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("cluster.sxs");
    let few = Limits { page_size: Some(6), ..limits() };
    cluster::record(&fake.target(), &plan, &options(Secrets::None), &few, &|_| {}, &out, false).unwrap();
    let snapshot = snapshot::file::read(std::fs::File::open(&out).unwrap()).unwrap();
    assert_eq!(snapshot.of("example.io", "Widget").len(), 20, "{:?}", snapshot.kinds);
    // Where no version can be read, the reason is that of the preferred one.
    let mut world = make(false);
    world.broken.insert(("example.io".into(), "v1".into()));
    let (snapshot, asked) = pages(world, 6);
    let coverage = snapshot.coverage(&kind("example.io/Widget"));
    assert_eq!((coverage.state, coverage.objects), (State::Unavailable, 0), "{coverage:?}");
    assert!(asked.iter().any(|path| path.starts_with("/apis/example.io/v1/widgets")), "{asked:?}");
}
