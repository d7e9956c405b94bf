//! The configuration that a rendering mounts, laid out as a kubelet does, is one that sextant reads.

use std::{
    collections::BTreeSet,
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

use serde_json::Value;

use super::{documents, flag, pending, rendered, root, run, text, tool, values};
use crate::harness::sextant;

/// Files of a volume, as links through `..data` to a folder of this moment.
fn mount(at: &Path, files: &[(String, String)]) {
    let real = at.join("..2026_11_23_12_00_00.1");
    for (path, content) in files {
        let file = real.join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, content).unwrap();
    }
    symlink(real.file_name().unwrap(), at.join("..data")).unwrap();
    for entry in fs::read_dir(&real).unwrap() {
        let name = entry.unwrap().file_name();
        symlink(PathBuf::from("..data").join(&name), at.join(&name)).unwrap();
    }
}

/// What a ConfigMap volume holds: path and text.
fn content(volume: &Value, objects: &[Value]) -> Vec<(String, String)> {
    let wanted = &volume["configMap"]["name"];
    let Some(map) = objects.iter().find(|one| one["kind"] == "ConfigMap" && one["metadata"]["name"] == *wanted) else {
        return Vec::new();
    };
    let data = map["data"].as_object().unwrap();
    let text_of = |key: &str| data[key].as_str().unwrap().to_owned();
    match volume["configMap"]["items"].as_array() {
        Some(items) => items
            .iter()
            .map(|item| (item["path"].as_str().unwrap().to_owned(), text_of(item["key"].as_str().unwrap())))
            .collect(),
        None => data.keys().map(|key| (key.clone(), text_of(key))).collect(),
    }
}

#[test]
fn what_is_mounted_can_be_read() {
    let Some(helm) = tool("helm") else { return };
    let tidy = text(&root().join("fixtures/clusters/tidy"));
    let pending = pending();
    // Where it reads, how it judges, and what leaves the machine.
    let elsewhere =
        ["in-cluster", "fail-on", "allow-incomplete", "deliver", "history", "history-keep", "fleet", "into", "shards"];
    let (mut mounted, mut delivered) = (0, 0);
    let Some(kustomize) = tool("kustomize") else { return };
    let example = run(&kustomize, &["build", &text(&root().join("deploy/kustomize/overlays/example"))]);
    let charts = values().into_iter().map(|(name, path)| (name, documents(&rendered(&helm, &path))));
    for (name, objects) in charts.chain([("overlays/example".to_owned(), documents(&example))]) {
        let cron = objects.iter().find(|one| one["kind"] == "CronJob").unwrap();
        let pod = &cron["spec"]["jobTemplate"]["spec"]["template"]["spec"];
        let container = &pod["containers"][0];
        let home = tempfile::tempdir().unwrap();
        for volume in pod["volumes"].as_array().unwrap() {
            let mounts = container["volumeMounts"].as_array().unwrap();
            let at = mounts.iter().find(|one| one["name"] == volume["name"]).unwrap()["mountPath"].as_str().unwrap();
            let files = content(volume, &objects);
            for (file, text) in files.iter().filter(|(file, _)| file == "delivery.yaml") {
                let sinks = sextant::deliver::config::parse(text, &mut BTreeSet::new());
                sinks.unwrap_or_else(|why| panic!("{name}: {file}: {why}"));
                delivered += 1;
            }
            if !files.is_empty() {
                let at = home.path().join(at.trim_start_matches('/'));
                fs::create_dir_all(&at).unwrap();
                mount(&at, &files);
                mounted += 1;
            }
        }
        // The same words, for a cluster that is at hand, with everything mounted elsewhere.
        let words: Vec<String> = container["args"]
            .as_array()
            .unwrap()
            .iter()
            .map(|word| word.as_str().unwrap())
            .filter(|word| !elsewhere.contains(&flag(word)) && !pending.contains(&flag(word)))
            .map(|word| word.replace("=/etc/", &format!("={}/etc/", home.path().display())))
            .chain(["--fail-on=never", "--allow-incomplete", tidy.as_str()].map(ToOwned::to_owned))
            .collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let done = sextant(&words);
        assert_eq!(done.code, 0, "{name}: {words:?}: {}", done.err);
    }
    assert!(mounted > 3 && delivered > 5, "{mounted} {delivered}");
}
