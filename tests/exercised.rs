//! Every string by which the catalogue knows a system is seen in some fixture, or its file says
//! why none can show it.
//!
//! Seen are the hand-made fixtures and `tests/seen.tsv`, the names that the corpus of real
//! manifests and the two real clusters hold (`SNAPSHOTS=overwrite cargo test` draws it anew where
//! they are there).

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;
use serde_json::Value;
use sextant::{
    collect,
    facts::image,
    inventory::catalog::{Condition, FieldIs, System},
    snapshot::Snapshot,
};

use crate::{
    detected::{catalog, cluster, options},
    harness::{root, shared, text},
};

/// What was seen: kind of string → strings. Conditions on fields that held are seen too.
type Seen = BTreeMap<String, BTreeSet<String>>;

/// A condition on a field as a string.
fn field_string(field: &FieldIs) -> String {
    let only = field.only.as_ref().map_or(String::new(), |o| format!(" where {}={}", o.path, o.matches.as_str()));
    format!("{} {}={}{only}", field.kind, field.path, field.matches.as_str())
}

/// Adds the conditions on fields that objects of a snapshot meet.
fn fields(snapshot: &Snapshot, seen: &mut Seen) {
    for condition in catalog().systems.iter().flat_map(System::conditions) {
        let Condition::Field(field) = condition else { continue };
        let what = field_string(field);
        if seen.get("field").is_some_and(|known| known.contains(&what)) {
            continue;
        }
        let of_kind = |kind: &sextant::object::Kind| {
            kind.group == field.kind.group && (&*field.kind.kind == "*" || kind.kind == field.kind.kind)
        };
        if snapshot.objects().iter().any(|object| of_kind(&object.kind) && field.is_met_by(object)) {
            seen.entry("field".into()).or_default().insert(what);
        }
    }
}

fn pods(value: &Value, found: &mut Vec<Value>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                if matches!(key.as_str(), "containers" | "initContainers") {
                    found.extend(value.as_array().into_iter().flatten().cloned());
                }
                pods(value, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| pods(item, found)),
        _ => {}
    }
}

fn labels(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                if key == "labels" {
                    for (key, value) in value.as_object().into_iter().flatten() {
                        found.insert(format!("{key}={}", value.as_str().unwrap_or_default()));
                    }
                }
                labels(value, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| labels(item, found)),
        _ => {}
    }
}

/// Adds every string of a snapshot that a catalogue could name.
fn strings(snapshot: &Snapshot, seen: &mut Seen) {
    let mut say = |kind: &str, what: &str| {
        if !what.is_empty() && !what.contains(['\t', '\n']) {
            seen.entry(kind.into()).or_default().insert(what.into());
        }
    };
    for object in snapshot.objects() {
        let value: Value = serde_json::from_str(&object.json).unwrap();
        let at = |pointer: &str| value.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        say("kind", &object.kind.to_string());
        match &*object.kind.kind {
            "CustomResourceDefinition" => {
                say("crd-group", at("/spec/group"));
                say("crd", &object.name);
            }
            "CSIDriver" => say("csi-driver", &object.name),
            "StorageClass" => say("provisioner", at("/provisioner")),
            "IngressClass" => say("ingress-controller", at("/spec/controller")),
            "GatewayClass" => say("gateway-controller", at("/spec/controllerName")),
            "APIService" => say("api-service", &object.name),
            "ValidatingWebhookConfiguration" | "MutatingWebhookConfiguration" => {
                for hook in value["webhooks"].as_array().into_iter().flatten() {
                    say("webhook", hook["name"].as_str().unwrap_or_default());
                }
            }
            "ConfigMap" => {
                say("config-map", &format!("{}/{}", object.namespace, object.name));
                for (key, value) in value["data"].as_object().into_iter().flatten() {
                    let first = value.as_str().unwrap_or_default().replace('\n', " ");
                    if first.len() < 200 {
                        say("config", &format!("{}/{}/{key}={first}", object.namespace, object.name));
                    }
                }
            }
            "Node" => {
                say("kubelet", at("/status/nodeInfo/kubeletVersion"));
                for (place, kind) in [("annotations", "node-annotation"), ("labels", "node-label")] {
                    for key in value["metadata"][place].as_object().into_iter().flatten().map(|(key, _)| key) {
                        say(kind, key);
                    }
                }
            }
            _ => {}
        }
        let mut containers = Vec::new();
        pods(&value, &mut containers);
        for container in containers {
            let full = image::parse(container["image"].as_str().unwrap_or_default()).full();
            say("image", &full);
            say("container", container["name"].as_str().unwrap_or_default());
            for arg in ["args", "command"].iter().flat_map(|key| container[*key].as_array().into_iter().flatten()) {
                let arg = arg.as_str().unwrap_or_default();
                if arg.len() < 80 {
                    say("arg", arg);
                }
            }
            for env in container["env"].as_array().into_iter().flatten() {
                let (name, value) =
                    (env["name"].as_str().unwrap_or_default(), env["value"].as_str().unwrap_or_default());
                say("env", &format!("{name}={value}"));
            }
        }
        let mut own = BTreeSet::new();
        labels(&value, &mut own);
        for label in own {
            say("label", &label);
        }
    }
}

/// Kinds of strings that `tests/seen.tsv` keeps: facts of the world, not of our fixtures.
const KEPT: [&str; 10] = [
    "api-service",
    "config-map",
    "crd",
    "crd-group",
    "csi-driver",
    "gateway-controller",
    "image",
    "ingress-controller",
    "provisioner",
    "webhook",
];

fn real() -> Seen {
    let path = root().join("tests/seen.tsv");
    let overwrite = std::env::var("SNAPSHOTS").is_ok_and(|value| value == "overwrite");
    if overwrite && let Some(data) = shared("data") {
        let mut seen = Seen::new();
        let mut files: Vec<_> =
            glob::glob(&text(&data.join("extensions/*/*/*.yaml"))).unwrap().map(Result::unwrap).collect();
        files.extend(["bank", "edge"].map(|name| data.join("clusters").join(name)));
        for file in files {
            if let Ok(snapshot) = collect::read(&[text(&file)], &options()) {
                strings(&snapshot, &mut seen);
            }
        }
        let named: BTreeSet<&str> = catalog()
            .systems
            .iter()
            .flat_map(|s| &s.identity.crds)
            .filter_map(|n| n.split_once('.'))
            .map(|n| n.1)
            .collect();
        let of_shared =
            |kind: &str, what: &str| kind != "crd" || what.split_once('.').is_some_and(|(_, g)| named.contains(g));
        let known: Vec<globset::GlobMatcher> = catalog()
            .systems
            .iter()
            .flat_map(|s| &s.identity.config_maps)
            .map(|glob| globset::Glob::new(glob).unwrap().compile_matcher())
            .collect();
        let mut lines =
            String::from("# Names that real manifests and clusters hold, by kind; drawn by tests/exercised.rs.\n");
        for kind in KEPT {
            for what in seen.get(kind).into_iter().flatten() {
                let is_map = kind != "config-map" || known.iter().any(|glob| glob.is_match(what));
                if is_map && of_shared(kind, what) {
                    lines.push_str(&format!("{kind}\t{what}\n"));
                }
            }
        }
        std::fs::write(&path, lines).unwrap();
    }
    let mut seen = Seen::new();
    for line in std::fs::read_to_string(&path).unwrap().lines().filter(|line| !line.starts_with('#')) {
        let (kind, what) = line.split_once('\t').unwrap();
        seen.entry(kind.into()).or_default().insert(what.into());
    }
    seen
}

fn glob_is(pattern: &str, what: &str) -> bool {
    Regex::new(&format!("^{}$", regex::escape(pattern).replace(r"\*", ".*"))).unwrap().is_match(what)
}

/// Every string of a system with whether it was seen.
fn held(system: &System, seen: &Seen) -> Vec<(String, bool)> {
    let any = |kind: &str, test: &dyn Fn(&str) -> bool| seen.get(kind).into_iter().flatten().any(|what| test(what));
    let is = |expression: &str| Regex::new(expression).unwrap();
    let mut held = Vec::new();
    let identity = &system.identity;
    for (kind, patterns) in [
        ("crd-group", &identity.crd_groups),
        ("crd-group", &identity.brings),
        ("crd", &identity.crds),
        ("csi-driver", &identity.csi_drivers),
        ("provisioner", &identity.provisioners),
        ("ingress-controller", &identity.ingress_controllers),
        ("gateway-controller", &identity.gateway_controllers),
        ("config-map", &identity.config_maps),
    ] {
        held.extend(patterns.iter().map(|p| (p.clone(), any(kind, &|what| glob_is(p, what)))));
    }
    for (kind, expressions) in [("webhook", &identity.webhooks), ("api-service", &identity.api_services)] {
        held.extend(expressions.iter().map(|e| (e.as_str().to_owned(), any(kind, &|what| e.is_match(what)))));
    }
    let images = &system.images;
    let groups = [&images.main, &images.operator, &images.agents, &images.parts];
    for expression in groups.into_iter().chain(&system.composed_of).flatten() {
        let regex = is(&format!("(?:^|/)(?:{expression})"));
        let matches = |full: &str| {
            let paths = image::vendor_paths(&image::parse(full));
            paths.iter().any(|path| regex.is_match(path)) || regex.is_match(full)
        };
        held.push((expression.clone(), any("image", &matches)));
    }
    for sidecar in &images.sidecars {
        held.push((sidecar.as_str().to_owned(), any("container", &|what| sidecar.is_match(what))));
    }
    for (key, value) in system.pods.iter().flat_map(|sign| &sign.labels) {
        held.push((format!("{key}={value}"), any("label", &|what| glob_is(&format!("{key}={value}"), what))));
    }
    for condition in system.conditions() {
        held.push(match condition {
            Condition::Image(e) => (e.as_str().to_owned(), any("image", &|what| e.is_match(what))),
            Condition::Container(e) => (e.as_str().to_owned(), any("container", &|what| e.is_match(what))),
            Condition::Arg(e) => (e.as_str().to_owned(), any("arg", &|what| e.is_match(what))),
            Condition::Env(env) => {
                let matches = |what: &str| {
                    what.split_once('=').is_some_and(|(name, value)| {
                        name == env.name && env.value.as_ref().is_none_or(|e| e.is_match(value))
                    })
                };
                let value = env.value.as_ref().map_or(String::new(), |e| format!("={}", e.as_str()));
                (format!("{}{value}", env.name), any("env", &matches))
            }
            Condition::Config(config) => {
                let place = format!("{}/{}", config.map, config.key);
                let matches = |what: &str| {
                    what.split_once('=').is_some_and(|(at, value)| glob_is(&place, at) && config.value.is_match(value))
                };
                (format!("{place}={}", config.value.as_str()), any("config", &matches))
            }
            Condition::ConfigUnread(map) => (map.clone(), any("config-map", &|what| glob_is(map, what))),
            Condition::Resource(kind) => (kind.to_string(), any("kind", &|what| glob_is(&kind.to_string(), what))),
            Condition::Field(field) => {
                let string = field_string(field);
                let was = any("field", &|what| what == string);
                (string, was)
            }
            Condition::Crd(name) => (name.clone(), any("crd", &|what| what == name)),
            Condition::Kubelet(e) => (e.as_str().to_owned(), any("kubelet", &|what| e.is_match(what))),
            Condition::NodeAnnotation(p) => (p.clone(), any("node-annotation", &|what| what.starts_with(p.as_str()))),
            Condition::NodeLabel(p) => (p.clone(), any("node-label", &|what| what.starts_with(p.as_str()))),
            Condition::Runs(kind) => (kind.clone(), true),
            Condition::Not(_) | Condition::Anywhere(_) => unreachable!("conditions() looks inside"),
        });
    }
    held
}

#[test]
fn every_string_is_seen_or_said_to_be_untested() {
    let mut seen = real();
    for entry in std::fs::read_dir(root().join("fixtures/detect")).unwrap() {
        let name = entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned();
        let snapshot = cluster(&name, "");
        strings(&snapshot, &mut seen);
        fields(&snapshot, &mut seen);
    }
    for snapshot in crate::capabilities::snapshots().chain(crate::names::snapshots()) {
        strings(&snapshot, &mut seen);
        fields(&snapshot, &mut seen);
    }
    for path in ["tidy", "menagerie"] {
        let dir = text(&root().join("fixtures/clusters").join(path));
        strings(&collect::read(&[dir], &options()).unwrap(), &mut seen);
    }
    let (mut unseen, mut stale, mut all) = (Vec::new(), Vec::new(), 0);
    for system in &catalog().systems {
        let held: BTreeMap<String, bool> =
            held(system, &seen).into_iter().fold(BTreeMap::new(), |mut all, (what, was)| {
                *all.entry(what).or_default() |= was;
                all
            });
        all += held.len();
        let missing = |what: &str| held.get(what) == Some(&false);
        unseen.extend(
            held.iter()
                .filter(|(w, was)| !**was && !system.untested.contains_key(*w))
                .map(|(w, _)| format!("{}\t{w}", system.id)),
        );
        stale.extend(system.untested.keys().filter(|w| !missing(w)).map(|w| format!("{}\t{w}", system.id)));
    }
    let trusted: usize = catalog().systems.iter().map(|s| s.untested.len()).sum();
    println!("{all} strings in {} files, {trusted} of them untested", catalog().systems.len());
    assert!(unseen.is_empty(), "seen nowhere and not under `untested`:\n{}", unseen.join("\n"));
    assert!(stale.is_empty(), "under `untested`, yet seen or not in the file:\n{}", stale.join("\n"));
    // A word is no argument.
    let unargued = |system: &System| -> Vec<String> {
        let bare = system.untested.iter().filter(|(_, why)| why.split_whitespace().count() < 4);
        bare.map(|(what, _)| format!("{}\t{what}", system.id)).collect()
    };
    let bare: Vec<String> = catalog().systems.iter().flat_map(unargued).collect();
    assert!(bare.is_empty(), "under `untested` without an argument:\n{}", bare.join("\n"));
}

/// Whatever a condition reads must survive redaction, or it never holds.
#[test]
fn what_conditions_read_is_retained() {
    let text = std::fs::read_to_string(root().join("rules/catalog/retain.yaml")).unwrap();
    let list: Value = sextant::yaml::parse(&text).unwrap();
    let kept =
        |key: &str, what: &str| list[key].as_array().unwrap().iter().any(|glob| glob_is(glob.as_str().unwrap(), what));
    for system in &catalog().systems {
        for condition in system.conditions() {
            match condition {
                Condition::Env(env) if env.value.is_some() => {
                    assert!(kept("env", &env.name), "{}: {}", system.id, env.name)
                }
                Condition::Config(config) => {
                    let place = format!("{}/{}", config.map, config.key);
                    assert!(kept("config_maps", &place), "{}: {place}", system.id);
                }
                _ => {}
            }
        }
    }
}
