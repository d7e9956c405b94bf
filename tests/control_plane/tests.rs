//! What sextant says of a real control plane.

use std::{
    cell::Cell,
    collections::BTreeSet,
    sync::{
        OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use sextant::{
    collect::cluster::{self, Limits, Target},
    object::Kind,
    snapshot::{Snapshot, State, slim::Secrets},
};

use super::{Plane, plane, ready};
use crate::{
    cluster::{everything, options},
    harness::{audit, sextant, shared, text},
    live::verdicts,
};

const TIME: [&str; 2] = ["--time", "2026-11-01T00:00:00Z"];

/// Real systems, with kwok's pods ready.
fn filled(plane: &Plane) -> bool {
    static FILLED: OnceLock<bool> = OnceLock::new();
    *FILLED.get_or_init(|| {
        let Some(data) = shared("data/extensions") else { return false };
        let began = Instant::now();
        plane.install(&[
            ("kube-system", data.join("network/calico/calico-v3.32.1.yaml")),
            ("rook-ceph", data.join("storage/rook-ceph/rook-ceph-operator-1.20.6.yaml")),
            ("rook-ceph", data.join("storage/rook-ceph/rook-ceph-cluster-v1.20.6.yaml")),
            ("harbor", data.join("registry/harbor/harbor-1.19.1.yaml")),
            ("ingress-nginx", data.join("ingress/ingress-nginx/ingress-nginx-controller-v1.15.1-cloud.yaml")),
            ("monitoring", data.join("monitoring/prometheus-operator/prometheus-operator-v0.93.0.yaml")),
            ("monitoring", data.join("monitoring/prometheus-operator/kube-prometheus-stack-88.5.3.yaml")),
        ]);
        plane.wait("pods", Duration::from_secs(120), |plane| {
            let pods = plane.json(&["get", "pods", "-A"]).unwrap();
            let pods = pods["items"].as_array().unwrap();
            // Those that wait for a volume that nobody provides stay as they are.
            let waiting = |pod: &&Value| {
                !ready(pod) && pod["status"]["phase"] != "Succeeded" && pod["spec"]["nodeName"].is_string()
            };
            pods.len() >= 20 && !pods.iter().any(|pod| waiting(&pod))
        });
        plane.settle();
        let pods = plane.json(&["get", "pods", "-A"]).unwrap();
        let pods = pods["items"].as_array().unwrap();
        let up = pods.iter().filter(|pod| ready(pod)).count();
        eprintln!("control plane: {up} of {} pods ready after {:.1?}", pods.len(), began.elapsed());
        for namespace in ["kube-system", "rook-ceph", "harbor", "ingress-nginx", "monitoring"] {
            let of = pods.iter().filter(|pod| pod["metadata"]["namespace"] == namespace && ready(pod)).count();
            assert!(of > 0, "no pod of {namespace} is ready");
        }
        true
    })
}

fn limits() -> Limits {
    Limits { max_qps: 0.0, ..Limits::default() }
}

fn read(target: &Target, limits: &Limits) -> Snapshot {
    cluster::read(target, &everything(), &options(Secrets::None), limits, &|_| {}).unwrap()
}

fn place(target: &Target) -> Vec<String> {
    let file = text(target.kubeconfig.as_deref().unwrap());
    ["--kubeconfig", &file, "--max-qps", "0", "--quiet"].map(ToOwned::to_owned).to_vec()
}

fn with<'a>(fixed: &[&'a str], more: &'a [String]) -> Vec<&'a str> {
    fixed.iter().copied().chain(more.iter().map(String::as_str)).collect()
}

#[test]
fn live_snapshot_and_kubectl_agree() {
    let Some((plane, _turn)) = plane() else { return };
    if !filled(plane) {
        return;
    }
    let place = place(&plane.target());
    let began = Instant::now();
    let (_, live) = audit(&with(&[TIME[0], TIME[1], "--all"], &place));
    eprintln!("control plane: live audit in {:.1?}: {}", began.elapsed(), live["counts"]);
    let dir = tempfile::tempdir().unwrap();
    let file = text(&dir.path().join("cluster.sxs"));
    let run = sextant(&with(&["snapshot", "--all-kinds", "-o", &file, TIME[0], TIME[1]], &place));
    assert_eq!(run.code, 0, "{}", run.err);
    let (_, replay) = audit(&[TIME[0], TIME[1], "--all", &file]);
    assert_eq!(verdicts(&live), verdicts(&replay), "a replay says the same");
    let installed: BTreeSet<&str> = live["extensions"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["state"] == "installed")
        .map(|one| one["id"].as_str().unwrap())
        .collect();
    for id in ["calico", "rook-ceph", "harbor", "ingress-nginx", "prometheus-operator", "grafana"] {
        assert!(installed.contains(id), "{id} is not among {installed:?}");
    }
    // kubectl, of everything that it can list; its file has no discovery, so it is asserted whole.
    let kinds = plane.kubectl(&["api-resources", "--verbs=list", "-o", "name"]).unwrap();
    let kinds: Vec<&str> = kinds
        .lines()
        .filter(|name| {
            !["events", "leases", "secrets", "metrics"]
                .iter()
                .any(|word| name.starts_with(word) || name.contains("metrics.k8s.io"))
        })
        .collect();
    let all = plane.kubectl(&["get", &kinds.join(","), "-A", "-o", "json", "--show-managed-fields"]).unwrap();
    let json = dir.path().join("all.json");
    std::fs::write(&json, all).unwrap();
    let (_, dump) = audit(&[TIME[0], TIME[1], "--all", "--complete", &text(&json)]);
    // Every verdict of every subject, passes included; but for policies that lack something there.
    let judged = |report: &Value| -> BTreeSet<String> {
        let all = report["findings"].as_array().unwrap().iter().chain(report["subjects"].as_array().unwrap());
        all.map(|one| format!("{} {} {} {}", one["policy"], one["subject"], one["path"], one["verdict"])).collect()
    };
    let unknown: BTreeSet<String> = [&dump, &live]
        .iter()
        .flat_map(|report| report["policies"].as_array().unwrap())
        .filter(|policy| policy["counts"]["unknown"] != 0)
        .map(|policy| policy["id"].to_string())
        .collect();
    let agrees = |key: &&String| !unknown.iter().any(|policy| key.starts_with(policy.as_str()));
    let (ours, theirs) = (judged(&live), judged(&dump));
    let difference: Vec<_> = ours.symmetric_difference(&theirs).filter(agrees).collect();
    assert!(difference.is_empty(), "{difference:#?}");
    let same = ours.iter().filter(agrees).count();
    let asked = live["policies"].as_array().unwrap().len();
    eprintln!(
        "control plane: {same} verdicts of {} policies, the same by kubectl's file; {} policies are unknown in one of both",
        asked - unknown.len(),
        unknown.len()
    );
    assert!(unknown.len() * 3 < asked, "too little was compared: {unknown:?}");
    plane.assert_read_only();
}

#[test]
fn a_broken_api_service_is_one_group_and_no_more() {
    let Some((plane, _turn)) = plane() else { return };
    plane.apply(
        None,
        &[json!({"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "metadata": {"name": "v1beta1.custom.metrics.k8s.io"},
            "spec": {"group": "custom.metrics.k8s.io", "version": "v1beta1", "groupPriorityMinimum": 100, "versionPriority": 100,
                "insecureSkipTLSVerify": true, "service": {"name": "nobody", "namespace": "kube-system"}}})],
    );
    plane.wait("a stale group", Duration::from_secs(30), |plane| {
        let snapshot = read(&plane.target(), &limits());
        snapshot.coverage(&Kind::new("custom.metrics.k8s.io", "MetricValueList")).state == State::Unavailable
    });
    let snapshot = read(&plane.target(), &limits());
    for (kind, coverage) in &snapshot.kinds {
        let off = *kind == Kind::new("", "Secret");
        assert!(off || coverage.state == State::Complete, "{kind}: {coverage:?}");
    }
    assert_eq!(snapshot.coverage(&Kind::new("example.io", "Nothing")).state, State::Absent);
    plane.kubectl(&["delete", "apiservice", "v1beta1.custom.metrics.k8s.io"]).unwrap();
    plane.assert_read_only();
}

/// A service account with a role of its own, and a kubeconfig for it.
fn account(plane: &Plane, name: &str, seconds: i64) -> Target {
    plane.apply(Some("default"), &[json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name}})]);
    let token = plane.token("default", name, seconds);
    Target { kubeconfig: Some(plane.kubeconfig(&format!("{{token: {token}}}"))), ..Target::default() }
}

fn bind(plane: &Plane, name: &str, role: &str) {
    plane.kubectl_with(&["apply", "-f", "-"], role).unwrap();
    let _ = plane.kubectl(&[
        "create",
        "clusterrolebinding",
        name,
        &format!("--clusterrole={name}"),
        &format!("--serviceaccount=default:{name}"),
    ]);
}

#[test]
fn the_generated_role_is_enough_on_a_real_server_and_less_is_told() {
    let Some((plane, _turn)) = plane() else { return };
    if !filled(plane) {
        return;
    }
    let admin = place(&plane.target());
    let role = sextant(&with(&["rbac", "--served", "--name", "auditor"], &admin));
    assert_eq!(role.code, 0, "{}", role.err);
    bind(plane, "auditor", &role.out);
    let target = account(plane, "auditor", 3600);
    let own = place(&target);
    plane.wait("the role", Duration::from_secs(10), |_| sextant(&with(&["preflight"], &own)).code == 0);
    let (_, whole) = audit(&with(&TIME, &admin));
    let (_, limited) = audit(&with(&TIME, &own));
    assert_eq!(verdicts(&whole), verdicts(&limited));
    // Without one resource: named beforehand, and unknown afterwards.
    let less = role
        .out
        .replace("\"networkpolicies\",", "")
        .replace(",\"networkpolicies\"", "")
        .replace("[\"networkpolicies\"]", "[\"nothing\"]");
    assert_ne!(less, role.out);
    plane.kubectl_with(&["apply", "-f", "-"], &less).unwrap();
    plane.wait("the lesser role", Duration::from_secs(10), |_| sextant(&with(&["preflight"], &own)).code == 4);
    let told = sextant(&with(&["preflight"], &own));
    assert!(told.out.contains("denied   list networking.k8s.io/NetworkPolicy"), "{}", told.out);
    let (code, report) = audit(&with(&TIME, &own));
    assert!(code == 4 || code == 5, "{code}");
    let coverage = report["coverage"].as_array().unwrap();
    assert!(coverage.iter().any(|one| one["kind"] == "networking.k8s.io/NetworkPolicy" && one["state"] == "forbidden"));
    plane.assert_read_only();
}

/// Roles that name their Secrets let the named ones be read, and no other.
#[test]
fn secrets_are_read_by_name_with_roles_that_name_them() {
    let Some((plane, _turn)) = plane() else { return };
    let certificate = rcgen::generate_simple_self_signed(["shop.example".to_owned()]).unwrap();
    let secret = |name: &str| {
        json!({"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls", "metadata": {"name": name},
            "stringData": {"tls.crt": certificate.cert.pem(), "tls.key": certificate.signing_key.serialize_pem()}})
    };
    let backend = json!({"service": {"name": "shop", "port": {"number": 80}}});
    let ingress = json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "shop"},
        "spec": {"tls": [{"hosts": ["shop.example"], "secretName": "shop-tls"}], "rules": [{"host": "shop.example",
            "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}]}});
    plane.apply(None, &[json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "by-name"}})]);
    plane.apply(Some("by-name"), &[secret("shop-tls"), secret("other"), ingress]);
    let dir = tempfile::tempdir().unwrap();
    let file = text(&dir.path().join("names.sxs"));
    let admin = place(&plane.target());
    assert_eq!(sextant(&with(&["snapshot", "-o", &file], &admin)).code, 0);
    let roles = sextant(&["rbac", "--name", "namer", "--secrets", "named", "--names-from", &file]);
    assert_eq!(roles.code, 0, "{}", roles.err);
    bind(plane, "namer", &roles.out);
    let named = roles.out.split("---\n").skip(1).map(|role| sextant::yaml::parse::<Value>(role).unwrap());
    for role in named {
        assert_eq!(role["kind"], "Role");
        let namespace = role["metadata"]["namespace"].as_str().unwrap();
        let bound =
            ["create", "rolebinding", "namer", "--role=namer", "--serviceaccount=default:namer", "-n", namespace];
        plane.kubectl(&bound).unwrap();
    }
    let target = account(plane, "namer", 3600);
    let plan = everything();
    plane.wait("the roles", Duration::from_secs(10), |_| {
        let snapshot = cluster::read(&target, &plan, &options(Secrets::Named), &limits(), &|_| {}).unwrap();
        snapshot.get("", "Secret", "by-name", "shop-tls").is_some()
            && snapshot.get("", "Secret", "by-name", "other").is_none()
    });
    let can = |name: &str| {
        let secret = format!("secret/{name}");
        let asked = ["auth", "can-i", "get", &secret, "-n", "by-name", "--as=system:serviceaccount:default:namer"];
        plane.kubectl(&asked).is_ok()
    };
    assert!(can("shop-tls") && !can("other"));
    plane.kubectl(&["delete", "namespace", "by-name", "--wait=true", "--timeout=120s"]).unwrap();
    plane.assert_read_only();
}

/// As the program runs as a CronJob: the mounted account, by real RBAC.
#[test]
fn a_pod_of_the_cluster_reads_it_with_its_mounted_account() {
    let Some((plane, _turn)) = plane() else { return };
    let role = sextant(&["rbac", "--name", "pod-auditor"]);
    assert_eq!(role.code, 0, "{}", role.err);
    bind(plane, "pod-auditor", &role.out);
    account(plane, "pod-auditor", 3600);
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("token"), plane.token("default", "pod-auditor", 3600)).unwrap();
    std::fs::write(dir.path().join("ca.crt"), plane.authority()).unwrap();
    let (host, port) = plane.address();
    let mounted = cluster::Account { folder: dir.path().to_owned(), host: Some(host), port: Some(port) };
    let target = Target { in_cluster: true, account: Some(mounted), ..Target::default() };
    let plan = sextant::collect::plan::Plan::of([]);
    plane.wait("the role", Duration::from_secs(10), |_| {
        let limits = Limits { pin: true, ..limits() };
        let snapshot = cluster::read(&target, &plan, &options(Secrets::None), &limits, &|_| {}).unwrap();
        snapshot
            .kinds
            .iter()
            .all(|(kind, coverage)| coverage.state == State::Complete || *kind == Kind::new("", "Secret"))
    });
    // Pinned, every list is of one revision, and the server's clock tells when it was read.
    let limits = Limits { pin: true, ..limits() };
    let snapshot = cluster::read(&target, &plan, &options(Secrets::None), &limits, &|_| {}).unwrap();
    let span = snapshot.header.span.as_ref().unwrap();
    assert!(span.server_clock);
    let revisions: BTreeSet<&str> = span.lists.values().map(|list| list.revision.as_str()).collect();
    assert_eq!(revisions, [span.pinned.as_deref().unwrap()].into(), "{span:?}");
    assert_eq!(snapshot.header.context, None);
    plane.assert_read_only();
}

#[test]
fn a_role_of_one_namespace_reads_that_namespace() {
    let Some((plane, _turn)) = plane() else { return };
    let target = account(plane, "tenant", 3600);
    bind(
        plane,
        "tenant",
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: tenant}\nrules:\n- {apiGroups: [\"\"], resources: [namespaces], verbs: [list]}\n",
    );
    let _ = plane.kubectl(&["create", "role", "tenant", "-n", "kube-system", "--verb=list", "--resource=configmaps"]);
    let _ = plane.kubectl(&[
        "create",
        "rolebinding",
        "tenant",
        "-n",
        "kube-system",
        "--role=tenant",
        "--serviceaccount=default:tenant",
    ]);
    plane.wait("the role", Duration::from_secs(10), |_| {
        let coverage = read(&target, &limits()).coverage(&Kind::new("", "ConfigMap"));
        coverage.state == State::Partial
            && coverage.objects > 0
            && coverage.denied_namespaces.contains(&"default".to_owned())
    });
    let snapshot = read(&target, &limits());
    assert_eq!(snapshot.coverage(&Kind::new("", "Node")).state, State::Forbidden);
    assert_eq!(snapshot.coverage(&Kind::new("", "Pod")).state, State::Forbidden);
    assert_eq!(snapshot.coverage(&Kind::new("", "Namespace")).state, State::Complete);
}

const MANY: usize = 5000;

/// Five thousand ConfigMaps in a namespace of their own.
fn many(plane: &Plane) {
    static MADE: OnceLock<()> = OnceLock::new();
    MADE.get_or_init(|| {
        let began = Instant::now();
        plane.apply(None, &[json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "many"}})]);
        std::thread::scope(|scope| {
            for part in 0..4 {
                scope.spawn(move || {
                    let maps: Vec<Value> = (part * MANY / 4..(part + 1) * MANY / 4)
                        .map(|number| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": format!("map-{number:05}")}, "data": {"k": "v"}}))
                        .collect();
                    let list = json!({"apiVersion": "v1", "kind": "List", "items": maps}).to_string();
                    plane.kubectl_with(&["create", "-n", "many", "-f", "-"], &list).unwrap();
                });
            }
        });
        eprintln!("control plane: {MANY} ConfigMaps made in {:.1?}", began.elapsed());
    });
}

fn maps(snapshot: &Snapshot) -> usize {
    snapshot.of("", "ConfigMap").iter().filter(|map| &*map.namespace == "many" && map.name.starts_with("map-")).count()
}

fn only_maps() -> sextant::collect::plan::Plan {
    sextant::collect::plan::Plan { kinds: [Kind::new("", "ConfigMap")].into(), ..Default::default() }
}

#[test]
fn five_thousand_objects_in_pages_while_others_come_and_go() {
    let Some((plane, _turn)) = plane() else { return };
    many(plane);
    let over = AtomicBool::new(false);
    let snapshot = std::thread::scope(|scope| {
        scope.spawn(|| {
            for number in 0.. {
                if over.load(Ordering::SeqCst) {
                    return;
                }
                let name = format!("map-{:05}x{number}", number % 50 * 100);
                let _ = plane.kubectl(&["create", "configmap", "-n", "many", &name.replace("map-", "other-")]);
                let _ = plane.kubectl(&[
                    "delete",
                    "configmap",
                    "-n",
                    "many",
                    &name.replace("map-", "other-"),
                    "--wait=false",
                ]);
            }
        });
        let limits = Limits { page_size: Some(100), ..Limits::default() };
        let began = Instant::now();
        let snapshot = cluster::read(&plane.target(), &only_maps(), &options(Secrets::None), &limits, &|_| {}).unwrap();
        eprintln!("control plane: 5,000 ConfigMaps in 50 pages at 10 qps in {:.1?}", began.elapsed());
        over.store(true, Ordering::SeqCst);
        snapshot
    });
    assert_eq!(maps(&snapshot), MANY);
    assert_eq!(snapshot.coverage(&Kind::new("", "ConfigMap")).state, State::Complete);
    plane.assert_read_only();
}

#[test]
fn a_compaction_on_the_way_is_overcome_once_and_told_twice() {
    let Some((plane, _turn)) = plane() else { return };
    many(plane);
    for (compactions, state) in [(1, State::Complete), (2, State::Partial)] {
        let (left, last, restarts) = (Cell::new(compactions), Cell::new(0), Cell::new(0));
        let limits = Limits { page_size: Some(200), max_qps: 0.0, ..Limits::default() };
        let snapshot = cluster::read(&plane.target(), &only_maps(), &options(Secrets::None), &limits, &|progress| {
            if progress.objects <= last.get() {
                restarts.set(restarts.get() + 1);
            }
            let begun = progress.objects <= last.get() || last.get() == 0;
            last.set(progress.objects);
            if begun && left.get() > 0 {
                left.set(left.get() - 1);
                let _ = plane.kubectl(&[
                    "create",
                    "configmap",
                    "-n",
                    "default",
                    &format!("bump-{compactions}-{}", left.get()),
                ]);
                plane.compact();
            }
        })
        .unwrap();
        let coverage = snapshot.coverage(&Kind::new("", "ConfigMap"));
        assert_eq!((coverage.state, restarts.get()), (state, 1), "{coverage:?}");
        assert_eq!(maps(&snapshot), MANY);
        if state == State::Partial {
            assert_eq!(coverage.reason, "the list spans two revisions (410)");
        }
    }
}

#[test]
fn a_token_that_expires_is_told() {
    let Some((plane, _turn)) = plane() else { return };
    many(plane);
    bind(
        plane,
        "brief",
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: brief}\nrules:\n- {apiGroups: [\"*\"], resources: [\"*\"], verbs: [list, get]}\n",
    );
    std::thread::sleep(Duration::from_millis(500));
    let target = account(plane, "brief", 2);
    // The server remembers a good token for ten seconds; the pages take fifteen.
    let limits = Limits { page_size: Some(30), max_qps: 10.0, ..Limits::default() };
    let snapshot = cluster::read(&target, &only_maps(), &options(Secrets::None), &limits, &|_| {}).unwrap();
    let coverage = snapshot.coverage(&Kind::new("", "ConfigMap"));
    assert_eq!(coverage.state, State::Partial, "{coverage:?}");
    assert!(coverage.reason.contains("401") && coverage.objects > 0, "{coverage:?}");
    let run = sextant(&with(&["audit"], &place(&target)));
    assert_eq!(run.code, 3);
    assert!(run.err.contains("log in again"), "{}", run.err);
}
