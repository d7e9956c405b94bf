//! What detection costs: an audit of 20,000 objects, in which most systems of the catalogue run,
//! with the catalogue and with an empty one, in turn in one run; and the detector alone.
//!
//! `cargo bench --bench detection`. Detection that adds a fifth or more to the audit fails.

#![allow(clippy::expect_used, clippy::print_stdout, reason = "a bench prints, and fails loudly")]

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    path::Path,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use sextant::{
    collect,
    command::{self, judged::audit as audit_of},
    inventory::{catalog::Catalog, detect::detect, workload::Workloads},
    judge::Cut,
    policy::Library,
    rules::Rules,
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const OBJECTS: usize = 20_000;
const ROUNDS: usize = 5;

/// Images of systems whose patterns are no plain names.
const WRITTEN: [(&str, &str); 11] = [
    ("spinnaker", "spinnaker/clouddriver"),
    ("trivy-operator", "aquasec/trivy-operator"),
    ("flux", "fluxcd/source-controller"),
    ("keda", "kedacore/keda"),
    ("jaeger", "jaegertracing/jaeger"),
    ("openwhisk", "openwhisk/controller"),
    ("kubescape", "kubescape/operator"),
    ("openfaas", "openfaas/gateway"),
    ("elasticsearch", "elasticsearch/elasticsearch"),
    ("falco", "falcosecurity/falco"),
    ("ovn-kubernetes", "ovn-kubernetes/ovn-kube-ubuntu"),
];

fn main() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let path = dir.path().join("cluster.yaml");
    std::fs::write(&path, cluster()).expect("the cluster");
    let path = path.display().to_string();
    let most = Duration::MAX;
    let (mut with, mut without, mut alone) = (most, most, most);
    let mut systems = 0;
    for _ in 0..ROUNDS {
        let (time, detection, found) = audit(&path, true);
        (with, alone, systems) = (with.min(time), alone.min(detection), found);
        without = without.min(audit(&path, false).0);
    }
    let seconds = |time: Duration| time.as_secs_f64();
    let own = seconds(alone) / (seconds(with) - seconds(alone));
    let all = seconds(with) / seconds(without) - 1.0;
    println!(
        "{OBJECTS} objects, {systems} systems found: audit {:.3} s, with an empty catalogue {:.3} s",
        seconds(with),
        seconds(without)
    );
    println!(
        "detection {:.3} s, catalogue included: {:.1} % of the audit without it; \
         all that follows from it (rows, more to judge) {:+.1} %",
        seconds(alone),
        100.0 * own,
        100.0 * all
    );
    assert!(systems >= 100, "too few systems to measure by");
    assert!(own < 0.2 && all < 0.2, "detection adds a fifth or more");
}

/// One audit from the file to the judgements: its time, that of the detector in it, and how many
/// systems were found.
fn audit(path: &str, detects: bool) -> (Duration, Duration, usize) {
    let start = Instant::now();
    let source = sextant::cli::SourceArgs {
        paths: vec![path.to_owned()],
        sample: false,
        complete: true,
        time: Some("2026-11-23T09:00:00Z".into()),
        secrets: sextant::snapshot::slim::Secrets::None,
    };
    let snapshot = collect::read(&source.paths, &command::options(&source).expect("options")).expect("the cluster");
    let library = Library::embedded().expect("the library");
    let policies = library.select(&[], &[]).expect("all policies");
    let rules = Rules::embedded().expect("the rules");
    let before = Instant::now();
    let catalog = if detects { Catalog::embedded() } else { Catalog::load(&[]) }.expect("the catalogue");
    let compiled = before.elapsed();
    let report = audit_of(&snapshot, &catalog, &library, &policies, &rules, Cut::default()).expect("an audit");
    assert!(report.policies.iter().all(|policy| policy.error.is_none()), "a policy could not run");
    let whole = start.elapsed();
    // The same once more, by itself: the detector alone, on workloads that are joined anyway.
    let workloads = Workloads::of(&snapshot);
    let start = Instant::now();
    let found = detect(&snapshot, &workloads, &catalog).len();
    (whole, compiled + start.elapsed(), found)
}

/// Every fixture of the detector, every system of the catalogue and a tidy cluster in one, and copies of the tidy
/// cluster's tenants up to the number of objects: applications are what a large cluster has many of.
fn cluster() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut known: BTreeSet<(String, String)> = BTreeSet::new();
    let mut text = String::new();
    let mut add = |object: &Value| {
        let word = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let key = format!("{}/{}", word("/metadata/namespace"), word("/metadata/name"));
        let kind = format!("{} {}", word("/apiVersion"), word("/kind"));
        if known.len() < OBJECTS && known.insert((kind, key)) {
            let _ = writeln!(text, "---\n{object}");
            return true;
        }
        false
    };
    for object in objects(&root.join("fixtures/detect")) {
        add(&object);
    }
    for system in objects(&root.join("rules/catalog/extensions")) {
        if let Some(object) = mirrored(&system) {
            add(&object);
        }
    }
    let tidy = objects(&root.join("fixtures/clusters/tidy"));
    for object in &tidy {
        add(object);
    }
    let tenants = BTreeSet::from(["default", "payments"]);
    let filling: Vec<&Value> =
        tidy.iter().filter(|object| home(object).is_some_and(|at| tenants.contains(at))).collect();
    for copy in 0.. {
        let mut added = false;
        for object in &filling {
            let field = if object["kind"] == "Namespace" { "name" } else { "namespace" };
            let mut object = (*object).clone();
            object["metadata"][field] = Value::from(format!("{}-{copy}", home(&object).unwrap_or_default()));
            added |= add(&object);
        }
        if !added {
            break;
        }
    }
    text
}

/// A system of the catalogue as a workload of its main image, pulled through a mirror; none where the
/// catalogue knows it by other things than an image that can be written down.
fn mirrored(system: &Value) -> Option<Value> {
    let id = system["id"].as_str()?;
    let mains = system["images"]["main"].as_array()?.iter().filter_map(Value::as_str);
    let written = WRITTEN.iter().find(|(of, _)| *of == id).map(|(_, image)| *image);
    let image = written.or_else(|| {
        let mut plain = mains.map(|main| main.trim_end_matches('$'));
        plain.find(|main| !main.contains(['(', '[', '?', '|', '\\', '^', '.', '*', '+']))
    })?;
    let labels = json!({"app": id});
    let container = json!({"name": "main", "image": format!("mirror.example/{image}:v1.2.3")});
    Some(json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": id, "namespace": format!("{id}-system")},
        "spec": {"replicas": 1, "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}}},
        "status": {"replicas": 1, "readyReplicas": 1, "availableReplicas": 1},
    }))
}

/// The namespace that an object is or is in.
fn home(object: &Value) -> Option<&str> {
    let field = if object["kind"] == "Namespace" { "name" } else { "namespace" };
    object["metadata"][field].as_str()
}

/// The objects of the files of a folder.
fn objects(folder: &Path) -> Vec<Value> {
    let mut files: Vec<_> =
        std::fs::read_dir(folder).expect("fixtures").map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    let mut found = Vec::new();
    for file in files.iter().filter(|file| file.extension().is_some_and(|suffix| suffix == "yaml")) {
        let text = std::fs::read_to_string(file).expect("a fixture");
        for document in text.split("\n---").filter(|document| document.contains(": ")) {
            let document = document.trim_start_matches("---");
            let Ok(value) = sextant::yaml::parse::<Value>(document) else { continue };
            match value["items"].as_array() {
                Some(items) => found.extend(items.iter().cloned()),
                None => found.push(value),
            }
        }
    }
    found
}
