//! Quay, from exported answers of its API (`/api/v1`): repositories, their permissions, robots,
//! default permissions of an organisation, superusers. A robot's token is never read.

use serde_json::Value;

use super::answers::{EVERYTHING, cover_all, flag, settle, text, when};
use super::{Admin, Grant, Part, Principal, RegistryFacts, Repository, Robot, Scope, TagRule, answers::Answers};

const API: &str = "/api/v1";

/// What a role of a repository lets do.
fn actions(role: &str) -> Option<&'static [&'static str]> {
    Some(match role {
        "read" => &["pull"],
        "write" => &["pull", "push", "overwrite", "delete"],
        "admin" => &["pull", "push", "overwrite", "delete", "admin"],
        _ => return None,
    })
}

fn who(name: &str, robot: bool) -> Principal {
    Principal::new(if robot || name.contains('+') { "robot" } else { "user" }, name)
}

/// A role that we do not know may be any.
fn grant(principal: Principal, role: &str, pattern: &str, via: &str, source: &str) -> Grant {
    let known = actions(role);
    let mut grant = Grant::new(principal, known.unwrap_or(&EVERYTHING), pattern, via, source);
    grant.conditional = known.is_none();
    grant
}

/// Facts from exported answers.
#[must_use]
pub fn facts(name: &str, answers: &Answers) -> RegistryFacts {
    let mut facts = RegistryFacts {
        name: name.into(),
        kind: "quay".into(),
        granularity: "repository".into(),
        ..RegistryFacts::default()
    };
    superusers(answers, &mut facts);
    let lists: Vec<String> = answers.starting(&format!("{API}/repository?")).map(str::to_owned).collect();
    if lists.is_empty() {
        cover_all(
            &mut facts,
            &["repositories", "scopes", "grants"],
            &answers.part(&format!("{API}/repository?namespace=…")),
        );
    }
    let mut organisations = std::collections::BTreeSet::new();
    for call in &lists {
        cover_all(&mut facts, &["repositories", "scopes", "grants"], &answers.part(call));
        // Without `namespace=` the list holds what is starred or public, not what is there.
        match call.split(['?', '&']).find_map(|one| one.strip_prefix("namespace=")) {
            Some(namespace) => {
                organisations.insert(namespace.to_owned());
            }
            None => cover_all(
                &mut facts,
                &["repositories", "grants"],
                &Part::lacking(crate::snapshot::State::Partial, format!("{call} names no namespace")),
            ),
        }
        for repository in answers.items(call, "repositories") {
            organisations.insert(text(repository, "namespace").to_owned());
            one_repository(repository, answers, &mut facts);
        }
    }
    for organisation in organisations {
        organisation_of(&organisation, answers, &mut facts);
    }
    settle(&mut facts);
    facts
}

fn superusers(answers: &Answers, facts: &mut RegistryFacts) {
    let call = format!("{API}/superuser/users/");
    cover_all(facts, &["admins", "grants"], &answers.part(&call));
    for user in answers.items(&call, "users").iter().filter(|user| flag(user, "super_user")) {
        let principal = Principal::new("user", text(user, "username"));
        facts.grants.push(Grant::new(principal.clone(), &EVERYTHING, "**", "superuser", &call));
        facts.admins.push(Admin { principal, local: None, via: "superuser".into() });
    }
}

fn one_repository(repository: &Value, answers: &Answers, facts: &mut RegistryFacts) {
    let path = format!("{}/{}", text(repository, "namespace"), text(repository, "name"));
    let public = repository.get("is_public").and_then(Value::as_bool);
    if public == Some(true) {
        facts.grants.push(Grant::new(
            Principal::new("anonymous", "*"),
            &["pull"],
            &path,
            "is_public",
            "GET repository",
        ));
    }
    for of in ["user", "team"] {
        let call = format!("{API}/repository/{path}/permissions/{of}/");
        facts.cover("grants", answers.part(&call));
        for (name, permission) in answers.entries(&call, "permissions") {
            let principal = match of {
                "team" => Principal::new("group", &format!("{}/{name}", text(repository, "namespace"))),
                _ => who(name, flag(permission, "is_robot")),
            };
            let role = text(permission, "role");
            facts.grants.push(grant(principal, role, &path, &format!("role {role}"), &format!("GET {call}")));
        }
    }
    let call = format!("{API}/repository/{path}/immutabilitypolicy/");
    facts.cover("immutability", answers.part(&call));
    let rules = answers
        .body(&call)
        .map(|_| answers.items(&call, "policies").iter().map(|rule| tag_rule(rule, &path)).collect());
    let proxy = text(repository, "state") == "MIRROR";
    facts.scopes.push(Scope { name: path.clone(), public, proxy, immutability: rules, ..Scope::default() });
    facts.repositories.push(Repository { scope: path.clone(), name: path, ..Repository::default() });
}

/// Quay's patterns are regular expressions; what is no plain word is told as ignored.
fn tag_rule(rule: &Value, path: &str) -> TagRule {
    let pattern = text(rule, "tagPattern");
    let plain = pattern.replace(".*", "*");
    let plain = plain.trim_start_matches('^').trim_end_matches('$');
    let is_plain = plain.chars().all(|c| c.is_ascii_alphanumeric() || "-_*".contains(c));
    TagRule {
        disabled: !is_plain && !pattern.is_empty(),
        repositories: path.into(),
        repository_decoration: "repoMatches".into(),
        tags: if pattern.is_empty() { "**".into() } else { plain.into() },
        tag_decoration: if rule.get("tagPatternMatches").and_then(Value::as_bool) == Some(false) {
            "excludes"
        } else {
            "matches"
        }
        .into(),
        ignored: 0,
    }
}

fn organisation_of(organisation: &str, answers: &Answers, facts: &mut RegistryFacts) {
    let call = format!("{API}/organization/{organisation}/robots?permissions=true&token=false");
    facts.cover("robots", answers.part(&call));
    for robot in answers.items(&call, "robots") {
        facts.robots.push(Robot {
            name: text(robot, "name").into(),
            level: "organization".into(),
            renewed_at: when(robot, "created"),
            used_at: when(robot, "last_accessed"),
            ..Robot::default()
        });
    }
    let call = format!("{API}/organization/{organisation}/prototypes");
    facts.cover("grants", answers.part(&call));
    for prototype in answers.items(&call, "prototypes") {
        let Some(delegate) = prototype.get("delegate") else { continue };
        let principal = match text(delegate, "kind") {
            "team" => Principal::new("group", &format!("{organisation}/{}", text(delegate, "name"))),
            _ => who(text(delegate, "name"), flag(delegate, "is_robot")),
        };
        let mut future = grant(
            principal,
            text(prototype, "role"),
            &format!("{organisation}/**"),
            "default permission",
            &format!("GET {call}"),
        );
        // It holds for repositories that are made from now on.
        future.conditional = true;
        facts.grants.push(future);
    }
    let call = format!("{API}/organization/{organisation}");
    facts.cover("grants", answers.part(&call));
    for (team, found) in answers.entries(&call, "teams") {
        // A creator becomes the administrator of what he makes.
        let (actions, conditional): (&[&str], _) = match text(found, "role") {
            "admin" => (&EVERYTHING, false),
            "creator" => (&["push"], true),
            _ => continue,
        };
        let principal = Principal::new("group", &format!("{organisation}/{team}"));
        let via = format!("team role {}", text(found, "role"));
        let mut grant = Grant::new(principal, actions, &format!("{organisation}/**"), &via, &format!("GET {call}"));
        grant.conditional = conditional;
        facts.grants.push(grant);
    }
}
