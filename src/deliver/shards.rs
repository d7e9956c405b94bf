//! Which object holds which result. A result stays in the object where it stands: whoever is killed
//! between two objects has lost none, since none was on its way. Where results must move, they are
//! written at their new place first.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

/// The API server takes 3 MiB, etcd 1.5; an object stays well below.
const LARGEST: usize = 900_000;

/// The objects of a namespace, in the order in which they may be written.
#[derive(Debug, Default, PartialEq)]
pub struct Layout {
    /// Number of the object, and what it holds.
    pub objects: Vec<(usize, Vec<Value>)>,
}

#[derive(Default)]
struct Shard {
    size: usize,
    results: Vec<Value>,
}

impl Shard {
    fn fits(&self, length: usize) -> bool {
        self.results.is_empty() || self.size + length <= LARGEST
    }

    fn push(&mut self, result: Value) {
        self.size += length(&result);
        self.results.push(result);
    }
}

/// Objects that are not there yet, under the lowest free numbers.
#[derive(Default)]
struct New {
    shards: BTreeMap<usize, Shard>,
}

impl New {
    fn push(&mut self, result: Value, standing: &BTreeMap<usize, Vec<Value>>) {
        if let Some((_, last)) = self.shards.iter_mut().next_back()
            && last.fits(length(&result))
        {
            return last.push(result);
        }
        let after = self.shards.keys().next_back().map_or(0, |last| last + 1);
        if let Some(number) = (after..).find(|number| !standing.contains_key(number)) {
            self.shards.entry(number).or_default().push(result);
        }
    }
}

fn length(result: &Value) -> usize {
    result.to_string().len() + 1
}

/// What tells a result from others of its namespace.
pub(super) fn identity(result: &Value) -> &str {
    result["properties"]["resultID"].as_str().unwrap_or_default()
}

/// Lays results out over the objects that are there, and new ones where they do not suffice.
/// `standing`: number and results of the objects that are there.
pub(super) fn lay_out(standing: &BTreeMap<usize, Vec<Value>>, results: Vec<Value>) -> Layout {
    let mut place: HashMap<&str, usize> = HashMap::new();
    for (number, held) in standing.iter().rev() {
        place.extend(held.iter().map(|result| (identity(result), *number)));
    }
    let mut old: BTreeMap<usize, Shard> = standing.keys().map(|number| (*number, Shard::default())).collect();
    let (mut moved, mut fresh) = (Vec::new(), Vec::new());
    for result in results {
        let stands = place.get(identity(&result)).and_then(|number| old.get_mut(number));
        match stands {
            Some(shard) if shard.fits(length(&result)) => shard.push(result),
            Some(_) => moved.push(result),
            None => fresh.push(result),
        }
    }
    // What moves goes where nothing stands yet: that object is written before the one it left.
    let mut new = New::default();
    moved.into_iter().for_each(|result| new.push(result, standing));
    // What is new takes the room that there is, from the lowest number on.
    let mut numbers: Vec<usize> = standing.keys().rev().copied().collect();
    for result in fresh {
        while let Some(shard) = numbers.last().and_then(|number| old.get(number))
            && !shard.fits(length(&result))
        {
            numbers.pop();
        }
        match numbers.last().and_then(|number| old.get_mut(number)) {
            Some(shard) => shard.push(result),
            None => new.push(result, standing),
        }
    }
    close_up(&mut old);
    let filled = |all: BTreeMap<usize, Shard>| {
        all.into_iter().filter(|(_, shard)| !shard.results.is_empty()).map(|(number, shard)| (number, shard.results))
    };
    Layout { objects: filled(new.shards).chain(filled(old)).collect() }
}

/// Empties the last objects into the room that the ones before have: those are written earlier.
fn close_up(shards: &mut BTreeMap<usize, Shard>) {
    while let Some((last, shard)) = shards.pop_last() {
        let room: usize = shards.values().map(|shard| LARGEST.saturating_sub(shard.size)).sum();
        // Half of the room, so that the same results do not move to and fro at every run.
        if shard.results.is_empty() {
            continue;
        }
        if shard.size > room / 2 {
            shards.insert(last, shard);
            return;
        }
        let mut left = Shard::default();
        for result in shard.results {
            let length = length(&result);
            match shards.values_mut().find(|other| other.fits(length)) {
                Some(other) => other.push(result),
                None => left.push(result),
            }
        }
        if !left.results.is_empty() {
            shards.insert(last, left);
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn result(id: usize, size: usize) -> Value {
        json!({"properties": {"resultID": format!("r{id}")}, "message": "x".repeat(size)})
    }

    fn ids(results: &[Value]) -> Vec<String> {
        results.iter().map(|one| identity(one).to_owned()).collect()
    }

    /// Writes the objects one after another, and removes the empty ones; at no moment is a result
    /// that stood, and is still wanted, nowhere.
    fn written(standing: &mut BTreeMap<usize, Vec<Value>>, results: Vec<Value>) {
        let wanted = ids(&results);
        let held =
            |all: &BTreeMap<usize, Vec<Value>>| -> Vec<String> { all.values().flat_map(|one| ids(one)).collect() };
        let before: Vec<String> = held(standing).into_iter().filter(|id| wanted.contains(id)).collect();
        let layout = lay_out(standing, results);
        let check = |all: &BTreeMap<usize, Vec<Value>>| {
            let now = held(all);
            assert!(before.iter().all(|id| now.contains(id)), "lost on the way");
        };
        let kept: Vec<usize> = layout.objects.iter().map(|(number, _)| *number).collect();
        for (number, results) in layout.objects {
            let size: usize = results.iter().map(length).sum();
            assert!(size <= LARGEST || results.len() == 1);
            standing.insert(number, results);
            check(standing);
        }
        standing.retain(|number, _| kept.contains(number));
        check(standing);
        let (mut now, mut wanted) = (held(standing), wanted);
        now.sort();
        wanted.sort();
        assert_eq!(now, wanted, "each once");
    }

    #[test]
    fn nothing_is_lost_between_two_objects() {
        let mut standing = BTreeMap::new();
        written(&mut standing, (0..30).map(|id| result(id, 100_000)).collect());
        assert_eq!(standing.len(), 4);
        // Many new ones in front, as a worse policy would bring them.
        written(&mut standing, (100..120).chain(0..30).map(|id| result(id, 100_000)).collect());
        // They grow, and do not fit any more.
        written(&mut standing, (0..30).map(|id| result(id, 160_000)).collect());
        // Most are settled.
        written(&mut standing, (0..30).step_by(9).map(|id| result(id, 160_000)).collect());
        assert!(standing.len() <= 2, "{:?}", standing.keys());
        written(&mut standing, Vec::new());
        assert!(standing.is_empty());
    }

    #[test]
    fn what_is_the_same_stays_where_it_is() {
        let mut standing = BTreeMap::new();
        let all = || (0..25).map(|id| result(id, 100_000)).collect::<Vec<_>>();
        written(&mut standing, all());
        let before = standing.clone();
        written(&mut standing, all().into_iter().rev().collect());
        let sorted = |all: &BTreeMap<usize, Vec<Value>>| -> Vec<Vec<String>> {
            all.values()
                .map(|one| {
                    let mut ids = ids(one);
                    ids.sort();
                    ids
                })
                .collect()
        };
        assert_eq!(sorted(&before), sorted(&standing));
    }
}
