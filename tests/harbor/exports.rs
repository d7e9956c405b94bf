//! Exported answers of products that are not asked live become grants.

use serde_json::{Value, json};
use sextant::{
    facts::registry::{RegistryFacts, answers::Answers, products::facts},
    snapshot::State,
};

fn read(lines: &[(&str, Value)]) -> RegistryFacts {
    let text: Vec<String> =
        lines.iter().map(|(call, body)| json!({"call": call, "status": 200, "body": body}).to_string()).collect();
    facts("x", None, Answers::parse(&text.join("\n")).unwrap()).unwrap()
}

fn writes(facts: &RegistryFacts, who: &str, pattern: &str) -> bool {
    facts.grants.iter().any(|g| g.principal.name == who && g.pattern == pattern && !g.conditional && g.writes())
}

#[test]
fn gitlab_developers_push_unless_a_rule_protects() {
    let project = json!({"path_with_namespace": "Pay/Api", "visibility": "private", "container_registry_access_level": "enabled"});
    let members = json!([{"username": "dev", "access_level": 30, "state": "active"}, {"username": "rep", "access_level": 20, "state": "active"}]);
    let open = read(&[
        ("/api/v4/projects/1", project.clone()),
        ("/api/v4/projects/1/members/all", members.clone()),
        ("/api/v4/projects/1/registry/protection/repository/rules", json!([])),
    ]);
    assert!(writes(&open, "dev", "pay/api/**") && !writes(&open, "rep", "pay/api/**"));
    assert!(!open.coverage["grants"].state.is_proof());
    let rule = json!([{"repository_path_pattern": "pay/api/*", "minimum_access_level_for_push": "maintainer", "minimum_access_level_for_delete": "maintainer"}]);
    let shut = read(&[
        ("/api/v4/projects/1", project),
        ("/api/v4/projects/1/members/all", members),
        ("/api/v4/projects/1/registry/repositories", json!([{"path": "pay/api/web"}])),
        ("/api/v4/projects/1/registry/protection/repository/rules", rule),
    ]);
    assert!(!writes(&shut, "dev", "pay/api/web") && !writes(&shut, "dev", "pay/api/**"));
}

#[test]
fn quay_nexus_and_artifactory_say_who_writes() {
    let quay = read(&[
        (
            "/api/v1/repository?namespace=pay",
            json!({"repositories": [{"namespace": "pay", "name": "api", "is_public": true}]}),
        ),
        (
            "/api/v1/repository/pay/api/permissions/user/",
            json!({"permissions": {"pay+ci": {"role": "write", "is_robot": true}, "ann": {"role": "read"}}}),
        ),
    ]);
    assert!(writes(&quay, "pay+ci", "pay/api") && !writes(&quay, "ann", "pay/api"));
    assert_eq!(quay.coverage["robots"].state, State::Skipped);
    let nexus = read(&[
        (
            "/service/rest/v1/security/users",
            json!([{"userId": "ci", "source": "default", "status": "active", "roles": ["outer"]}]),
        ),
        (
            "/service/rest/v1/security/roles",
            json!([{"id": "outer", "roles": ["inner"]}, {"id": "inner", "privileges": ["p"]}]),
        ),
        (
            "/service/rest/v1/security/privileges",
            json!([{"name": "p", "type": "repository-view", "format": "docker", "repository": "pay", "actions": ["ADD", "EDIT", "READ"]}]),
        ),
    ]);
    assert!(writes(&nexus, "ci", "pay/**"));
    let artifactory = read(&[
        ("/artifactory/api/repositories", json!([{"key": "local", "type": "LOCAL"}, {"key": "far", "type": "REMOTE"}])),
        ("/access/api/v2/permissions", json!({"permissions": [{"name": "p"}]})),
        (
            "/access/api/v2/permissions/p",
            json!({"resources": {"artifact": {"actions": {"groups": {"devs": ["READ", "WRITE"]}}, "targets": {"ANY LOCAL": {"include_patterns": ["**"]}}}}}),
        ),
    ]);
    assert!(writes(&artifactory, "devs", "local/**") && !writes(&artifactory, "devs", "far/**"));
}
