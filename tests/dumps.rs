//! Dumps of other tools: what is in them, and that nothing of them counts as complete.

use std::{fs, io::Write as _, path::Path};

use serde_json::{Value, json};
use sextant::{
    collect,
    object::Kind,
    snapshot::{Snapshot, SourceKind, State, slim::Secrets},
};

use crate::cluster::options;

fn read(path: &Path, secrets: Secrets) -> Snapshot {
    collect::read(&[path.display().to_string()], &options(secrets)).unwrap()
}

fn put(dir: &Path, path: &str, text: &str) {
    let path = dir.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn object(namespace: &str, name: &str) -> Value {
    json!({"metadata": {"name": name, "namespace": namespace, "uid": "u", "creationTimestamp": "2026-01-01T00:00:00Z"}})
}

fn typed(api_version: &str, kind: &str, namespace: &str, name: &str) -> Value {
    let mut value = object(namespace, name);
    value["apiVersion"] = api_version.into();
    value["kind"] = kind.into();
    value
}

fn names(snapshot: &Snapshot) -> Vec<String> {
    snapshot.objects().iter().map(|object| object.reference().to_string()).collect()
}

fn assert_incomplete(snapshot: &Snapshot) {
    assert_eq!(snapshot.header.source_kind, SourceKind::Dump);
    for kind in snapshot.present_kinds() {
        assert_eq!(snapshot.coverage(kind).state, State::Partial, "{kind}");
    }
    assert_eq!(snapshot.coverage(&Kind::new("networking.k8s.io", "NetworkPolicy")).state, State::Skipped);
}

fn tarball(dir: &Path) -> std::path::PathBuf {
    let path = dir.with_extension("tar.gz");
    let mut tar = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    tar.append_dir_all(".", dir).unwrap();
    let bytes = tar.into_inner().unwrap().finish().unwrap();
    fs::File::create(&path).unwrap().write_all(&bytes).unwrap();
    path
}

#[test]
fn a_cluster_info_dump_as_a_folder_and_as_one_stream() {
    let dir = tempfile::tempdir().unwrap();
    let list = |kind: &str, items: Vec<Value>| json!({"kind": kind, "apiVersion": "v1", "items": items});
    let nodes = json!({"kind": "NodeList", "apiVersion": "v1", "items": [object("", "n1")]});
    put(dir.path(), "nodes.json", &nodes.to_string());
    let pods = list("PodList", vec![object("kube-system", "dns")]);
    put(dir.path(), "kube-system/pods.json", &pods.to_string());
    put(dir.path(), "kube-system/dns/logs.txt", "password=hunter2\n{\"kind\":\"Pod\"}\n");
    let snapshot = read(dir.path(), Secrets::None);
    assert_eq!(names(&snapshot), ["Node n1", "Pod kube-system/dns"]);
    assert_incomplete(&snapshot);
    let file = dir.path().join("dump.txt");
    let text = format!(
        "{{\n    \"kind\": \"NodeList\",{}\n{pods}\n==== START logs for container c of pod kube-system/dns ====\n{{\"x\": [\n==== END logs for container c of pod kube-system/dns ====\n{}\n",
        &nodes.to_string()[1..].replace("\"kind\":\"NodeList\",", "").replace(",\"kind\":\"NodeList\"", ""),
        list("ServiceList", vec![object("kube-system", "dns")])
    );
    fs::write(&file, text).unwrap();
    let snapshot = read(&file, Secrets::None);
    assert_eq!(names(&snapshot), ["Node n1", "Pod kube-system/dns", "Service kube-system/dns"]);
    assert!(snapshot.sources.is_empty(), "{:?}", snapshot.sources);
}

#[test]
fn a_must_gather() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("must-gather");
    let base = "quay-io-image-sha256-abc";
    let yaml = |value: &Value| format!("---\n{value}\n");
    put(&root, &format!("{base}/cluster-scoped-resources/core/nodes/n1.yaml"), &yaml(&typed("v1", "Node", "", "n1")));
    let pod = typed("v1", "Pod", "shop", "web");
    let pods = json!({"apiVersion": "v1", "kind": "PodList", "items": [pod]});
    put(&root, &format!("{base}/namespaces/shop/core/pods.yaml"), &yaml(&pods));
    put(&root, &format!("{base}/namespaces/shop/pods/web/web.yaml"), &yaml(&pod));
    put(&root, &format!("{base}/namespaces/shop/pods/web/c/c/logs/current.log"), "noise");
    let mut secret = typed("v1", "Secret", "shop", "s");
    secret["data"] = json!({"password": "MTIgYnl0ZXMgbG9uZw=="});
    put(&root, &format!("{base}/namespaces/shop/core/secrets.yaml"), &yaml(&secret));
    let snapshot = read(&root, Secrets::None);
    assert_eq!(names(&snapshot), ["Node n1", "Pod shop/web"]);
    assert_incomplete(&snapshot);
    assert!(snapshot.sources.is_empty(), "the second copy is the same: {:?}", snapshot.sources);
    assert_eq!(names(&read(&tarball(&root), Secrets::Metadata)), ["Node n1", "Pod shop/web", "Secret shop/s"]);
}

/// What a bundle says it could not read is not empty, whatever the user asserts.
#[test]
fn errors_of_a_bundle_outweigh_an_assertion() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("bundle");
    let nodes = json!({"apiVersion": "v1", "kind": "NodeList", "items": [object("", "n1")]});
    put(&root, "cluster-resources/nodes.json", &nodes.to_string());
    put(&root, "cluster-resources/pods-errors.json", r#"{"shop":"forbidden"}"#);
    let complete = collect::Options { complete: true, ..options(Secrets::None) };
    let read = |path: &Path| collect::read(&[path.display().to_string()], &complete).unwrap();
    let state = |snapshot: &Snapshot, kind: &str| snapshot.coverage(&Kind::parse(kind).unwrap()).state;
    let snapshot = read(&root);
    assert_eq!(state(&snapshot, "core/Node"), State::Complete);
    assert_eq!(state(&snapshot, "core/Pod"), State::Partial);
    // It has stood at both places.
    for folder in ["cluster-resources", "cluster-resources/custom-resources"] {
        let file = format!("{folder}/custom-resources-errors.json");
        put(&root, &file, r#"{"widgets.example.io":"forbidden"}"#);
        let snapshot = read(&root);
        assert_eq!(state(&snapshot, "example.io/Widget"), State::Partial, "its kind is not known, but it is not empty");
        assert_eq!(state(&snapshot, "core/Node"), State::Partial);
        put(&root, &file, "[]");
        assert_eq!(state(&read(&root), "core/Node"), State::Complete);
    }
}

#[test]
fn a_velero_backup_holds_full_secrets_and_duplicates() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("backup");
    put(&root, "metadata/version", "1.1.0");
    let mut old = typed("networking.k8s.io/v1beta1", "Ingress", "shop", "web");
    old["spec"] = json!({"old": true});
    put(
        &root,
        "resources/ingresses.networking.k8s.io/v1beta1-preferredversion/namespaces/shop/web.json",
        &old.to_string(),
    );
    let mut now = typed("networking.k8s.io/v1", "Ingress", "shop", "web");
    now["spec"] = json!({"tls": [{"secretName": "web-tls"}]});
    put(&root, "resources/ingresses.networking.k8s.io/namespaces/shop/web.json", &now.to_string());
    for name in ["web-tls", "other"] {
        let mut secret = typed("v1", "Secret", "shop", name);
        secret["data"] = json!({"password": "aHVudGVyMi1pcy1pbi1oZXJl"});
        put(&root, &format!("resources/secrets/namespaces/shop/{name}.json"), &secret.to_string());
    }
    let path = tarball(&root);
    let snapshot = read(&path, Secrets::None);
    assert_eq!(names(&snapshot), ["Ingress shop/web"]);
    assert!(!snapshot.objects()[0].json.contains("old"));
    assert_incomplete(&snapshot);
    let listed = read(&path, Secrets::List);
    assert_eq!(names(&listed), ["Secret shop/other", "Secret shop/web-tls", "Ingress shop/web"]);
    assert!(listed.objects().iter().all(|object| !object.json.contains("aHVudGVy")));
    assert_eq!(names(&read(&path, Secrets::Named)), ["Secret shop/web-tls", "Ingress shop/web"]);
    // A tarball that was cut gives what it has, and proves nothing.
    let bytes = fs::read(&path).unwrap();
    let cut = dir.path().join("cut.tar.gz");
    fs::write(&cut, &bytes[..bytes.len() - 60]).unwrap();
    let mut asserted = options(Secrets::None);
    asserted.complete = true;
    let snapshot = collect::read(&[cut.display().to_string()], &asserted).unwrap();
    assert_eq!(snapshot.coverage(&Kind::new("networking.k8s.io", "NetworkPolicy")).state, State::Partial);
}

#[test]
fn a_troubleshoot_bundle_says_what_it_could_not_read() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("support-bundle");
    put(
        &root,
        "cluster-resources/nodes.json",
        &json!({"kind": "NodeList", "apiVersion": "v1", "items": [object("", "n1")]}).to_string(),
    );
    put(&root, "cluster-resources/pods/shop.json", &json!([object("shop", "web")]).to_string());
    put(&root, "cluster-resources/pods-errors.json", "null");
    put(&root, "cluster-resources/deployments/shop.json", &json!([object("shop", "web")]).to_string());
    put(&root, "cluster-resources/deployments-errors.json", "{\"team-a\": \"deployments is forbidden\"}");
    put(&root, "cluster-resources/auth-cani-list/shop.json", "{\"resourceRules\": []}");
    put(
        &root,
        "cluster-resources/custom-resources/widgets.example.io/shop.yaml",
        &format!("- {}\n", typed("example.io/v1", "Widget", "shop", "w")),
    );
    let mut all = options(Secrets::None);
    all.complete = true;
    for path in [root.clone(), tarball(&root)] {
        let snapshot = read(&path, Secrets::None);
        assert_eq!(names(&snapshot), ["Node n1", "Pod shop/web", "Deployment shop/web", "Widget shop/w"]);
        assert_incomplete(&snapshot);
        let asserted = collect::read(&[path.display().to_string()], &all).unwrap();
        assert_eq!(asserted.coverage(&Kind::new("", "Pod")).state, State::Complete);
        assert_eq!(asserted.coverage(&Kind::new("apps", "Deployment")).state, State::Partial, "the errors file wins");
    }
}

/// As `kubectl cluster-info dump` prints it: typed lists, and logs that need not end with their line.
#[test]
fn a_dump_on_standard_output_goes_on_after_a_log_without_a_last_newline() {
    let dir = tempfile::tempdir().unwrap();
    let list = |kind: &str, api_version: &str, items: Vec<Value>| {
        let text =
            serde_json::to_string_pretty(&json!({"metadata": {"resourceVersion": "1"}, "items": items})).unwrap();
        format!("{{\n    \"kind\": \"{kind}\",\n    \"apiVersion\": \"{api_version}\",{}\n", &text[1..])
    };
    let logs = |line: &str| {
        let of = "for container c of pod kube-system/dns ====";
        format!("==== START logs {of}\n{line}==== END logs {of}\n")
    };
    let text = [
        list("NodeList", "v1", vec![object("", "n1")]),
        list("PodList", "v1", vec![object("kube-system", "dns")]),
        logs("{\"kind\": \"Pod\", password=hunter2 and no newline"),
        logs("Request log error: the server rejected our request\n"),
        list("DeploymentList", "apps/v1", vec![object("shop", "web")]),
    ]
    .concat();
    let path = dir.path().join("dump.json");
    fs::write(&path, &text).unwrap();
    let snapshot = read(&path, Secrets::None);
    assert_eq!(names(&snapshot), ["Node n1", "Pod kube-system/dns", "Deployment shop/web"]);
    assert!(snapshot.sources.is_empty(), "{:?}", snapshot.sources);
    assert_incomplete(&snapshot);
    // The same on standard input.
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_sextant"))
        .args(["snapshot", "-o", "-", "-"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let piped = child.wait_with_output().unwrap().stdout;
    assert_eq!(names(&sextant::snapshot::file::read(&piped[..]).unwrap()), names(&snapshot));
    // One that was cut inside of a log has lost whatever came after it.
    let cut = text.find("and no newline").unwrap();
    fs::write(&path, &text[..cut]).unwrap();
    let asserted = collect::Options { complete: true, ..options(Secrets::None) };
    let snapshot = collect::read(&[path.display().to_string()], &asserted).unwrap();
    assert_eq!(names(&snapshot), ["Node n1", "Pod kube-system/dns"]);
    assert_eq!(snapshot.coverage(&Kind::new("", "Pod")).state, State::Partial, "{:?}", snapshot.sources);
    // In YAML, which begins with the items.
    let yaml = format!(
        "apiVersion: v1\nitems:\n- {}\nkind: NodeList\nmetadata: {{}}\n---\napiVersion: v1\nitems:\n- {}\nkind: PodList\nmetadata: {{}}\n{}---\napiVersion: v1\nitems: []\nkind: ServiceList\nmetadata: {{}}\n",
        object("", "n1"),
        object("kube-system", "dns"),
        logs("key: [\n")
    );
    let path = dir.path().join("dump.yaml");
    fs::write(&path, yaml).unwrap();
    let snapshot = read(&path, Secrets::None);
    assert_eq!(names(&snapshot), ["Node n1", "Pod kube-system/dns"]);
    assert!(snapshot.sources.is_empty(), "{:?}", snapshot.sources);
}

#[test]
fn a_kubectl_list_is_not_the_whole_cluster_unless_somebody_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("all.json");
    let mut secret = typed("v1", "Secret", "shop", "s");
    secret["data"] = json!({"password": "aHVudGVyMi1pcy1pbi1oZXJl"});
    let list = json!({"apiVersion": "v1", "items": [typed("v1", "Pod", "shop", "web"), secret], "kind": "List",
        "metadata": {"resourceVersion": ""}});
    fs::write(&path, serde_json::to_string_pretty(&list).unwrap()).unwrap();
    let snapshot = read(&path, Secrets::List);
    assert_eq!(names(&snapshot), ["Pod shop/web", "Secret shop/s"]);
    assert!(snapshot.objects().iter().all(|object| !object.json.contains("aHVudGVy")));
    assert_incomplete(&snapshot);
    let asserted = collect::Options { complete: true, ..options(Secrets::None) };
    let snapshot = collect::read(&[path.display().to_string()], &asserted).unwrap();
    assert_eq!(snapshot.coverage(&Kind::new("", "Node")).state, State::Complete);
    assert_eq!(snapshot.coverage(&Kind::new("", "Secret")).state, State::Skipped);
}

/// What lies beside the objects of a must-gather: answers of Prometheus and etcd, logs of gathering.
#[test]
fn what_a_must_gather_holds_besides_objects_is_no_broken_object() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("must-gather.local.1");
    let base = "registry-io-must-gather-sha256-abc";
    let node = format!("---\n{}\n", typed("v1", "Node", "", "n1"));
    put(&root, &format!("{base}/cluster-scoped-resources/core/nodes/n1.yaml"), &node);
    let namespace = format!("---\n{}\n", typed("v1", "Namespace", "", "shop"));
    put(&root, &format!("{base}/namespaces/shop/shop.yaml"), &namespace);
    put(&root, &format!("{base}/monitoring/prometheus/rules.json"), r#"{"status":"success","data":{"groups":[]}}"#);
    put(&root, &format!("{base}/etcd_info/member_list.json"), r#"{"header":{"cluster_id":1},"members":[]}"#);
    put(&root, &format!("{base}/event-filter.html"), "<html>");
    put(&root, "timestamp", "2026-11-01");
    let asserted = collect::Options { complete: true, ..options(Secrets::None) };
    for path in [root.clone(), tarball(&root)] {
        let snapshot = collect::read(&[path.display().to_string()], &asserted).unwrap();
        assert_eq!(names(&snapshot), ["Namespace shop", "Node n1"]);
        assert!(snapshot.sources.is_empty(), "{:?}", snapshot.sources);
        assert_eq!(snapshot.coverage(&Kind::new("", "Node")).state, State::Complete);
    }
}

/// With several versions of an API: the one that the server preferred lies at the top.
#[test]
fn a_velero_backup_of_several_versions_gives_each_object_once() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("backup");
    put(&root, "metadata/version", "1.1.0\n");
    for (folder, version) in [("", "v2"), ("v2-preferredversion/", "v2"), ("v1/", "v1"), ("v2beta2/", "v2beta2")] {
        let scaler = typed(&format!("autoscaling/{version}"), "HorizontalPodAutoscaler", "shop", "web");
        let path = format!("resources/horizontalpodautoscalers.autoscaling/{folder}namespaces/shop/web.json");
        put(&root, &path, &scaler.to_string());
    }
    put(&root, "resources/persistentvolumes/cluster/pv.json", &typed("v1", "PersistentVolume", "", "pv").to_string());
    for path in [root.clone(), tarball(&root)] {
        let snapshot = read(&path, Secrets::None);
        assert_eq!(names(&snapshot), ["PersistentVolume pv", "HorizontalPodAutoscaler shop/web"]);
        assert_eq!(&*snapshot.objects()[1].version, "v2");
        assert!(snapshot.sources.is_empty(), "{:?}", snapshot.sources);
    }
}

/// Bundles of today say what their lists are, and name webhook configurations with dashes.
#[test]
fn troubleshoot_bundles_of_two_generations() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("now");
    let folder = |root: &Path, name: &str, text: &str| put(root, &format!("cluster-resources/{name}"), text);
    let pods = json!({"kind": "PodList", "apiVersion": "v1", "metadata": {"resourceVersion": "5"}, "items": [typed("v1", "Pod", "shop", "web")]});
    folder(&root, "pods/shop.json", &serde_json::to_string_pretty(&pods).unwrap());
    folder(&root, "pods/logs/shop/web/c.log", "{");
    for (name, kind) in [("validating", "ValidatingWebhookConfiguration"), ("mutating", "MutatingWebhookConfiguration")]
    {
        let hook = typed("admissionregistration.k8s.io/v1", kind, "", name);
        let list = json!({"kind": format!("{kind}List"), "apiVersion": "admissionregistration.k8s.io/v1", "metadata": {}, "items": [hook]});
        folder(&root, &format!("{name}-webhook-configurations.json"), &list.to_string());
    }
    folder(
        &root,
        "custom-resources/widgets.example.io/shop.json",
        &json!([typed("example.io/v1", "Widget", "shop", "w")]).to_string(),
    );
    folder(&root, "image-pull-secrets/shop/pull.json", r#"{"registry.example":"robot"}"#);
    folder(&root, "groups.json", "[]");
    folder(&root, "resources.json", r#"[{"kind":"APIResourceList","groupVersion":"v1","resources":[]}]"#);
    let snapshot = read(&root, Secrets::None);
    let expected = [
        "Pod shop/web",
        "MutatingWebhookConfiguration mutating",
        "ValidatingWebhookConfiguration validating",
        "Widget shop/w",
    ];
    assert_eq!(names(&snapshot), expected);
    assert!(snapshot.sources.is_empty(), "{:?}", snapshot.sources);
    assert_incomplete(&snapshot);
    // Older ones hold bare items, one bare namespace, and errors of StorageClasses under another name.
    let root = dir.path().join("then");
    folder(&root, "namespaces.json", &object("", "shop").to_string());
    folder(&root, "pods/shop.json", &json!([object("shop", "web")]).to_string());
    folder(&root, "nodes.json", "null");
    folder(&root, "storage-classes.json", "");
    folder(&root, "storage-errors.json", r#"["storageclasses is forbidden"]"#);
    let asserted = collect::Options { complete: true, ..options(Secrets::None) };
    let snapshot = collect::read(&[root.display().to_string()], &asserted).unwrap();
    assert_eq!(names(&snapshot), ["Namespace shop", "Pod shop/web"]);
    assert_eq!(snapshot.coverage(&Kind::new("storage.k8s.io", "StorageClass")).state, State::Partial);
    assert_eq!(snapshot.coverage(&Kind::new("", "Pod")).state, State::Complete, "{:?}", snapshot.sources);
}

/// Each run of crash diagnostics lies beside the one before: only the last one is the cluster.
#[test]
fn of_crash_diagnostics_the_newest_run_counts() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("crashd");
    let pods = |names: &[&str]| {
        let items: Vec<Value> = names.iter().map(|name| typed("v1", "Pod", "shop", name)).collect();
        json!({"apiVersion": "v1", "kind": "PodList", "metadata": {"resourceVersion": "7"}, "items": items}).to_string()
    };
    let old = "2026-11-01T02-17-53Z.1234";
    let new = "2026-11-02T02-17-53Z.0001";
    put(&root, &format!("kubecapture/core_v1/shop/pods-{old}.json"), &pods(&["gone", "stays"]));
    put(&root, &format!("kubecapture/core_v1/shop/pods-{new}.json"), &pods(&["stays"]));
    put(&root, "kubecapture/core_v1/shop/stays/c.log", "{");
    let mut secret = typed("v1", "Secret", "shop", "s");
    secret["data"] = json!({"password": "aHVudGVyMi1pcy1pbi1oZXJl"});
    put(&root, &format!("kubecapture/core_v1/shop/secrets/s-{old}.yaml"), &format!("{secret}\n"));
    put(
        &root,
        &format!("kubecapture/apps_v1/shop/deployments-{old}.json"),
        &typed("apps/v1", "Deployment", "shop", "web").to_string(),
    );
    put(&root, "host/uptime.json", "{}");
    for path in [root.clone(), tarball(&root)] {
        let snapshot = read(&path, Secrets::List);
        assert_eq!(names(&snapshot), ["Pod shop/stays", "Secret shop/s", "Deployment shop/web"]);
        assert!(snapshot.objects().iter().all(|object| !object.json.contains("aHVudGVy")));
        assert!(snapshot.sources.is_empty(), "{:?}", snapshot.sources);
        assert_incomplete(&snapshot);
    }
}
