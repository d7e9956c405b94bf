//! REG-014 over what each system of admission says: which policies refuse unsigned images, and
//! which only look as if they did.

use serde_json::{Value, json};

use super::edges::told_beside;

const RULES: &str = "registries: [{name: bank, hosts: [h.example]}]\nexempt_namespaces: [kyverno, cosign-system, gatekeeper-system]\n\
    repositories: [{match: 'h.example/pay/**', signing: {enforce_at_admission: true, by: [{kms: k}, {key: KEY}, {key: kmp/key}, {key: 'ca:bank'}, {keyless: {issuer: 'https://ci', subject_regexp: '^repo:pay/.+$'}}]}}]\n";

pub fn runs(name: &str, namespace: &str, image: &str) -> Vec<Value> {
    let labels = json!({"app": name});
    vec![
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "namespace": namespace, "uid": name}, "spec": {"replicas": 1,
            "selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "c", "image": image}]}}},
            "status": {"replicas": 1, "readyReplicas": 1}}),
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": format!("{name}-1"), "namespace": namespace, "labels": labels,
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": "Deployment", "name": name, "uid": name, "controller": true}]},
            "spec": {"containers": [{"name": "c", "image": image}]}, "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}],
            "containerStatuses": [{"name": "c", "ready": true, "image": image}]}}),
    ]
}

pub fn hook(name: &str, policy: &str, selector: Value) -> Value {
    json!({"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration", "metadata": {"name": name}, "webhooks": [
        {"name": name, "failurePolicy": policy, "namespaceSelector": selector, "clientConfig": {"url": "https://hook.example"}}]})
}

pub fn shop(labels: Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "labels": labels}})
}

pub fn kyverno() -> Vec<Value> {
    let mut objects = runs("kyverno", "kyverno", "ghcr.io/kyverno/kyverno:v1.15.2");
    objects.push(hook("kyverno-resource-validating-webhook-cfg", "Fail", json!({})));
    objects
}

pub fn policy(spec: Value, verify: Value) -> Value {
    let mut rule = json!({"name": "signed", "match": {"any": [{"resources": {"kinds": ["Pod"]}}]},
        "verifyImages": [{"imageReferences": ["h.example/pay/*"], "attestors": [{"entries": [{"keys": {"kms": "k"}}]}]}]});
    for (key, value) in verify.as_object().unwrap() {
        match key.as_str() {
            "match" => rule["match"] = value.clone(),
            _ => rule["verifyImages"][0][key] = value.clone(),
        }
    }
    let mut whole = json!({"validationFailureAction": "Enforce", "rules": [rule]});
    for (key, value) in spec.as_object().unwrap() {
        whole[key] = value.clone();
    }
    json!({"apiVersion": "kyverno.io/v1", "kind": "ClusterPolicy", "metadata": {"name": "signed"}, "spec": whole,
        "status": {"conditions": [{"type": "Ready", "status": "True"}]}})
}

/// What REG-014 says of namespace shop.
fn say(objects: Vec<Value>, labels: Value) -> Vec<(String, String)> {
    told_beside("REG-014", &json!({"name": "bank", "type": "harbor"}), RULES, &[vec![shop(labels)], objects].concat())
}

#[track_caller]
fn expect(objects: Vec<Value>, labels: Value, verdict: &str, words: &str) {
    let said = say(objects, labels);
    match verdict {
        "pass" => assert!(said.is_empty(), "{said:?}"),
        _ => assert!(matches!(&said[..], [(v, m)] if v == verdict && m.contains(words)), "{said:?}"),
    }
}

#[test]
fn kyverno_refuses_what_its_policy_says_and_no_more() {
    let with = |objects: Vec<Value>| [kyverno(), objects].concat();
    let none = || json!({});
    expect(with(vec![policy(none(), none())]), none(), "pass", "");
    expect(vec![policy(none(), none())], none(), "fail", "is carried out by nothing that runs");
    expect(with(vec![policy(json!({"validationFailureAction": "Audit"}), none())]), none(), "fail", "only warns");
    expect(with(vec![policy(json!({"admission": false}), none())]), none(), "fail", "only warns");
    expect(with(vec![policy(none(), json!({"failureAction": "Audit"}))]), none(), "fail", "only warns");
    expect(with(vec![policy(none(), json!({"required": false}))]), none(), "fail", "only warns");
    expect(
        with(vec![policy(none(), json!({"match": {"any": [{"resources": {"kinds": ["Deployment"]}}]}}))]),
        none(),
        "fail",
        "only warns",
    );
    expect(
        with(vec![policy(none(), json!({"imageReferences": ["h.example/other/*"]}))]),
        none(),
        "fail",
        "nothing refuses",
    );
    expect(
        with(vec![policy(none(), json!({"skipImageReferences": ["h.example/pay/*"]}))]),
        none(),
        "fail",
        "nothing refuses",
    );
    expect(
        with(vec![policy(none(), json!({"attestors": [{"entries": [{"keys": {"kms": "theirs"}}]}]}))]),
        none(),
        "fail",
        "believes others",
    );
    let keyless = |subject: &str, more: Value| {
        let mut keyless = json!({"issuer": "https://ci", "subjectRegExp": subject});
        keyless["rekor"] = more;
        json!({"attestors": [{"entries": [{"keyless": keyless}]}]})
    };
    expect(with(vec![policy(none(), keyless("^repo:pay/.+$", none()))]), none(), "pass", "");
    expect(with(vec![policy(none(), keyless(".*", none()))]), none(), "fail", "believes others");
    expect(
        with(vec![policy(none(), keyless("^repo:pay/.+$", json!({"ignoreTlog": true})))]),
        none(),
        "fail",
        "believes others",
    );
    // By namespace: an override takes this one out, another one does not.
    let overrides =
        |name: &str| json!({"validationFailureActionOverrides": [{"action": "Audit", "namespaces": [name]}]});
    expect(with(vec![policy(overrides("sh*"), none())]), none(), "fail", "nothing refuses");
    expect(with(vec![policy(overrides("other"), none())]), none(), "pass", "");
    // Ways around it.
    expect(with(vec![policy(json!({"failurePolicy": "Ignore"}), none())]), none(), "fail", "verified with gaps");
    let exception = json!({"apiVersion": "kyverno.io/v2", "kind": "PolicyException", "metadata": {"name": "legacy", "namespace": "shop"},
        "spec": {"exceptions": [{"policyName": "signed", "ruleNames": ["sig*"]}], "match": {"any": [{"resources": {"kinds": ["Pod"]}}]}}});
    expect(with(vec![policy(none(), none()), exception]), none(), "fail", "exception shop/legacy takes some out of it");
    let new = |actions: Value| {
        json!({"apiVersion": "policies.kyverno.io/v1", "kind": "ImageValidatingPolicy", "metadata": {"name": "new"}, "spec": {
            "validationActions": actions, "matchImageReferences": [{"glob": "h.example/pay/*"}], "attestors": [{"name": "a", "cosign": {"key": {"data": "KEY"}}}]}})
    };
    expect(with(vec![new(json!(["Deny"]))]), none(), "pass", "");
    expect(with(vec![new(json!(["Audit"]))]), none(), "fail", "only warns");
}

#[test]
fn policy_controller_is_asked_about_the_namespaces_of_its_webhook() {
    let policy = |spec: Value| {
        let mut whole = json!({"images": [{"glob": "h.example/pay/**"}], "authorities": [{"key": {"kms": "k"}}]});
        for (key, value) in spec.as_object().unwrap() {
            whole[key] = value.clone();
        }
        json!({"apiVersion": "policy.sigstore.dev/v1beta1", "kind": "ClusterImagePolicy", "metadata": {"name": "cip"}, "spec": whole})
    };
    let by_label =
        json!({"matchExpressions": [{"key": "policy.sigstore.dev/include", "operator": "In", "values": ["true"]}]});
    let opt_out =
        json!({"matchExpressions": [{"key": "policy.sigstore.dev/exclude", "operator": "NotIn", "values": ["true"]}]});
    let with = |selector: &Value, failure: &str, spec: Value| {
        let mut objects =
            runs("policy-controller", "cosign-system", "ghcr.io/sigstore/policy-controller/policy-controller:v0.13.0");
        objects.extend([hook("policy.sigstore.dev", failure, selector.clone()), policy(spec)]);
        objects
    };
    let included = json!({"policy.sigstore.dev/include": "true"});
    expect(with(&by_label, "Fail", json!({})), included.clone(), "pass", "");
    expect(with(&by_label, "Fail", json!({})), json!({}), "fail", "nothing refuses");
    expect(with(&opt_out, "Fail", json!({})), json!({}), "pass", "");
    expect(
        with(&opt_out, "Fail", json!({})),
        json!({"policy.sigstore.dev/exclude": "true"}),
        "fail",
        "nothing refuses",
    );
    expect(with(&by_label, "Fail", json!({"mode": "warn"})), included.clone(), "fail", "only warns");
    expect(
        with(&by_label, "Fail", json!({"authorities": [{"static": {"action": "pass"}}]})),
        included.clone(),
        "fail",
        "believes others",
    );
    expect(
        with(&by_label, "Fail", json!({"images": [{"glob": "h.example/*"}]})),
        included.clone(),
        "fail",
        "nothing refuses",
    );
    expect(with(&by_label, "Fail", json!({"images": [{"glob": "**"}]})), included.clone(), "pass", "");
    // One identity of several that anybody can have is one too many.
    let identities = json!({"authorities": [{"keyless": {"identities": [{"issuer": "https://ci", "subjectRegExp": "^repo:pay/.+$"}, {"issuer": "https://ci", "subjectRegExp": ".*"}]}}]});
    expect(with(&by_label, "Fail", identities), included.clone(), "fail", "believes others");
    expect(with(&by_label, "Ignore", json!({})), included, "fail", "verified with gaps");
}

#[test]
fn gatekeeper_with_ratify_openshift_and_connaisseur() {
    let constraint = |action: &str| {
        json!({"apiVersion": "constraints.gatekeeper.sh/v1beta1", "kind": "RatifyVerification", "metadata": {"name": "ratify"},
            "spec": {"enforcementAction": action, "match": {"excludedNamespaces": ["other-*"]}}})
    };
    let verifier = |parameters: Value| json!({"apiVersion": "config.ratify.deislabs.io/v1beta1", "kind": "Verifier", "metadata": {"name": "v"}, "spec": {"name": "v", "parameters": parameters}});
    let cosign = || {
        verifier(
            json!({"trustPolicies": [{"name": "p", "scopes": ["h.example/pay/*"], "keys": [{"provider": "kmp", "name": "key"}]}]}),
        )
    };
    let notation = |level: &str| {
        verifier(
            json!({"trustPolicyDoc": {"trustPolicies": [{"registryScopes": ["*"], "signatureVerification": {"level": level}, "trustStores": ["ca:bank"], "trustedIdentities": ["*"]}]}}),
        )
    };
    let with = |objects: Vec<Value>| {
        let engine = runs("gatekeeper-controller-manager", "gatekeeper-system", "openpolicyagent/gatekeeper:v3.20.1");
        [engine, vec![hook("gatekeeper-validating-webhook-configuration", "Fail", json!({}))], objects].concat()
    };
    let said = say(with(vec![constraint("deny"), cosign()]), json!({}));
    // Gatekeeper may be said to be degraded where it lacks templates: then with gaps, but verified.
    assert!(said.iter().all(|(_, m)| m.contains("verified with gaps")), "{said:?}");
    expect(with(vec![constraint("dryrun"), cosign()]), json!({}), "fail", "only warns");
    expect(with(vec![constraint("deny"), notation("audit")]), json!({}), "fail", "only warns");
    let said = say(with(vec![constraint("deny"), notation("strict")]), json!({}));
    assert!(said.iter().all(|(_, m)| m.contains("verified with gaps")), "{said:?}");
    expect(with(vec![constraint("deny")]), json!({}), "unknown", "whom Ratify believes was not read");
    let openshift = |kind: &str, meta: Value| {
        json!({"apiVersion": "config.openshift.io/v1", "kind": kind, "metadata": meta, "spec": {"scopes": ["h.example/pay"],
            "policy": {"rootOfTrust": {"policyType": "PublicKey", "publicKey": {"keyData": "KEY"}}}}})
    };
    expect(vec![openshift("ClusterImagePolicy", json!({"name": "p"}))], json!({}), "pass", "");
    expect(vec![openshift("ImagePolicy", json!({"name": "p", "namespace": "shop"}))], json!({}), "pass", "");
    expect(
        vec![openshift("ImagePolicy", json!({"name": "p", "namespace": "other"}))],
        json!({}),
        "fail",
        "nothing refuses",
    );
    let connaisseur = vec![hook("connaisseur-webhook", "Fail", json!({}))];
    expect(connaisseur, json!({}), "unknown", "the rules of Connaisseur are in its configuration");
    expect(Vec::new(), json!({}), "fail", "nothing refuses unsigned images");
}
