//! deploy/: the chart, the kustomize base that is the same, and what a real API server says of both.
//!
//! helm and kustomize come from `.ci/deploy-tools`; without them these tests are skipped, loudly.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    process::Command,
};

use clap::Parser as _;
use serde_json::Value;
use sextant::cli::Cli;

use crate::harness::{root, sextant, text};

mod chain;
mod image;
mod jobs;
mod live;
mod metrics;
mod mounted;

/// helm, kustomize and their like.
pub fn tool(name: &str) -> Option<PathBuf> {
    let found = std::env::var_os("SEXTANT_DEPLOY_TOOLS").map(|dir| PathBuf::from(dir).join(name));
    match found {
        Some(path) if path.exists() => Some(path),
        _ => {
            eprintln!("SKIPPED: no {name}; export SEXTANT_DEPLOY_TOOLS=$(.ci/deploy-tools)");
            None
        }
    }
}

fn chart() -> PathBuf {
    root().join("deploy/chart/sextant")
}

fn run(program: &Path, arguments: &[&str]) -> String {
    let done = Command::new(program).args(arguments).env("HOME", std::env::temp_dir()).output().unwrap();
    assert!(done.status.success(), "{program:?} {arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

/// Every `ci/NAME-values.yaml`: name and file.
fn values() -> Vec<(String, PathBuf)> {
    let mut all: Vec<_> = std::fs::read_dir(chart().join("ci"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter_map(|path| {
            let name = path.file_name()?.to_str()?.strip_suffix("-values.yaml")?.to_owned();
            Some((name, path))
        })
        .collect();
    all.sort();
    assert!(all.len() > 8, "{all:?}");
    all
}

/// The chart as `helm template` renders it: release and namespace `sextant`.
fn rendered(helm: &Path, values: &Path) -> String {
    rendered_in(helm, values, "sextant")
}

fn rendered_in(helm: &Path, values: &Path, namespace: &str) -> String {
    let arguments = ["template", "sextant", &text(&chart()), "--namespace", namespace, "--kube-version", "1.37.2"];
    run(helm, &[&arguments[..], &["--values", &text(values)]].concat())
}

fn documents(yaml: &str) -> Vec<Value> {
    let all = format!("\n{yaml}");
    all.split("\n---").filter_map(|one| sextant::yaml::parse::<Option<Value>>(one).unwrap()).collect()
}

/// Objects by kind and name, without what only Helm says; hooks are Helm's own.
fn objects(yaml: &str) -> BTreeMap<String, Value> {
    let mut all = BTreeMap::new();
    for mut object in documents(yaml) {
        let is_hook = object["metadata"]["annotations"].get("helm.sh/hook").is_some();
        if is_hook {
            continue;
        }
        strip(&mut object);
        let word = |at: &str| object.pointer(at).and_then(Value::as_str).unwrap_or_default().to_owned();
        let key = format!("{} {} {}", word("/kind"), word("/metadata/namespace"), word("/metadata/name"));
        assert!(all.insert(key.clone(), object).is_none(), "{key} twice");
    }
    all
}

fn strip(value: &mut Value) {
    match value {
        Value::Object(map) => {
            for key in ["helm.sh/chart", "app.kubernetes.io/managed-by", "helm.sh/resource-policy"] {
                map.shift_remove(key);
            }
            map.values_mut().for_each(strip);
            // Only Helm's own words stood there.
            map.retain(|key, inner| key != "annotations" || inner.as_object().is_none_or(|all| !all.is_empty()));
        }
        Value::Array(list) => list.iter_mut().for_each(strip),
        _ => {}
    }
}

/// Every container of every rendering that runs sextant.
fn containers(value: &Value, found: &mut Vec<Value>) {
    if let Some(list) = value["containers"].as_array() {
        found.extend(list.iter().cloned());
    }
    match value {
        Value::Object(map) => map.values().for_each(|inner| containers(inner, found)),
        Value::Array(list) => list.iter().for_each(|inner| containers(inner, found)),
        _ => {}
    }
}

fn generated(path: &Path, wanted: &str) {
    if std::env::var_os("SNAPSHOTS").is_some_and(|mode| mode == "overwrite") {
        std::fs::write(path, wanted).unwrap();
    }
    let is = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        is == wanted,
        "{} is old; write it anew: SNAPSHOTS=overwrite cargo test --test main deploy",
        path.display()
    );
}

#[test]
fn the_chart_grants_what_rbac_prints() {
    let printed = sextant(&["rbac"]).out;
    generated(&chart().join("files/clusterrole.yaml"), &printed);
    for (group, resource, verb) in grants(&sextant::yaml::parse(&printed).unwrap()) {
        assert!(verb == "list" || verb == "get", "{verb} {resource}");
        assert!(!resource.contains(['*', '/']) && group != "*" && (!group.is_empty() || resource != "secrets"));
    }
    // The kustomize base holds the same role, and is mended without helm too.
    let base = root().join("deploy/kustomize/base/sextant.yaml");
    let mut all = documents(&std::fs::read_to_string(&base).unwrap());
    let role = all.iter_mut().find(|one| one["kind"] == "ClusterRole" && one["metadata"]["name"] == "sextant").unwrap();
    role["rules"] = sextant::yaml::parse::<Value>(&printed).unwrap()["rules"].clone();
    let helm = tool("helm");
    // With helm the whole base is written anew, by the test of it.
    if helm.is_none() || std::env::var_os("SNAPSHOTS").is_none() {
        generated(&base, &file(all.iter()));
    }
    let Some(helm) = helm else { return };
    for (values, secrets) in [("default", "none"), ("secrets", "named"), ("patience", "list")] {
        let rendered = rendered(&helm, &chart().join(format!("ci/{values}-values.yaml")));
        let role = &objects(&rendered)["ClusterRole  sextant"];
        let wanted: Value = sextant::yaml::parse(&sextant(&["rbac", "--secrets", secrets]).out).unwrap();
        assert_eq!(grants(role), grants(&wanted), "{secrets}");
    }
}

/// Group, resource and verb of every rule.
fn grants(role: &Value) -> BTreeSet<(String, String, String)> {
    let list = |value: &Value| -> Vec<String> {
        value.as_array().unwrap().iter().map(|one| one.as_str().unwrap().to_owned()).collect()
    };
    let mut all = BTreeSet::new();
    for rule in role["rules"].as_array().unwrap() {
        for group in list(&rule["apiGroups"]) {
            for resource in list(&rule["resources"]) {
                for verb in list(&rule["verbs"]) {
                    all.insert((group.clone(), resource.clone(), verb));
                }
            }
        }
    }
    all
}

#[test]
fn kustomize_is_the_chart() {
    let Some(helm) = tool("helm") else { return };
    let Some(kustomize) = tool("kustomize") else { return };
    let of = |name: &str| objects(&rendered(&helm, &chart().join(format!("ci/{name}-values.yaml"))));
    let home = root().join("deploy/kustomize");
    let default = of("default");
    generated(&home.join("base/sextant.yaml"), &file(default.values()));
    for name in ["volume", "monitoring", "reports"] {
        let added = of(name).into_iter().filter(|(key, _)| !default.contains_key(key)).map(|(_, object)| object);
        generated(&home.join(format!("components/{name}/added.yaml")), &file(added.collect::<Vec<_>>().iter()));
    }
    assert_eq!(objects(&run(&kustomize, &["build", &text(&home.join("base"))])), default);
    let mut overlays = 0;
    for entry in std::fs::read_dir(home.join("overlays")).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        let built = run(&kustomize, &["build", &text(&home.join("overlays").join(&name))]);
        if name != "example" {
            assert_eq!(objects(&built), of(&name), "{name}");
            overlays += 1;
        }
    }
    assert!(overlays > 2);
}

/// A generated manifest.
fn file<'a>(objects: impl Iterator<Item = &'a Value>) -> String {
    let mut text = "# Written by `SNAPSHOTS=overwrite cargo test --test main deploy` from deploy/chart.\n".to_owned();
    for object in objects {
        text.push_str("---\n");
        text.push_str(&serde_saphyr::to_string(object).unwrap());
    }
    text
}

/// Flags that this build does not have yet: of deliveries, fleets and waivers, which land beside this.
pub fn pending() -> Vec<&'static str> {
    let all = ["exit-zero", "waivers", "deliver", "history", "history-keep", "cluster-name", "fleet", "into", "shards"];
    let help = sextant(&["audit", "--help"]).out;
    let missing: Vec<&str> = all.into_iter().filter(|flag| !help.contains(&format!("--{flag}"))).collect();
    if !missing.is_empty() {
        eprintln!("SKIPPED: this build has no {missing:?}");
    }
    missing
}

/// The flag of a word, without its dashes and its value.
pub fn flag(word: &str) -> &str {
    let name = word.trim_start_matches("--");
    name.split_once('=').map_or(name, |(name, _)| name)
}

#[test]
fn every_flag_of_the_chart_exists() {
    let Some(helm) = tool("helm") else { return };
    let pending = pending();
    for (name, path) in values() {
        let mut found = Vec::new();
        documents(&rendered(&helm, &path)).iter().for_each(|object| containers(object, &mut found));
        assert!(found.len() >= 2, "{name}");
        for container in found {
            let words = container["args"].as_array().unwrap().iter().map(|word| word.as_str().unwrap());
            let words: Vec<&str> = words.filter(|word| !pending.contains(&flag(word))).collect();
            if let Err(error) = Cli::try_parse_from(std::iter::once("sextant").chain(words.iter().copied())) {
                panic!("{name}: {words:?}: {error}");
            }
        }
    }
}

#[test]
fn a_strangers_value_is_refused() {
    let Some(helm) = tool("helm") else { return };
    for wrong in [
        "audit.select=NET-004",
        "sceduled=x",
        "runAsUser=0",
        "schedule=@daily",
        "audit.secrets=values",
        "deliver[0].file.pth=/x",
        "deliver[0].s3.url=https://bucket",
        "deliver[0].webhook.url.value=https://hooks.example/secret",
        "deliver[0].fax.url=x",
    ] {
        let arguments = ["template", &text(&chart()), "--kube-version", "1.37.2", "--set", wrong];
        let done = Command::new(&helm).args(arguments).output().unwrap();
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(!done.status.success() && said.contains("schema"), "{wrong}: {said}");
    }
}

/// What would only fail at night, in a Job, is told when it is installed.
#[test]
fn values_that_cannot_work_are_refused() {
    let Some(helm) = tool("helm") else { return };
    for (wrong, says) in [
        ("deliver: [{webhook: {url: {env: HOOK}}}]", "needs history.enabled"),
        ("deliver: [{file: {path: /reports}}]", "needs a volume"),
        ("history: {enabled: true}", "needs a volume"),
        ("deliver: [{configmap: {namespace: other}}]", "in the namespace of the release"),
        ("fleet: {enabled: true, into: /x}", "which Secret"),
        ("fleet: {enabled: true, secret: fleet}", "where do reports of a fleet go"),
        ("schedule: '0 0 H * *'", "a minute or an hour"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("values.yaml");
        std::fs::write(&file, wrong).unwrap();
        let arguments = ["template", &text(&chart()), "--kube-version", "1.37.2", "--values", &text(&file)];
        let done = Command::new(&helm).args(arguments).output().unwrap();
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(!done.status.success() && said.contains(says), "{wrong}: {said}");
    }
}

/// `H` is a number of the release's own: spread over the day, and the same at every upgrade.
#[test]
fn many_releases_do_not_run_at_once() {
    let Some(helm) = tool("helm") else { return };
    let schedule = |namespace: &str| {
        let all = objects(&rendered_in(&helm, &chart().join("ci/strict-values.yaml"), namespace));
        let of = |kind: &str| all.iter().find(|(key, _)| key.starts_with(kind)).unwrap().1.clone();
        of("CronJob ")["spec"]["schedule"].as_str().unwrap().to_owned()
    };
    let all: Vec<String> = (0..12).map(|number| schedule(&format!("cluster-{number}"))).collect();
    let different: BTreeSet<&String> = all.iter().collect();
    assert!(different.len() >= 10, "{all:?}");
    assert_eq!(all[3], schedule("cluster-3"));
    for one in &all {
        let words: Vec<&str> = one.split(' ').collect();
        let number = |at: usize| words[at].parse::<u32>().unwrap();
        assert!(number(0) < 60 && number(1) < 24 && words[2..] == ["*", "*", "1-5"], "{one}");
    }
}

#[test]
fn sextant_has_nothing_against_its_own_chart() {
    let Some(helm) = tool("helm") else { return };
    let tidy = root().join("fixtures/clusters/tidy");
    for (name, path) in values() {
        let manifest = rendered(&helm, &path);
        // Alone, as its author would.
        let alone = tempfile::tempdir().unwrap();
        let file = alone.path().join("chart.yaml");
        std::fs::write(&file, &manifest).unwrap();
        let (_, report) = crate::harness::audit(&[&text(&file), "--all", "--time", "2026-11-20T00:00:00Z"]);
        assert_eq!(report["findings"], Value::Array(Vec::new()), "{name}");
        // In a whole cluster that itself is in order.
        let cluster = tempfile::tempdir().unwrap();
        for entry in std::fs::read_dir(&tidy).unwrap() {
            let from = entry.unwrap().path();
            std::fs::copy(&from, cluster.path().join(from.file_name().unwrap())).unwrap();
        }
        std::fs::write(cluster.path().join("chart.yaml"), &manifest).unwrap();
        let (_, report) = crate::harness::audit(&[&text(cluster.path()), "--all"]);
        let found: Vec<String> = report["findings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|finding| format!("{} {}: {}", finding["policy"], finding["subject"], finding["message"]))
            .collect();
        // Without its network policy it is as open as any other; tidy runs no Pushgateway to reach.
        let argued = |finding: &&String| match name.as_str() {
            "open" => ["NET-006", "NET-007", "NET-015"].iter().any(|id| finding.contains(id)),
            "pushgateway" => finding.contains("NET-009"),
            _ => false,
        };
        let found: Vec<_> = found.iter().filter(|finding| !argued(finding)).collect();
        assert!(found.is_empty(), "{name}: {found:#?}");
    }
}
