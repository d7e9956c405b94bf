//! Which version runs, and who says so: a field of the system's own resources, what OLM installed,
//! the tag that a running pod was made from, the template's tag, a label. Never the chart's.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{Extension, Found, Instance, Member, State, condition::text_at, evidence::Seen, health};
use crate::{
    facts::{image, version},
    inventory::{
        catalog::{Catalog, Part, System, VersionField},
        workload::Workloads,
    },
    object::Kind,
    snapshot::Snapshot,
};

/// What is told where nothing names a version.
const UNKNOWN: &str = "unknown";

/// Installations: one a namespace.
pub(super) fn instances(system: &System, found: &Found<'_, '_>, workloads: &Workloads<'_>) -> Vec<Instance> {
    let best = found.members.iter().map(|m| m.part).min();
    let mut by_namespace: BTreeMap<&str, Vec<&Member<'_, '_>>> = BTreeMap::new();
    for member in found.members.iter().filter(|m| Some(m.part) == best || m.part == Part::Main) {
        by_namespace.entry(member.namespace()).or_default().push(member);
    }
    let instance = |(namespace, members): (&str, Vec<&Member<'_, '_>>)| {
        let mut versions: BTreeSet<String> = BTreeSet::new();
        let mut source = String::from("the image has no tag that names a version");
        for member in &members {
            if member.answers.is_some() {
                source = "its image is not one that the catalogue knows".into();
            } else if !system.version.labels.is_empty() {
                let own = &member.workload.meta.labels;
                let told = system.version.labels.iter().find_map(|key| {
                    own.get(key).and_then(|label| version::of_tag(label)).map(|version| (key, version))
                });
                if let Some((key, version)) = told {
                    versions.insert(version);
                    source = format!("label {key}");
                }
            } else if member.part == Part::Operator && system.version.operator_differs {
                source = "the operator's tag is a version line of its own".into();
            } else if member.part == Part::Agent && system.version.agents_differ {
                source = "the agents' tag is a version line of its own".into();
            } else {
                by_tag(member, workloads, &mut versions, &mut source);
            }
        }
        let ready: Vec<Option<bool>> = members.iter().map(|m| health::is_ready(m.workload)).collect();
        Instance {
            namespace: namespace.to_owned(),
            version: (!versions.is_empty()).then(|| versions.into_iter().collect::<Vec<_>>().join(", ")),
            version_source: source,
            chart: members.iter().find_map(|m| m.workload.meta.labels.get("helm.sh/chart").cloned()),
            health: health::all(&ready),
            workloads: members.iter().map(|m| m.workload.reference.clone()).collect(),
            bundled_by: None,
        }
    };
    by_namespace.into_iter().map(instance).collect()
}

/// The tags of a member: of its running pods, which may lag behind the template; else of the template.
fn by_tag(member: &Member<'_, '_>, workloads: &Workloads<'_>, versions: &mut BTreeSet<String>, source: &mut String) {
    let running: BTreeSet<&str> = workloads
        .pods_of(member.workload)
        .filter(|pod| !pod.is_done() && pod.pod.status.as_ref().is_some_and(|s| !s.container_statuses.is_empty()))
        .flat_map(|pod| pod.pod.spec.containers.iter().chain(&pod.pod.spec.init_containers))
        .filter(|container| member.containers.contains(&container.name))
        .map(|container| container.image.as_str())
        .collect();
    let runs = !running.is_empty();
    let images: Vec<&str> =
        if runs { running.into_iter().collect() } else { member.images.iter().map(String::as_str).collect() };
    for image in images {
        let tag = image::parse(image).tag;
        if let Some(version) = version::of_tag(&tag) {
            versions.insert(version);
            *source = if runs { "image tag, running pod".into() } else { "image tag, template".into() };
        } else if versions.is_empty() && !tag.is_empty() {
            *source = format!("image tag is {tag} (floating)");
        }
    }
}

/// A place where a version may be read.
enum Place<'c> {
    Server,
    Api,
    Annotation,
    Field(&'c VersionField),
    Bundle,
    Kubelet,
    Workloads,
}

/// What one place says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Said {
    /// The place: `StorageCluster status.version`.
    pub source: String,
    /// The version; none where it says none.
    pub version: Option<String>,
    /// Why it says none.
    pub why: String,
}

/// Where versions are read, in this order; the first that says one is believed.
fn order(system: &System, state: State) -> Vec<Place<'_>> {
    if system.version.server {
        return vec![Place::Server];
    }
    if system.version.api {
        return vec![Place::Api];
    }
    if matches!(state, State::Residue | State::Unknown) {
        return Vec::new();
    }
    let mut order = Vec::new();
    if !system.version.crd_annotation.is_empty() {
        order.push(Place::Annotation);
    }
    order.extend(system.version.fields.iter().map(Place::Field));
    order.push(Place::Bundle);
    order.push(if system.version.kubelet { Place::Kubelet } else { Place::Workloads });
    order
}

/// What versions are asked of.
pub(super) struct Asked<'d, 's> {
    pub system: &'d System,
    pub found: &'d Found<'d, 's>,
    pub instances: &'d [Instance],
    pub snapshot: &'s Snapshot,
    pub seen: &'d Seen<'s>,
    pub state: State,
}

impl Asked<'_, '_> {
    /// The version of a system and where it was read.
    pub(super) fn version(&self) -> (String, String) {
        let mut last = "none".to_owned();
        for place in order(self.system, self.state) {
            let is_last = matches!(place, Place::Workloads | Place::Server);
            let said = self.ask(&place);
            if let Some(version) = said.version {
                return (version, said.source);
            }
            if is_last {
                last = said.why;
            }
        }
        (UNKNOWN.into(), last)
    }

    /// What every place says, in order.
    pub(super) fn said(&self) -> Vec<Said> {
        order(self.system, self.state).iter().map(|place| self.ask(place)).collect()
    }

    fn ask(&self, place: &Place<'_>) -> Said {
        let (system, snapshot) = (self.system, self.snapshot);
        let said = |source: &str, version: Option<String>, why: &str| Said {
            source: source.to_owned(),
            why: if version.is_some() { String::new() } else { why.to_owned() },
            version,
        };
        match place {
            Place::Server => said("server version", snapshot.header.version.clone(), "server version"),
            Place::Api => {
                let first = system.identity.objects.first().and_then(|k| snapshot.of(&k.group, &k.kind).first());
                said("API version served", first.map(|object| object.version.to_string()), "no object of it is there")
            }
            Place::Annotation => {
                let source = format!("CRD annotation {}", system.version.crd_annotation);
                said(&source, self.seen.crd_annotation(system), "no CRD of it bears the annotation")
            }
            Place::Field(field) => {
                let objects = snapshot.of(&field.kind.group, &field.kind.kind);
                let told: BTreeSet<String> = objects.iter().filter_map(|object| text_at(object, &field.path)).collect();
                let unread = !snapshot.coverage(&field.kind).state.is_proof();
                let why = if unread && objects.is_empty() { "the kind was not read" } else { "no object has it" };
                said(&format!("{} {}", field.kind.kind, field.path), (!told.is_empty()).then(|| joined(told)), why)
            }
            Place::Bundle => {
                let version = by_bundle(system, self.found, snapshot);
                said("OLM ClusterServiceVersion", version, "no ClusterServiceVersion owns what runs")
            }
            Place::Kubelet => {
                let nodes = &self.seen.nodes;
                let told: BTreeSet<String> =
                    nodes.iter().map(|n| n.kubelet.clone()).filter(|v| !v.is_empty()).collect();
                said("kubelet version", (!told.is_empty()).then(|| joined(told)), "no node tells its version")
            }
            Place::Workloads => self.of_workloads(),
        }
    }

    fn of_workloads(&self) -> Said {
        // A copy that another system carries along says nothing of the one that stands by itself.
        let own: Vec<&Instance> = self.instances.iter().filter(|i| i.bundled_by.is_none()).collect();
        let telling: Vec<&Instance> = if own.is_empty() { self.instances.iter().collect() } else { own };
        let told: BTreeSet<String> = telling.iter().filter_map(|i| i.version.clone()).collect();
        if told.is_empty() {
            let why = telling.first().map_or_else(|| "none".to_owned(), |i| i.version_source.clone());
            return Said { source: "image tag".into(), version: None, why };
        }
        let source = telling.iter().find(|i| i.version.is_some()).map(|i| i.version_source.clone()).unwrap_or_default();
        Said { source, version: Some(joined(told)), why: String::new() }
    }
}

fn joined(versions: BTreeSet<String>) -> String {
    versions.into_iter().collect::<Vec<_>>().join(", ")
}

/// What OLM says that it installed, where it owns the workloads and they are not just an operator
/// with a version line of its own.
fn by_bundle(system: &System, found: &Found<'_, '_>, snapshot: &Snapshot) -> Option<String> {
    let best = found.members.iter().map(|m| m.part).min()?;
    if best == Part::Operator && system.version.operator_differs {
        return None;
    }
    found.members.iter().filter(|m| m.part == best).find_map(|member| {
        let owner = member.workload.owner().filter(|owner| owner.kind == "ClusterServiceVersion")?;
        let kind = Kind::from_api_version(&owner.api_version, &owner.kind);
        text_at(snapshot.get(&kind.group, &kind.kind, member.namespace(), &owner.name)?, "spec.version")
    })
}

/// Systems without a version of their own take that of the one that makes them.
pub(super) fn borrowed(catalog: &Catalog, extensions: &mut [Extension]) {
    for system in catalog.systems.iter().filter(|system| !system.version.of.is_empty()) {
        let lender = extensions.iter().find(|e| e.id == system.version.of && e.version != UNKNOWN);
        let Some((version, name)) = lender.map(|e| (e.version.clone(), e.name.clone())) else { continue };
        let taker = extensions.iter_mut().find(|e| e.id == system.id && e.version == UNKNOWN);
        if let Some(taker) = taker.filter(|e| !matches!(e.state, State::Residue | State::Unknown)) {
            (taker.version, taker.version_source) = (version, format!("version of {name}"));
        }
    }
}
