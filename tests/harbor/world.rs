//! A Harbor with 12 projects: every role, robots at both levels, rules, images, copies.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sextant::facts::registry::harbor::{artifacts_of, of_project, repositories_of, robots_of, runs_of};

const THEN: &str = "2026-10-01T00:00:00.000Z";

pub const ROLES: [(i64, &str); 5] =
    [(1, "projectAdmin"), (2, "developer"), (3, "guest"), (4, "maintainer"), (5, "limitedGuest")];

fn robot(id: i64, name: &str, level: &str, namespace: &str, access: &[(&str, &str)], expires_at: i64) -> Value {
    let access: Vec<Value> =
        access.iter().map(|(r, a)| json!({"resource": r, "action": a, "effect": "allow"})).collect();
    json!({
        "id": id, "name": name, "level": level, "duration": if expires_at < 0 { -1 } else { 30 },
        "disable": false, "editable": true, "expires_at": expires_at, "creator_type": "local", "creator_ref": 1,
        "creation_time": THEN, "update_time": THEN,
        "permissions": [{"kind": "project", "namespace": namespace, "access": access}],
    })
}

fn selector(decoration: &str, pattern: &str) -> Value {
    json!({"kind": "doublestar", "decoration": decoration, "pattern": pattern})
}

fn user(id: i64, name: &str, sysadmin: bool) -> Value {
    json!({"user_id": id, "username": name, "email": format!("{name}@bank.example"), "realname": name,
        "sysadmin_flag": sysadmin, "admin_role_in_auth": false, "creation_time": THEN, "update_time": THEN})
}

fn text(value: &str) -> Value {
    json!({"value": value, "editable": true})
}

/// Answers by call, as an administrator sees them.
pub fn world() -> BTreeMap<String, Value> {
    let mut answers = BTreeMap::new();
    let mut put = |call: &str, body: Value| {
        answers.insert(call.to_owned(), body);
    };
    put(
        "/health",
        json!({"status": "healthy", "components": [{"name": "core", "status": "healthy"}, {"name": "database", "status": "healthy"}]}),
    );
    put("/systeminfo", json!({"auth_mode": "oidc_auth", "read_only": false}));
    put("/systeminfo/volumes", json!({"storage": [{"total": 1000, "free": 400}]}));
    put("/users/current", user(1, "admin", true));
    put("/users", json!([user(1, "admin", true), user(2, "ann", false), user(3, "bob", false)]));
    put(
        "/configurations",
        json!({
            "auth_mode": text("oidc_auth"), "project_creation_restriction": text("adminonly"),
            "self_registration": {"value": false, "editable": true}, "read_only": {"value": false, "editable": true},
            "oidc_admin_group": text("registry-admins"), "robot_name_prefix": text("robot$"),
            "robot_token_duration": {"value": 30, "editable": true},
            "audit_log_forward_endpoint": text("syslog.bank.example:514"),
            "skip_audit_log_database": {"value": false, "editable": true},
            "disabled_audit_log_event_types": text("pull_artifact"),
        }),
    );
    put("/system/gc/schedule", json!({"schedule": {"type": "Daily", "cron": "0 0 0 * * *"}}));
    put(
        "/system/purgeaudit/schedule",
        json!({"schedule": {"type": "Daily", "cron": "0 0 0 * * *"}, "job_parameters": "{\"audit_retention_hour\":4320}"}),
    );
    put("/system/scanAll/schedule", json!({"schedule": {"type": "Weekly", "cron": "0 0 0 * * 0"}}));
    put("/system/CVEAllowlist", json!({"items": [{"cve_id": "CVE-2026-1"}], "expires_at": 1_800_000_000}));
    put(
        "/scanners",
        json!([{"uuid": "s", "name": "Trivy", "is_default": true, "disabled": false, "health": "healthy", "url": "http://trivy:8080"}]),
    );
    put(
        "/registries",
        json!([{"id": 7, "name": "dr", "url": "https://dr.bank.example", "type": "harbor", "insecure": true, "status": "healthy",
        "credential": {"type": "basic", "access_key": "copy", "access_secret": "*****"}}]),
    );
    put(
        "/replication/policies",
        json!([
            {"id": 1, "name": "to-dr", "enabled": true, "dest_registry": {"id": 7, "name": "dr", "url": "https://dr.bank.example"}, "dest_namespace": "",
             "trigger": {"type": "event_based"}, "replicate_deletion": true, "override": true},
            {"id": 2, "name": "from-dr", "enabled": true, "src_registry": {"id": 7, "name": "dr", "url": "https://dr.bank.example"}, "dest_namespace": "mirror",
             "trigger": {"type": "scheduled"}, "override": true},
        ]),
    );
    put(
        &runs_of(1),
        json!([{"id": 2, "policy_id": 1, "status": "Failed", "end_time": THEN}, {"id": 1, "policy_id": 1, "status": "Succeed", "end_time": THEN}]),
    );
    put(&runs_of(2), json!([]));
    let all = [("repository", "push"), ("repository", "pull")];
    put(
        "/robots",
        json!([
            robot(100, "robot$everywhere", "system", "*", &all, -1),
            robot(
                101,
                "robot$auditor",
                "system",
                "*",
                &[("member", "list"), ("robot", "list"), ("repository", "list"), ("repository", "pull")],
                1_900_000_000
            ),
        ]),
    );
    let mut projects = Vec::new();
    let mut quotas = Vec::new();
    for id in 1..=12_i64 {
        let name = format!("p{id}");
        let cache = id == 12;
        let mut metadata = json!({"public": if id == 2 { "true" } else { "false" }, "auto_scan": "true", "prevent_vul": "true", "severity": "high"});
        if id == 3 {
            metadata["retention_id"] = json!("33");
        }
        let mut project = json!({"project_id": id, "name": name, "owner_id": 1, "owner_name": "admin", "metadata": metadata,
            "repo_count": 1, "creation_time": THEN, "update_time": THEN, "cve_allowlist": {"items": [], "project_id": id}});
        if cache {
            project["registry_id"] = json!(7);
        }
        projects.push(project);
        quotas.push(json!({"id": id, "ref": {"id": id, "name": name, "owner_name": "admin"}, "hard": {"storage": -1}, "used": {"storage": 5}}));
        let (role, role_name) = ROLES[(id as usize - 1) % 5];
        let mut members = vec![
            json!({"id": id, "project_id": id, "entity_name": format!("u-{role_name}"), "entity_type": "u", "entity_id": 9, "role_id": role, "role_name": role_name}),
        ];
        members.push(json!({"id": 100 + id, "project_id": id, "entity_name": "cn=all", "entity_type": "g", "entity_id": 4, "role_id": 3, "role_name": "guest"}));
        put(&of_project(id, "members"), Value::Array(members));
        let own =
            if id == 1 { json!([robot(200, "robot$p1+ci", "project", "p1", &all, 1_900_000_000)]) } else { json!([]) };
        put(&robots_of(id), own);
        let rules = json!([{"id": id, "disabled": false, "action": "immutable", "template": "immutable_template",
            "tag_selectors": [selector("matches", "v*"), selector("matches", "**")],
            "scope_selectors": {"repository": [selector("repoMatches", "**"), selector("repoExcludes", "x")]}}]);
        put(&of_project(id, "immutabletagrules"), if id == 1 { rules } else { json!([]) });
        put(
            &repositories_of(&name),
            json!([{"id": id, "project_id": id, "name": format!("{name}/app/api"), "artifact_count": 1}]),
        );
        put(
            &artifacts_of(&name, "app/api"),
            json!([{
                "id": id, "type": "IMAGE", "digest": format!("sha256:{id:064}"), "push_time": THEN, "pull_time": "0001-01-01T00:00:00.000Z",
                "tags": [{"id": 1, "name": "v1"}], "extra_attrs": {"created": THEN},
                "references": [{"child_digest": "sha256:aa", "parent_id": id, "child_id": 90}],
                "accessories": [{"id": 1, "type": "signature.cosign", "digest": "sha256:bb"}],
                "scan_overview": {"application/vnd.security.vulnerability.report; version=1.1": {"scan_status": "Success", "severity": "High", "end_time": THEN}},
            }]),
        );
    }
    put(
        "/retentions/33",
        json!({"id": 33, "algorithm": "or", "scope": {"level": "project", "ref": 3}, "trigger": {"kind": "Schedule", "settings": {"cron": "0 0 0 * * *"}},
        "rules": [{"disabled": false, "action": "retain", "template": "latestPushedK", "params": {"latestPushedK": 10},
            "tag_selectors": [selector("matches", "**")], "scope_selectors": {"repository": [selector("repoMatches", "**")]}}]}),
    );
    put("/projects", Value::Array(projects));
    put("/quotas", Value::Array(quotas));
    answers
}
