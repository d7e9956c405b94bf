//! Why a system is told as it is: for every string of its file what it matched, or why nothing
//! did; and for version, health and capabilities every place that was asked, in order.
//!
//! The answers are the detector's own. What is said of names is held against its evidence by
//! `tests/explain.rs`.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{
    Capability, Detector, Extension, Health, State, capability, condition::Scope, detect, health, health::Check,
    members::Member, state::Standing, version, version::Said,
};
use crate::{
    inventory::{
        catalog::{Answer, Catalog, Lifecycle, Part, System},
        workload::Workloads,
    },
    object::Kind,
    snapshot::Snapshot,
};

/// Why one system is told as it is.
#[derive(Clone, Debug, Serialize)]
pub struct Explanation {
    /// Id of the catalogue.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Aspect of the report.
    pub aspect: String,
    /// What rules may require it for.
    pub roles: Vec<String>,
    /// A state of the inventory, or `absent`.
    pub state: String,
    /// Why it is in that state.
    pub state_reason: String,
    /// Whether it works; null for what is not installed by itself.
    pub health: Option<Health>,
    /// Why it is not healthy.
    pub health_reason: String,
    /// What was looked at to tell.
    pub health_checks: Vec<Check>,
    /// Its versions, or `unknown`.
    pub version: String,
    /// Where they were read.
    pub version_source: String,
    /// Every place that was asked, in order; the first that says a version is believed.
    pub version_order: Vec<Said>,
    /// What it can do here, by which case.
    pub capabilities: BTreeMap<String, Explained>,
    /// Until when it is maintained.
    pub lifecycle: Option<Lifecycle>,
    /// The system that carries it along.
    pub bundled_by: Option<String>,
    /// Namespaces of its installations.
    pub namespaces: Vec<String>,
    /// Helm charts that their labels name: a chart's version is not the system's.
    pub charts: Vec<String>,
    /// Every string of its file that matched something.
    pub evidence: Vec<Counted>,
    /// Every string of its file that matched nothing.
    pub missing: Vec<Missing>,
    /// Kinds that were not read and could tell more of it.
    pub missing_coverage: Vec<String>,
}

/// A string that matched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Counted {
    /// `A`, `B` or `C`.
    pub tier: char,
    /// What the string is of: `crd`, `image` …
    pub kind: String,
    /// The string, as the file of the system writes it.
    pub string: String,
    /// What it proves: `main`, `operator`, `agents`, `parts` for images and pods; empty for names.
    pub proves: String,
    /// What it matched.
    pub objects: Vec<String>,
}

/// A string that matched nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// `A`, `B` or `C`.
    pub tier: char,
    /// What the string is of.
    pub kind: String,
    /// The string, as the file of the system writes it.
    pub string: String,
    /// `not found`, or which kind was not read.
    pub reason: String,
}

/// A capability and the cases that were tried.
#[derive(Clone, Debug, Serialize)]
pub struct Explained {
    /// The answer.
    #[serde(flatten)]
    pub told: Capability,
    /// Its cases, in order; the first whose conditions all hold decides, or that cannot be judged.
    pub cases: Vec<Case>,
}

/// One case of a capability.
#[derive(Clone, Debug, Serialize)]
pub struct Case {
    /// What it would mean.
    pub value: Answer,
    /// In words.
    pub note: String,
    /// It decided.
    pub decided: bool,
    /// Its conditions with whether each holds; null where that was not read.
    pub conditions: Vec<(String, Option<bool>)>,
}

/// Explains one system by its id; none for an id that the catalogue lacks.
#[must_use]
pub fn explain(snapshot: &Snapshot, catalog: &Catalog, id: &str) -> Option<Explanation> {
    let workloads = Workloads::of(snapshot);
    let at = catalog.systems.iter().position(|system| system.id == id)?;
    let system = catalog.systems.get(at)?;
    let told = detect(snapshot, &workloads, catalog).into_iter().find(|extension| extension.id == id);
    let (detector, found) = Detector::of(snapshot, &workloads, catalog);
    let found = found.get(at)?;
    let Standing { reason, missing, .. } = detector.standing(system, found);
    let (mut evidence, mut nothing) = (Vec::new(), Vec::new());
    let mut told_of = |tier: char, kind: &str, string: &str, proves: &str, mut objects: Vec<String>, unread: String| {
        objects.sort();
        objects.dedup();
        let (kind, string, proves) = (kind.to_owned(), string.to_owned(), proves.to_owned());
        if objects.is_empty() {
            let reason = if unread.is_empty() { "not found".to_owned() } else { format!("{unread} was not read") };
            nothing.push(Missing { tier, kind, string, reason });
        } else {
            evidence.push(Counted { tier, kind, string, proves, objects });
        }
    };
    for name in detector.seen.names(at, system) {
        told_of('A', name.kind, &name.string, "", name.objects, detector.not_read(&name.reads));
    }
    for service in &system.identity.api_services {
        let own = detector.seen.served_by(system, found).into_iter().filter(|s| service.is_match(&s.name));
        let objects = own.map(|s| format!("APIService {}", s.name)).collect();
        let reads = [Kind::new("apiregistration.k8s.io", "APIService")];
        told_of('A', "api-service", service.as_str(), "", objects, detector.not_read(&reads));
    }
    let running = detector.not_read(&super::state::running());
    for (part, expressions) in images(system) {
        for expression in expressions {
            let matched = |image: &&String| catalog.expressions(at, image).iter().any(|own| is_same(own, expression));
            let objects = found.members.iter().flat_map(|member| {
                member.images.iter().filter(matched).map(move |image| told_by(member, image)).collect::<Vec<_>>()
            });
            told_of('B', "image", expression, part, objects.collect(), running.clone());
        }
    }
    for sign in &system.pods {
        let labels = sign.labels.iter().map(|(key, value)| format!("{key}={value}"));
        let owner = sign.owner.iter().map(|kind| format!("owned by {kind}"));
        let string = labels.chain(owner).collect::<Vec<_>>().join(", ");
        let own = found.members.iter().filter(|m| super::members::signed(m.workload, &workloads, sign).is_some());
        let objects = own.map(|member| member.workload.reference.to_string()).collect();
        told_of('C', "pod", &string, part_word(sign.part), objects, running.clone());
    }
    for answers in found.members.iter().filter(|member| member.answers.is_some()) {
        let what = answers.answers.clone().unwrap_or_default();
        told_of('A', "service", &what, "main", vec![answers.workload.reference.to_string()], String::new());
    }
    for left in found.leftovers.iter().filter(|left| left.tier == 'C') {
        told_of('C', &left.kind, "what it left", "", vec![left.what.clone()], String::new());
    }
    let workloads_of = found.workloads();
    let scope = detector.scope(&workloads_of);
    for case in &system.managed {
        let conditions: Vec<String> = case.conditions.iter().map(ToString::to_string).collect();
        let holds = told.as_ref().is_some_and(|e| e.state == State::Managed)
            && case.conditions.iter().all(|condition| scope.holds(condition) == Some(true));
        let objects = if holds { vec![case.note.clone()] } else { Vec::new() };
        told_of('C', "managed", &conditions.join(" and "), "", objects, String::new());
    }
    for resource in system.resources.iter().filter(|resource| resource.installs) {
        let kind = &resource.kind;
        let objects =
            snapshot.of(&kind.group, &kind.kind).iter().map(|object| object.reference().to_string()).collect();
        told_of(
            'C',
            "resource",
            &kind.to_string(),
            "asks the operator",
            objects,
            detector.not_read(std::slice::from_ref(kind)),
        );
    }
    let absent = told.is_none();
    // What was not read is unknown, and a source that may be a part of a cluster proves no absence.
    let is_whole = super::state::running().iter().all(|kind| snapshot.coverage(kind).state.is_proof());
    let state = match &told {
        Some(extension) => word(&extension.state),
        None => if is_whole { "absent" } else { "unknown" }.to_owned(),
    };
    let reason = if absent && !is_whole && running.is_empty() {
        format!("{reason} in this source, which does not say that it is the whole cluster (--complete says so)")
    } else {
        reason
    };
    let instances = told.as_ref().map(|e| e.instances.clone()).unwrap_or_default();
    let asked = version::Asked {
        system,
        found,
        instances: &instances,
        snapshot,
        seen: &detector.seen,
        state: told.as_ref().map_or(State::Residue, |extension| extension.state),
    };
    let mut version_order = if absent { Vec::new() } else { asked.said() };
    if let Some(extension) = told.as_ref().filter(|e| e.version_source.starts_with("version of ")) {
        let version = Some(extension.version.clone());
        version_order.push(Said { source: extension.version_source.clone(), version, why: String::new() });
    }
    let works = told.as_ref().is_some_and(|e| !matches!(e.state, State::Residue | State::Unknown | State::Bundled));
    let bundled = told.as_ref().and_then(|e| e.bundled_by.clone());
    Some(Explanation {
        id: system.id.clone(),
        name: system.name.clone(),
        aspect: system.aspect.clone(),
        roles: system.roles.clone(),
        state_reason: bundled.as_ref().map_or(reason, |by| format!("{by} carries it along")),
        state,
        health: told.as_ref().and_then(|e| e.health),
        health_reason: told.as_ref().map(|e| e.health_reason.clone()).unwrap_or_default(),
        health_checks: if works { health::checks(system, found, &scope, &workloads) } else { Vec::new() },
        version: told.as_ref().map_or_else(|| "unknown".into(), |e| e.version.clone()),
        version_source: told.as_ref().map_or_else(|| "none".into(), |e| e.version_source.clone()),
        version_order,
        capabilities: capabilities(system, told.as_ref(), &scope),
        lifecycle: system.lifecycle.clone(),
        bundled_by: bundled,
        namespaces: instances.iter().map(|i| i.namespace.clone()).collect(),
        charts: instances.iter().filter_map(|i| i.chart.clone()).collect(),
        evidence,
        missing: nothing,
        missing_coverage: missing.iter().map(Kind::to_string).collect(),
    })
}

/// The cases of every capability, with which of them decided.
fn capabilities(system: &System, told: Option<&Extension>, scope: &Scope<'_, '_>) -> BTreeMap<String, Explained> {
    let explained = |(name, told): (&String, &Capability)| {
        let proofs = system.capabilities.get(name)?;
        let deciding = capability::deciding(proofs, scope).map(|(at, _)| at);
        let case = |(at, proof): (usize, &crate::inventory::catalog::Proof)| Case {
            value: proof.value,
            note: proof.note.clone(),
            decided: deciding == Some(at),
            conditions: proof.conditions.iter().map(|c| (c.to_string(), scope.holds(c))).collect(),
        };
        let cases = proofs.iter().enumerate().map(case).collect();
        Some((name.clone(), Explained { told: told.clone(), cases }))
    };
    told.into_iter().flat_map(|extension| &extension.capabilities).filter_map(explained).collect()
}

/// Image expressions of a system by what they prove.
fn images(system: &System) -> impl Iterator<Item = (&'static str, &Vec<String>)> {
    let images = &system.images;
    let groups =
        [("main", &images.main), ("operator", &images.operator), ("agents", &images.agents), ("parts", &images.parts)];
    groups.into_iter().chain(system.composed_of.iter().map(|group| ("one of each group, in one pod", group)))
}

/// Whether two spellings are one expression: its beginning at a segment may be left out.
fn is_same(compiled: &str, written: &str) -> bool {
    compiled == written.strip_prefix("(^|/)").unwrap_or(written)
}

fn told_by(member: &Member<'_, '_>, image: &str) -> String {
    format!("{} runs {image}", member.workload.reference)
}

fn part_word(part: Part) -> &'static str {
    match part {
        Part::Main => "main",
        Part::Operator => "operator",
        Part::Agent => "agents",
        Part::Other => "parts",
        Part::Leftover => "leftover",
    }
}

fn word(state: &State) -> String {
    serde_json::to_value(state).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}
