//! What a running system can do here, case by case, by the proofs that its file names.

use std::collections::BTreeMap;

use globset::Glob;
use regex::Regex;
use serde::Deserialize;

use super::Capability;
use crate::{
    inventory::{
        catalog::{Answer, Condition, Proof, System},
        workload::Workload,
    },
    object::Kind,
    snapshot::Snapshot,
    view::{Container, Map, nullable},
};

#[derive(Deserialize, Default)]
#[serde(default)]
struct ConfigMap {
    #[serde(deserialize_with = "nullable")]
    data: Map,
}

/// Every capability of a system; the first case whose conditions all hold decides.
pub(super) fn of(system: &System, workloads: &[&Workload<'_>], snapshot: &Snapshot) -> BTreeMap<String, Capability> {
    let decide = |proofs: &Vec<Proof>| {
        let case = proofs.iter().find(|proof| proof.conditions.iter().all(|c| holds(c, workloads, snapshot)));
        case.map_or_else(
            || Capability { value: Answer::Unknown, evidence: "no proof either way".into() },
            |proof| Capability { value: proof.value, evidence: proof.note.clone() },
        )
    };
    system.capabilities.iter().map(|(name, proofs)| (name.clone(), decide(proofs))).collect()
}

fn holds(condition: &Condition, workloads: &[&Workload<'_>], snapshot: &Snapshot) -> bool {
    let containers = || workloads.iter().flat_map(|w| w.containers());
    let any = |expression: &str, test: &dyn Fn(&Regex, &Container) -> bool| {
        Regex::new(expression).is_ok_and(|regex| containers().any(|container| test(&regex, container)))
    };
    match condition {
        Condition::Image(expression) => any(expression, &|regex, container| {
            let reference = crate::facts::image::parse(&container.image);
            regex.is_match(&reference.full())
        }),
        Condition::Container(expression) => any(expression, &|regex, container| regex.is_match(&container.name)),
        Condition::Arg(expression) => any(expression, &|regex, container| {
            container.command.iter().chain(&container.args).any(|arg| regex.is_match(arg))
        }),
        Condition::Env(text) => {
            let (name, expression) = text.split_once('=').unwrap_or((text, ""));
            any(expression, &|regex, container| {
                container.env.iter().any(|env| env.name == name && regex.is_match(&env.value))
            })
        }
        Condition::Config(text) => {
            let (place, expression) = text.split_once('=').unwrap_or((text, ""));
            let Some((map, key)) = place.rsplit_once('/') else { return false };
            let Ok(regex) = Regex::new(expression) else { return false };
            config_maps(snapshot, map).any(|data| data.get(key).is_some_and(|value| regex.is_match(value)))
        }
        Condition::ConfigUnread(map) => {
            let coverage = snapshot.coverage(&Kind::new("", "ConfigMap"));
            !coverage.state.is_proof() && config_maps(snapshot, map).next().is_none()
        }
        Condition::Resource(kind) => !snapshot.of(&kind.group, &kind.kind).is_empty(),
    }
}

fn config_maps<'s>(snapshot: &'s Snapshot, pattern: &str) -> impl Iterator<Item = Map> + 's {
    let glob = Glob::new(pattern).map(|glob| glob.compile_matcher()).ok();
    snapshot
        .of("", "ConfigMap")
        .iter()
        .filter(move |object| {
            glob.as_ref().is_some_and(|glob| glob.is_match(format!("{}/{}", object.namespace, object.name)))
        })
        .map(|object| object.parse::<ConfigMap>().unwrap_or_default().data)
}
