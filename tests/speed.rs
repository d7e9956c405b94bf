//! How fast a large cluster is read, and in how much memory. Asked for by name, in an optimised
//! build: `cargo test --release --test main speed -- --ignored --nocapture`.

use std::{
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::json;

use crate::{fake::World, harness::text};

const PODS: usize = 50_000;
/// What is asked for where nobody says otherwise.
const PAGE: usize = 125;

/// A pod of about 4.5 KB, managed fields included, as they are in the wild.
fn pod(number: usize) -> serde_json::Value {
    let name = format!("checkout-{:08x}-{number:05}", number * 2_654_435_761 % 4_294_967_291);
    let env: Vec<_> =
        (0..20).map(|i| json!({"name": format!("SETTING_{i}"), "value": format!("value-{number}-{i}")})).collect();
    let fields: serde_json::Map<String, serde_json::Value> =
        (0..45).map(|i| (format!("f:field{i}"), json!({"f:inner": {}, "f:more": {}}))).collect();
    json!({"metadata": {"name": name, "namespace": format!("team-{:03}", number % 200), "uid": format!("{number:032x}"),
            "resourceVersion": number.to_string(), "creationTimestamp": "2026-01-01T00:00:00Z",
            "labels": {"app": "checkout", "pod-template-hash": format!("{number:010x}")},
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "checkout-1", "uid": "u", "controller": true}],
            "managedFields": [{"manager": "kubelet", "operation": "Update", "apiVersion": "v1", "time": "2026-01-01T00:00:00Z",
                "fieldsType": "FieldsV1", "fieldsV1": {"f:metadata": fields}, "subresource": "status"}]},
        "spec": {"containers": [{"name": "app", "image": format!("registry.bank.example/shop/checkout@sha256:{number:064x}"), "env": env,
            "resources": {"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "100m", "memory": "128Mi"}},
            "volumeMounts": [{"name": "token", "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount", "readOnly": true}],
            "securityContext": {"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}}}],
            "nodeName": format!("node-{}", number % 500), "serviceAccountName": "default"},
        "status": {"phase": "Running", "podIP": "10.1.2.3", "startTime": "2026-01-01T00:00:00Z",
            "conditions": (0..5).map(|i| json!({"type": format!("Condition{i}"), "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z"})).collect::<Vec<_>>(),
            "containerStatuses": [{"name": "app", "ready": true, "restartCount": 0, "image": "i", "imageID": format!("registry@sha256:{number:064x}"),
                "state": {"running": {"startedAt": "2026-01-01T00:00:00Z"}}, "containerID": format!("containerd://{number:064x}")}]}})
}

/// Peak of the whole, and how much of it is the program itself, mapped from its file.
fn memory_kib(pid: u32) -> Option<(u64, u64)> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let of = |name: &str| -> Option<u64> {
        text.lines().find(|line| line.starts_with(name))?.split_whitespace().nth(1)?.parse().ok()
    };
    Some((of("VmHWM:")?, of("RssFile:")?))
}

#[test]
#[ignore = "minutes in a debug build; run by name"]
fn fifty_thousand_pods() {
    let mut world = World::small();
    let pods = world.resources.iter_mut().find(|resource| resource.kind == "Pod").unwrap();
    for number in 0..PODS {
        let pod = pod(number);
        let of = |key: &str| pod["metadata"][key].as_str().unwrap().to_owned();
        pods.items.push((of("namespace"), of("name"), pod.to_string()));
    }
    pods.items.sort_by_cached_key(|(namespace, name, _)| format!("{namespace}/{name}"));
    let bytes: usize = pods.items.iter().map(|item| item.2.len()).sum();
    eprintln!("{PODS} pods, {} B each, {} MB", bytes / PODS, bytes / 1_000_000);
    let fake = world.start();
    let pages: Vec<String> = (0..PODS / PAGE)
        .map(|page| format!("{}/api/v1/pods?limit={PAGE}&continue=from-{}", fake.url(), page * PAGE))
        .collect();
    let timed = |command: &mut Command| -> Duration {
        let began = Instant::now();
        assert!(command.stdout(Stdio::null()).status().unwrap().success());
        began.elapsed()
    };
    let mut each = Command::new("sh");
    each.args(["-c", "for page; do curl -sS -o /dev/null \"$page\" || exit 1; done", "curl"]).args(&pages);
    let loop_of_curls = timed(&mut each);
    let mut one = Command::new("curl");
    one.arg("-sS").args(pages.iter().flat_map(|page| ["-o", "/dev/null", page.as_str()]));
    let one_curl = timed(&mut one);
    let dir = tempfile::tempdir().unwrap();
    let out = text(&dir.path().join("cluster.sxs"));
    let kubeconfig = text(fake.target().kubeconfig.as_deref().unwrap());
    let began = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_sextant"))
        .args(["snapshot", "-o", &out, "--kubeconfig", &kubeconfig, "--max-qps", "0"])
        .spawn()
        .unwrap();
    let (mut peak, mut mapped) = (0, 0);
    let status = loop {
        let now = memory_kib(child.id()).unwrap_or_default();
        (peak, mapped) = (peak.max(now.0), mapped.max(now.1));
        match child.try_wait().unwrap() {
            Some(status) => break status,
            None => std::thread::sleep(Duration::from_millis(2)),
        }
    };
    let took = began.elapsed();
    assert!(status.success());
    let size = std::fs::metadata(&out).unwrap().len();
    let ratio = |other: Duration| took.as_secs_f64() / other.as_secs_f64();
    eprintln!(
        "sextant snapshot {took:.2?}, peak {} MB ({} MB of it the program's file), file {:.1} MB; a curl a page {loop_of_curls:.2?} (ratio {:.2}); one curl for all {one_curl:.2?} (ratio {:.2})",
        peak / 1024,
        mapped / 1024,
        size as f64 / 1e6,
        ratio(loop_of_curls),
        ratio(one_curl)
    );
    if !cfg!(debug_assertions) {
        assert!(ratio(loop_of_curls) <= 5.0);
        assert!(peak <= 60 * 1024);
    }
}
