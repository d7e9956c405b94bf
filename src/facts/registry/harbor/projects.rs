//! Projects: members, what is kept and what cannot be moved, repositories.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    ALL, artifacts::artifact, artifacts_of, copies::host_of, flag, meta_flag, number, of_project, repositories_of,
    robots::robots, robots_of, text,
};
use crate::facts::registry::{
    AllowList, Grant, Principal, Quota, RegistryFacts, Repository, Retention, RetentionRule, Scope, TagRule,
    answers::Answers,
};

/// Roles that are more than a guest's: id, name, what they may do.
const ROLES: [(i64, &str, &[&str]); 5] = [
    (1, "projectAdmin", &["pull", "push", "overwrite", "delete", "admin"]),
    (2, "developer", &["pull", "push", "overwrite"]),
    (3, "guest", &["pull"]),
    (4, "maintainer", &["pull", "push", "overwrite", "delete"]),
    (5, "limitedGuest", &["pull"]),
];

pub(super) fn allow_list(list: &Value, system: bool) -> AllowList {
    AllowList {
        items: list.get("items").and_then(Value::as_array).map_or(0, Vec::len),
        expires_at: number(list, "expires_at").filter(|at| *at > 0),
        system,
    }
}

pub(super) fn one_project(
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
    let cached = number(project, "registry_id").filter(|id| *id > 0);
    let quota =
        answers.list("/quotas").iter().find(|quota| quota.pointer("/ref/id").and_then(Value::as_i64) == Some(id));
    let trust = [meta_flag(project, "enable_content_trust_cosign"), meta_flag(project, "enable_content_trust")];
    facts.scopes.push(Scope {
        name: name.into(),
        public,
        proxy: cached.is_some(),
        remote: cached.map_or(String::new(), |id| {
            let known = answers.list("/registries").iter().find(|one| number(one, "id") == Some(id));
            known.map_or(String::new(), |one| host_of(text(one, "url")))
        }),
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
