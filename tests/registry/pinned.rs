//! REG-015 where admission writes digests into pods: their templates still name a tag.

use serde_json::{Value, json};

use super::{
    edges::told_beside,
    verifiers::{kyverno, policy, shop},
};

const RULES: &str = "registries: [{name: bank, hosts: [h.example]}]\n\
    repositories: [{match: 'h.example/pay/**', deploy: {digest_required: true}}]\n";

/// A Deployment whose template names `image`, with a pod for each of the images that they run.
fn workload(image: &str, running: &[&str]) -> Vec<Value> {
    let labels = json!({"app": "api"});
    let mut objects = vec![
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "api", "namespace": "shop", "uid": "api"},
        "spec": {"replicas": 1, "selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "c", "image": image}]}}},
        "status": {"replicas": 1, "readyReplicas": 1}}),
    ];
    objects.extend(running.iter().enumerate().map(|(at, image)| {
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": format!("api-{at}"), "namespace": "shop", "labels": labels,
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": "Deployment", "name": "api", "uid": "api", "controller": true}]},
            "spec": {"containers": [{"name": "c", "image": image}]}, "status": {"phase": "Running"}})
    }));
    objects
}

#[track_caller]
fn expect(objects: &[Vec<Value>], told: &[&str]) {
    let said = told_beside(
        "REG-015",
        &json!({"name": "bank", "type": "harbor"}),
        RULES,
        &[vec![shop(json!({}))], objects.concat()].concat(),
    );
    assert_eq!(said.iter().map(|(_, message)| message.as_str()).collect::<Vec<_>>(), told);
}

#[test]
fn a_tag_that_admission_replaces_is_no_violation_where_all_pods_show_it() {
    let digest = format!("h.example/pay/api:v1@sha256:{}", "a".repeat(64));
    let good = || workload("h.example/pay/api:v1", &[&digest, &digest]);
    let tagged = &["image is named by a tag only"];
    let none = || json!({});
    expect(&[kyverno(), vec![policy(none(), none())], good()], &[]);
    // Nobody writes digests: by hand, they are in the pods and not in the template.
    expect(&[kyverno(), good()], tagged);
    expect(&[vec![policy(none(), none())], good()], tagged);
    expect(&[kyverno(), vec![policy(none(), json!({"mutateDigest": false}))], good()], tagged);
    expect(&[kyverno(), vec![policy(none(), json!({"imageReferences": ["h.example/other/*"]}))], good()], tagged);
    // One pod without it, or none at all, proves nothing.
    let one_left = workload("h.example/pay/api:v1", &[&digest, "h.example/pay/api:v1"]);
    expect(&[kyverno(), vec![policy(none(), none())], one_left], tagged);
    expect(&[kyverno(), vec![policy(none(), none())], workload("h.example/pay/api:v1", &[])], tagged);
    let latest = workload("h.example/pay/api:latest", &[&digest]);
    expect(&[kyverno(), vec![policy(none(), none())], latest], &["image has the tag latest"]);
}
