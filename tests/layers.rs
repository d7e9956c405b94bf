//! Imports point down only: the floors of docs/design.md, held by the compiler's own words.

use std::{collections::BTreeMap, path::Path};

use crate::harness::root;

/// From the top floor to the ground; a file may name rooms below its own, and its own.
const FLOORS: [&[&str]; 16] = [
    &["main"],
    &["run"],
    &["command"],
    &["cli"],
    &["render", "deliver"],
    &["fleet"],
    &["gate", "history"],
    &["judge"],
    &["report", "waiver", "baseline"],
    &["engine"],
    &["inventory"],
    &["facts", "collect"],
    &["policy", "rules"],
    &["embedded", "snapshot"],
    &["view", "yaml", "store"],
    &["object", "severity"],
];

fn floor(room: &str) -> usize {
    FLOORS.iter().position(|floor| floor.contains(&room)).unwrap_or_else(|| panic!("room {room} has no floor"))
}

fn sources(dir: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|suffix| suffix == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn arrows_point_down() {
    let src = root().join("src");
    let mut files = Vec::new();
    sources(&src, &mut files);
    let mut up = BTreeMap::new();
    let uses = regex::Regex::new(r"crate::(?:\{([^;]*)\}|([a-z_]+))").unwrap();
    let heads = regex::Regex::new(r"(?m)(?:^|[,{])\s*([a-z_]+)(?:::|,|$|\s*\{|\})").unwrap();
    for file in files {
        let name = file.strip_prefix(&src).unwrap().to_string_lossy().into_owned();
        let room = name.split(['/', '.']).next().unwrap().to_owned();
        if room == "lib" {
            continue;
        }
        let text = std::fs::read_to_string(&file).unwrap();
        // Tests at the foot of a file may look anywhere.
        let code = text.split("#[cfg(test)]").next().unwrap();
        for captures in uses.captures_iter(code) {
            let list = captures.get(1).or(captures.get(2)).unwrap().as_str();
            let mut depth = 0;
            let flat: String = list
                .chars()
                .filter(|c| {
                    depth += i32::from(*c == '{');
                    let keep = depth == 0;
                    depth -= i32::from(*c == '}');
                    keep
                })
                .collect();
            for head in heads.captures_iter(&format!("{flat},")) {
                let target = &head[1];
                if floor(target) < floor(&room) {
                    up.insert(format!("{name} → {target}"), ());
                }
            }
        }
    }
    assert!(up.is_empty(), "imports that point up: {:?}", up.keys().collect::<Vec<_>>());
}

#[test]
fn only_its_own_room_names_the_engine_and_only_collect_the_network() {
    let src = root().join("src");
    let mut files = Vec::new();
    sources(&src, &mut files);
    for file in files {
        let name = file.strip_prefix(&src).unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(name.starts_with("engine/") || !text.contains("regorus::"), "{name} names regorus");
        assert!(name.starts_with("collect/") || !text.contains("kube::"), "{name} names kube");
        let prints = text
            .lines()
            .any(|line| line.trim_start().starts_with("println!") || line.trim_start().starts_with("eprintln!"));
        assert!(!prints, "{name} prints by itself");
    }
}
