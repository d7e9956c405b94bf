//! Hosts that more than one route claims at the same address.
//!
//! Routes compete only where the same controllers serve them; the index is by that address and
//! the host, so the work is linear in the number of hosts and paths.

use std::collections::BTreeMap;

use super::{draft::Draft, model::Conflict, world::World};
use crate::view::Map;

/// Where a claim was made: the draft, and the place in it.
type Place<'d> = (usize, &'d str);

/// Finds the conflicts of each draft, in the drafts' order.
#[must_use]
pub fn of(world: &World<'_, '_>, drafts: &[Draft]) -> Vec<Vec<Conflict>> {
    let addresses: Vec<String> = drafts.iter().map(address).collect();
    let mut hosts: BTreeMap<(&str, &str), Vec<Place<'_>>> = BTreeMap::new();
    let mut paths: BTreeMap<(&str, &str, &str), Vec<Place<'_>>> = BTreeMap::new();
    for (index, draft) in drafts.iter().enumerate().filter(|(_, draft)| !draft.row.acme_solver) {
        let mut seen: Vec<&str> = Vec::new();
        for claim in &draft.claims {
            let at = paths.entry((&addresses[index], &claim.host, &claim.path)).or_default();
            if at.last().is_none_or(|(last, _)| *last != index) {
                at.push((index, &claim.place));
            }
            if !seen.contains(&claim.host.as_str()) {
                seen.push(&claim.host);
                hosts.entry((&addresses[index], &claim.host)).or_default().push((index, &claim.place));
            }
        }
    }
    let mut found: Vec<Vec<Conflict>> = drafts.iter().map(|_| Vec::new()).collect();
    let namespace = |index: usize| drafts[index].row.r#ref.namespace.as_str();
    for ((_, host), claims) in &hosts {
        for (other, index, place) in foreign(claims, &namespace) {
            found[index].push(conflict(world, drafts, host, place, "host", index, other));
        }
    }
    for ((_, host, _), claims) in paths.iter().filter(|(_, claims)| claims.len() > 1) {
        for (position, (index, place)) in claims.iter().enumerate() {
            let other = claims[usize::from(position == 0)].0;
            // Two namespaces on one host are told once, as that.
            if namespace(other) == namespace(*index) {
                found[*index].push(conflict(world, drafts, host, place, "path", *index, other));
            }
        }
    }
    for ((address, host), claims) in &hosts {
        let Some((_, parent)) = host.split_once('.').filter(|(first, _)| *first != "*") else { continue };
        let wild = format!("*.{parent}");
        let Some(wide) = hosts.get(&(*address, wild.as_str())) else { continue };
        for (index, place) in claims {
            if let Some((other, _)) = wide.iter().find(|(other, _)| namespace(*other) != namespace(*index)) {
                found[*index].push(conflict(world, drafts, &wild, place, "wildcard", *index, *other));
            }
        }
    }
    found
}

/// For each claim the first other one of another namespace.
fn foreign<'a, 'd>(claims: &'a [Place<'d>], namespace: &impl Fn(usize) -> &'a str) -> Vec<(usize, usize, &'d str)> {
    let Some((first, _)) = claims.first() else { return Vec::new() };
    let Some((stranger, _)) = claims.iter().find(|(index, _)| namespace(*index) != namespace(*first)) else {
        return Vec::new();
    };
    let other = |index: usize| if namespace(index) == namespace(*first) { *stranger } else { *first };
    claims.iter().map(|(index, place)| (other(*index), *index, *place)).collect()
}

/// What makes two routes meet: the controllers that serve them, or the class where none is known.
/// Routes on gateways carry the listener in the path of their claims.
fn address(draft: &Draft) -> String {
    let row = &draft.row;
    if !row.parents.is_empty() {
        let mut parents: Vec<String> =
            row.parents.iter().map(|p| format!("{} {}/{}", p.kind, p.namespace, p.name)).collect();
        parents.sort();
        parents.dedup();
        return parents.join(",");
    }
    if row.class.served_by.is_empty() { format!("class {}", row.class.name) } else { row.class.served_by.join(",") }
}

fn conflict(
    world: &World<'_, '_>,
    drafts: &[Draft],
    host: &str,
    place: &str,
    kind: &'static str,
    index: usize,
    other: usize,
) -> Conflict {
    let (own, theirs) = (&drafts[index].row, &drafts[other].row);
    let labels = |namespace: &str| world.namespace(namespace).map(|meta| &meta.labels);
    let shared = |a: &Map, b: &Map| -> Vec<String> {
        a.iter().filter(|(key, value)| b.get(*key) == Some(value)).map(|(key, _)| key.clone()).collect()
    };
    let shared_labels = labels(&own.r#ref.namespace).zip(labels(&theirs.r#ref.namespace)).map(|(a, b)| shared(a, b));
    let canary = |map: &Map| map.get("nginx.ingress.kubernetes.io/canary").is_some_and(|value| value == "true");
    Conflict {
        host: host.to_owned(),
        path: place.to_owned(),
        kind,
        other: theirs.r#ref.to_string(),
        other_namespace: theirs.r#ref.namespace.clone(),
        shared_labels: shared_labels.unwrap_or_default(),
        canary: canary(&own.annotations) != canary(&theirs.annotations),
    }
}
