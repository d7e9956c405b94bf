//! REG-031 over what each system of admission says: which policies keep images of other registries
//! out, and which only look as if they did.

use serde_json::{Value, json};

use super::{
    edges::told_beside,
    verifiers::{runs, shop},
};

const RULES: &str = "registries: [{name: bank, hosts: [h.example]}]\nallow: [{host: h.example}]\nadmission: {registries: true}\n\
    exempt_namespaces: [kyverno, gatekeeper-system, kubewarden]\n";

/// A webhook that is asked about pods and what is put into them.
fn hook(name: &str, policy: &str, selector: Value, operations: &[&str], resources: &[&str]) -> Value {
    json!({"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration", "metadata": {"name": name}, "webhooks": [
        {"name": name, "failurePolicy": policy, "namespaceSelector": selector, "clientConfig": {"url": "https://hook.example"}, "rules": rules(operations, resources)}]})
}

fn rules(operations: &[&str], resources: &[&str]) -> Value {
    json!([{"apiGroups": [""], "apiVersions": ["v1"], "operations": operations, "resources": resources}])
}

const OPERATIONS: [&str; 2] = ["CREATE", "UPDATE"];
const RESOURCES: [&str; 2] = ["pods", "pods/ephemeralcontainers"];

/// Keys laid over those of an object.
fn over(mut whole: Value, changes: Value) -> Value {
    for (key, value) in changes.as_object().unwrap() {
        whole[key] = value.clone();
    }
    whole
}

#[track_caller]
fn expect(objects: Vec<Value>, verdict: &str, words: &str) {
    let said = told_beside(
        "REG-031",
        &json!({"name": "bank", "type": "harbor"}),
        RULES,
        &[vec![shop(json!({"team": "a"}))], objects].concat(),
    );
    match verdict {
        "pass" => assert!(said.is_empty(), "{said:?}"),
        _ => assert!(
            !said.is_empty() && said.iter().all(|(v, m)| v == verdict && m.contains(words)),
            "{said:?}, not {verdict} {words}"
        ),
    }
}

fn kyverno() -> Vec<Value> {
    let mut objects = runs("kyverno", "kyverno", "ghcr.io/kyverno/kyverno:v1.15.2");
    objects.push(hook("kyverno-resource-validating-webhook-cfg", "Fail", json!({}), &OPERATIONS, &RESOURCES));
    objects
}

fn cluster_policy(spec: Value, rule: Value, validate: Value) -> Value {
    let rule = over(
        json!({"name": "repos", "match": {"any": [{"resources": {"kinds": ["Pod"]}}]}, "validate": validate}),
        rule,
    );
    json!({"apiVersion": "kyverno.io/v1", "kind": "ClusterPolicy", "metadata": {"name": "kp"},
        "spec": over(json!({"validationFailureAction": "Enforce", "rules": [rule]}), spec)})
}

fn pattern(image: &str) -> Value {
    let one = json!([{"image": image}]);
    json!({"pattern": {"spec": {"=(ephemeralContainers)": one, "=(initContainers)": one, "containers": one}}})
}

#[test]
fn kyverno_patterns() {
    let with =
        |spec: Value, rule: Value, validate: Value| [kyverno(), vec![cluster_policy(spec, rule, validate)]].concat();
    let none = || json!({});
    let good = || pattern("h.example/*");
    expect(with(none(), none(), good()), "pass", "");
    expect(vec![cluster_policy(none(), none(), good())], "fail", "is carried out by nothing that runs");
    expect(with(json!({"validationFailureAction": "Audit"}), none(), good()), "fail", "kp refuses nothing");
    expect(with(none(), none(), over(good(), json!({"failureAction": "Audit"}))), "fail", "kp refuses nothing");
    expect(with(json!({"admission": false}), none(), good()), "fail", "kp refuses nothing");
    expect(with(none(), none(), pattern("h.example/* | docker.io/*")), "fail", "kp lets in docker.io/*");
    expect(with(none(), none(), pattern("h.example*")), "fail", "does not hold the host to its end");
    expect(with(none(), none(), pattern("*/h.example/*")), "fail", "nothing refuses");
    expect(with(none(), none(), pattern("!docker.io/*")), "fail", "nothing refuses");
    expect(with(none(), none(), pattern("!*:latest & h.example/*")), "pass", "");
    expect(with(none(), none(), pattern("{{ registries }}")), "unknown", "are variables");
    let only = json!({"pattern": {"spec": {"containers": [{"image": "h.example/*"}]}}});
    expect(with(none(), none(), only.clone()), "fail", "Containers are not restricted");
    let conditional = json!({"pattern": {"spec": {"containers": [{"(name)": "app", "image": "h.example/*"}]}}});
    expect(with(none(), none(), conditional), "unknown", "conditions that are not read");
    let any = json!({"anyPattern": [good()["pattern"], pattern("docker.io/*")["pattern"]]});
    expect(with(none(), none(), any), "fail", "kp lets in docker.io/*");
    let kinds = json!({"match": {"any": [{"resources": {"kinds": ["Deployment"]}}]}});
    expect(with(none(), kinds, good()), "fail", "kp refuses nothing");
    let labelled = json!({"exclude": {"any": [{"resources": {"selector": {"matchLabels": {"a": "b"}}}}]}});
    expect(with(none(), labelled, good()), "fail", "take some pods out of it");
    let elsewhere = json!({"exclude": {"any": [{"resources": {"namespaces": ["other"]}}]}});
    expect(with(none(), elsewhere, good()), "pass", "");
    let here = json!({"exclude": {"any": [{"resources": {"namespaces": ["sh*"]}}]}});
    expect(with(none(), here, good()), "fail", "nothing refuses");
    expect(with(json!({"failurePolicy": "Ignore"}), none(), good()), "fail", "failurePolicy Ignore");
    let asks = |key: &str, value: &str| json!({"preconditions": {"all": [{"key": key, "operator": "NotEquals", "value": value}]}});
    expect(with(none(), asks("{{ request.operation || 'BACKGROUND' }}", "DELETE"), good()), "pass", "");
    expect(with(none(), asks("{{ request.object.metadata.labels.x }}", "y"), good()), "unknown", "preconditions");
    let exception = json!({"apiVersion": "kyverno.io/v2", "kind": "PolicyException", "metadata": {"name": "legacy", "namespace": "shop"},
        "spec": {"exceptions": [{"policyName": "kp", "ruleNames": ["re*"]}]}});
    expect([with(none(), none(), good()), vec![exception]].concat(), "fail", "exception shop/legacy");
    let overrides =
        |name: &str| json!({"validationFailureActionOverrides": [{"action": "Audit", "namespaces": [name]}]});
    expect(with(overrides("shop"), none(), good()), "fail", "nothing refuses");
    expect(with(overrides("other"), none(), good()), "pass", "");
    // Its webhook does not ask about this namespace, or not about containers that are put in later.
    let asked = |selector: Value, operations: &[&str], resources: &[&str]| {
        let mut objects = runs("kyverno", "kyverno", "ghcr.io/kyverno/kyverno:v1.15.2");
        objects.push(hook("kyverno-resource-validating-webhook-cfg", "Fail", selector, operations, resources));
        objects.push(cluster_policy(none(), none(), good()));
        objects
    };
    expect(asked(json!({"matchLabels": {"team": "b"}}), &OPERATIONS, &RESOURCES), "fail", "nothing refuses");
    expect(asked(json!({}), &OPERATIONS, &["pods"]), "fail", "ephemeralContainers are not restricted");
    expect(asked(json!({}), &["CREATE"], &["*/*"]), "fail", "");
}

#[test]
fn kyverno_conditions_and_expressions() {
    let with = |validate: Value| [kyverno(), vec![cluster_policy(json!({}), json!({}), validate)]].concat();
    let foreach = |list: &str, one: Value| json!({"foreach": [over(one, json!({"list": list}))]});
    let all = "request.object.spec.[ephemeralContainers, initContainers, containers][]";
    let deny = |key: &str, operator: &str, value: Value| json!({"deny": {"conditions": {"all": [{"key": key, "operator": operator, "value": value}]}}});
    expect(with(foreach(all, json!({"pattern": {"image": "h.example/*"}}))), "pass", "");
    expect(
        with(foreach("request.object.spec.containers", json!({"pattern": {"image": "h.example/*"}}))),
        "fail",
        "Containers are not restricted",
    );
    expect(
        with(foreach("request.object.spec.containers[?name=='x']", json!({"pattern": {"image": "h.example/*"}}))),
        "unknown",
        "goes through",
    );
    expect(with(foreach(all, deny("{{ element.image }}", "NotEquals", json!("h.example/*")))), "pass", "");
    expect(
        with(foreach(all, deny("{{element.image}}", "AnyNotIn", json!(["h.example/*", "quay.io/*"])))),
        "fail",
        "lets in quay.io/*",
    );
    expect(with(foreach(all, deny("{{ element.image }}", "AnyIn", json!(["docker.io/*"])))), "fail", "nothing refuses");
    expect(
        with(foreach(all, deny("{{ element.image }}", "AnyNotIn", json!("{{ allowed.data.registries }}")))),
        "unknown",
        "are variables",
    );
    expect(
        with(deny(
            "{{ images.[containers, initContainers, ephemeralContainers][].*.registry[] }}",
            "AnyNotIn",
            json!(["h.example"]),
        )),
        "pass",
        "",
    );
    expect(with(deny("{{ images.containers.*.registry }}", "AllNotIn", json!(["h.example"]))), "fail", "");
    let cel = |text: &str| json!({"cel": {"expressions": [{"expression": text}]}});
    expect(
        with(cel("object.spec.containers.all(c, c.image.startsWith('h.example/'))")),
        "fail",
        "Containers are not restricted",
    );
    expect(with(cel("object.spec.containers.all(c, c.image in params.images)")), "unknown", "shape that is not read");
    // Of the newer kind.
    let new = |spec: Value| {
        let whole = json!({"validationActions": ["Deny"], "matchConstraints": {"resourceRules": rules(&OPERATIONS, &RESOURCES)},
            "variables": [{"name": "all", "expression": "object.spec.containers + object.spec.?initContainers.orValue([]) + object.spec.?ephemeralContainers.orValue([])"}],
            "validations": [{"expression": "variables.all.all(c, c.image.startsWith('h.example/'))"}]});
        let policy = json!({"apiVersion": "policies.kyverno.io/v1", "kind": "ValidatingPolicy", "metadata": {"name": "vp"}, "spec": over(whole, spec)});
        [kyverno(), vec![policy]].concat()
    };
    expect(new(json!({})), "pass", "");
    expect(new(json!({"validationActions": ["Audit"]})), "fail", "vp refuses nothing");
    expect(new(json!({"evaluation": {"admission": {"enabled": false}}})), "fail", "vp refuses nothing");
    expect(new(json!({"failurePolicy": "Ignore"})), "fail", "failurePolicy Ignore");
    expect(new(json!({"matchConditions": [{"name": "x", "expression": "true"}]})), "fail", "take some pods out of it");
}

#[test]
fn gatekeeper_prefixes() {
    let template = |kind: &str, lists: &[&str]| {
        let rego: Vec<String> = lists.iter().map(|list| format!("input.review.object.spec.{list}[_]")).collect();
        json!({"apiVersion": "templates.gatekeeper.sh/v1", "kind": "ConstraintTemplate", "metadata": {"name": kind.to_lowercase()},
            "spec": {"crd": {"spec": {"names": {"kind": kind}}}, "targets": [{"target": "admission.k8s.gatekeeper.sh", "rego": rego.join("\n")}]}})
    };
    let constraint = |kind: &str, spec: Value| json!({"apiVersion": "constraints.gatekeeper.sh/v1beta1", "kind": kind, "metadata": {"name": "repos"}, "spec": spec});
    let all = ["containers", "initContainers", "ephemeralContainers"];
    let with = |failure: &str, objects: Vec<Value>| {
        let mut whole =
            runs("gatekeeper-controller-manager", "gatekeeper-system", "openpolicyagent/gatekeeper:v3.20.0");
        whole.push(hook("validation.gatekeeper.sh", failure, json!({}), &OPERATIONS, &RESOURCES));
        [whole, objects].concat()
    };
    let one = |spec: Value| with("Fail", vec![template("K8sAllowedRepos", &all), constraint("K8sAllowedRepos", spec)]);
    let repos = |repos: &[&str], more: Value| {
        over(json!({"match": {"kinds": [{"apiGroups": [""], "kinds": ["Pod"]}]}, "parameters": {"repos": repos}}), more)
    };
    expect(one(repos(&["h.example/"], json!({}))), "pass", "");
    expect(one(repos(&["h.example"], json!({}))), "fail", "h.example does not hold the host to its end");
    expect(one(repos(&["h.example/", "quay.io/"], json!({}))), "fail", "lets in quay.io/");
    for action in ["warn", "dryrun"] {
        expect(one(repos(&["h.example/"], json!({"enforcementAction": action}))), "fail", "repos refuses nothing");
    }
    let scoped = |point: &str| json!({"enforcementAction": "scoped", "scopedEnforcementActions": [{"action": "deny", "enforcementPoints": [{"name": point}]}]});
    expect(one(repos(&["h.example/"], scoped("validation.gatekeeper.sh"))), "pass", "");
    expect(one(repos(&["h.example/"], scoped("audit.gatekeeper.sh"))), "fail", "repos refuses nothing");
    let matching = |more: Value| over(json!({"kinds": [{"apiGroups": ["*"], "kinds": ["*"]}]}), more);
    expect(
        one(repos(&["h.example/"], json!({"match": matching(json!({"excludedNamespaces": ["sh*"]}))}))),
        "fail",
        "nothing refuses",
    );
    expect(
        one(repos(
            &["h.example/"],
            json!({"match": matching(json!({"namespaceSelector": {"matchLabels": {"team": "a"}}}))}),
        )),
        "pass",
        "",
    );
    expect(
        one(repos(
            &["h.example/"],
            json!({"match": matching(json!({"labelSelector": {"matchLabels": {"team": "a"}}}))}),
        )),
        "fail",
        "about some pods only",
    );
    expect(
        one(repos(&["h.example/"], json!({"match": {"kinds": [{"apiGroups": ["apps"], "kinds": ["Deployment"]}]}}))),
        "fail",
        "repos refuses nothing",
    );
    // Older templates do not look at containers that are put in later.
    let old =
        vec![template("K8sAllowedRepos", &all[..2]), constraint("K8sAllowedRepos", repos(&["h.example/"], json!({})))];
    expect(with("Fail", old), "fail", "ephemeralContainers are not restricted");
    let v2 = |images: &[&str]| {
        with(
            "Fail",
            vec![
                template("K8sAllowedReposv2", &all),
                constraint("K8sAllowedReposv2", json!({"parameters": {"allowedImages": images}})),
            ],
        )
    };
    expect(v2(&["h.example/*"]), "pass", "");
    expect(v2(&["h.example/pay/api:v1"]), "pass", "");
    expect(v2(&["h.example*"]), "fail", "does not hold the host to its end");
    let good =
        || vec![template("K8sAllowedRepos", &all), constraint("K8sAllowedRepos", repos(&["h.example/"], json!({})))];
    expect(with("Ignore", good()), "fail", "failurePolicy Ignore");
    expect(good(), "fail", "is carried out by nothing that runs");
    let config = json!({"apiVersion": "config.gatekeeper.sh/v1alpha1", "kind": "Config", "metadata": {"name": "config", "namespace": "gatekeeper-system"},
        "spec": {"match": [{"excludedNamespaces": ["shop"], "processes": ["*"]}]}});
    expect(with("Fail", [good(), vec![config]].concat()), "fail", "nothing refuses");
    // Somebody's own template.
    let own = json!({"apiVersion": "templates.gatekeeper.sh/v1", "kind": "ConstraintTemplate", "metadata": {"name": "bankrepos"},
        "spec": {"crd": {"spec": {"names": {"kind": "BankRepos"}}}, "targets": [{"rego": "violation[x] { c := input.review.object.spec.containers[_]; not startswith(c.image, \"h.example/\") }"}]}});
    expect(with("Fail", vec![own]), "unknown", "Rego that is not read");
}

#[test]
fn admission_policies_of_the_api_server_openshift_and_kubewarden() {
    let group = "admissionregistration.k8s.io/v1";
    let policy = |spec: Value| {
        let whole = json!({"failurePolicy": "Fail", "matchConstraints": {"resourceRules": rules(&OPERATIONS, &RESOURCES)},
            "variables": [{"name": "all", "expression": "object.spec.containers + object.spec.?initContainers.orValue([]) + object.spec.?ephemeralContainers.orValue([])"}],
            "validations": [{"expression": "variables.all.all(c, c.image.startsWith('h.example/'))"}]});
        json!({"apiVersion": group, "kind": "ValidatingAdmissionPolicy", "metadata": {"name": "vap"}, "spec": over(whole, spec)})
    };
    let binding = |spec: Value| {
        json!({"apiVersion": group, "kind": "ValidatingAdmissionPolicyBinding", "metadata": {"name": "b"},
        "spec": over(json!({"policyName": "vap", "validationActions": ["Deny"]}), spec)})
    };
    let none = || json!({});
    expect(vec![policy(none()), binding(none())], "pass", "");
    expect(vec![policy(none())], "fail", "vap refuses nothing");
    expect(
        vec![policy(none()), binding(json!({"validationActions": ["Warn", "Audit"]}))],
        "fail",
        "vap refuses nothing",
    );
    let selects = |team: &str| json!({"matchResources": {"namespaceSelector": {"matchLabels": {"team": team}}}});
    expect(vec![policy(none()), binding(selects("a"))], "pass", "");
    expect(vec![policy(none()), binding(selects("b"))], "fail", "nothing refuses");
    expect(vec![policy(json!({"failurePolicy": "Ignore"})), binding(none())], "fail", "failurePolicy Ignore");
    let about = |operations: &[&str], resources: &[&str]| {
        policy(json!({"matchConstraints": {"resourceRules": rules(operations, resources)}}))
    };
    expect(vec![about(&OPERATIONS, &["pods"]), binding(none())], "fail", "ephemeralContainers are not restricted");
    expect(vec![about(&["UPDATE"], &RESOURCES), binding(none())], "fail", "vap refuses nothing");
    expect(vec![about(&OPERATIONS, &["deployments"]), binding(none())], "fail", "vap refuses nothing");
    let says = |text: &str| policy(json!({"validations": [{"expression": text}]}));
    expect(
        vec![says("variables.all.all(c, params.repos.exists(r, c.image.startsWith(r)))"), binding(none())],
        "unknown",
        "shape that is not read",
    );
    expect(
        vec![says("variables.all.all(c, c.image.startsWith('h.example'))"), binding(none())],
        "fail",
        "does not hold the host to its end",
    );
    expect(
        vec![says("variables.all.all(c, c.image.startsWith('quay.io/'))"), binding(none())],
        "fail",
        "lets in quay.io/",
    );

    let image = |sources: Value| json!({"apiVersion": "config.openshift.io/v1", "kind": "Image", "metadata": {"name": "cluster"}, "spec": {"registrySources": sources}});
    expect(vec![image(json!({"allowedRegistries": ["h.example"]}))], "pass", "");
    expect(vec![image(json!({"allowedRegistries": ["h.example", "*.quay.io"]}))], "fail", "lets in *.quay.io");
    expect(vec![image(json!({"blockedRegistries": ["docker.io"]}))], "fail", "lets in everything but docker.io");
    expect(vec![image(none())], "fail", "nothing refuses");

    let trusted = |spec: Value| {
        let whole = json!({"module": "registry://ghcr.io/kubewarden/policies/trusted-repos:v0.2.0", "mode": "protect", "rules": rules(&OPERATIONS, &RESOURCES),
            "settings": {"registries": {"allow": ["h.example"]}}});
        let mut objects =
            runs("kubewarden-controller", "kubewarden", "ghcr.io/kubewarden/kubewarden-controller:v1.20.0");
        objects.extend(runs("policy-server", "kubewarden", "ghcr.io/kubewarden/policy-server:v1.20.0"));
        objects.push(json!({"apiVersion": "policies.kubewarden.io/v1", "kind": "ClusterAdmissionPolicy", "metadata": {"name": "kw"}, "spec": over(whole, spec), "status": {"policyStatus": "active"}}));
        objects
    };
    expect(trusted(none()), "pass", "");
    expect(trusted(json!({"mode": "monitor"})), "fail", "kw refuses nothing");
    expect(trusted(json!({"settings": {"registries": {"reject": ["docker.io"]}}})), "fail", "nothing refuses");
    expect(trusted(json!({"settings": {"images": {"allow": ["nginx"]}}})), "fail", "kw lets in nginx");
    expect(trusted(json!({"namespaceSelector": {"matchLabels": {"team": "b"}}})), "fail", "nothing refuses");
}
