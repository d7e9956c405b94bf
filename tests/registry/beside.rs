//! What other objects of the cluster say of images: scans of their base, and the registry that serves them.

use serde_json::{Value, json};

use super::{edges::told_beside, verifiers::shop};

fn workload(name: &str, namespace: &str, image: &str, policy: &str) -> Vec<Value> {
    let labels = json!({"app": name});
    let container = json!({"name": "c", "image": image, "imagePullPolicy": policy, "ports": [{"containerPort": 5000}]});
    vec![
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "namespace": namespace, "uid": name}, "spec": {"replicas": 1,
            "selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}}},
            "status": {"replicas": 1, "readyReplicas": 1}}),
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": format!("{name}-1"), "namespace": namespace, "labels": labels,
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": "Deployment", "name": name, "uid": name, "controller": true}]},
            "spec": {"containers": [container]}, "status": {"phase": "Running"}}),
    ]
}

fn said(id: &str, rules: &str, objects: &[Vec<Value>]) -> Vec<(String, String)> {
    let all = [vec![shop(json!({}))], objects.concat()].concat();
    told_beside(id, &json!({"name": "bank", "type": "harbor"}), rules, &all)
}

#[test]
fn a_scan_says_that_a_base_has_ended() {
    const RULES: &str = "registries: [{name: bank, hosts: [h.example]}]\nrepositories: [{match: 'h.example/pay/**', base_maintained: true}]\n";
    let digest = format!("sha256:{}", "a".repeat(64));
    let report = |artifact: Value, os: Value, namespace: &str| {
        vec![json!({"apiVersion": "aquasecurity.github.io/v1alpha1", "kind": "VulnerabilityReport",
            "metadata": {"name": "replicaset-api-c", "namespace": namespace},
            "report": {"artifact": artifact, "registry": {"server": "h.example"}, "os": os, "vulnerabilities": [{"vulnerabilityID": "CVE-1"}]}})]
    };
    let ended = || json!({"family": "debian", "name": "9", "eosl": true});
    let tagged = || json!({"repository": "pay/api", "tag": "v1", "digest": "sha256:c"});
    let run = || workload("api", "shop", "h.example/pay/api:v1", "");
    let told = |objects: &[Vec<Value>]| {
        said("REG-030", RULES, objects).into_iter().map(|(v, m)| format!("{v}: {m}")).collect::<Vec<_>>()
    };
    let fails = ["fail: image v1 stands on a base that is no longer maintained"];
    let unknown = ["unknown: the base of image v1 was not read"];
    assert_eq!(told(&[run(), report(tagged(), ended(), "shop")]), fails);
    assert!(told(&[run(), report(tagged(), json!({"family": "debian", "name": "13"}), "shop")]).is_empty());
    // Without a system there is nothing to say; neither is there of another namespace or tag.
    assert_eq!(told(&[run(), report(tagged(), json!({}), "shop")]), unknown);
    assert_eq!(told(&[run(), report(tagged(), ended(), "other")]), unknown);
    assert_eq!(told(&[run(), report(json!({"repository": "pay/api", "tag": "v2"}), ended(), "shop")]), unknown);
    let by_digest = workload("api", "shop", &format!("h.example/pay/api@{digest}"), "");
    let report = report(json!({"repository": "pay/api", "digest": digest}), ended(), "other");
    let of_digest = format!("fail: image {digest} stands on a base that is no longer maintained");
    assert_eq!(told(&[by_digest, report]), [of_digest]);
}

#[test]
fn a_registry_of_one_copy_is_told_to_whom_asks_it_each_time() {
    const RULES: &str = "registries: [{name: bank, hosts: [h.example]}]\npull_policy: {always_needs_copies: true}\n";
    let registry = |copies: i64| {
        let mut objects = workload("registry", "harbor", "other.example/registry:v3", "");
        objects[0]["spec"]["replicas"] = json!(copies);
        objects.push(
            json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "registry", "namespace": "harbor"},
            "spec": {"selector": {"app": "registry"}, "ports": [{"port": 5000}]}}),
        );
        objects.push(json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "registry", "namespace": "harbor"},
            "spec": {"rules": [{"host": "h.example", "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": {"service": {"name": "registry", "port": {"number": 5000}}}}]}}]}}));
        objects
    };
    let pinned = format!("h.example/pay/api@sha256:{}", "a".repeat(64));
    let messages =
        |objects: &[Vec<Value>]| said("REG-017", RULES, objects).into_iter().map(|(_, m)| m).collect::<Vec<_>>();
    let one = ["image of a digest is asked for at each start, at a registry of one copy: Deployment harbor/registry"];
    assert_eq!(messages(&[registry(1), workload("api", "shop", &pinned, "Always")]), one);
    assert!(messages(&[registry(2), workload("api", "shop", &pinned, "Always")]).is_empty());
    assert!(messages(&[registry(1), workload("api", "shop", &pinned, "IfNotPresent")]).is_empty());
    assert!(messages(&[workload("api", "shop", &pinned, "Always")]).is_empty());
}
