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
