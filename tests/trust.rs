//! Answers that would make a snapshot say more than was seen, or tell what must not be told.

use std::time::{Duration, Instant};

use serde_json::json;
use sextant::{
    collect::cluster::{self, Limits, Target},
    object::Kind,
    snapshot::{State, file, slim::Secrets},
};

use crate::{
    cluster::{everything, limits, options, read},
    fake::{Fault, FaultRule, World, http::Response},
};

const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

#[test]
fn discovery_that_names_nothing_proves_nothing() {
    let answers = [
        ("application/json", r#"{}"#),
        ("application/json", r#"{"hello":"world"}"#),
        ("application/json", r#"{"kind":"Status","apiVersion":"v1","status":"Failure"}"#),
        ("application/json", r#"{"kind":"APIGroupList","groups":[]}"#),
        ("application/json", r#"{"kind":"APIVersions","versions":[]}"#),
        (AGGREGATED, r#"{"kind":"APIGroupDiscoveryList","items":[]}"#),
        (AGGREGATED, r#"{"kind":"APIGroupDiscoveryList","items":[{"metadata":{"name":"apps"},"versions":[]}]}"#),
    ];
    for (path, kind) in [("/api", "core/Pod"), ("/apis", "apps/Deployment")] {
        for (content_type, body) in answers {
            let mut world = World::small();
            world.canned.insert(path.into(), Response::of(200, content_type, body));
            let fake = world.start();
            if let Ok(snapshot) = read(&fake, Secrets::None, &limits()) {
                let coverage = snapshot.coverage(&Kind::parse(kind).unwrap());
                assert!(!coverage.state.is_proof(), "{path} {body}: {kind} is {coverage:?}");
            }
        }
    }
}

#[test]
fn a_table_that_cannot_be_read_is_no_empty_list() {
    for body in [
        json!({"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": {}, "columnDefinitions": [{"name": "Name"}],
            "rows": [{"cells": ["a"], "object": {"metadata": {"name": "a", "namespace": "shop"}}}]}),
        json!({"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": {},
            "columnDefinitions": [{"name": "Name"}, {"name": "Type"}], "rows": [{"cells": ["a", "Opaque"]}]}),
    ] {
        let mut world = World::small();
        world.canned.insert("/api/v1/secrets".into(), Response::json(200, body.to_string()));
        let fake = world.start();
        let coverage = read(&fake, Secrets::Metadata, &limits()).unwrap().coverage(&Kind::new("", "Secret"));
        assert!(!coverage.state.is_proof(), "{coverage:?}");
    }
}

#[test]
fn a_list_that_does_not_go_on_ends() {
    let mut world = World::small();
    let body = json!({"kind": "PodList", "apiVersion": "v1", "metadata": {"continue": "again"},
        "items": [{"metadata": {"name": "a", "namespace": "shop"}}]});
    world.canned.insert("/api/v1/pods".into(), Response::json(200, body.to_string()));
    let fake = world.start();
    let began = Instant::now();
    let coverage = read(&fake, Secrets::None, &limits()).unwrap().coverage(&Kind::new("", "Pod"));
    assert!(!coverage.state.is_proof(), "{coverage:?}");
    assert!(began.elapsed() < Duration::from_secs(5), "{:?} {coverage:?}", began.elapsed());
}

#[test]
fn a_list_that_ends_before_its_end_is_not_whole() {
    let mut world = World::small();
    let body = json!({"kind": "PodList", "apiVersion": "v1", "metadata": {"remainingItemCount": 7},
        "items": [{"metadata": {"name": "a", "namespace": "shop"}}]});
    world.canned.insert("/api/v1/pods".into(), Response::json(200, body.to_string()));
    let fake = world.start();
    let coverage = read(&fake, Secrets::None, &limits()).unwrap().coverage(&Kind::new("", "Pod"));
    assert_eq!((coverage.state, coverage.objects), (State::Partial, 1), "{coverage:?}");
}

/// Namespaces that are not known are namespaces that were not read.
#[test]
fn a_list_of_namespaces_that_breaks_off_is_not_all_of_them() {
    for metadata in [json!({"remainingItemCount": 3}), json!({"continue": "again"})] {
        let mut world = World::small();
        world.push("Pod", json!({"metadata": {"name": "p", "namespace": "shop"}}));
        let denied = FaultRule {
            plural: "pods".into(),
            later: None,
            namespaced: Some(false),
            times: usize::MAX,
            fault: Fault::Status(403),
        };
        world.faults.push(denied);
        let body = json!({"kind": "NamespaceList", "apiVersion": "v1", "metadata": metadata,
            "items": [{"metadata": {"name": "default"}}]});
        world.canned.insert("/api/v1/namespaces".into(), Response::json(200, body.to_string()));
        let fake = world.start();
        let began = Instant::now();
        let coverage = read(&fake, Secrets::None, &limits()).unwrap().coverage(&Kind::new("", "Pod"));
        assert!(!coverage.state.is_proof(), "{coverage:?}");
        assert!(began.elapsed() < Duration::from_secs(5), "{:?} {coverage:?}", began.elapsed());
    }
}

/// A server that goes away leaves what was read, and no kind that was not.
#[test]
fn a_server_that_goes_away_leaves_what_was_read() {
    let mut world = World::small();
    for number in 0..20 {
        world.push("Pod", json!({"metadata": {"name": format!("p-{number}"), "namespace": "shop"}}));
    }
    let fake = std::cell::RefCell::new(Some(world.start()));
    let target = fake.borrow().as_ref().unwrap().target();
    let kubeconfig = std::fs::read_to_string(target.kubeconfig.unwrap()).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("kubeconfig");
    std::fs::write(&path, kubeconfig).unwrap();
    let target = Target { kubeconfig: Some(path), ..Target::default() };
    let limits = Limits { page_size: Some(5), in_flight: 1, ..limits() };
    let snapshot = cluster::read(&target, &everything(), &options(Secrets::None), &limits, &|_| {
        fake.borrow_mut().take();
    })
    .unwrap();
    let pods = snapshot.coverage(&Kind::new("", "Pod"));
    assert!(pods.state == State::Partial && pods.objects > 0, "{pods:?}");
    for kind in ["core/Node", "apps/Deployment", "networking.k8s.io/NetworkPolicy"] {
        let coverage = snapshot.coverage(&Kind::parse(kind).unwrap());
        assert!(!coverage.state.is_proof() && !coverage.reason.is_empty(), "{kind}: {coverage:?}");
    }
}

#[test]
fn named_secrets_survive_a_run_that_goes_on() {
    let mut world = World::small();
    world.push(
        "Ingress",
        json!({"metadata": {"name": "web", "namespace": "shop"}, "spec": {"tls": [{"secretName": "web-tls"}]}}),
    );
    world.push(
        "Secret",
        json!({"metadata": {"name": "web-tls", "namespace": "shop"}, "type": "kubernetes.io/tls", "data": {}}),
    );
    // Kinds are read in their order: the Ingress is done when this one hangs.
    world.add("zoo.example.io", "v1", "Zebra", "zebras", true, &[]);
    world.fault("zebras", None, 1, Fault::Silent);
    let fake = world.start();
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("cluster.sxs");
    let short = Limits { in_flight: 1, run_timeout: Duration::from_millis(700), ..limits() };
    let (target, options) = (fake.target(), options(Secrets::Named));
    let first = cluster::record(&target, &everything(), &options, &short, &|_| {}, &out, false).unwrap();
    assert!(first.unfinished, "{:?}", first.kinds);
    let second = cluster::record(&target, &everything(), &options, &limits(), &|_| {}, &out, true).unwrap();
    assert!(!second.unfinished, "{:?}", second.kinds);
    let resumed = file::read(std::fs::File::open(&out).unwrap()).unwrap();
    assert_eq!(resumed.of("", "Secret").len(), 1, "{:?} {:?}", second.kinds, resumed.sources);
}

/// What the address is now: another cluster, with its own kube-system.
#[test]
fn a_run_does_not_go_on_with_another_cluster() {
    let mut world = World::small();
    world.add("zoo.example.io", "v1", "Zebra", "zebras", true, &[]);
    world.push("Pod", json!({"metadata": {"name": "a", "namespace": "shop"}}));
    world.fault("zebras", None, 1, Fault::Silent);
    let fake = world.start();
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("cluster.sxs");
    let short = Limits { in_flight: 1, run_timeout: Duration::from_millis(700), ..limits() };
    let (target, options) = (fake.target(), options(Secrets::None));
    assert!(cluster::record(&target, &everything(), &options, &short, &|_| {}, &out, false).unwrap().unfinished);
    let mut other = World::small();
    let namespaces = other.resources.iter_mut().find(|resource| resource.kind == "Namespace").unwrap();
    for item in &mut namespaces.items {
        item.2 = item.2.replace("uid-of-", "other-uid-of-");
    }
    *fake.state.world.lock().unwrap() = other;
    let again = cluster::record(&target, &everything(), &options, &limits(), &|_| {}, &out, true);
    let told = again.expect_err("another cluster").to_string();
    assert!(told.contains("another cluster"), "{told}");
    let anew = cluster::record(&target, &everything(), &options, &limits(), &|_| {}, &out, false).unwrap();
    assert!(!anew.unfinished);
    let snapshot = file::read(std::fs::File::open(&out).unwrap()).unwrap();
    assert_eq!((snapshot.header.uid.as_deref(), snapshot.of("", "Pod").len()), (Some("other-uid-of-kube-system"), 0));
}

/// What was read under other options is read again, or is as good as before.
#[test]
fn a_run_goes_on_with_more_namespaces_than_it_began() {
    let mut world = World::small();
    world.push("Pod", json!({"metadata": {"name": "a", "namespace": "shop"}}));
    world.push("Pod", json!({"metadata": {"name": "b", "namespace": "team-a"}}));
    world.add("zoo.example.io", "v1", "Zebra", "zebras", true, &[]);
    world.fault("zebras", None, 1, Fault::Silent);
    let fake = world.start();
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("cluster.sxs");
    let namespaces = vec!["shop".into()];
    let one = Limits { in_flight: 1, run_timeout: Duration::from_millis(700), namespaces, ..limits() };
    let (target, options) = (fake.target(), options(Secrets::None));
    assert!(cluster::record(&target, &everything(), &options, &one, &|_| {}, &out, false).unwrap().unfinished);
    let all = cluster::record(&target, &everything(), &options, &limits(), &|_| {}, &out, true).unwrap();
    let pods = &all.kinds[&Kind::new("", "Pod")];
    assert_eq!((pods.state, pods.objects), (State::Complete, 2), "{pods:?}");
}

#[test]
fn the_time_of_a_kind_ends_its_namespaces_too() {
    let mut world = World::small();
    for number in 0..60 {
        world.push("Namespace", json!({"metadata": {"name": format!("n-{number:02}")}}));
        world.push("Pod", json!({"metadata": {"name": "p", "namespace": format!("n-{number:02}")}}));
    }
    world.faults.push(FaultRule {
        plural: "pods".into(),
        later: None,
        namespaced: Some(false),
        times: usize::MAX,
        fault: Fault::Status(403),
    });
    world.delay = Duration::from_millis(100);
    let fake = world.start();
    let limits = Limits { kind_timeout: Duration::from_millis(1500), max_qps: 10.0, ..limits() };
    let plan = sextant::collect::plan::Plan { kinds: [Kind::new("", "Pod")].into(), ..Default::default() };
    let began = Instant::now();
    let snapshot = cluster::read(&fake.target(), &plan, &options(Secrets::None), &limits, &|_| {}).unwrap();
    let coverage = snapshot.coverage(&Kind::new("", "Pod"));
    assert!(began.elapsed() < Duration::from_millis(3000), "{:?} {coverage:?}", began.elapsed());
    assert_eq!(coverage.state, State::Partial, "{coverage:?}");
    let asked = fake.log().iter().filter(|(_, target)| target.contains("/namespaces/n-")).count();
    assert!(asked < 30, "{asked} namespaces were asked after the time was over: {coverage:?}");
}

#[test]
fn what_an_exec_plugin_is_told_is_not_repeated() {
    let fake = World::small().start();
    let user = "{exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, command: sh, \
        env: [{name: A_PASSWORD, value: PLANTED-IN-ENV}], args: [-c, 'exit 3', --password=PLANTED-IN-ARGS]}}";
    let target = Target { kubeconfig: Some(fake.kubeconfig(user, None)), ..Target::default() };
    let error = read_from(&target).unwrap_err();
    assert!(!error.contains("PLANTED"), "{error}");
    assert!(error.contains("\"sh\"") && error.contains("exit status: 3"), "{error}");
}

fn read_from(target: &Target) -> Result<(), String> {
    cluster::read(target, &everything(), &options(Secrets::None), &limits(), &|_| {})
        .map(|_| ())
        .map_err(|error| error.to_string())
}

#[test]
fn kubeconfigs_that_are_not_there_are_passed_over_as_kubectl_does() {
    let fake = World::small().start();
    let good = fake.target().kubeconfig.unwrap();
    let list = format!("/no/such/kubeconfig:{}", good.display());
    let run = |list: &str| {
        std::process::Command::new(env!("CARGO_BIN_EXE_sextant"))
            .args(["snapshot", "--quiet", "-o", "-"])
            .env("KUBECONFIG", list)
            .output()
            .unwrap()
    };
    let out = run(&list);
    assert_eq!(out.status.code(), Some(0), "{}", String::from_utf8_lossy(&out.stderr));
    let out = run("/no/such/kubeconfig");
    let told = String::from_utf8_lossy(&out.stderr).into_owned();
    assert_eq!((out.status.code(), told.lines().count()), (Some(3), 1), "{told}");
}
