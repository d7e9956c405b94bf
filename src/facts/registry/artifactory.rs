//! Artifactory, from exported answers of its API: permission targets, in the older form
//! (`/artifactory/api/v2/security/permissions`) and the newer one (`/access/api/v2/permissions`).

use std::collections::BTreeMap;

use serde_json::Value;

use super::answers::{Answers, EVERYTHING, cover_all, flag, settle, text};
use super::{Admin, Grant, Principal, RegistryFacts, Repository, Scope};

const OLD: &str = "/artifactory/api/v2/security/permissions";
const NEW: &str = "/access/api/v2/permissions";

/// Words of both forms.
fn actions(words: &Value) -> Vec<&'static str> {
    let words: Vec<String> =
        words.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_ascii_lowercase).collect();
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    let mut actions = Vec::new();
    if has(&["read"]) {
        actions.push("pull");
    }
    // An overwrite needs the right to delete as well.
    if has(&["write"]) {
        actions.push("push");
        if has(&["delete"]) {
            actions.push("overwrite");
        }
    }
    if has(&["delete"]) {
        actions.push("delete");
    }
    if has(&["manage"]) {
        actions.push("admin");
    }
    actions
}

/// Repositories by name: whether images can be pushed into them.
type Known = BTreeMap<String, bool>;

/// Facts from exported answers.
#[must_use]
pub fn facts(name: &str, answers: &Answers) -> RegistryFacts {
    let mut facts = RegistryFacts {
        name: name.into(),
        kind: "artifactory".into(),
        granularity: "pattern".into(),
        ..RegistryFacts::default()
    };
    let list = "/artifactory/api/repositories";
    cover_all(&mut facts, &["scopes", "repositories"], &answers.part(list));
    let mut known = Known::new();
    for repository in answers.list(list) {
        let (key, kind) = (text(repository, "key"), text(repository, "type").to_ascii_lowercase());
        // A virtual repository hands a push on to a local one; its own permissions are not asked.
        known.insert(key.into(), kind != "remote");
        let proxy = kind == "remote";
        facts.scopes.push(Scope { name: key.into(), proxy, ..Scope::default() });
        facts.repositories.push(Repository { name: key.into(), scope: key.into(), ..Repository::default() });
    }
    administrators(answers, &mut facts);
    if answers.get(NEW).is_some() {
        facts.cover("grants", answers.part(NEW));
        for permission in answers.items(NEW, "permissions") {
            newer(text(permission, "name"), answers, &known, &mut facts);
        }
    } else {
        facts.cover("grants", answers.part(OLD));
        for permission in answers.list(OLD) {
            older(text(permission, "name"), answers, &known, &mut facts);
        }
    }
    settle(&mut facts);
    facts
}

fn administrators(answers: &Answers, facts: &mut RegistryFacts) {
    for (list, items) in [("/access/api/v2/users", true), ("/artifactory/api/security/users", false)] {
        if answers.get(list).is_none() {
            continue;
        }
        cover_all(facts, &["admins", "grants"], &answers.part(list));
        let users = if items { answers.items(list, "users") } else { answers.list(list) };
        for user in users {
            let name = if items { text(user, "username") } else { text(user, "name") };
            let call = format!("{list}/{name}");
            cover_all(facts, &["admins", "grants"], &answers.part(&call));
            if answers.body(&call).is_some_and(|user| flag(user, "admin")) {
                let principal = Principal::new("user", name);
                let realm = text(user, "realm");
                let local = (!realm.is_empty()).then_some(realm == "internal");
                facts.grants.push(Grant::new(
                    principal.clone(),
                    &EVERYTHING,
                    "**",
                    "administrator",
                    &format!("GET {call}"),
                ));
                facts.admins.push(Admin { principal, local, via: "administrator".into() });
            }
        }
        return;
    }
    cover_all(facts, &["admins", "grants"], &answers.part("/access/api/v2/users"));
}

/// Targets → grants of everybody that is named.
fn targets(
    actors: &Value,
    places: &[(String, Vec<String>, bool)],
    name: &str,
    source: &str,
    known: &Known,
    facts: &mut RegistryFacts,
) {
    for (of, kind) in [("users", "user"), ("groups", "group")] {
        let holders = actors.get(of).and_then(Value::as_object);
        for (who, words) in holders.into_iter().flatten() {
            let may = actions(words);
            let principal = match (kind, who.as_str()) {
                ("user", "anonymous") => Principal::new("anonymous", "*"),
                _ => Principal::new(kind, who),
            };
            for (repository, includes, narrowed) in places {
                for include in includes {
                    let pattern = if repository == "**" && include == "**" {
                        "**".into()
                    } else if repository == "**" {
                        format!("*/{include}")
                    } else {
                        format!("{repository}/{include}")
                    };
                    let mut may = may.clone();
                    if known.get(repository) == Some(&false) {
                        may.retain(|action| *action != "push" && *action != "overwrite");
                    }
                    if may.is_empty() {
                        continue;
                    }
                    let mut grant =
                        Grant::new(principal.clone(), &may, &pattern, &format!("permission {name}"), source);
                    grant.conditional = *narrowed;
                    facts.grants.push(grant);
                }
            }
        }
    }
}

/// Repositories that a name stands for.
fn expand(name: &str, known: &Known) -> Vec<String> {
    match name {
        "ANY" | "ANY LOCAL" | "ANY DISTRIBUTION" if known.is_empty() => vec!["**".into()],
        "ANY" => known.keys().cloned().collect(),
        "ANY LOCAL" | "ANY DISTRIBUTION" => {
            known.iter().filter(|(_, local)| **local).map(|(key, _)| key.clone()).collect()
        }
        "ANY REMOTE" => known.iter().filter(|(_, local)| !**local).map(|(key, _)| key.clone()).collect(),
        name => vec![name.to_owned()],
    }
}

fn patterns(value: Option<&Value>) -> Vec<String> {
    value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn place(name: &str, includes: Vec<String>, excludes: &[String], known: &Known) -> Vec<(String, Vec<String>, bool)> {
    let includes = if includes.is_empty() { vec!["**".to_owned()] } else { includes };
    // What is excluded narrows the grant, and what that leaves is not computed.
    let narrowed = excludes.iter().any(|exclude| !exclude.is_empty());
    expand(name, known).into_iter().map(|repository| (repository, includes.clone(), narrowed)).collect()
}

fn older(name: &str, answers: &Answers, known: &Known, facts: &mut RegistryFacts) {
    let call = format!("{OLD}/{name}");
    facts.cover("grants", answers.part(&call));
    let Some(of) = answers.body(&call).and_then(|body| body.get("repo")) else { return };
    let excludes = patterns(of.get("exclude-patterns"));
    let places: Vec<_> = patterns(of.get("repositories"))
        .iter()
        .flat_map(|repository| place(repository, patterns(of.get("include-patterns")), &excludes, known))
        .collect();
    targets(of.get("actions").unwrap_or(&Value::Null), &places, name, &format!("GET {call}"), known, facts);
}

fn newer(name: &str, answers: &Answers, known: &Known, facts: &mut RegistryFacts) {
    let call = format!("{NEW}/{name}");
    facts.cover("grants", answers.part(&call));
    let Some(of) = answers.body(&call).and_then(|body| body.pointer("/resources/artifact")) else { return };
    let listed = of.get("targets").and_then(Value::as_object);
    let places: Vec<_> = listed
        .into_iter()
        .flatten()
        .flat_map(|(repository, target)| {
            place(
                repository,
                patterns(target.get("include_patterns")),
                &patterns(target.get("exclude_patterns")),
                known,
            )
        })
        .collect();
    targets(of.get("actions").unwrap_or(&Value::Null), &places, name, &format!("GET {call}"), known, facts);
}
