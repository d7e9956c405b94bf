//! Robots of the system and of projects.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{accesses, flag, number, permissions, seconds, text};
use crate::facts::registry::{Grant, Principal, RegistryFacts, Robot};

pub(super) fn robots(list: &[Value], facts: &mut RegistryFacts) {
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
