//! Imports point down only: the floors of docs/design.md, held by the compiler's own words.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

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

/// Paths of a `use` tree: `a::{b, c::{d}}` is `a::b` and `a::c::d`.
fn leaves(tree: &str, prefix: &str, into: &mut Vec<String>) {
    let Some(open) = tree.find('{') else {
        into.push(format!("{prefix}{tree}"));
        return;
    };
    let prefix = format!("{prefix}{}", &tree[..open]);
    let (mut depth, mut start) = (0, open + 1);
    for (at, sign) in tree.char_indices().skip(open) {
        depth += i32::from(sign == '{') - i32::from(sign == '}');
        if (sign == ',' && depth == 1) || depth == 0 {
            leaves(&tree[start..at], &prefix, into);
            start = at + 1;
        }
    }
}

/// What each file takes from others, by module path. A folder's `mod.rs` and its files are one family:
/// it names them, and they may take from it what they share.
fn imports() -> BTreeMap<String, Vec<String>> {
    let src = root().join("src");
    let mut files = Vec::new();
    sources(&src, &mut files);
    let module = |file: &Path| {
        let name = file.strip_prefix(&src).unwrap().with_extension("").to_string_lossy().into_owned();
        name.strip_suffix("/mod").map_or(name.clone(), str::to_owned)
    };
    let known: BTreeSet<String> = files.iter().map(|file| module(file)).collect();
    let parents: BTreeSet<&str> = known
        .iter()
        .filter(|one| known.iter().any(|other| other.starts_with(&format!("{one}/"))))
        .map(|s| &**s)
        .collect();
    let uses = regex::Regex::new(r"\buse\s+([^;]+);").unwrap();
    let named = regex::Regex::new(r"\b(?:crate|super)(?:::\w+)+").unwrap();
    let mut taken = BTreeMap::new();
    for file in &files {
        let own = module(file);
        let text = std::fs::read_to_string(file).unwrap();
        let code: String = text
            .split("#[cfg(test)]")
            .next()
            .unwrap()
            .lines()
            .map(|line| line.split("//").next().unwrap())
            .collect::<Vec<_>>()
            .join("\n");
        let mut paths = Vec::new();
        for found in uses.captures_iter(&code) {
            leaves(&found[1].split_whitespace().collect::<String>(), "", &mut paths);
        }
        paths.extend(named.find_iter(&uses.replace_all(&code, "")).map(|found| found.as_str().to_owned()));
        let mut targets = Vec::new();
        for path in paths {
            let mut here: Vec<&str> = own.split('/').collect();
            let mut words = path.split("::").peekable();
            match words.peek() {
                Some(&"crate") => {
                    here.clear();
                    words.next();
                }
                Some(&"super") => {
                    while words.next_if(|word| *word == "super").is_some() {
                        here.pop();
                    }
                }
                _ => continue,
            }
            here.extend(words);
            let target = (1..=here.len()).rev().map(|end| here[..end].join("/")).find(|path| known.contains(path));
            targets.extend(target.filter(|target| *target != own && !parents.contains(target.as_str())));
        }
        if !parents.contains(own.as_str()) {
            taken.insert(own, targets);
        }
    }
    taken
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let imports = imports();
    let reach = |from: &String| {
        let (mut seen, mut next) = (BTreeSet::new(), vec![from]);
        while let Some(one) = next.pop() {
            for target in imports.get(one).into_iter().flatten() {
                if seen.insert(target) {
                    next.push(target);
                }
            }
        }
        seen
    };
    assert!(imports.values().map(Vec::len).sum::<usize>() > 100, "the imports were not read");
    let circles: Vec<&String> = imports.keys().filter(|file| reach(file).contains(file)).collect();
    assert!(circles.is_empty(), "these files import each other: {circles:?}");
}
