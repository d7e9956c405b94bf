//! Harbor's API v2.0: answers to facts. Field names and paths are those of its OpenAPI description
//! (`api/v2.0/swagger.yaml`, read at c50c7dd).
//!
//! Harbor gives permissions on projects. Lists are filtered by who asks, with status 200: only a
//! system administrator, or a system robot of all projects, sees everything.

mod artifacts;
mod caller;
mod calls;
mod copies;
mod projects;
mod robots;
mod settings;

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Part, RegistryFacts, answers::Answers};
use crate::snapshot::State;
use caller::filtered;
pub use calls::{CALLER, artifacts_of, of_project, repositories_of, robots_of, runs_of};
use copies::{replications, scanners};
use projects::{allow_list, one_project};
use robots::robots;
use settings::{administrators, health, settings};

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

fn permissions(robot: &Value) -> impl Iterator<Item = &Value> {
    robot.get("permissions").and_then(Value::as_array).into_iter().flatten()
}

fn accesses(permission: &Value) -> impl Iterator<Item = &Value> {
    permission.get("access").and_then(Value::as_array).into_iter().flatten()
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
