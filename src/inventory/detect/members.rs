//! From workloads to systems: whose image each container runs, and what that proves.
//!
//! Jobs and Pods of Helm hooks are part of an installation's act and say nothing of what is
//! installed; a workload that wants no copy runs nothing, and is told as a leftover.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Evidence, Taken};
use crate::{
    inventory::{
        catalog::{Catalog, Claim, Part, PodSign},
        workload::{Workload, Workloads},
    },
    object::{Kind, ObjectRef},
};

/// One workload of a system.
pub(super) struct Member<'w, 's> {
    pub workload: &'w Workload<'s>,
    pub part: Part,
    /// The images that told; none where a label did.
    pub images: Vec<String>,
    /// The containers that run them.
    pub containers: Vec<String>,
    /// What it answers, where that and no image told: `webhook validate.example.org`.
    pub answers: Option<String>,
}

impl<'w, 's> Member<'w, 's> {
    fn new(workload: &'w Workload<'s>, part: Part) -> Self {
        Self { workload, part, images: Vec::new(), containers: Vec::new(), answers: None }
    }

    /// A member that is known by what it answers.
    pub(super) fn answering(workload: &'w Workload<'s>, part: Part, what: String) -> Self {
        Self { answers: Some(what), ..Self::new(workload, part) }
    }

    pub(super) fn taken(&self) -> Taken {
        Taken { workload: self.workload.reference.clone(), part: self.part, containers: self.containers.clone() }
    }

    pub(super) fn namespace(&self) -> &str {
        &self.workload.reference.namespace
    }

    pub(super) fn evidence(&self) -> Evidence {
        let workload = self.workload;
        let copies = match (workload.scale.ready, workload.scale.desired) {
            (Some(ready), Some(desired)) => format!(" {ready}/{desired}"),
            _ => String::new(),
        };
        if let Some(what) = &self.answers {
            let what = format!("{}{copies} answers {what}", workload.reference);
            return Evidence { tier: 'A', kind: "service".into(), what };
        }
        let what = if self.images.is_empty() {
            format!("{}{copies} bears its mark", workload.reference)
        } else {
            format!("{}{copies} runs {}", workload.reference, self.images.join(" and "))
        };
        let (tier, kind) = if self.images.is_empty() { ('C', "pod") } else { ('B', "image") };
        Evidence { tier, kind: kind.into(), what }
    }
}

/// What was found of one system.
#[derive(Default)]
pub(super) struct Found<'w, 's> {
    pub members: Vec<Member<'w, 's>>,
    /// What corroborates, and what was left over.
    pub leftovers: Vec<Evidence>,
    /// Whether the leftovers alone prove that the system was here.
    pub proves: bool,
}

impl<'w, 's> Found<'w, 's> {
    pub(super) fn workloads(&self) -> Vec<&'w Workload<'s>> {
        self.members.iter().map(|member| member.workload).collect()
    }

    /// Whether an image or a label told of it, or nothing runs at all.
    pub(super) fn is_recognised(&self) -> bool {
        self.members.is_empty() || self.members.iter().any(|member| member.answers.is_none())
    }

    fn leave(&mut self, kind: &str, what: String) {
        self.leftovers.push(Evidence { tier: 'C', kind: kind.into(), what });
        self.proves = true;
    }
}

/// The workloads of every system. Each distinct image is matched once.
pub(super) fn of<'w, 's>(workloads: &'w Workloads<'s>, catalog: &Catalog) -> Vec<Found<'w, 's>> {
    let mut found: Vec<Found<'w, 's>> = catalog.systems.iter().map(|_| Found::default()).collect();
    let mut known: HashMap<String, Vec<(usize, Claim)>> = HashMap::new();
    let signs: Vec<(usize, &PodSign)> =
        catalog.systems.iter().enumerate().flat_map(|(at, s)| s.pods.iter().map(move |sign| (at, sign))).collect();
    for workload in workloads.workloads.iter().filter(|workload| !workload.helm_hook) {
        for (system, member) in claimed(workload, workloads, catalog, &mut known, &signs) {
            let Some(found) = found.get_mut(system) else { continue };
            if member.part == Part::Leftover {
                found.leave("pod", format!("{} outlived it", workload.reference));
            } else if !workload.scale.is_zero() {
                found.members.push(member);
            } else if member.part != Part::Other {
                found.leave("image", format!("{} wants no copy", workload.reference));
            }
        }
    }
    found
}

fn claimed<'w, 's>(
    workload: &'w Workload<'s>,
    workloads: &Workloads<'s>,
    catalog: &Catalog,
    known: &mut HashMap<String, Vec<(usize, Claim)>>,
    signs: &[(usize, &PodSign)],
) -> BTreeMap<usize, Member<'w, 's>> {
    let mut taken: BTreeMap<usize, Member<'w, 's>> = BTreeMap::new();
    let mut groups: BTreeMap<usize, BTreeMap<usize, (String, String)>> = BTreeMap::new();
    let sidecars = workload.spec.init_containers.iter().filter(|c| c.restart_policy == "Always");
    for container in workload.spec.containers.iter().chain(sidecars) {
        if !known.contains_key(&container.image) {
            known.insert(container.image.clone(), catalog.claims(&container.image));
        }
        for (system, claim) in known.get(&container.image).into_iter().flatten() {
            match claim {
                Claim::Part(part) => {
                    let sidecars = catalog.systems.get(*system).map(|system| &system.images.sidecars);
                    let is_sidecar =
                        sidecars.is_some_and(|names| names.iter().any(|name| name.is_match(&container.name)));
                    let part = if is_sidecar { Part::Other } else { *part };
                    take(&mut taken, *system, workload, part, &container.image, &container.name);
                }
                Claim::Group(group) => {
                    let told = (container.image.clone(), container.name.clone());
                    groups.entry(*system).or_default().entry(*group).or_insert(told);
                }
            }
        }
    }
    for (system, groups) in groups {
        let whole = catalog.systems.get(system).is_some_and(|s| s.composed_of.len() == groups.len());
        for (image, container) in groups.values().filter(|_| whole) {
            take(&mut taken, system, workload, Part::Main, image, container);
        }
    }
    for (system, sign) in signs {
        if let Some(images) = signed(workload, workloads, sign)
            && taken.get(system).is_none_or(|member| sign.part < member.part)
        {
            let (images, containers) = images.into_iter().unzip();
            taken.insert(*system, Member { images, containers, ..Member::new(workload, sign.part) });
        }
    }
    taken
}

/// The strongest part counts; images of the same strength are told together.
fn take<'w, 's>(
    taken: &mut BTreeMap<usize, Member<'w, 's>>,
    system: usize,
    workload: &'w Workload<'s>,
    part: Part,
    image: &str,
    container: &str,
) {
    let member = taken.entry(system).or_insert_with(|| Member::new(workload, part));
    if part < member.part {
        *member = Member::new(workload, part);
    }
    if part == member.part {
        if !member.images.iter().any(|known| known == image) {
            member.images.push(image.to_owned());
        }
        member.containers.push(container.to_owned());
    }
}

/// Whether a workload bears a sign, with the images that are part of it.
pub(super) fn signed(
    workload: &Workload<'_>,
    workloads: &Workloads<'_>,
    sign: &PodSign,
) -> Option<Vec<(String, String)>> {
    let labels = &workload.pod_meta.labels;
    let bears = |(key, value): (&String, &String)| labels.get(key).is_some_and(|own| value == "*" || own == value);
    if sign.labels.is_empty() && sign.owner.is_none() || !sign.labels.iter().all(bears) {
        return None;
    }
    if let Some(kind) = &sign.owner {
        let of = |owner: &crate::view::Owner| Kind::from_api_version(&owner.api_version, &owner.kind) == *kind;
        workload.owner().filter(|owner| of(owner))?;
    }
    let Some(expression) = &sign.image else { return Some(Vec::new()) };
    let told = |name: &str, image: &str| {
        expression.is_match(&crate::facts::image::parse(image).full()).then(|| (image.to_owned(), name.to_owned()))
    };
    let template = workload.spec.containers.iter().filter_map(|c| told(&c.name, &c.image));
    let running = workloads
        .pods_of(workload)
        .flat_map(|pod| pod.pod.spec.containers.iter().filter_map(|c| told(&c.name, &c.image)));
    let images: Vec<(String, String)> = template.chain(running).collect::<BTreeSet<_>>().into_iter().collect();
    (!images.is_empty()).then_some(images)
}

/// A system that claims others takes what they seem to run from the same pods, and what is left.
pub(super) fn absorb(catalog: &Catalog, found: &mut [Found<'_, '_>]) {
    for (index, system) in catalog.systems.iter().enumerate().filter(|(_, s)| !s.claims.is_empty()) {
        let Some(own) = found.get(index).filter(|own| own.members.iter().any(|m| m.part == Part::Main)) else {
            continue;
        };
        let pods: BTreeSet<ObjectRef> = own.members.iter().map(|m| m.workload.reference.clone()).collect();
        for (other, claimed) in catalog.systems.iter().enumerate() {
            let Some(theirs) = found.get_mut(other).filter(|_| system.claims.contains(&claimed.id)) else { continue };
            theirs.members.retain(|member| !pods.contains(&member.workload.reference));
            if theirs.members.iter().all(|m| m.part == Part::Other) {
                *theirs = Found::default();
            }
        }
    }
}
