//! The registry cases of checks/edge-case-fixtures.md, by their number.

use serde_json::json;
use sextant::facts::registry::{
    TagRule, answers::Answers, docker_auth, harbor, immutability::is_immutable, pattern, zot,
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
    let config: zot::Config = serde_json::from_value(json!({"http": {"auth": {"htpasswd": {}}, "accessControl": {"repositories": {
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

/// What a policy says of one registry under rules.
fn told(id: &str, facts: &serde_json::Value, rules: &str) -> Vec<String> {
    let dir = tempfile::tempdir().unwrap();
    let object =
        json!({"apiVersion": "sextant.dev/v1", "kind": "RegistryFacts", "metadata": {"name": "bank"}, "spec": facts});
    std::fs::create_dir(dir.path().join("rules")).unwrap();
    for (name, text) in [
        ("cluster.yaml", "sextant: fixture/1\ntime: 2026-11-20T09:00:00Z\nversion: v1.37.2\n"),
        ("facts.json", &object.to_string()),
        ("rules/registry.yaml", rules),
    ] {
        std::fs::write(dir.path().join(name), text).unwrap();
    }
    let path = dir.path().display().to_string();
    let (_, report) = audit(&[&path, "--rules", &format!("{path}/rules"), "--select", id]);
    let findings = report["findings"].as_array().unwrap();
    findings.iter().map(|f| f["message"].as_str().unwrap_or_default().to_owned()).collect()
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
