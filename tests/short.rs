//! Objects in a line: the short forms in which `fixtures/switches` and `fixtures/names` write
//! workloads, classes and what else there is much of.

use serde_json::{Value, json};
use sextant::{collect::fixture, object::Kind, snapshot::Snapshot};

use crate::detected::options;

/// A workload as `Kind namespace/name image`, with what its container is given.
fn workload(text: &str, more: &Value) -> Value {
    let words: Vec<&str> = text.split(' ').collect();
    let [kind, place, image] = words[..] else { panic!("{text:?} is not: kind namespace/name image") };
    let (namespace, name) = place.split_once('/').unwrap();
    let env: Vec<Value> = more["env"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| json!({"name": name, "value": value}))
        .collect();
    let own = more["container"].as_str().unwrap_or("main");
    let mut containers = vec![json!({"name": own, "image": image, "env": env, "args": more["args"]})];
    if let Some(image) = more["beside"].as_str() {
        containers.push(json!({"name": more["beside_name"].as_str().unwrap_or("beside"), "image": image}));
    }
    let mut labels = more["labels"].as_object().cloned().unwrap_or_default();
    labels.insert("of".into(), json!(name));
    let status = match kind {
        "DaemonSet" => json!({"desiredNumberScheduled": 1, "numberReady": 1}),
        _ => json!({"replicas": 1, "readyReplicas": 1}),
    };
    json!({
        "apiVersion": "apps/v1", "kind": kind,
        "metadata": {"namespace": namespace, "name": name, "labels": labels},
        "spec": {"replicas": 1, "template": {"metadata": {"labels": labels}, "spec": {"containers": containers}}},
        "status": status,
    })
}

fn placed(text: &str) -> Value {
    let (namespace, name) = text.split_once('/').unwrap();
    json!({"namespace": namespace, "name": name})
}

/// An object, of which the common kinds have a short form.
pub fn object(value: &Value) -> Value {
    let word = |key: &str| value[key].as_str();
    if let Some(text) = value.as_str() {
        return workload(text, &Value::Null);
    }
    if let Some(text) = word("run") {
        return workload(text, value);
    }
    if let Some(name) = word("class") {
        return json!({
            "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": name},
            "provisioner": value["provisioner"], "parameters": value["parameters"],
            "allowVolumeExpansion": value["allowVolumeExpansion"],
        });
    }
    if let Some(name) = word("snapshot_class") {
        return json!({
            "apiVersion": "snapshot.storage.k8s.io/v1", "kind": "VolumeSnapshotClass", "metadata": {"name": name},
            "driver": value["driver"], "deletionPolicy": "Delete",
        });
    }
    if let Some(name) = word("config") {
        return json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": placed(name), "data": value["data"]});
    }
    if let Some(name) = word("namespace") {
        return json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": value["labels"]}});
    }
    if let Some(name) = word("ingress_class") {
        return json!({
            "apiVersion": "networking.k8s.io/v1", "kind": "IngressClass", "metadata": {"name": name},
            "spec": {"controller": value["controller"]},
        });
    }
    if let Some(name) = word("gateway_class") {
        return json!({
            "apiVersion": "gateway.networking.k8s.io/v1", "kind": "GatewayClass", "metadata": {"name": name},
            "spec": {"controllerName": value["controller"]},
        });
    }
    if let Some(name) = word("ingress") {
        let mut metadata = placed(name);
        metadata["annotations"] = value["annotations"].clone();
        return json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": metadata, "spec": {}});
    }
    if let Some(name) = word("crd") {
        let (plural, group) = name.split_once('.').unwrap();
        return json!({
            "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": name},
            "spec": {"group": group, "names": {"plural": plural}},
        });
    }
    if let Some(name) = word("webhook") {
        let service = json!({"namespace": "x", "name": "x"});
        return json!({
            "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration",
            "metadata": {"name": format!("of-{name}")},
            "webhooks": [{"name": name, "failurePolicy": "Ignore", "clientConfig": {"service": service}}],
        });
    }
    if let Some(name) = word("api_service") {
        return json!({
            "apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "metadata": {"name": name},
            "spec": {"service": placed(word("served_by").unwrap())},
            "status": {"conditions": [{"type": "Available", "status": "True"}]},
        });
    }
    if let Some(name) = word("driver").filter(|_| value["kind"].is_null()) {
        return json!({"apiVersion": "storage.k8s.io/v1", "kind": "CSIDriver", "metadata": {"name": name}, "spec": {}});
    }
    if let Some(name) = word("node") {
        return json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": value["labels"]}});
    }
    assert!(word("kind").is_some(), "{value} is no object");
    value.clone()
}

/// A cluster of these objects, of which one kind was denied.
pub fn cluster(objects: &[Value], unread: Option<&str>) -> Snapshot {
    let kind_of = |object: &Value| {
        Kind::from_api_version(object["apiVersion"].as_str().unwrap(), object["kind"].as_str().unwrap()).to_string()
    };
    let text: String =
        objects.iter().filter(|o| unread != Some(&kind_of(o))).map(|object| format!("---\n{object}\n")).collect();
    let coverage =
        unread.map_or(String::new(), |kind| format!("coverage:\n  {kind}: {{state: forbidden, reason: may not}}\n"));
    let mark = format!("sextant: fixture/1\ntime: 2026-11-20T09:00:00Z\nversion: v1.37.2\n{coverage}");
    fixture::from_files("switch", &[("cluster.yaml", &mark), ("objects.yaml", &text)], &options()).unwrap()
}
