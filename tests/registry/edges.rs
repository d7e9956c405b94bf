//! The registry cases of checks/edge-case-fixtures.md, by their number.

use serde_json::{Value, json};
use sextant::facts::registry::{
    TagRule, answers::Answers, docker_auth, harbor, immutability::is_immutable, pattern, products, zot,
};

use super::counts;
use crate::harness::audit;

/// Answers of a Harbor with one project, asked by somebody.
fn asked_by(me: serde_json::Value, robots: serde_json::Value, project_robots: serde_json::Value) -> Answers {
    let mut answers = Answers::default();
    answers.put("/users/current", me);
    answers.put(
        "/projects",
        json!([{"project_id": 1, "name": "payments", "owner_name": "admin", "metadata": {"public": "false"}}]),
    );
    answers.put("/robots", robots);
    answers.put(&harbor::robots_of(1), project_robots);
    answers.put(&harbor::of_project(1, "members"), json!([]));
    answers.put("/users", json!([{"username": "admin", "sysadmin_flag": true}]));
    answers
}

fn robot(name: &str, level: &str, namespace: &str) -> serde_json::Value {
    json!({"name": name, "level": level, "duration": 30, "expires_at": 1, "disable": false, "editable": true,
        "permissions": [{"kind": "project", "namespace": namespace, "access": [{"resource": "repository", "action": "push"}]}]})
}

#[test]
fn edge_41_a_row_filtered_listing_is_partial() {
    let answers = asked_by(json!({"username": "eve", "sysadmin_flag": false}), json!([]), json!([]));
    let facts = harbor::facts("h", &answers, "");
    // The list came with 200: who asked is what tells that it is not whole.
    assert!(facts.lacks("scopes").unwrap().contains("filtered"), "{:?}", facts.coverage);
    assert!(facts.lacks("grants").is_some() && facts.lacks("repositories").is_some());
}

#[test]
fn edge_42_robots_of_projects_come_by_a_call_of_their_own() {
    let me = json!({"username": "admin", "sysadmin_flag": true});
    let answers = asked_by(me, json!([]), json!([robot("robot$payments+ci", "project", "payments")]));
    let facts = harbor::facts("h", &answers, "");
    assert!(facts.robots.iter().any(|robot| robot.name == "robot$payments+ci"));
    assert!(harbor::robots_of(7).contains("Level=project,ProjectID=7"));
}

#[test]
fn edge_43_a_robot_of_namespace_star_pushes_everywhere() {
    let me = json!({"username": "admin", "sysadmin_flag": true});
    let answers = asked_by(me, json!([robot("robot$all", "system", "*")]), json!([]));
    let facts = harbor::facts("h", &answers, "");
    let grant = facts.grants.iter().find(|grant| grant.principal.name == "robot$all").unwrap();
    assert!(grant.pattern == "**" && grant.writes());
}

#[test]
fn edge_44_an_expired_robot_keeps_its_end() {
    let me = json!({"username": "admin", "sysadmin_flag": true});
    let answers = asked_by(me, json!([robot("robot$old", "system", "payments")]), json!([]));
    let facts = harbor::facts("h", &answers, "");
    assert_eq!(facts.robots[0].expires_at, Some(1));
    assert!(facts.grants.iter().filter(|g| g.principal.name == "robot$old").all(|g| g.expires_at == 1));
}

#[test]
fn edge_45_only_the_first_selector_of_a_rule_counts() {
    let rule = TagRule {
        repositories: "**".into(),
        repository_decoration: "repoMatches".into(),
        tags: "v*".into(),
        tag_decoration: "matches".into(),
        ignored: 1,
        ..TagRule::default()
    };
    assert!(is_immutable(std::slice::from_ref(&rule), "api", "v1"));
    assert!(!is_immutable(&[rule], "api", "release-1"));
}

#[test]
fn edge_46_the_longest_pattern_hides_the_grant_of_all() {
    let config: zot::Config = serde_json::from_value(json!({"http": {"auth": {"htpasswd": {"path": "/etc/zot/htpasswd"}}, "accessControl": {"repositories": {
        "**": {"defaultPolicy": ["read", "create"]}, "payments/**": {"policies": [{"users": ["ci"], "actions": ["create"]}]}}}}}))
    .unwrap();
    assert!(config.grants("payments/api", "").iter().all(|grant| grant.principal.name == "ci"));
    assert!(config.grants("other/api", "").iter().any(|grant| grant.principal.kind == "authenticated"));
}

#[test]
fn edge_47_the_first_match_denies() {
    let config: docker_auth::Config = sextant::yaml::parse(
        "acl:\n- {match: {account: eve}, actions: []}\n- {match: {account: '/.+/'}, actions: ['*']}\n",
    )
    .unwrap();
    let of = |account: &str| docker_auth::Request { account: account.into(), name: "a/b".into(), ..Default::default() };
    assert!(config.authorize(&of("eve"), &["push"]).is_empty());
    assert_eq!(config.authorize(&of("bob"), &["push"]), ["push"]);
}

#[test]
fn edge_50_a_push_credential_in_a_namespace_that_runs_things() {
    assert!(counts("REG-018", "fires")["fail"] == 1 && counts("REG-018", "silent")["fail"] == 0);
}

#[test]
fn edge_51_a_look_alike_host_is_another_host() {
    assert!(!pattern::matches("harbor.bank.example/**", "harbor.bank.example.evil.io/payments/api"));
    assert_eq!(pattern::Index::new(["harbor.bank.example/**"]).find("harbor.bank.example.evil.io/payments/api"), None);
    assert!(counts("REG-002", "fires")["fail"].as_u64().unwrap() > 0);
}

#[test]
fn edge_52_a_digest_that_is_gone() {
    assert!(counts("REG-016", "fires")["fail"].as_u64().unwrap() > 0);
}

#[test]
fn edge_54_a_cycle_between_the_registry_and_the_network() {
    assert!(counts("REG-023", "fires")["fail"].as_u64().unwrap() > 0);
}

/// What a policy says of one registry under rules: verdict and message.
fn told(id: &str, facts: &Value, rules: &str) -> Vec<String> {
    told_beside(id, facts, rules, &[]).into_iter().map(|(_, message)| message).collect()
}

pub fn told_beside(id: &str, facts: &Value, rules: &str, more: &[Value]) -> Vec<(String, String)> {
    let dir = tempfile::tempdir().unwrap();
    let object =
        json!({"apiVersion": "sextant.dev/v1", "kind": "RegistryFacts", "metadata": {"name": "bank"}, "spec": facts});
    std::fs::create_dir(dir.path().join("rules")).unwrap();
    for (name, text) in [
        ("cluster.yaml", "sextant: fixture/1\ntime: 2026-11-20T09:00:00Z\nversion: v1.37.2\n"),
        ("facts.json", &object.to_string()),
        ("more.json", &json!({"apiVersion": "v1", "kind": "List", "items": more}).to_string()),
        ("rules/registry.yaml", rules),
    ] {
        std::fs::write(dir.path().join(name), text).unwrap();
    }
    let path = dir.path().display().to_string();
    let (_, report) = audit(&[&path, "--rules", &format!("{path}/rules"), "--select", id]);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let findings = report["findings"].as_array().unwrap();
    findings.iter().map(|f| (text(&f["verdict"]), text(&f["message"]))).collect()
}

/// A pod that runs an image, with the id that its node tells.
fn pod(image: &str, id: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "api", "namespace": "payments-prod"},
        "spec": {"containers": [{"name": "c", "image": image}]},
        "status": {"phase": "Running", "containerStatuses": [{"name": "c", "ready": true, "image": image, "imageID": id}]}})
}

/// A Harbor that was read whole, with one image.
fn with_artifact(artifact: Value) -> Value {
    let parts = ["grants", "scopes", "robots", "repositories", "scanning", "retention", "immutability"];
    let coverage: serde_json::Map<String, Value> =
        parts.iter().map(|part| ((*part).to_owned(), json!({"state": "complete"}))).collect();
    json!({"name": "bank", "type": "harbor", "granularity": "project", "coverage": coverage,
        "scopes": [{"name": "payments", "auto_scan": true, "prevent_vulnerable": true, "severity": "high"}],
        "repositories": [{"name": "payments/api", "scope": "payments", "artifacts": [artifact]}]})
}

#[test]
fn edge_49_a_vulnerable_index_is_pulled_all_the_same() {
    let rules = format!("{REGISTRIES}repositories: [{{match: 'h.example/**', scanning: {{block_at: high}}}}]\n");
    let image = |index: bool| {
        json!({"digest": "sha256:1", "tags": ["v1"], "kind": "IMAGE", "index": index, "children": if index { json!(["sha256:c"]) } else { json!([]) },
            "scan_status": "Success", "scan_end": "2026-11-20T00:00:00Z", "scan_severity": "critical", "accessories": []})
    };
    let runs = [pod("h.example/payments/api:v1", "h.example/payments/api@sha256:1")];
    let told = told_beside("REG-011", &with_artifact(image(true)), &rules, &runs);
    assert!(told.iter().any(|(v, m)| v == "fail" && m.contains("pulls of an index are never refused")), "{told:?}");
    // A node tells the platform's manifest: it is one of the index, and just as vulnerable.
    let child = [pod("h.example/payments/api:v1", "h.example/payments/api@sha256:c")];
    let told = told_beside("REG-011", &with_artifact(image(true)), &rules, &child);
    assert!(told.iter().any(|(v, m)| v == "fail" && m.contains("pulls of an index are never refused")), "{told:?}");
    // Of a single image the registry itself refuses the pull.
    let told = told_beside("REG-011", &with_artifact(image(false)), &rules, &runs);
    assert!(told.iter().all(|(v, _)| v != "fail"), "{told:?}");
}

#[test]
fn edge_53_an_id_without_a_repository_says_nothing_of_what_runs() {
    let rules = format!("{REGISTRIES}repositories: [{{match: 'h.example/**'}}]\n");
    let artifact = json!({"digest": "sha256:1", "tags": ["v1"], "kind": "IMAGE", "accessories": []});
    let say =
        |image: &str, id: &str| told_beside("REG-016", &with_artifact(artifact.clone()), &rules, &[pod(image, id)]);
    // The id is that of the image's config: the tag is there, what runs is not known to be it.
    let told = say("h.example/payments/api:v1", "sha256:1");
    assert!(matches!(&told[..], [(v, m)] if v == "unknown" && m.contains("its id names no repository")), "{told:?}");
    // A tag that is gone cannot be pulled, whatever runs.
    let told = say("h.example/payments/api:v2", "sha256:1");
    assert!(matches!(&told[..], [(v, m)] if v == "fail" && m.contains("no longer there")), "{told:?}");
    // A reference that names a digest needs nobody's id.
    assert!(say("h.example/payments/api@sha256:1", "sha256:9").is_empty());
    assert!(say("h.example/payments/api:v1", "docker-pullable://h.example/payments/api@sha256:1").is_empty());
}

#[test]
fn edge_55_a_developer_of_gitlab_pushes_unless_a_rule_protects() {
    let export = |rules: Value| {
        let calls = [
            ("/api/v4/users?admins=true", json!([])),
            ("/api/v4/groups/7/deploy_tokens", json!([])),
            (
                "/api/v4/projects/1",
                json!({"path_with_namespace": "Pay/Api", "visibility": "private", "container_registry_access_level": "enabled"}),
            ),
            ("/api/v4/projects/1/deploy_tokens", json!([])),
            (
                "/api/v4/projects/1/members/all",
                json!([{"username": "dev", "access_level": 30, "state": "active"}, {"username": "rep", "access_level": 20, "state": "active"}]),
            ),
            ("/api/v4/projects/1/registry/repositories", json!([{"path": "pay/api/web"}])),
            ("/api/v4/projects/1/registry/protection/repository/rules", rules),
        ];
        let lines: Vec<String> =
            calls.iter().map(|(call, body)| json!({"call": call, "status": 200, "body": body}).to_string()).collect();
        let facts = products::facts("bank", None, Answers::parse(&lines.join("\n")).unwrap()).unwrap();
        serde_json::to_value(facts).unwrap()
    };
    let rules = format!("{REGISTRIES}repositories: [{{match: 'h.example/**', publish: {{allow: []}}}}]\n");
    let told = told_beside("REG-003", &export(json!([])), &rules, &[]);
    assert!(
        told.iter().any(|(v, m)| v == "fail" && m.contains("user dev can push, overwrite, delete and")),
        "{told:?}"
    );
    assert!(!told.iter().any(|(_, m)| m.contains("rep")), "{told:?}");
    let protects = json!([{"repository_path_pattern": "pay/api/*", "minimum_access_level_for_push": "maintainer", "minimum_access_level_for_delete": "owner"}]);
    let told = told_beside("REG-003", &export(protects), &rules, &[]);
    // What is there is protected; of what is to come nobody can tell.
    assert!(told.iter().all(|(_, m)| !m.contains("dev") || m.contains("under a condition")), "{told:?}");
}

#[test]
fn edge_51_no_rule_of_a_host_is_about_a_host_that_only_begins_so() {
    let facts = with_artifact(json!({"digest": "sha256:1", "tags": ["v1"]}));
    let rules = "registries: [{name: bank, hosts: [harbor.bank.example]}]\nallow: [{host: harbor.bank.example}]\n\
        repositories: [{match: 'harbor.bank.example/**', deploy: {digest_required: true}, publish: {allow: []}}]\n";
    let evil =
        [pod("harbor.bank.example.evil.io/payments/api:v1", "harbor.bank.example.evil.io/payments/api@sha256:1")];
    let told = told_beside("REG-002", &facts, rules, &evil);
    assert!(matches!(&told[..], [(v, m)] if v == "fail" && m.contains("harbor.bank.example.evil.io")), "{told:?}");
    // Its image is not one of the bank's repositories, and not held against their rules.
    assert!(told_beside("REG-015", &facts, rules, &evil).is_empty());
    assert!(!told_beside("REG-016", &facts, rules, &evil).iter().any(|(_, m)| m.contains("evil")));
    let with_port = [pod("harbor.bank.example:8443/payments/api:v1", "")];
    assert_eq!(told_beside("REG-002", &facts, rules, &with_port).len(), 1, "another port is another registry");
}

const REGISTRIES: &str = "registries: [{name: bank, hosts: [h.example]}]\n";

#[test]
fn edge_48_a_rule_finer_than_a_project_cannot_be_enforced() {
    let facts = json!({"name": "bank", "type": "harbor", "granularity": "project", "scopes": [{"name": "payments"}],
        "coverage": {"grants": {"state": "complete"}, "scopes": {"state": "complete"}, "robots": {"state": "complete"}}});
    let rules = format!("{REGISTRIES}repositories: [{{match: 'h.example/payments/api/**', publish: {{allow: []}}}}]\n");
    let told = told("REG-003", &facts, &rules);
    assert!(told.iter().any(|message| message.contains("not enforceable at this granularity")), "{told:?}");
}

#[test]
fn edge_41_a_filtered_listing_is_no_pass() {
    let facts = json!({"name": "bank", "type": "harbor", "granularity": "project", "scopes": [{"name": "payments"}],
        "coverage": {"grants": {"state": "partial", "reason": "rows are filtered for eve"}, "scopes": {"state": "complete"}, "robots": {"state": "complete"}}});
    let rules = format!("{REGISTRIES}repositories: [{{match: 'h.example/**', publish: {{allow: []}}}}]\n");
    let told = told("REG-003", &facts, &rules);
    assert!(told.iter().all(|message| message.contains("rows are filtered for eve")) && !told.is_empty(), "{told:?}");
}

#[test]
fn a_configuration_in_a_secret_is_known_only_where_secrets_are_read() {
    use base64::Engine as _;
    let config = r#"{"distSpecVersion":"1.1.1","storage":{"rootDirectory":"/d"},"http":{"auth":{"htpasswd":{"path":"/h"}},"accessControl":{"repositories":{"**":{"anonymousPolicy":["read","create"]}}}}}"#;
    let labels = json!({"app": "zot"});
    let items = json!([
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "zot", "namespace": "r"}, "spec": {"selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "c", "image": "ghcr.io/project-zot/zot:v2.1.9"}],
                "volumes": [{"name": "c", "secret": {"secretName": "zot"}}]}}}},
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "zot", "namespace": "r"},
            "data": {"config.json": base64::engine::general_purpose::STANDARD.encode(config)}}]);
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(
        dir.path().join("cluster.yaml"),
        "sextant: fixture/1\ntime: 2026-11-20T09:00:00Z\nversion: v1.37.2\n",
    )
    .unwrap();
    std::fs::write(dir.path().join("o.json"), json!({"apiVersion": "v1", "kind": "List", "items": items}).to_string())
        .unwrap();
    let path = dir.path().display().to_string();
    let say = |mode: &str| {
        let (_, report) = audit(&[&path, "--select", "REG-004", "--secrets", mode]);
        let findings = report["findings"].as_array().unwrap().clone();
        findings
            .iter()
            .map(|f| format!("{} {}", f["verdict"].as_str().unwrap(), f["message"].as_str().unwrap()))
            .collect::<Vec<_>>()
    };
    let unread = say("none");
    assert!(
        !unread.is_empty() && unread.iter().all(|told| told.starts_with("unknown") && told.contains("--secrets list")),
        "{unread:?}"
    );
    assert!(say("list").iter().any(|told| told.starts_with("fail anybody can push")), "{:?}", say("list"));
}

#[test]
fn a_zot_without_a_configuration_has_that_of_its_image_which_lets_everybody_push() {
    let labels = json!({"app": "zot"});
    let zot = |spec: Value| {
        let mut pod = json!({"containers": [{"name": "c", "image": "ghcr.io/project-zot/zot:v2.1.9"}], "volumes": [{"name": "data", "emptyDir": {}}]});
        for (key, value) in spec.as_object().unwrap() {
            pod[key] = value.clone();
        }
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "zot", "namespace": "r"}, "spec": {"selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": pod}}})
    };
    let say = |spec: Value| {
        told_beside(
            "REG-004",
            &json!({"name": "other", "type": "harbor", "coverage": {"grants": {"state": "complete"}}}),
            "registries: []\n",
            &[zot(spec)],
        )
    };
    let told = say(json!({}));
    assert!(told.iter().any(|(v, m)| v == "fail" && m.starts_with("anybody can push")), "{told:?}");
    // What may mount one, or name one, may say anything.
    for other in [
        json!({"volumes": [{"name": "c", "projected": {"sources": []}}]}),
        json!({"volumes": [{"name": "c", "secret": {"secretName": "zot"}}]}),
        json!({"containers": [{"name": "c", "image": "ghcr.io/project-zot/zot:v2.1.9", "args": ["serve", "/mine.json"]}]}),
    ] {
        let told = say(other);
        assert!(told.iter().any(|(v, _)| v == "unknown") && told.iter().all(|(v, _)| v != "fail"), "{told:?}");
    }
}
