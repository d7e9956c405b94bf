//! Systems under the names that distributions, clouds, mirrors and earlier releases give them:
//! each line of `fixtures/names` is a cluster of its own, with the state and version that come out.

use serde_json::Value;
use sextant::{inventory::detect::explain::explain, snapshot::Snapshot};

use crate::{
    detected::catalog,
    harness::root,
    short::{cluster, object},
};

fn entries() -> Vec<(String, Value)> {
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(root().join("fixtures/names")).unwrap() {
        let file = entry.unwrap().path();
        let list: Value = sextant::yaml::parse(&std::fs::read_to_string(&file).unwrap()).unwrap();
        let place = |at: usize| format!("{} entry {at}", file.file_name().unwrap().to_string_lossy());
        entries.extend(list.as_array().unwrap().iter().cloned().enumerate().map(|(at, entry)| (place(at), entry)));
    }
    entries
}

fn snapshot(entry: &Value) -> Snapshot {
    let objects: Vec<Value> = entry["named"].as_array().unwrap().iter().map(object).collect();
    cluster(&objects, None)
}

/// The clusters of all entries.
pub fn snapshots() -> impl Iterator<Item = Snapshot> {
    entries().into_iter().map(|(_, entry)| snapshot(&entry))
}

#[test]
fn every_name_is_known() {
    let mut wrong = Vec::new();
    for (place, entry) in entries() {
        let id = entry["of"].as_str().unwrap();
        let told = explain(&snapshot(&entry), catalog(), id).unwrap();
        let is = format!("{} {}", told.state, told.version);
        if is != entry["is"].as_str().unwrap() {
            wrong.push(format!("{place}: {id} is {is}, not {} ({})", entry["is"], told.version_source));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
