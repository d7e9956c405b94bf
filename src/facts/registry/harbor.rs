//! Harbor's API v2.0: answers to facts. Field names and paths are those of its OpenAPI description
//! (`api/v2.0/swagger.yaml`, read at c50c7dd).
//!
//! Harbor gives permissions on projects. Lists are filtered by who asks, with status 200: only a
//! system administrator, or a system robot of all projects, sees everything.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    Admin, AllowList, Artifact, Component, Grant, Health, Part, Principal, Quota, RegistryFacts, Replication,
    Repository, Retention, RetentionRule, Robot, Scanner, Scope, TagRule, answers::Answers,
};
use crate::snapshot::State;

/// Roles that are more than a guest's: id, name, what they may do.
const ROLES: [(i64, &str, &[&str]); 5] = [
    (1, "projectAdmin", &["pull", "push", "overwrite", "delete", "admin"]),
    (2, "developer", &["pull", "push", "overwrite"]),
    (3, "guest", &["pull"]),
    (4, "maintainer", &["pull", "push", "overwrite", "delete"]),
    (5, "limitedGuest", &["pull"]),
];

const ALL: [&str; 5] = ["pull", "push", "overwrite", "delete", "admin"];

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn number(value: &Value, key: &str) -> Option<i64> {
    value.get(key).and_then(Value::as_i64)
}

fn flag(value: &Value, key: &str) -> bool {
    value.get(key).and_then(Value::as_bool).unwrap_or(false)
}

fn seconds(value: &Value, key: &str) -> Option<i64> {
    text(value, key).parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second).filter(|at| *at > 0)
}

/// Metadata are texts: `"true"`, `"false"`, or not there.
fn meta_flag(project: &Value, key: &str) -> Option<bool> {
    match project.pointer(&format!("/metadata/{key}")) {
        Some(Value::String(text)) => Some(text == "true"),
        Some(Value::Bool(on)) => Some(*on),
        _ => None,
    }
}

/// Not a call: the account that asked, where the collector knows it.
pub const CALLER: &str = "caller";

/// The call for the members of a project.
#[must_use]
pub fn of_project(id: i64, what: &str) -> String {
    format!("/projects/{id}/{what}")
}

/// The call for the robots of a project; the plain list has system robots only.
#[must_use]
pub fn robots_of(id: i64) -> String {
    format!("/robots?q=Level=project,ProjectID={id}")
}

/// The call for the repositories of a project.
#[must_use]
pub fn repositories_of(project: &str) -> String {
    format!("/projects/{project}/repositories")
}

/// The call for the images of a repository; a slash in its name is encoded twice.
#[must_use]
pub fn artifacts_of(project: &str, repository: &str) -> String {
    let repository = repository.replace('/', "%252F");
    format!(
        "/projects/{project}/repositories/{repository}/artifacts?with_tag=true&with_scan_overview=true&with_sbom_overview=true&with_accessory=true&with_inherited_accessory=true"
    )
}

/// The last runs of a replication.
#[must_use]
pub fn runs_of(id: i64) -> String {
    format!("/replication/executions?policy_id={id}")
}

/// Why the caller sees only some rows; none where it sees all.
fn filtered(answers: &Answers) -> Option<String> {
    if let Some(me) = answers.body("/users/current") {
        if flag(me, "sysadmin_flag") || flag(me, "admin_role_in_auth") {
            return None;
        }
        let name = text(me, "username");
        if robot_sees_all(answers.list("/robots"), name) {
            return None;
        }
        return Some(format!("rows are filtered for {name}, who is no system administrator"));
    }
    // A robot has no user of its own; the collector knows which account it asked with.
    if let Some(caller) = answers.text(CALLER, "/username") {
        if robot_sees_all(answers.list("/robots"), caller) {
            return None;
        }
        // Its name came out of a credential: it is not told.
        return Some("rows may be filtered: the account that asked is not known to see every project".into());
    }
    Some("rows may be filtered: who asked could not be told".into())
}

fn robot_sees_all(robots: &[Value], name: &str) -> bool {
    robots.iter().any(|robot| text(robot, "name") == name && is_all_projects(robot) && reads_everything(robot))
}

fn permissions(robot: &Value) -> impl Iterator<Item = &Value> {
    robot.get("permissions").and_then(Value::as_array).into_iter().flatten()
}

fn accesses(permission: &Value) -> impl Iterator<Item = &Value> {
    permission.get("access").and_then(Value::as_array).into_iter().flatten()
}

fn is_all_projects(robot: &Value) -> bool {
    text(robot, "level") == "system" && permissions(robot).any(|p| text(p, "namespace") == "*")
}

fn reads_everything(robot: &Value) -> bool {
    let may = |resource: &str, action: &str| {
        permissions(robot)
            .filter(|p| text(p, "namespace") == "*" || text(p, "kind") == "system")
            .flat_map(accesses)
            .any(|access| {
                [resource, "*"].contains(&text(access, "resource")) && [action, "*"].contains(&text(access, "action"))
            })
    };
    may("member", "list") && may("robot", "list") && may("repository", "list")
}

/// Facts from answers. `vantage` is from where Harbor was asked.
#[must_use]
pub fn facts(name: &str, answers: &Answers, vantage: &str) -> RegistryFacts {
    let mut facts = RegistryFacts {
        name: name.into(),
        kind: "harbor".into(),
        granularity: "project".into(),
        ..RegistryFacts::default()
    };
    let filter = filtered(answers);
    health(answers, vantage, &mut facts);
    settings(answers, &mut facts);
    facts.cover("scopes", answers.part("/projects"));
    facts.cover("grants", answers.part("/projects"));
    facts.cover("repositories", answers.part("/projects"));
    facts.cover("robots", answers.part("/robots"));
    facts.cover("grants", answers.part("/robots"));
    for part in ["immutability", "retention", "scanning", "quotas", "artifacts"] {
        facts.cover(part, answers.part("/projects"));
    }
    administrators(answers, &mut facts);
    let active: Option<BTreeSet<&str>> = answers
        .body("/users")
        .is_some_and(|_| answers.part("/users").state.is_proof())
        .then(|| answers.list("/users").iter().map(|user| text(user, "username")).collect());
    let system_list = answers.body("/system/CVEAllowlist").map(|list| allow_list(list, false));
    facts.allow_list.clone_from(&system_list);
    for project in answers.list("/projects") {
        one_project(project, answers, active.as_ref(), system_list.as_ref(), &mut facts);
    }
    robots(answers.list("/robots"), &mut facts);
    replications(answers, &mut facts);
    scanners(answers, &mut facts);
    if let Some(reason) = filter {
        for part in ["scopes", "grants", "repositories", "robots", "admins"] {
            facts.cover(part, Part::lacking(State::Partial, reason.clone()));
        }
    }
    drop_pushes_into_caches(&mut facts);
    facts.grants.sort();
    facts.grants.dedup();
    facts
}

fn health(answers: &Answers, vantage: &str, facts: &mut RegistryFacts) {
    facts.health.vantage = vantage.into();
    if let Some(body) = answers.body("/health") {
        let components = body.get("components").and_then(Value::as_array).into_iter().flatten();
        let components =
            components.map(|c| Component { name: text(c, "name").into(), status: text(c, "status").into() }).collect();
        facts.health = Health { status: text(body, "status").into(), components, vantage: vantage.into() };
    }
    facts.cover("health", answers.part("/health"));
    if let Some(volumes) = answers.body("/systeminfo/volumes") {
        let storage = volumes.get("storage").and_then(Value::as_array).and_then(|s| s.first());
        facts.volume = storage.and_then(|s| Some([number(s, "total")?, number(s, "free")?]));
    }
}

fn settings(answers: &Answers, facts: &mut RegistryFacts) {
    let info = answers.body("/systeminfo");
    let configuration = answers.body("/configurations");
    let config = |key: &str| configuration.and_then(|c| c.pointer(&format!("/{key}/value")));
    let config_text = |key: &str| config(key).and_then(Value::as_str).map(str::to_owned);
    let both_text = |key: &str| config_text(key).or_else(|| Some(info?.get(key)?.as_str()?.to_owned()));
    let both_flag = |key: &str| config(key).and_then(Value::as_bool).or_else(|| info?.get(key)?.as_bool());
    let settings = &mut facts.settings;
    settings.auth_mode = both_text("auth_mode");
    settings.self_registration = both_flag("self_registration");
    settings.project_creation = both_text("project_creation_restriction");
    settings.read_only = both_flag("read_only");
    settings.robot_prefix = config_text("robot_name_prefix");
    settings.robot_days = config("robot_token_duration").and_then(Value::as_i64);
    settings.audit_forward = config_text("audit_log_forward_endpoint")
        .or_else(|| configuration.map(|_| String::new()))
        // An address may carry a password.
        .map(|address| address.rsplit('@').next().unwrap_or_default().to_owned());
    settings.audit_skip_database =
        config("skip_audit_log_database").and_then(Value::as_bool).or_else(|| configuration.map(|_| false));
    settings.audit_disabled = configuration.map(|_| {
        let list = config_text("disabled_audit_log_event_types").unwrap_or_default();
        list.split(',').map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
    });
    if let Some(purge) = answers.body("/system/purgeaudit/schedule") {
        let parameters: Value = serde_json::from_str(text(purge, "job_parameters")).unwrap_or_default();
        settings.audit_purge_hours = Some(number(&parameters, "audit_retention_hour").unwrap_or(0));
    }
    let scheduled = |call: &str| {
        let body = answers.body(call)?;
        let kind = body.pointer("/schedule/type").and_then(Value::as_str).unwrap_or_default();
        Some(!matches!(kind, "" | "None" | "Manual"))
    };
    settings.gc_scheduled = scheduled("/system/gc/schedule");
    settings.scan_scheduled = scheduled("/system/scanAll/schedule");
    let part = if info.is_some() || configuration.is_some() { Part::complete() } else { answers.part("/systeminfo") };
    facts.cover("settings", part);
    let audit = if configuration.is_some() { Part::complete() } else { answers.part("/configurations") };
    facts.cover("audit", audit);
}

fn administrators(answers: &Answers, facts: &mut RegistryFacts) {
    let federated = facts.settings.auth_mode.as_deref().is_some_and(|mode| mode != "db_auth");
    for user in answers.list("/users") {
        let (sysadmin, by_group) = (flag(user, "sysadmin_flag"), flag(user, "admin_role_in_auth"));
        if sysadmin || by_group {
            let onboarded = user.get("oidc_user_meta").is_some_and(|meta| !meta.is_null());
            // The first account is always the registry's own.
            let local = if number(user, "user_id") == Some(1) { true } else { !federated || !(onboarded || by_group) };
            facts.admins.push(Admin {
                principal: Principal::new("user", text(user, "username")),
                local: Some(local),
                via: if sysadmin { "sysadmin_flag" } else { "admin group" }.into(),
            });
        }
    }
    for (key, wanted) in [
        ("oidc_admin_group", "oidc_auth"),
        ("ldap_group_admin_dn", "ldap_auth"),
        ("http_authproxy_admin_groups", "http_auth"),
    ] {
        let group = answers.text("/configurations", &format!("/{key}/value")).unwrap_or_default();
        if !group.is_empty() && facts.settings.auth_mode.as_deref() == Some(wanted) {
            facts.admins.push(Admin { principal: Principal::new("group", group), local: Some(false), via: key.into() });
        }
    }
    facts.cover("admins", answers.part("/users"));
    facts.cover("admins", answers.part("/configurations"));
    facts.cover("grants", answers.part("/users"));
    facts.cover("grants", answers.part("/configurations"));
    for admin in &facts.admins {
        let via = format!("system administrator ({})", admin.via);
        facts.grants.push(Grant::new(admin.principal.clone(), &ALL, "**", &via, "GET /users, /configurations"));
    }
}

fn allow_list(list: &Value, system: bool) -> AllowList {
    AllowList {
        items: list.get("items").and_then(Value::as_array).map_or(0, Vec::len),
        expires_at: number(list, "expires_at").filter(|at| *at > 0),
        system,
    }
}

fn one_project(
    project: &Value,
    answers: &Answers,
    active: Option<&BTreeSet<&str>>,
    system_list: Option<&AllowList>,
    facts: &mut RegistryFacts,
) {
    let (name, id) = (text(project, "name"), number(project, "project_id").unwrap_or_default());
    let pattern = format!("{name}/**");
    let members = of_project(id, "members");
    let mut owner_is_member = false;
    for member in answers.list(&members) {
        let kind = if text(member, "entity_type") == "g" { "group" } else { "user" };
        let who = text(member, "entity_name");
        owner_is_member |= kind == "user" && who == text(project, "owner_name");
        let role = number(member, "role_id").unwrap_or_default();
        let known = ROLES.iter().find(|(id, _, _)| *id == role);
        let source = format!("GET {members}");
        match known {
            Some((_, role, actions)) => {
                facts.grants.push(Grant::new(Principal::new(kind, who), actions, &pattern, role, &source));
            }
            // A role that we do not know may do anything.
            None => {
                let mut grant = Grant::new(Principal::new(kind, who), &ALL, &pattern, &format!("role {role}"), &source);
                grant.conditional = true;
                facts.grants.push(grant);
            }
        }
    }
    facts.cover("grants", answers.part(&members));
    let owner = text(project, "owner_name");
    if !owner.is_empty() && !owner_is_member {
        facts.grants.push(Grant::new(
            Principal::new("user", owner),
            &ALL,
            &pattern,
            "owner of the project",
            "GET /projects",
        ));
    }
    let public = meta_flag(project, "public");
    if public == Some(true) {
        facts.grants.push(Grant::new(
            Principal::new("anonymous", "*"),
            &["pull"],
            &pattern,
            "metadata.public",
            "GET /projects",
        ));
    }
    let robots_call = robots_of(id);
    robots(answers.list(&robots_call), facts);
    facts.cover("robots", answers.part(&robots_call));
    facts.cover("grants", answers.part(&robots_call));
    let rules_call = of_project(id, "immutabletagrules");
    let immutability = answers.body(&rules_call).map(|_| answers.list(&rules_call).iter().map(tag_rule).collect());
    facts.cover("immutability", answers.part(&rules_call));
    let retention_id =
        project.pointer("/metadata/retention_id").and_then(Value::as_str).filter(|id| !id.is_empty() && *id != "0");
    let retention = retention_id.map(|id| format!("/retentions/{id}"));
    let retention_read = retention.as_ref().is_none_or(|call| answers.body(call).is_some());
    if let Some(call) = &retention {
        facts.cover("retention", answers.part(call));
    }
    let reuse = meta_flag(project, "reuse_sys_cve_allowlist") == Some(true);
    let list = if reuse {
        system_list.map(|list| AllowList { system: true, ..list.clone() })
    } else {
        project.get("cve_allowlist").filter(|list| !list.is_null()).map(|list| allow_list(list, false))
    };
    let quota =
        answers.list("/quotas").iter().find(|quota| quota.pointer("/ref/id").and_then(Value::as_i64) == Some(id));
    let trust = [meta_flag(project, "enable_content_trust_cosign"), meta_flag(project, "enable_content_trust")];
    facts.scopes.push(Scope {
        name: name.into(),
        public,
        proxy: number(project, "registry_id").is_some_and(|id| id > 0),
        owner: (!owner.is_empty()).then(|| owner.to_owned()),
        owner_active: active.map(|active| active.contains(owner)),
        auto_scan: Some(meta_flag(project, "auto_scan") == Some(true)),
        auto_sbom: Some(meta_flag(project, "auto_sbom_generation") == Some(true)),
        prevent_vulnerable: Some(meta_flag(project, "prevent_vul") == Some(true)),
        severity: project
            .pointer("/metadata/severity")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_ascii_lowercase(),
        content_trust: Some(trust.contains(&Some(true))),
        immutability,
        retention: retention.and_then(|call| answers.body(&call)).map(retention_of),
        retention_read,
        allow_list: list,
        quota: quota.map(|quota| Quota {
            hard: quota.pointer("/hard/storage").and_then(Value::as_i64).unwrap_or(-1),
            used: quota.pointer("/used/storage").and_then(Value::as_i64).unwrap_or(0),
        }),
    });
    if answers.get("/quotas").is_some() {
        facts.cover("quotas", answers.part("/quotas"));
    }
    let repositories = repositories_of(name);
    facts.cover("repositories", answers.part(&repositories));
    facts.cover("artifacts", answers.part(&repositories));
    for repository in answers.list(&repositories) {
        let path = text(repository, "name");
        let below = path.strip_prefix(name).map_or(path, |rest| rest.trim_start_matches('/'));
        let call = artifacts_of(name, below);
        let part = answers.part(&call);
        facts.cover("artifacts", part.clone());
        facts.repositories.push(Repository {
            name: path.into(),
            scope: name.into(),
            artifacts: answers.body(&call).map(|_| answers.list(&call).iter().map(artifact).collect()),
            artifacts_lack: if part.state.is_proof() { String::new() } else { part.reason },
        });
    }
}

fn tag_rule(rule: &Value) -> TagRule {
    let (repositories, more_repositories) = first(rule.pointer("/scope_selectors/repository"));
    let (tags, more_tags) = first(rule.get("tag_selectors"));
    TagRule {
        disabled: flag(rule, "disabled"),
        repositories: repositories.map_or("", |s| text(s, "pattern")).into(),
        repository_decoration: repositories.map_or("", |s| text(s, "decoration")).into(),
        tags: tags.map_or("", |s| text(s, "pattern")).into(),
        tag_decoration: tags.map_or("", |s| text(s, "decoration")).into(),
        ignored: more_repositories + more_tags,
    }
}

fn first(selectors: Option<&Value>) -> (Option<&Value>, usize) {
    let list = selectors.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    (list.first(), list.len().saturating_sub(1))
}

fn retention_of(policy: &Value) -> Retention {
    let rules = policy.get("rules").and_then(Value::as_array).into_iter().flatten().map(|rule| {
        let (repositories, _) = first(rule.pointer("/scope_selectors/repository"));
        let (tags, _) = first(rule.get("tag_selectors"));
        let template = text(rule, "template");
        RetentionRule {
            disabled: flag(rule, "disabled"),
            template: template.into(),
            count: rule.pointer(&format!("/params/{template}")).and_then(Value::as_i64),
            repositories: repositories.map_or("", |s| text(s, "pattern")).into(),
            repository_decoration: repositories.map_or("", |s| text(s, "decoration")).into(),
            tags: tags.map_or("", |s| text(s, "pattern")).into(),
            tag_decoration: tags.map_or("", |s| text(s, "decoration")).into(),
            untagged: tags.is_some_and(|s| text(s, "extras").replace(' ', "").contains("\"untagged\":true")),
        }
    });
    let cron = policy.pointer("/trigger/settings/cron").and_then(Value::as_str).unwrap_or_default();
    Retention { rules: rules.collect(), scheduled: !cron.is_empty() }
}

fn artifact(artifact: &Value) -> Artifact {
    let items = |key: &str| artifact.get(key).and_then(Value::as_array);
    let kinds = |key: &str| items(key).into_iter().flatten().map(|a| text(a, "type").to_owned()).collect::<Vec<_>>();
    let references = items("references").into_iter().flatten();
    let children: Vec<String> = references.map(|r| text(r, "child_digest").to_owned()).collect();
    let report = artifact.get("scan_overview").and_then(Value::as_object).and_then(|by_type| by_type.values().next());
    let mut accessories = kinds("accessories");
    accessories.extend(kinds("inherited_accessories"));
    let pulled = artifact.get("pull_time").and_then(Value::as_str).filter(|time| !time.starts_with("0001"));
    Artifact {
        digest: text(artifact, "digest").into(),
        tags: items("tags").into_iter().flatten().map(|tag| text(tag, "name").to_owned()).collect(),
        kind: text(artifact, "type").into(),
        index: !children.is_empty(),
        children,
        pushed: artifact.get("push_time").and_then(Value::as_str).map(str::to_owned),
        pulled: pulled.map(str::to_owned),
        created: artifact.pointer("/extra_attrs/created").and_then(Value::as_str).map(str::to_owned),
        accessories: Some(accessories),
        scan_status: Some(report.map_or("", |r| text(r, "scan_status")).into()),
        scan_end: report
            .map(|r| text(r, "end_time"))
            .filter(|t| !t.is_empty() && !t.starts_with("0001"))
            .map(str::to_owned),
        scan_severity: report.map_or("", |r| text(r, "severity")).to_ascii_lowercase(),
        sbom: Some(
            artifact.pointer("/sbom_overview/sbom_digest").and_then(Value::as_str).is_some_and(|d| !d.is_empty()),
        ),
        base_eol: None,
    }
}

fn robots(list: &[Value], facts: &mut RegistryFacts) {
    for robot in list {
        let name = text(robot, "name");
        let never = number(robot, "duration") == Some(-1) || number(robot, "expires_at").is_none_or(|at| at <= 0);
        let expires_at = if never { None } else { number(robot, "expires_at") };
        let level = text(robot, "level");
        let legacy = robot.get("editable").and_then(Value::as_bool) == Some(false);
        let mut by_scope: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for permission in permissions(robot) {
            let place = match text(permission, "kind") {
                "system" => "/".to_owned(),
                _ => text(permission, "namespace").to_owned(),
            };
            let may = by_scope.entry(place.clone()).or_default();
            for access in accesses(permission).filter(|access| text(access, "effect") != "deny") {
                may.push(format!("{}:{}", text(access, "resource"), text(access, "action")));
            }
            let has = |resource: &str, action: &str| {
                may.iter().any(|one| {
                    one.split_once(':').is_some_and(|(r, a)| [resource, "*"].contains(&r) && [action, "*"].contains(&a))
                })
            };
            let mut actions = Vec::new();
            if has("repository", "pull") || has("repository", "scanner-pull") {
                actions.push("pull");
            }
            if has("repository", "push") {
                actions.extend(["push", "overwrite"]);
            }
            if has("artifact", "delete") || has("tag", "delete") || has("repository", "delete") {
                actions.push("delete");
            }
            if has("robot", "create") || has("member", "create") || has("project", "update") {
                actions.push("admin");
            }
            if actions.is_empty() || flag(robot, "disable") || place == "/" {
                continue;
            }
            let pattern = if place == "*" { "**".to_owned() } else { format!("{place}/**") };
            let mut grant =
                Grant::new(Principal::new("robot", name), &actions, &pattern, &format!("{level} robot"), "GET /robots");
            grant.expires_at = expires_at.unwrap_or(0);
            facts.grants.push(grant);
        }
        facts.robots.push(Robot {
            name: name.into(),
            level: level.into(),
            expires_at,
            disabled: flag(robot, "disable"),
            legacy,
            renewed_at: seconds(robot, "update_time").or_else(|| seconds(robot, "creation_time")),
            used_at: None,
            permissions: by_scope,
        });
    }
}

fn replications(answers: &Answers, facts: &mut RegistryFacts) {
    facts.cover("replication", answers.part("/replication/policies"));
    facts.cover("grants", answers.part("/replication/policies"));
    let remote = |policy: &Value, key: &str| {
        policy.get(key).filter(|registry| number(registry, "id").is_some_and(|id| id > 0)).cloned()
    };
    for policy in answers.list("/replication/policies") {
        let (from, to) = (remote(policy, "src_registry"), remote(policy, "dest_registry"));
        let outbound = to.is_some();
        let name = text(policy, "name");
        let other = to.or(from);
        let namespace = text(policy, "dest_namespace");
        let call = runs_of(number(policy, "id").unwrap_or_default());
        let runs = answers.list(&call);
        if !outbound && flag(policy, "enabled") {
            let pattern = if namespace.is_empty() { "**".to_owned() } else { format!("{namespace}/**") };
            let mut actions = vec!["push"];
            if flag(policy, "override") {
                actions.push("overwrite");
            }
            if flag(policy, "replicate_deletion") || flag(policy, "deletion") {
                actions.push("delete");
            }
            let via = other
                .as_ref()
                .map_or("replication".to_owned(), |r| format!("replication from {}", host_of(text(r, "url"))));
            facts.grants.push(Grant::new(
                Principal::new("replication", name),
                &actions,
                &pattern,
                &via,
                "GET /replication/policies",
            ));
        }
        let known = other.as_ref().and_then(|other| {
            let id = number(other, "id")?;
            answers.list("/registries").iter().find(|registry| number(registry, "id") == Some(id))
        });
        let succeeded = runs.iter().filter(|run| text(run, "status") == "Succeed" || text(run, "status") == "Success");
        facts.replications.push(Replication {
            name: name.into(),
            enabled: flag(policy, "enabled"),
            trigger: policy.pointer("/trigger/type").and_then(Value::as_str).unwrap_or("manual").into(),
            outbound,
            remote: other.as_ref().map_or(String::new(), |r| host_of(text(r, "url"))),
            insecure: known.or(other.as_ref()).and_then(|r| r.get("insecure")?.as_bool()),
            namespace: namespace.into(),
            deletion: flag(policy, "replicate_deletion") || flag(policy, "deletion"),
            overwrite: flag(policy, "override"),
            last_status: runs.first().map_or("", |run| text(run, "status")).into(),
            last_success: succeeded.filter_map(|run| seconds(run, "end_time")).max(),
            runs_read: answers.body(&call).is_some(),
        });
    }
}

/// Scheme, user and path are no part of a host.
fn host_of(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    host.rsplit('@').next().unwrap_or_default().to_owned()
}

fn scanners(answers: &Answers, facts: &mut RegistryFacts) {
    facts.cover("scanning", answers.part("/scanners"));
    facts.scanners = answers
        .list("/scanners")
        .iter()
        .map(|scanner| Scanner {
            name: text(scanner, "name").into(),
            default: flag(scanner, "is_default"),
            health: text(scanner, "health").into(),
            disabled: flag(scanner, "disabled"),
        })
        .collect();
}

/// Nobody can push into a pull-through cache, whatever the role.
fn drop_pushes_into_caches(facts: &mut RegistryFacts) {
    let caches: BTreeSet<String> = facts.scopes.iter().filter(|s| s.proxy).map(|s| format!("{}/**", s.name)).collect();
    for grant in &mut facts.grants {
        if caches.contains(&grant.pattern) {
            grant.actions.retain(|action| action != "push" && action != "overwrite");
        }
    }
    facts.grants.retain(|grant| !grant.actions.is_empty());
}
