//! From what runs and what is left over to systems: which are there, in which state, at which
//! version. Everything it knows of a product stands in the catalogue.

mod capability;
mod evidence;
mod health;

use std::collections::{BTreeMap, BTreeSet};

use regex::RegexSet;
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    catalog::{Answer, Catalog, ImageSets, Lifecycle, System},
    workload::{Workload, Workloads},
};
use crate::{
    facts::{image, version},
    object::ObjectRef,
    policy::ASPECTS,
    snapshot::Snapshot,
};

/// How a system is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Its controller runs.
    Installed,
    /// Its operator runs, and nothing asks it for anything.
    OperatorOnly,
    /// Its agents run without their controller.
    DataPlaneOnly,
    /// Only leftovers: CRDs, classes, webhooks.
    Residue,
    /// Part of another system.
    Bundled,
    /// Run by the provider, out of sight.
    Managed,
    /// The kinds that would tell were not read.
    Unknown,
}

/// Whether it works, as far as statuses tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Health {
    /// Every controller is ready and every resource is answered.
    Healthy,
    /// Something is not.
    Degraded,
    /// The source holds no status.
    Unknown,
}

/// One piece of evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Evidence {
    /// `A`: a name the vendor owns. `B`: an image that runs.
    pub tier: char,
    /// What was seen, in words.
    pub what: String,
}

/// What a system can do here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Capability {
    /// Proven, proven not, or not seen.
    pub value: Answer,
    /// By what.
    pub evidence: String,
}

/// One installation of a system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Instance {
    /// Its namespace.
    pub namespace: String,
    /// Its version; null where no tag names one.
    pub version: Option<String>,
    /// Where the version was read.
    pub version_source: String,
    /// Whether it works.
    pub health: Health,
    /// Its controllers.
    pub workloads: Vec<ObjectRef>,
}

/// On how many nodes the agents of a system are ready.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Agents {
    /// Copies wanted, where a status tells.
    pub desired: Option<i64>,
    /// Copies ready, where a status tells.
    pub ready: Option<i64>,
    /// Nodes with a ready pod of them.
    pub nodes_ready: Vec<String>,
}

/// One detected system.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Extension {
    /// Kind `Extension`, the id as its name.
    pub r#ref: ObjectRef,
    /// Id of the catalogue.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Aspect of the report.
    pub aspect: String,
    /// What rules may require it for.
    pub roles: Vec<String>,
    /// How it is there.
    pub state: State,
    /// Whether it works; null for what is not installed by itself.
    pub health: Option<Health>,
    /// Why it is not healthy.
    pub health_reason: String,
    /// Its versions, joined with a comma; `unknown` where nothing names one.
    pub version: String,
    /// Where they were read.
    pub version_source: String,
    /// Its installations.
    pub instances: Vec<Instance>,
    /// What it can do here.
    pub capabilities: BTreeMap<String, Capability>,
    /// IngressClass controllers and GatewayClass controller names that it serves.
    pub controllers: Vec<String>,
    /// StorageClass provisioners and CSI drivers that it serves; `*` at the start matches anything.
    pub provisioners: Vec<String>,
    /// Its agents on nodes, where it has any.
    pub agents: Option<Agents>,
    /// Until when it is maintained.
    pub lifecycle: Option<Lifecycle>,
    /// The system that carries it along.
    pub bundled_by: Option<String>,
    /// Every workload of it, agents and parts among them.
    #[serde(skip)]
    pub workloads: Vec<ObjectRef>,
    /// What was seen.
    pub evidence: Vec<Evidence>,
}

/// Which image of a system a workload runs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Part {
    Main,
    Operator,
    Agent,
    Other,
}

/// One workload of a system.
struct Member<'w, 's> {
    workload: &'w Workload<'s>,
    part: Part,
    /// The images that told; none where a label did.
    images: Vec<String>,
}

struct Found<'w, 's> {
    members: Vec<Member<'w, 's>>,
    leftovers: Vec<Evidence>,
    proves: bool,
}

/// Detects every system of the catalogue, by aspect and id. Absent ones are not in the list.
#[must_use]
pub fn detect(snapshot: &Snapshot, workloads: &Workloads<'_>, catalog: &Catalog) -> Vec<Extension> {
    let members = members(workloads, catalog);
    let seen = evidence::Seen::of(snapshot);
    let mut found: Vec<Found<'_, '_>> = Vec::new();
    for (system, members) in catalog.systems.iter().zip(members) {
        let (leftovers, proves) = seen.of_system(system);
        found.push(Found { members, leftovers, proves });
    }
    absorb(catalog, &mut found);
    let running: BTreeMap<&str, BTreeSet<&str>> = catalog
        .systems
        .iter()
        .zip(&found)
        .map(|(system, found)| {
            let namespaces = found.members.iter().map(|m| m.workload.reference.namespace.as_str()).collect();
            (system.id.as_str(), namespaces)
        })
        .collect();
    let mut extensions: Vec<Extension> = catalog
        .systems
        .iter()
        .zip(&found)
        .filter_map(|(system, found)| extension(system, found, &running, snapshot, workloads, &seen))
        .collect();
    let rank = |aspect: &str| ASPECTS.iter().position(|known| *known == aspect);
    extensions.sort_by(|a, b| (rank(&a.aspect), &a.id).cmp(&(rank(&b.aspect), &b.id)));
    extensions
}

fn matches(set: &RegexSet, path: &str, full: &str) -> bool {
    set.is_match(path) || set.is_match(full)
}

/// The workloads of every system, by what their images prove. Each distinct image is matched once.
fn members<'w, 's>(workloads: &'w Workloads<'s>, catalog: &Catalog) -> Vec<Vec<Member<'w, 's>>> {
    let mut members: Vec<Vec<Member<'w, 's>>> = catalog.systems.iter().map(|_| Vec::new()).collect();
    let mut known: BTreeMap<String, Vec<(usize, Part)>> = BTreeMap::new();
    for workload in &workloads.workloads {
        if workload.helm_hook || workload.scale.is_zero() {
            continue;
        }
        let mut taken: BTreeMap<usize, (Part, Vec<String>)> = BTreeMap::new();
        let sidecars = workload.spec.init_containers.iter().filter(|c| c.restart_policy == "Always");
        for container in workload.spec.containers.iter().chain(sidecars) {
            let hits = known.entry(container.image.clone()).or_insert_with(|| hits(&container.image, catalog));
            for (system, part) in hits {
                let entry = taken.entry(*system).or_insert_with(|| (*part, vec![container.image.clone()]));
                if *part < entry.0 {
                    *entry = (*part, vec![container.image.clone()]);
                } else if *part == entry.0 && !entry.1.contains(&container.image) {
                    entry.1.push(container.image.clone());
                }
            }
        }
        for (index, sets) in catalog.images.iter().enumerate().filter(|(_, sets)| !sets.composed.is_empty()) {
            if let Some(images) = composed(workload, sets) {
                taken.insert(index, (Part::Main, images));
            }
        }
        for (index, system) in catalog.systems.iter().enumerate().filter(|(_, s)| !s.pod_labels.is_empty()) {
            if system.pod_labels.iter().all(|(key, value)| workload.pod_meta.labels.get(key) == Some(value)) {
                taken.entry(index).or_insert((Part::Main, Vec::new()));
            }
        }
        for (system, (part, images)) in taken {
            if let Some(members) = members.get_mut(system) {
                members.push(Member { workload, part, images });
            }
        }
    }
    members
}

fn hits(image: &str, catalog: &Catalog) -> Vec<(usize, Part)> {
    let reference = image::parse(image);
    let (path, full) = (image::vendor_path(&reference), reference.full());
    let part = |sets: &ImageSets| {
        let of = [
            (Part::Main, &sets.main),
            (Part::Operator, &sets.operator),
            (Part::Agent, &sets.agents),
            (Part::Other, &sets.parts),
        ];
        of.into_iter().find(|(_, set)| matches(set, &path, &full)).map(|(part, _)| part)
    };
    catalog.images.iter().enumerate().filter_map(|(index, sets)| Some((index, part(sets)?))).collect()
}

/// The images of one pod that holds one of each group.
fn composed(workload: &Workload<'_>, sets: &ImageSets) -> Option<Vec<String>> {
    let pick = |set: &RegexSet| {
        workload.spec.containers.iter().map(|c| &c.image).find(|image| {
            let reference = image::parse(image);
            matches(set, &image::vendor_path(&reference), &reference.full())
        })
    };
    sets.composed.iter().map(|set| pick(set).cloned()).collect()
}

/// A system that claims others takes what they seem to run from the same pods, and what is left.
fn absorb(catalog: &Catalog, found: &mut [Found<'_, '_>]) {
    for index in 0..catalog.systems.len() {
        let claims = &catalog.systems[index].claims;
        if claims.is_empty() || found[index].members.iter().all(|m| m.part != Part::Main) {
            continue;
        }
        let pods: BTreeSet<ObjectRef> = found[index].members.iter().map(|m| m.workload.reference.clone()).collect();
        for (other, system) in catalog.systems.iter().enumerate().filter(|(_, s)| claims.contains(&s.id)) {
            let own = &mut found[other];
            own.members.retain(|member| !pods.contains(&member.workload.reference));
            if own.members.iter().all(|m| m.part == Part::Other) {
                own.members.clear();
                own.leftovers.clear();
                own.proves = false;
            }
            let _ = system;
        }
    }
}

fn extension(
    system: &System,
    found: &Found<'_, '_>,
    running: &BTreeMap<&str, BTreeSet<&str>>,
    snapshot: &Snapshot,
    workloads: &Workloads<'_>,
    seen: &evidence::Seen<'_>,
) -> Option<Extension> {
    let has = |part: Part| found.members.iter().any(|m| m.part == part);
    let asked = system.resources.iter().any(|r| r.installs && !snapshot.of(&r.kind.group, &r.kind.kind).is_empty());
    let built_in = found.proves
        && (system.identity.api_only
            || !system.identity.objects.is_empty()
            || !system.identity.namespace_labels.is_empty());
    let mut state = if has(Part::Main) || built_in {
        State::Installed
    } else if has(Part::Operator) {
        if asked { State::Installed } else { State::OperatorOnly }
    } else if has(Part::Agent) {
        if system.images.main.is_empty() { State::Installed } else { State::DataPlaneOnly }
    } else if found.proves {
        State::Residue
    } else {
        return None;
    };
    let bundled_by = bundler(system, found, running, seen);
    if bundled_by.is_some() && state != State::Residue {
        state = State::Bundled;
    }
    let instances = instances(system, found, workloads);
    let (versions, version_source) = versions(system, &instances, snapshot, state, seen);
    let (health, health_reason) = match state {
        State::Residue | State::Bundled => (None, String::new()),
        _ => {
            let (health, reason) = health::of(system, found, snapshot, seen, built_in);
            (Some(health), reason)
        }
    };
    let live = matches!(state, State::Installed | State::DataPlaneOnly | State::OperatorOnly | State::Bundled);
    let serving = |names: &[String]| if live { names.to_vec() } else { Vec::new() };
    let mut evidence: Vec<Evidence> =
        found.members.iter().map(|member| Evidence { tier: 'B', what: told(member) }).collect();
    evidence.extend(found.leftovers.iter().cloned());
    let identity = &system.identity;
    let controllers = [identity.ingress_controllers.as_slice(), &identity.gateway_controllers].concat();
    let provisioners = [identity.provisioners.as_slice(), &identity.csi_drivers].concat();
    let live_members: Vec<&Workload<'_>> = found.members.iter().map(|m| m.workload).collect();
    Some(Extension {
        r#ref: ObjectRef::new("", "Extension", "", &system.id),
        id: system.id.clone(),
        name: system.name.clone(),
        aspect: system.aspect.clone(),
        roles: system.roles.clone(),
        state,
        health,
        health_reason,
        version: versions,
        version_source,
        instances,
        capabilities: if live { capability::of(system, &live_members, snapshot) } else { BTreeMap::new() },
        controllers: serving(&controllers),
        provisioners: serving(&provisioners),
        agents: agents(found, workloads),
        lifecycle: system.lifecycle.clone(),
        bundled_by,
        workloads: found.members.iter().map(|m| m.workload.reference.clone()).collect(),
        evidence,
    })
}

fn told(member: &Member<'_, '_>) -> String {
    let workload = member.workload;
    if member.images.is_empty() {
        return format!("{}{} bears its label", workload.reference, copies(workload));
    }
    format!("{}{} runs {}", workload.reference, copies(workload), member.images.join(" and "))
}

fn copies(workload: &Workload<'_>) -> String {
    match (workload.scale.ready, workload.scale.desired) {
        (Some(ready), Some(desired)) => format!(" {ready}/{desired}"),
        _ => String::new(),
    }
}

/// The system that carries this one along: it runs in every namespace where this one does.
fn bundler(
    system: &System,
    found: &Found<'_, '_>,
    running: &BTreeMap<&str, BTreeSet<&str>>,
    seen: &evidence::Seen<'_>,
) -> Option<String> {
    let own: BTreeSet<&str> = found.members.iter().map(|m| m.workload.reference.namespace.as_str()).collect();
    let beside = |id: &&String| {
        running.get(id.as_str()).is_some_and(|theirs| !theirs.is_empty() && own.iter().all(|ns| theirs.contains(ns)))
    };
    if !own.is_empty() {
        return system.bundled_by.iter().find(beside).cloned();
    }
    seen.shipped_with(system)
}

/// Installations: one a namespace.
fn instances(system: &System, found: &Found<'_, '_>, workloads: &Workloads<'_>) -> Vec<Instance> {
    let best = found.members.iter().map(|m| m.part).min();
    let mut by_namespace: BTreeMap<&str, Vec<&Member<'_, '_>>> = BTreeMap::new();
    for member in found.members.iter().filter(|m| Some(m.part) == best || m.part == Part::Main) {
        by_namespace.entry(&member.workload.reference.namespace).or_default().push(member);
    }
    let instance = |(namespace, members): (&str, Vec<&Member<'_, '_>>)| {
        let mut versions: BTreeSet<String> = BTreeSet::new();
        let mut source = String::from("the image has no tag that names a version");
        for member in &members {
            if !system.version.label.is_empty() {
                if let Some(version) =
                    member.workload.meta.labels.get(&system.version.label).and_then(|l| version::of_tag(l))
                {
                    versions.insert(version);
                    source = format!("label {}", system.version.label);
                }
                continue;
            }
            if member.part == Part::Operator && system.version.operator_differs {
                source = "the operator's tag is a version line of its own".into();
                continue;
            }
            for image in &member.images {
                let tag = image::parse(image).tag;
                if let Some(version) = version::of_tag(&tag) {
                    versions.insert(version);
                    let runs = workloads
                        .pods_of(member.workload)
                        .any(|pod| pod.pod.status.as_ref().is_some_and(|s| !s.container_statuses.is_empty()));
                    source = if runs { "image tag, running pod".into() } else { "image tag, template".into() };
                } else if versions.is_empty() && !tag.is_empty() {
                    source = format!("image tag is {tag} (floating)");
                }
            }
        }
        let ready: Vec<Option<bool>> = members.iter().map(|m| health::is_ready(m.workload)).collect();
        Instance {
            namespace: namespace.to_owned(),
            version: (!versions.is_empty()).then(|| versions.into_iter().collect::<Vec<_>>().join(", ")),
            version_source: source,
            health: health::all(&ready),
            workloads: members.iter().map(|m| m.workload.reference.clone()).collect(),
        }
    };
    by_namespace.into_iter().map(instance).collect()
}

fn versions(
    system: &System,
    instances: &[Instance],
    snapshot: &Snapshot,
    state: State,
    seen: &evidence::Seen<'_>,
) -> (String, String) {
    let server = || snapshot.header.version.clone().unwrap_or_else(|| "unknown".into());
    if system.version.server {
        return (server(), "server version".into());
    }
    if system.version.api {
        let version = system.identity.objects.first().and_then(|kind| snapshot.of(&kind.group, &kind.kind).first());
        return version.map_or_else(
            || ("unknown".into(), "none".into()),
            |o| (o.version.to_string(), "API version served".into()),
        );
    }
    if state != State::Residue
        && let Some(version) = seen.crd_annotation(system)
    {
        return (version, format!("CRD annotation {}", system.version.crd_annotation));
    }
    let told: BTreeSet<&str> = instances.iter().filter_map(|i| i.version.as_deref()).collect();
    if told.is_empty() {
        let source = instances.first().map_or_else(|| "none".to_owned(), |i| i.version_source.clone());
        return ("unknown".into(), source);
    }
    let source = instances.iter().find(|i| i.version.is_some()).map(|i| i.version_source.clone()).unwrap_or_default();
    (told.into_iter().collect::<Vec<_>>().join(", "), source)
}

fn agents(found: &Found<'_, '_>, workloads: &Workloads<'_>) -> Option<Agents> {
    let sets: Vec<&Workload<'_>> = found
        .members
        .iter()
        .filter(|m| m.workload.reference.kind == "DaemonSet" && m.part != Part::Other)
        .map(|m| m.workload)
        .collect();
    if sets.is_empty() {
        return None;
    }
    let sum = |pick: fn(&Workload<'_>) -> Option<i64>| sets.iter().map(|w| pick(w)).sum::<Option<i64>>();
    let nodes: BTreeSet<String> = sets
        .iter()
        .flat_map(|workload| workloads.pods_of(workload))
        .filter(|pod| pod.is_ready() == Some(true))
        .map(|pod| pod.pod.spec.node_name.clone())
        .collect();
    Some(Agents {
        desired: sum(|w| w.scale.desired),
        ready: sum(|w| w.scale.ready),
        nodes_ready: nodes.into_iter().collect(),
    })
}
