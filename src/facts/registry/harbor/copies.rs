//! Copies to and from other registries, and scanners.

use serde_json::Value;

use super::{flag, number, runs_of, seconds, text};
use crate::facts::registry::{Grant, Principal, RegistryFacts, Replication, Scanner, answers::Answers};

pub(super) fn replications(answers: &Answers, facts: &mut RegistryFacts) {
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
pub(super) fn host_of(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    host.rsplit('@').next().unwrap_or_default().to_owned()
}

pub(super) fn scanners(answers: &Answers, facts: &mut RegistryFacts) {
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
