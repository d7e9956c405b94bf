//! A live cluster, as the fake server plays it: what is read, what is not, and what is told.

use std::{collections::BTreeSet, time::Duration};

use serde_json::{Value, json};
use sextant::{
    collect::{
        self, CollectError,
        cluster::{self, Limits, Target},
        plan::Plan,
    },
    object::Kind,
    snapshot::{self, Snapshot, State, retain::Retain, slim::Secrets},
};

use crate::fake::{Fake, Fault, FaultRule, Rule, World};

pub fn options(secrets: Secrets) -> collect::Options {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/rules/catalog/retain.yaml")).unwrap();
    let list = sextant::yaml::parse(&text).unwrap();
    let retain = Retain::new([&list]).unwrap();
    collect::Options { retain, secrets, complete: false, time: Some("2026-05-01T00:00:00Z".into()) }
}

/// Without the waits that are for real servers.
pub fn limits() -> Limits {
    Limits {
        max_qps: 0.0,
        connect_timeout: Duration::from_secs(2),
        page_timeout: Duration::from_millis(900),
        kind_timeout: Duration::from_secs(20),
        run_timeout: Duration::from_secs(40),
        backoff: Duration::from_millis(2),
        max_wait: Duration::from_millis(5),
        ..Limits::default()
    }
}

pub fn everything() -> Plan {
    Plan { kinds: BTreeSet::new(), everything: true, ..Plan::default() }
}

pub fn read(fake: &Fake, secrets: Secrets, limits: &Limits) -> Result<Snapshot, CollectError> {
    cluster::read(&fake.target(), &everything(), &options(secrets), limits, &|_| {})
}

pub fn lines(snapshot: &Snapshot) -> String {
    let mut file = Vec::new();
    snapshot::file::write(snapshot, &mut file).unwrap();
    let text = String::from_utf8(zstd::decode_all(&file[..]).unwrap()).unwrap();
    // The header names the port.
    text.split_once('\n').unwrap().1.rsplit_once("{\"end\"").unwrap().0.to_owned()
}

pub fn pods(world: &mut World, count: usize) {
    for number in 0..count {
        let namespace = ["shop", "team-a", "default"][number % 3];
        world.push(
            "Pod",
            json!({"metadata": {"name": format!("pod-{number}"), "namespace": namespace}, "spec": {"containers": []}}),
        );
    }
}

fn state(snapshot: &Snapshot, kind: &str) -> State {
    snapshot.coverage(&Kind::parse(kind).unwrap()).state
}

#[test]
fn a_cluster_is_read_whole_and_only_read() {
    let mut world = World::small();
    pods(&mut world, 30);
    world.stale.insert(("metrics.example".into(), "v1".into()));
    let fake = world.start();
    let snapshot = read(&fake, Secrets::None, &limits()).unwrap();
    assert_eq!(snapshot.of("", "Pod").len(), 30);
    assert_eq!(snapshot.header.uid.as_deref(), Some("uid-of-kube-system"));
    assert_eq!(snapshot.header.version.as_deref(), Some("v1.37.2"));
    assert_eq!(state(&snapshot, "core/Pod"), State::Complete);
    assert_eq!(state(&snapshot, "core/Node"), State::Complete, "served and empty is complete");
    assert_eq!(state(&snapshot, "core/Secret"), State::Skipped);
    assert_eq!(state(&snapshot, "cilium.io/CiliumNetworkPolicy"), State::Absent);
    assert_eq!(state(&snapshot, "metrics.example/Thing"), State::Unavailable, "a stale group proves nothing");
    assert!(fake.log().iter().all(|(method, _)| method == "GET"), "{:?}", fake.log());
    assert!(!fake.log().iter().any(|(_, target)| target.contains("secrets")));
    assert!(fake.state.agents.lock().unwrap().iter().all(|agent| agent.starts_with("sextant/")));
}

#[test]
fn both_forms_of_discovery_say_the_same() {
    let make = |legacy| {
        let mut world = World::small();
        pods(&mut world, 3);
        world.add("example.io", "v2", "Widget", "widgets", true, &[]);
        world.stale.insert(("metrics.example".into(), "v1".into()));
        world.legacy = legacy;
        let fake = world.start();
        let snapshot = read(&fake, Secrets::None, &limits()).unwrap();
        let discovery = snapshot.discovery.clone().unwrap();
        (discovery.kinds, discovery.stale_groups.into_keys().collect::<Vec<_>>(), snapshot.objects().len())
    };
    let (new, old) = (make(false), make(true));
    assert_eq!(new, old);
    assert_eq!(new.1, ["metrics.example"]);
}

#[test]
fn page_size_order_and_width_do_not_matter() {
    let mut seen = BTreeSet::new();
    for (page_size, in_flight, legacy) in [(1, 1, false), (7, 4, false), (50, 2, true), (1000, 8, false)] {
        let mut world = World::small();
        pods(&mut world, 50);
        world.legacy = legacy;
        let fake = world.start();
        let limits = Limits { page_size: Some(page_size), in_flight, ..limits() };
        seen.insert(lines(&read(&fake, Secrets::None, &limits).unwrap()));
        assert!(fake.state.most.load(std::sync::atomic::Ordering::SeqCst) <= in_flight);
    }
    assert_eq!(seen.len(), 1);
    // Nor does the order in which the server lists, nor whether namespaces are listed one by one; in
    // memory, and on the way to a file.
    for (backwards, namespaced) in [(true, false), (false, true), (true, true)] {
        let mut world = World::small();
        pods(&mut world, 50);
        world.backwards = backwards;
        if namespaced {
            let denied = FaultRule {
                plural: "pods".into(),
                later: None,
                namespaced: Some(false),
                times: usize::MAX,
                fault: Fault::Status(403),
            };
            world.faults.push(denied);
        }
        let fake = world.start();
        let limits = Limits { page_size: Some(7), ..limits() };
        seen.insert(lines(&read(&fake, Secrets::None, &limits).unwrap()));
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("cluster.sxs");
        let (target, options) = (fake.target(), options(Secrets::None));
        cluster::record(&target, &everything(), &options, &limits, &|_| {}, &out, false).unwrap();
        let text = zstd::decode_all(std::fs::File::open(&out).unwrap()).unwrap();
        let text = String::from_utf8(text).unwrap();
        seen.insert(text.split_once('\n').unwrap().1.rsplit_once("{\"end\"").unwrap().0.to_owned());
    }
    assert_eq!(seen.len(), 1);
}

#[test]
fn a_file_written_while_reading_is_the_one_written_after() {
    let mut world = World::small();
    pods(&mut world, 50);
    world.push("Namespace", json!({"metadata": {"name": "team"}}));
    let fake = world.start();
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("cluster.sxs");
    let limits = Limits { page_size: Some(8), ..limits() };
    let (target, options) = (fake.target(), options(Secrets::None));
    let recorded = cluster::record(&target, &everything(), &options, &limits, &|_| {}, &out, false).unwrap();
    let (now, file) = (read(&fake, Secrets::None, &limits).unwrap(), std::fs::File::open(&out).unwrap());
    let then = snapshot::file::read(file).unwrap();
    assert_eq!(lines(&now), lines(&then));
    assert_eq!(recorded.objects, now.objects().len() as u64);
    assert!(!recorded.unfinished);
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "no spool is left");
}

#[test]
fn a_run_that_ended_early_is_a_valid_snapshot_and_can_go_on() {
    let mut world = World::small();
    pods(&mut world, 20);
    world.faults.push(FaultRule {
        plural: "pods".into(),
        later: Some(true),
        namespaced: None,
        times: 1,
        fault: Fault::Silent,
    });
    let fake = world.start();
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("cluster.sxs");
    let short = Limits {
        page_size: Some(5),
        in_flight: 1,
        run_timeout: Duration::from_millis(600),
        page_timeout: Duration::from_secs(5),
        ..limits()
    };
    let (target, options) = (fake.target(), options(Secrets::None));
    let first = cluster::record(&target, &everything(), &options, &short, &|_| {}, &out, false).unwrap();
    assert!(first.unfinished);
    let snapshot = snapshot::file::read(std::fs::File::open(&out).unwrap()).unwrap();
    assert_eq!(state(&snapshot, "core/Pod"), State::Partial);
    assert_eq!(snapshot.of("", "Pod").len(), 5);
    assert!(snapshot.sources.is_empty(), "the file is whole: {:?}", snapshot.sources);
    let limits = Limits { page_size: Some(5), ..limits() };
    let second = cluster::record(&target, &everything(), &options, &limits, &|_| {}, &out, true).unwrap();
    assert!(!second.unfinished, "{:?}", second.kinds);
    let resumed = snapshot::file::read(std::fs::File::open(&out).unwrap()).unwrap();
    assert_eq!(lines(&resumed), lines(&read(&fake, Secrets::None, &limits).unwrap()));
}

#[test]
fn transient_faults_are_overcome() {
    for fault in [
        Fault::Status(429),
        Fault::Throttle,
        Fault::Status(500),
        Fault::Text(503),
        Fault::Status(504),
        Fault::CutBody,
        Fault::CutJson,
        Fault::Html,
        Fault::Alien,
        Fault::Expired { resume: false },
    ] {
        for later in [false, true] {
            let mut world = World::small();
            pods(&mut world, 20);
            world.fault("pods", Some(later), 1, fault);
            let fake = world.start();
            let snapshot = read(&fake, Secrets::None, &Limits { page_size: Some(6), ..limits() }).unwrap();
            let coverage = snapshot.coverage(&Kind::new("", "Pod"));
            assert_eq!((coverage.state, coverage.objects), (State::Complete, 20), "{fault:?}: {coverage:?}");
        }
    }
}

#[test]
fn a_list_that_expires_twice_goes_on_inconsistently_and_says_so() {
    let mut world = World::small();
    pods(&mut world, 40);
    world.fault("pods", Some(true), 2, Fault::Expired { resume: true });
    let fake = world.start();
    let snapshot = read(&fake, Secrets::None, &Limits { page_size: Some(6), ..limits() }).unwrap();
    let coverage = snapshot.coverage(&Kind::new("", "Pod"));
    assert_eq!((coverage.state, coverage.objects), (State::Partial, 40));
    assert_eq!(coverage.reason, "the list spans two revisions (410)");
    let limits: Vec<String> =
        fake.log().into_iter().map(|(_, target)| target).filter(|target| target.contains("/pods?")).collect();
    assert!(limits.iter().any(|target| target.contains("limit=12")), "larger pages the second time: {limits:?}");
}

/// Rules that allow everything but the cluster-wide list of pods and deployments.
fn namespaced_rules(namespaces: &[&str]) -> Vec<Rule> {
    let rule = |groups: &[&str], resources: &[&str], namespace: Option<&str>| Rule {
        groups: groups.iter().map(ToString::to_string).collect(),
        resources: resources.iter().map(ToString::to_string).collect(),
        verbs: vec!["get".into(), "list".into()],
        namespace: namespace.map(ToOwned::to_owned),
    };
    let mut rules = vec![
        rule(&[""], &["namespaces", "nodes", "configmaps"], None),
        rule(&["networking.k8s.io", "apiextensions.k8s.io"], &["*"], None),
    ];
    rules.extend(namespaces.iter().map(|name| rule(&["", "apps"], &["pods", "deployments"], Some(name))));
    rules
}

#[test]
fn a_forbidden_list_is_read_namespace_by_namespace() {
    let mut world = World::small();
    pods(&mut world, 30);
    world.rules = Some(namespaced_rules(&["shop", "default"]));
    let fake = world.start();
    let snapshot = read(&fake, Secrets::None, &limits()).unwrap();
    let coverage = snapshot.coverage(&Kind::new("", "Pod"));
    assert_eq!((coverage.state, coverage.objects), (State::Partial, 20));
    assert_eq!(coverage.denied_namespaces, ["kube-system", "team-a"]);
    // Where every namespace may be read, nothing is missing.
    fake.state.world.lock().unwrap().rules = Some(namespaced_rules(&["shop", "default", "kube-system", "team-a"]));
    let snapshot = read(&fake, Secrets::None, &limits()).unwrap();
    let coverage = snapshot.coverage(&Kind::new("", "Pod"));
    assert_eq!((coverage.state, coverage.objects), (State::Complete, 30), "{coverage:?}");
    // And where none may, nothing is known.
    fake.state.world.lock().unwrap().rules = Some(namespaced_rules(&[]));
    let snapshot = read(&fake, Secrets::None, &limits()).unwrap();
    assert_eq!(state(&snapshot, "core/Pod"), State::Forbidden);
    // Chosen namespaces are a part of a cluster.
    fake.state.world.lock().unwrap().rules = Some(namespaced_rules(&["shop", "default"]));
    let chosen = Limits { namespaces: vec!["shop".into()], ..limits() };
    let snapshot = read(&fake, Secrets::None, &chosen).unwrap();
    let coverage = snapshot.coverage(&Kind::new("", "Pod"));
    assert_eq!((coverage.state, coverage.objects, coverage.reason.as_str()), (State::Partial, 10, "only in shop"));
}

#[test]
fn an_object_beyond_the_limit_is_left_out_and_told() {
    let mut world = World::small();
    pods(&mut world, 3);
    world.push("Pod", json!({"metadata": {"name": "big", "namespace": "shop"}, "x": "x".repeat(5000)}));
    let fake = world.start();
    let snapshot = read(&fake, Secrets::None, &Limits { object_bytes: 4000, ..limits() }).unwrap();
    let coverage = snapshot.coverage(&Kind::new("", "Pod"));
    assert_eq!((coverage.state, coverage.objects), (State::Partial, 3));
    assert!(coverage.reason.contains("larger than the limit"), "{}", coverage.reason);
}

#[test]
fn a_token_that_expires_on_the_way_leaves_unread_kinds_unread() {
    let mut world = World::small();
    pods(&mut world, 30);
    world.token = Some("the-right-token".into());
    world.token_lasts = Some(5);
    let fake = world.start();
    let snapshot = read(&fake, Secrets::None, &Limits { page_size: Some(10), in_flight: 1, ..limits() }).unwrap();
    let coverage = snapshot.coverage(&Kind::new("", "Pod"));
    assert_eq!((coverage.state, coverage.objects), (State::Partial, 30 - 10), "{coverage:?}");
    assert!(coverage.reason.contains("401"), "{}", coverage.reason);
    assert_eq!(state(&snapshot, "core/Node"), State::Forbidden);
}

fn secrets_world() -> World {
    let mut world = World::small();
    let secret = |name: &str, kind: &str| json!({"metadata": {"name": name, "namespace": "shop"}, "type": kind, "data": {"tls.crt": "SElERQ==", "password": "SElERQ=="}});
    world.push("Secret", secret("web-tls", "kubernetes.io/tls"));
    world.push("Secret", secret("other", "Opaque"));
    world.push(
        "Ingress",
        json!({"metadata": {"name": "web", "namespace": "shop"},
            "spec": {"tls": [{"secretName": "web-tls"}, {"secretName": "gone"}]}}),
    );
    world
}

#[test]
fn secrets_are_read_as_their_mode_says() {
    let fake = secrets_world().start();
    let of = |mode| read(&fake, mode, &limits()).unwrap();
    let names = |snapshot: &Snapshot| -> Vec<String> {
        snapshot.of("", "Secret").iter().map(|object| object.name.to_string()).collect()
    };
    assert_eq!(names(&of(Secrets::List)), ["other", "web-tls"]);
    let metadata = of(Secrets::Metadata);
    assert_eq!(names(&metadata), ["other", "web-tls"]);
    let value: Value = metadata.of("", "Secret")[1].parse().unwrap();
    assert_eq!((&value["type"], value.get("data"), value.get("sextant")), (&json!("kubernetes.io/tls"), None, None));
    let named = of(Secrets::Named);
    assert_eq!(names(&named), ["web-tls"]);
    assert_eq!(state(&named, "core/Secret"), State::Partial);
    assert_eq!(named.sources["Secret shop/gone"].state, State::Absent);
    fake.state.world.lock().unwrap().rules = Some(namespaced_rules(&[]));
    let denied = of(Secrets::Named);
    assert_eq!(denied.sources["Secret shop/web-tls"].state, State::Forbidden);
    let listed: Vec<_> = fake.log().into_iter().filter(|(_, target)| target.contains("/secrets/")).collect();
    assert!(!listed.is_empty());
}

#[test]
fn what_ends_a_run_is_told_in_one_line_with_its_remedy() {
    let told = |target: &Target| -> String {
        let started = std::time::Instant::now();
        let error = cluster::read(target, &everything(), &options(Secrets::None), &limits(), &|_| {}).unwrap_err();
        let line = error.to_string();
        assert!(!line.contains('\n'), "{line}");
        assert!(!line.contains("SECRET"), "{line}");
        assert!(started.elapsed() < Duration::from_secs(8), "{line}");
        line
    };
    let dir = tempfile::tempdir().unwrap();
    let at = |server: &str, user: &str, authority: Option<&str>| Target {
        kubeconfig: Some(crate::fake::kubeconfig(dir.path(), server, user, authority)),
        ..Target::default()
    };
    let expect = |line: &str, words: &[&str]| {
        for word in words {
            assert!(line.contains(word), "{word:?} is not in {line:?}");
        }
    };
    // Nobody listens.
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    expect(&told(&at(&format!("https://{closed}"), "{}", None)), &["fake (127.0.0.1:", "connection refused", "VPN"]);
    // No such name.
    expect(&told(&at("https://api.does-not-exist.invalid", "{}", None)), &["does not resolve", "address"]);
    // Kubeconfigs.
    let missing = Target { kubeconfig: Some(dir.path().join("missing")), ..Target::default() };
    expect(&told(&missing), &["missing: the kubeconfig cannot be read", "--kubeconfig"]);
    std::fs::write(dir.path().join("broken"), "users: [{token: SECRET\n  :").unwrap();
    let broken = Target { kubeconfig: Some(dir.path().join("broken")), ..Target::default() };
    expect(&told(&broken), &["not a valid kubeconfig"]);
    let fake = World::small().start();
    let wrong = Target { context: Some("prod".into()), ..fake.target() };
    expect(&told(&wrong), &["no context \"prod\"; there are: fake", "--context"]);
    // Tokens.
    let mut world = World::small();
    world.token = Some("the-right-token".into());
    let guarded = world.start();
    expect(&told(&at(&guarded.url(), "{token: SECRET}", None)), &["credentials (401)", "log in again"]);
    // Exec plugins.
    let exec = |command: &str| {
        format!(
            "{{exec: {{apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, command: sh, args: [-c, '{command}']}}}}"
        )
    };
    let line = told(&at(&guarded.url(), &exec("echo token=SECRET; echo SECRET >&2; exit 3"), None));
    expect(&line, &["exec plugin", "exit status: 3", "run the plugin"]);
    expect(&told(&at(&guarded.url(), &exec("sleep 5"), None)), &["did not end in time"]);
    expect(&told(&at(&guarded.url(), "{exec: {command: no-such-plugin-here}}", None)), &["could not be started"]);
    // Certificates.
    let good = Fake::tls(World::small(), &["127.0.0.1"], (2020, 1, 1), (2099, 1, 1));
    assert!(read(&good, Secrets::None, &limits()).is_ok());
    let other = Fake::tls(World::small(), &["127.0.0.1"], (2020, 1, 1), (2099, 1, 1));
    expect(
        &told(&at(&good.url(), "{}", other.authority.as_deref())),
        &["signed by an authority", "certificate-authority"],
    );
    let name = Fake::tls(World::small(), &["elsewhere.example"], (2020, 1, 1), (2099, 1, 1));
    expect(&told(&at(&name.url(), "{}", name.authority.as_deref())), &["for another name"]);
    let old = Fake::tls(World::small(), &["127.0.0.1"], (2020, 1, 1), (2021, 1, 1));
    expect(&told(&at(&old.url(), "{}", old.authority.as_deref())), &["has expired"]);
    // http and https.
    expect(&told(&at(&fake.url().replace("http:", "https:"), "{}", None)), &["http or https"]);
    // A proxy that is not there.
    let proxied = at(&format!("{}\", proxy-url: \"http://{closed}", fake.url()), "{}", None);
    expect(&told(&proxied), &["the proxy did not let", "HTTPS_PROXY"]);
    // A login page, and a server that is none.
    let page = crate::fake::http::Server::start(
        std::sync::Arc::new(|_| crate::fake::http::Response::of(200, "text/html", "<html>SECRET</html>")),
        None,
    );
    expect(&told(&at(&format!("http://{}", page.address), "{}", None)), &["none of an API server", "login page"]);
    let silent = crate::fake::http::Server::start(
        std::sync::Arc::new(|_| {
            let mut response = crate::fake::http::Response::json(200, "{}");
            response.manner = crate::fake::http::Manner::Silent;
            response
        }),
        None,
    );
    expect(&told(&at(&format!("http://{}", silent.address), "{}", None)), &["no answer in time", "--timeout"]);
}
