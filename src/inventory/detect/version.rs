//! Which version runs, and who says so: a field of the system's own resources, what OLM installed,
//! the tag that a running pod was made from, the template's tag, a label. Never the chart's.

use std::collections::{BTreeMap, BTreeSet};

use super::{Extension, Found, Instance, Member, State, condition::text_at, evidence::Seen, health};
use crate::{
    facts::{image, version},
    inventory::{
        catalog::{Catalog, Part, System},
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
            } else if !system.version.label.is_empty() {
                let label = member.workload.meta.labels.get(&system.version.label);
                if let Some(version) = label.and_then(|label| version::of_tag(label)) {
                    versions.insert(version);
                    source = format!("label {}", system.version.label);
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

/// The version of a system and where it was read.
pub(super) fn of(
    system: &System,
    found: &Found<'_, '_>,
    instances: &[Instance],
    snapshot: &Snapshot,
    state: State,
    seen: &Seen<'_>,
) -> (String, String) {
    let unknown = || (UNKNOWN.to_owned(), "none".to_owned());
    if system.version.server {
        return (snapshot.header.version.clone().unwrap_or_else(|| UNKNOWN.into()), "server version".into());
    }
    if system.version.api {
        let version = system.identity.objects.first().and_then(|kind| snapshot.of(&kind.group, &kind.kind).first());
        return version.map_or_else(unknown, |object| (object.version.to_string(), "API version served".into()));
    }
    if matches!(state, State::Residue | State::Unknown) {
        return unknown();
    }
    if let Some(version) = seen.crd_annotation(system) {
        return (version, format!("CRD annotation {}", system.version.crd_annotation));
    }
    for field in &system.version.fields {
        let told: BTreeSet<String> = snapshot
            .of(&field.kind.group, &field.kind.kind)
            .iter()
            .filter_map(|object| text_at(object, &field.path))
            .collect();
        if !told.is_empty() {
            return (joined(told), format!("{} {}", field.kind.kind, field.path));
        }
    }
    if let Some(version) = by_bundle(system, found, snapshot) {
        return (version, "OLM ClusterServiceVersion".into());
    }
    if system.version.kubelet {
        let told: BTreeSet<String> = seen.nodes.iter().map(|n| n.kubelet.clone()).filter(|v| !v.is_empty()).collect();
        return if told.is_empty() { unknown() } else { (joined(told), "kubelet version".into()) };
    }
    // A copy that another system carries along says nothing of the one that stands by itself.
    let own: Vec<&Instance> = instances.iter().filter(|i| i.bundled_by.is_none()).collect();
    let telling: Vec<&Instance> = if own.is_empty() { instances.iter().collect() } else { own };
    let told: BTreeSet<String> = telling.iter().filter_map(|i| i.version.clone()).collect();
    if told.is_empty() {
        let source = telling.first().map_or_else(|| "none".to_owned(), |i| i.version_source.clone());
        return (UNKNOWN.into(), source);
    }
    let source = telling.iter().find(|i| i.version.is_some()).map(|i| i.version_source.clone()).unwrap_or_default();
    (joined(told), source)
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
