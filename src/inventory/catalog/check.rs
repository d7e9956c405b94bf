//! What the types of a catalogue file cannot say: words that must be known, names that must be
//! there, days that must be days.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{CatalogError, model::System};
use crate::{
    embedded,
    policy::ASPECTS,
    yaml::{self, Step},
};

/// Path and text.
type File = (String, String);

/// What `lifecycle.status` may be.
const STATUSES: [&str; 5] = ["active", "retired", "archived", "unmaintained", "end-of-life"];

fn wrong(file: &File, key: &[&str], reason: String) -> CatalogError {
    let steps: Vec<Step> = key.iter().map(|key| Step::Key((*key).to_owned())).collect();
    CatalogError { path: file.0.clone(), line: yaml::line_of(&file.1, &steps).unwrap_or(1), reason }
}

#[derive(Deserialize)]
struct Id {
    id: String,
}

/// Refuses two files of the user that declare the same system: one would vanish in silence.
///
/// # Errors
/// The second of two files with one id.
pub(super) fn once(files: &[File]) -> Result<(), CatalogError> {
    let mut known: BTreeMap<String, &str> = BTreeMap::new();
    for file in files {
        // A file without an id is refused where it is read as a system.
        let Ok(Id { id }) = yaml::parse(&file.1) else { continue };
        if let Some(first) = known.insert(id.clone(), &file.0) {
            return Err(wrong(file, &["id"], format!("system {id:?} is declared in {first} already")));
        }
    }
    Ok(())
}

/// Holds every system against the others and against the words that are known.
///
/// # Errors
/// The first file that says something that cannot be.
pub(super) fn all(systems: &BTreeMap<String, (&File, System)>) -> Result<(), CatalogError> {
    let roles: BTreeMap<String, String> = embedded::files(&embedded::RULES, "catalog/", "roles.yaml")
        .first()
        .and_then(|(_, text)| yaml::parse(text).ok())
        .unwrap_or_default();
    for (file, system) in systems.values() {
        one(file, system, &roles)?;
        for other in &system.claims {
            if !systems.contains_key(other) {
                return Err(wrong(file, &["claims"], format!("claims {other:?}, which is no system of the catalogue")));
            }
        }
        // With a dot it is an API group, whose objects another one ships.
        for other in system.bundled_by.iter().filter(|other| !other.contains('.')) {
            if !systems.contains_key(other) {
                let reason = format!("is bundled by {other:?}, which is no system of the catalogue");
                return Err(wrong(file, &["bundled_by"], reason));
            }
        }
    }
    Ok(())
}

fn one(file: &File, system: &System, roles: &BTreeMap<String, String>) -> Result<(), CatalogError> {
    let is_id = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if system.id.is_empty() || !system.id.chars().all(is_id) {
        let reason = format!("id {:?} is not of lower-case letters, digits and dashes", system.id);
        return Err(wrong(file, &["id"], reason));
    }
    if !ASPECTS.contains(&system.aspect.as_str()) {
        let reason = format!("aspect {:?} is none of {}", system.aspect, ASPECTS.join(", "));
        return Err(wrong(file, &["aspect"], reason));
    }
    for role in &system.roles {
        if let Some(aspect) = roles.get(role).filter(|aspect| **aspect != system.aspect) {
            let reason = format!("role {role} is judged under aspect {aspect}, not {}", system.aspect);
            return Err(wrong(file, &["roles"], reason));
        }
    }
    if !can_be_seen(system) {
        let reason = "nothing tells that it is there: give it images, pods, or an identity".to_owned();
        return Err(wrong(file, &["id"], reason));
    }
    for (name, proofs) in &system.capabilities {
        if proofs.is_empty() {
            let reason = format!("capability {name} has no case");
            return Err(wrong(file, &["capabilities", name], reason));
        }
    }
    let Some(lifecycle) = &system.lifecycle else { return Ok(()) };
    if !STATUSES.contains(&lifecycle.status.as_str()) {
        let reason = format!("status {:?} is none of {}", lifecycle.status, STATUSES.join(", "));
        return Err(wrong(file, &["lifecycle", "status"], reason));
    }
    let days = lifecycle.eol.iter().map(|day| (&["lifecycle", "eol"][..], day));
    let ends = lifecycle.lines.values().flatten().map(|day| (&["lifecycle", "lines"][..], day));
    let as_of = Some(&lifecycle.as_of).filter(|day| !day.is_empty()).map(|day| (&["lifecycle", "as_of"][..], day));
    for (key, day) in days.chain(ends).chain(as_of) {
        if day.parse::<jiff::civil::Date>().is_err() {
            return Err(wrong(file, key, format!("{day:?} is no day; write 2026-03-31")));
        }
    }
    Ok(())
}

fn can_be_seen(system: &System) -> bool {
    let images = &system.images;
    let identity = &system.identity;
    let lists = [
        &images.main,
        &images.operator,
        &images.agents,
        &identity.crd_groups,
        &identity.crds,
        &identity.csi_drivers,
        &identity.provisioners,
        &identity.ingress_controllers,
        &identity.gateway_controllers,
        &identity.config_maps,
    ];
    lists.iter().any(|list| !list.is_empty())
        || !system.pods.is_empty()
        || !system.composed_of.is_empty()
        || !identity.webhooks.is_empty()
        || !identity.objects.is_empty()
        || !identity.namespace_labels.is_empty()
        || !system.managed.is_empty()
}
