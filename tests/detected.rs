//! How a test asks the detector: a file of `fixtures/detect` as a whole cluster.

use std::sync::OnceLock;

use sextant::{
    collect::{Options, fixture},
    inventory::{
        catalog::{Answer, Catalog},
        detect::{Extension, detect},
        workload::Workloads,
    },
    snapshot::{
        Snapshot,
        retain::{Retain, RetainList},
        slim::Secrets,
    },
};

use crate::harness::root;

/// The embedded catalogue, compiled once.
pub fn catalog() -> &'static Catalog {
    static CATALOG: OnceLock<Catalog> = OnceLock::new();
    CATALOG.get_or_init(|| Catalog::embedded().unwrap())
}

/// What the default list keeps.
pub fn options() -> Options {
    let text = std::fs::read_to_string(root().join("rules/catalog/retain.yaml")).unwrap();
    let list: RetainList = sextant::yaml::parse(&text).unwrap();
    Options { retain: Retain::new([&list]).unwrap(), secrets: Secrets::default(), complete: false, time: None }
}

/// The fixture whose name begins so, as a cluster that was read whole but for what `unread` says.
pub fn cluster(name: &str, unread: &str) -> Snapshot {
    changed(name, unread, |text| text)
}

/// The same cluster with its objects changed.
pub fn changed(name: &str, unread: &str, change: impl FnOnce(String) -> String) -> Snapshot {
    let dir = root().join("fixtures/detect");
    let mut paths: Vec<_> = std::fs::read_dir(&dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    let stem = |path: &std::path::Path| path.file_stem().unwrap().to_string_lossy().into_owned();
    let exact = paths.iter().any(|path| stem(path) == name);
    paths.retain(|path| if exact { stem(path) == name } else { stem(path).starts_with(&format!("{name}-")) });
    assert_eq!(paths.len(), 1, "fixtures named {name}: {paths:?}");
    let text = change(std::fs::read_to_string(&paths[0]).unwrap());
    let mark = format!("sextant: fixture/1\ntime: 2026-11-20T09:00:00Z\nversion: v1.37.2\n{unread}");
    fixture::from_files(name, &[("cluster.yaml", &mark), ("objects.yaml", &text)], &options()).unwrap()
}

/// What the detector told.
pub struct Told(pub Vec<Extension>);

impl Told {
    /// Every system as `id state health version`, in the detector's order; no health is `-`.
    pub fn systems(&self) -> Vec<String> {
        let word = |value: serde_json::Value| value.as_str().unwrap_or("-").to_owned();
        let line = |e: &Extension| {
            let state = word(serde_json::to_value(e.state).unwrap());
            let health = word(serde_json::to_value(e.health).unwrap());
            format!("{} {state} {health} {}", e.id, e.version)
        };
        self.0.iter().map(line).collect()
    }

    /// One system.
    pub fn get(&self, id: &str) -> &Extension {
        self.0.iter().find(|e| e.id == id).unwrap_or_else(|| panic!("{id} is not among {:?}", self.systems()))
    }

    /// What one system can do.
    pub fn can(&self, id: &str, capability: &str) -> Answer {
        let told = &self.get(id).capabilities;
        told.get(capability).unwrap_or_else(|| panic!("{id} has no {capability}: {told:?}")).value
    }

    /// Whether some evidence of a system says so.
    pub fn says(&self, id: &str, words: &str) -> bool {
        self.get(id).evidence.iter().any(|evidence| evidence.what.contains(words))
    }
}

/// Detects in a fixture.
pub fn told_with(name: &str, unread: &str) -> Told {
    let snapshot = cluster(name, unread);
    let workloads = Workloads::of(&snapshot);
    Told(detect(&snapshot, &workloads, catalog()))
}

/// Detects in a fixture and holds it against what must be found, no more and no less.
pub fn told(name: &str, expected: &[&str]) -> Told {
    let told = told_with(name, "");
    assert_eq!(told.systems(), expected, "{name}");
    told
}
