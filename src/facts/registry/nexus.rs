//! Nexus Repository 3, from exported answers of its API (`/service/rest/v1`): users have roles,
//! roles have roles and privileges, a privilege says what may be done where.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::answers::{Answers, EVERYTHING, cover_all, flag, settle, text};
use super::{Admin, Grant, Part, Principal, RegistryFacts, Repository, Scope, TagRule};
use crate::snapshot::State;

const API: &str = "/service/rest/v1";
/// Realms whose users are in the list of users.
const LOCAL_REALMS: [&str; 6] =
    ["NexusAuthenticatingRealm", "NexusAuthorizingRealm", "DockerToken", "NpmToken", "NuGetApiKey", "rutauth-realm"];

fn words<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v str> {
    value.get(key).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

/// What a privilege lets do, where, and whether under a condition.
fn privilege(found: &Value) -> Option<(String, Vec<&'static str>, bool)> {
    let kind = text(found, "type");
    let mut of: Vec<String> = words(found, "actions").map(str::to_ascii_lowercase).collect();
    let (mut format, mut repository) = (text(found, "format").to_owned(), text(found, "repository").to_owned());
    if kind == "wildcard" {
        let mut parts = text(found, "pattern").split(':');
        if parts.next() != Some("nexus") {
            return None;
        }
        match parts.next() {
            None | Some("*") => return Some(("**".into(), EVERYTHING.to_vec(), false)),
            Some("repository-view" | "repository-admin") => {}
            Some(_) => return None,
        }
        format = parts.next().unwrap_or("*").into();
        repository = parts.next().unwrap_or("*").into();
        of = parts.next().unwrap_or("*").split(',').map(str::to_owned).collect();
    }
    if !matches!(format.as_str(), "docker" | "helm" | "*" | "") {
        return None;
    }
    let has = |word: &str| of.iter().any(|one| one == word || one == "*" || one == "all");
    let mut actions = Vec::new();
    if kind == "repository-admin" {
        if has("edit") || has("add") {
            actions.push("admin");
        }
    } else if matches!(kind, "repository-view" | "repository-content-selector" | "wildcard") {
        if has("read") || has("browse") {
            actions.push("pull");
        }
        // A push of an image reads too, but what is missing for convenience is no protection.
        if has("add") || has("edit") {
            actions.push("push");
        }
        if has("edit") {
            actions.push("overwrite");
        }
        if has("delete") {
            actions.push("delete");
        }
    }
    let pattern = if matches!(repository.as_str(), "*" | "") { "**".to_owned() } else { format!("{repository}/**") };
    (!actions.is_empty()).then_some((pattern, actions, kind == "repository-content-selector"))
}

/// Every privilege of a role, and the names that no list explains.
fn reach<'a>(
    role: &'a str,
    roles: &BTreeMap<&'a str, &'a Value>,
    seen: &mut BTreeSet<&'a str>,
    found: &mut BTreeSet<&'a str>,
    lost: &mut BTreeSet<&'a str>,
) {
    let mut todo = vec![role];
    while let Some(role) = todo.pop() {
        if !seen.insert(role) {
            continue;
        }
        match roles.get(role) {
            Some(held) => {
                found.extend(words(held, "privileges"));
                todo.extend(words(held, "roles"));
            }
            None if role == "nx-admin" => {
                found.insert("nx-all");
            }
            None => {
                lost.insert(role);
            }
        }
    }
}

/// Facts from exported answers.
#[must_use]
pub fn facts(name: &str, answers: &Answers) -> RegistryFacts {
    let mut facts = RegistryFacts {
        name: name.into(),
        kind: "nexus".into(),
        granularity: "repository".into(),
        ..RegistryFacts::default()
    };
    let call = |what: &str| format!("{API}/{what}");
    let (users, roles, privileges) = (call("security/users"), call("security/roles"), call("security/privileges"));
    for needed in [&users, &roles, &privileges] {
        cover_all(&mut facts, &["grants", "admins"], &answers.part(needed));
    }
    let realms = call("security/realms/active");
    facts.cover("grants", answers.part(&realms));
    let foreign: Vec<&str> =
        answers.list(&realms).iter().filter_map(Value::as_str).filter(|realm| !LOCAL_REALMS.contains(realm)).collect();
    if !foreign.is_empty() {
        let reason = format!("users of {} are in no list", foreign.join(", "));
        cover_all(&mut facts, &["grants", "admins"], &Part::lacking(State::Partial, reason));
    }
    let by_id: BTreeMap<&str, &Value> = answers.list(&roles).iter().map(|role| (text(role, "id"), role)).collect();
    let by_name: BTreeMap<&str, &Value> =
        answers.list(&privileges).iter().map(|one| (text(one, "name"), one)).collect();
    let anonymous = answers.body(&call("security/anonymous"));
    facts.cover("grants", answers.part(&call("security/anonymous")));
    let nobody = anonymous.filter(|body| flag(body, "enabled")).map(|body| text(body, "userId").to_owned());
    for user in answers.list(&users) {
        let id = text(user, "userId");
        if matches!(text(user, "status"), "disabled" | "locked") {
            continue;
        }
        let mut principals = vec![Principal::new("user", id)];
        if nobody.as_deref() == Some(id) {
            principals = vec![Principal::new("anonymous", "*")];
        }
        let (mut seen, mut held, mut lost) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for role in words(user, "roles").chain(words(user, "externalRoles")) {
            reach(role, &by_id, &mut seen, &mut held, &mut lost);
        }
        if !lost.is_empty() {
            facts.cover("grants", Part::lacking(State::Partial, format!("roles of {id} that no list explains")));
        }
        for principal in principals {
            for privilege_name in &held {
                let known = by_name.get(privilege_name);
                let given = match known {
                    Some(found) => privilege(found),
                    None if *privilege_name == "nx-all" => Some(("**".into(), EVERYTHING.to_vec(), false)),
                    None => {
                        facts.cover(
                            "grants",
                            Part::lacking(State::Partial, format!("privilege {privilege_name} is in no list")),
                        );
                        None
                    }
                };
                let Some((pattern, actions, conditional)) = given else { continue };
                if pattern == "**" && actions.contains(&"admin") && principal.kind == "user" {
                    let local = Some(text(user, "source") == "default");
                    let admin = Admin { principal: principal.clone(), local, via: (*privilege_name).into() };
                    if !facts.admins.iter().any(|known| known.principal == admin.principal) {
                        facts.admins.push(admin);
                    }
                }
                let mut grant = Grant::new(
                    principal.clone(),
                    &actions,
                    &pattern,
                    &format!("privilege {privilege_name}"),
                    &format!("GET {privileges}"),
                );
                grant.conditional = conditional;
                facts.grants.push(grant);
            }
        }
    }
    repositories(answers, &mut facts);
    settle(&mut facts);
    facts
}

fn repositories(answers: &Answers, facts: &mut RegistryFacts) {
    // The longer list has the write policy; it is for administrators.
    let (long, short) = (format!("{API}/repositorySettings"), format!("{API}/repositories"));
    let call = if answers.body(&long).is_some() { long } else { short };
    cover_all(facts, &["scopes", "immutability"], &answers.part(&call));
    let components = Part::lacking(State::Skipped, "images within a repository are not exported");
    facts.cover("repositories", components);
    let mut caches = BTreeSet::new();
    for repository in answers.list(&call).iter().filter(|one| matches!(text(one, "format"), "docker" | "helm")) {
        let name = text(repository, "name");
        let proxy = text(repository, "type") == "proxy";
        if proxy {
            caches.insert(format!("{name}/**"));
        }
        let policy = repository.pointer("/storage/writePolicy").and_then(Value::as_str);
        let policy = policy.map(str::to_ascii_uppercase);
        let whole = TagRule {
            repositories: "**".into(),
            repository_decoration: "repoMatches".into(),
            tags: "**".into(),
            tag_decoration: "matches".into(),
            ..TagRule::default()
        };
        let immutability = match policy.as_deref() {
            Some("ALLOW") => Some(Vec::new()),
            Some("ALLOW_ONCE" | "DENY") => Some(vec![whole]),
            _ if proxy => Some(Vec::new()),
            _ => None,
        };
        if immutability.is_none() {
            facts.cover(
                "immutability",
                Part::lacking(State::Partial, format!("write policy of {name} is not in {call}")),
            );
        }
        facts.scopes.push(Scope { name: name.into(), proxy, immutability, ..Scope::default() });
        facts.repositories.push(Repository { name: name.into(), scope: name.into(), ..Repository::default() });
    }
    for grant in facts.grants.iter_mut().filter(|grant| caches.contains(&grant.pattern)) {
        grant.actions.retain(|action| action != "push" && action != "overwrite");
    }
    facts.grants.retain(|grant| !grant.actions.is_empty());
}
