//! GitLab, from exported answers of its API (`/api/v4`): members, protection rules, deploy tokens.
//! Whoever is a Developer or more pushes, unless a rule protects the repository.

use serde_json::Value;

use super::answers::{Answers, EVERYTHING, cover_all, flag, settle, text, when};
use super::{Grant, Part, Principal, RegistryFacts, Repository, Robot, Scope, TagRule, pattern};
use crate::snapshot::State;

const DEVELOPER: i64 = 30;

/// The level that a rule names; one we do not know keeps nobody out.
fn level(name: &str) -> i64 {
    match name {
        "maintainer" => 40,
        "owner" => 50,
        "admin" => 60,
        _ => DEVELOPER,
    }
}

struct Protection<'a> {
    pattern: &'a str,
    push: i64,
    delete: i64,
}

/// Facts from exported answers.
#[must_use]
pub fn facts(name: &str, answers: &Answers) -> RegistryFacts {
    let mut facts = RegistryFacts {
        name: name.into(),
        kind: "gitlab".into(),
        granularity: "project".into(),
        ..RegistryFacts::default()
    };
    let calls: Vec<String> = answers.starting("/api/v4/projects/").map(str::to_owned).collect();
    let projects: Vec<&String> =
        calls.iter().filter(|call| call.matches('/').count() == 4 && !call.ends_with('/')).collect();
    if projects.is_empty() {
        cover_all(&mut facts, &["scopes", "repositories", "grants"], &answers.part("/api/v4/projects/ID"));
    }
    for call in projects {
        cover_all(&mut facts, &["scopes", "repositories", "grants"], &answers.part(call));
        if let Some(project) = answers.body(call) {
            one_project(call.split('?').next().unwrap_or(call), project, answers, &mut facts);
        }
    }
    // Administrators of the instance write everywhere, and no call of a project names them.
    let users = "/api/v4/users?admins=true";
    cover_all(&mut facts, &["admins", "grants"], &answers.part(users));
    for user in answers.list(users) {
        let principal = Principal::new("user", text(user, "username"));
        facts.grants.push(Grant::new(principal.clone(), &EVERYTHING, "**", "administrator", users));
        facts.admins.push(super::Admin { principal, local: None, via: "administrator".into() });
    }
    settle(&mut facts);
    facts
}

fn one_project(call: &str, project: &Value, answers: &Answers, facts: &mut RegistryFacts) {
    // A registry that is switched off takes nothing.
    if text(project, "container_registry_access_level") == "disabled" {
        return;
    }
    let path = text(project, "path_with_namespace").to_ascii_lowercase();
    let everything = format!("{path}/**");
    let public = match text(project, "visibility") {
        "" => None,
        visibility => Some(visibility == "public" && text(project, "container_registry_access_level") != "private"),
    };
    if public == Some(true) {
        facts.grants.push(Grant::new(
            Principal::new("anonymous", "*"),
            &["pull"],
            &everything,
            "visibility public",
            call,
        ));
    }
    let list = format!("{call}/registry/repositories");
    facts.cover("repositories", answers.part(&list));
    let repositories: Vec<String> = answers.list(&list).iter().map(|one| text(one, "path").to_owned()).collect();
    let newer = format!("{call}/registry/protection/repository/rules");
    let older = format!("{call}/registry/protection/rules");
    let rules = if answers.body(&newer).is_some() { newer } else { older };
    let rules_part = answers.part(&rules);
    let protections: Vec<Protection<'_>> = answers
        .list(&rules)
        .iter()
        .map(|rule| Protection {
            pattern: rule.get("repository_path_pattern").and_then(Value::as_str).unwrap_or_default(),
            push: level(text(rule, "minimum_access_level_for_push")),
            delete: level(text(rule, "minimum_access_level_for_delete")),
        })
        .collect();
    // Without the rules a developer's push is only likely.
    facts.cover("grants", rules_part.clone());
    let members = format!("{call}/members/all");
    facts.cover("grants", answers.part(&members));
    for member in
        answers.list(&members).iter().filter(|member| !matches!(text(member, "state"), "blocked" | "awaiting"))
    {
        let own = member.get("access_level").and_then(Value::as_i64).unwrap_or_default();
        let who = Principal::new("user", text(member, "username"));
        let source = format!("GET {members}");
        let mut push = |pattern: &str, actions: &[&str], conditional: bool| {
            if actions.is_empty() {
                return;
            }
            let mut grant = Grant::new(who.clone(), actions, pattern, &format!("access level {own}"), &source);
            grant.expires_at = when(member, "expires_at").unwrap_or(0);
            grant.conditional = conditional;
            facts.grants.push(grant);
        };
        let most = |own: i64, push: i64, delete: i64| {
            let mut actions = if own >= 10 { vec!["pull"] } else { Vec::new() };
            if own >= push.max(DEVELOPER) {
                actions.extend(["push", "overwrite"]);
            }
            if own >= delete.max(DEVELOPER) {
                actions.push("delete");
            }
            if own >= 40 {
                actions.push("admin");
            }
            actions
        };
        if protections.is_empty() || own >= 60 {
            push(&everything, &most(own, DEVELOPER, DEVELOPER), !rules_part.state.is_proof());
            continue;
        }
        // The strictest rule of those that match counts; for repositories to come nobody can tell.
        push(&everything, &most(own, DEVELOPER, DEVELOPER), true);
        for repository in &repositories {
            let matching = protections.iter().filter(|rule| pattern::matches(rule.pattern, repository));
            let (to_push, to_delete) = matching
                .fold((DEVELOPER, DEVELOPER), |(push, delete), rule| (push.max(rule.push), delete.max(rule.delete)));
            push(repository, &most(own, to_push, to_delete), false);
        }
    }
    tokens(call, &everything, answers, facts);
    let tags = format!("{call}/registry/protection/tag/rules");
    facts.cover("immutability", answers.part(&tags));
    let immutability = answers.body(&tags).map(|_| {
        // A rule without levels makes tags immutable; its pattern is a regular expression.
        let rules = answers
            .list(&tags)
            .iter()
            .filter(|rule| rule.get("minimum_access_level_for_push").is_none_or(Value::is_null));
        rules.map(|rule| tag_rule(text(rule, "tag_name_pattern"), &everything)).collect()
    });
    facts.scopes.push(Scope { name: path.clone(), public, immutability, ..Scope::default() });
    facts.repositories.extend(repositories.into_iter().map(|name| Repository {
        name,
        scope: path.clone(),
        ..Repository::default()
    }));
}

fn tag_rule(pattern: &str, everything: &str) -> TagRule {
    let plain = pattern.replace(".*", "*");
    let plain = plain.trim_start_matches('^').trim_end_matches('$');
    TagRule {
        disabled: !plain.chars().all(|c| c.is_ascii_alphanumeric() || "-_*".contains(c)),
        repositories: everything.into(),
        repository_decoration: "repoMatches".into(),
        tags: plain.into(),
        tag_decoration: "matches".into(),
        ignored: 0,
    }
}

fn tokens(call: &str, everything: &str, answers: &Answers, facts: &mut RegistryFacts) {
    let tokens = format!("{call}/deploy_tokens");
    let part = answers.part(&tokens);
    facts.cover("robots", part.clone());
    facts.cover("grants", part);
    for token in answers.list(&tokens) {
        let scopes: Vec<&str> =
            token.get("scopes").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
        let mut actions = Vec::new();
        if scopes.contains(&"read_registry") {
            actions.push("pull");
        }
        if scopes.contains(&"write_registry") {
            actions.extend(["push", "overwrite"]);
        }
        let (name, expires_at) = (text(token, "username"), when(token, "expires_at"));
        let disabled = flag(token, "revoked") || flag(token, "expired");
        if !actions.is_empty() && !disabled {
            let mut grant = Grant::new(
                Principal::new("robot", name),
                &actions,
                everything,
                "deploy token",
                &format!("GET {tokens}"),
            );
            grant.expires_at = expires_at.unwrap_or(0);
            facts.grants.push(grant);
        }
        let mut robot = Robot { name: name.into(), level: "project".into(), expires_at, disabled, ..Robot::default() };
        robot
            .permissions
            .insert(everything.trim_end_matches("/**").into(), scopes.into_iter().map(str::to_owned).collect());
        facts.robots.push(robot);
    }
    // Tokens of a group write into its projects; a project's call does not name them.
    if !answers.starting("/api/v4/groups/").any(|call| call.ends_with("/deploy_tokens")) {
        facts.cover("grants", Part::lacking(State::Partial, "deploy tokens of groups were not exported"));
    }
}
