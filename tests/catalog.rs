//! The catalogue as data: its published schema, its roles, and systems that users add.

use std::collections::BTreeMap;

use serde_json::Value;
use sextant::inventory::catalog::System;

use crate::{
    detected::catalog,
    harness::{root, sextant, text},
};

#[test]
fn the_schema_is_current_and_every_file_keeps_to_it() {
    let path = root().join("rules/catalog/schema/extension.schema.json");
    let drawn = serde_json::to_string_pretty(&schemars::schema_for!(System)).unwrap() + "\n";
    if std::env::var("SNAPSHOTS").is_ok_and(|value| value == "overwrite") {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &drawn).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(kept, drawn, "SNAPSHOTS=overwrite cargo test regenerates it");
    let schema: Value = serde_json::from_str(&drawn).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for entry in std::fs::read_dir(root().join("rules/catalog/extensions")).unwrap() {
        let file = entry.unwrap().path();
        let value: Value = sextant::yaml::parse(&std::fs::read_to_string(&file).unwrap()).unwrap();
        let errors: Vec<String> =
            validator.iter_errors(&value).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert!(errors.is_empty(), "{}: {errors:?}", file.display());
        assert_eq!(
            value["id"].as_str(),
            file.file_stem().and_then(|s| s.to_str()),
            "the file is called like its system"
        );
    }
}

#[test]
fn every_role_belongs_to_one_aspect() {
    let path = root().join("rules/catalog/roles.yaml");
    let roles: BTreeMap<String, String> = sextant::yaml::parse(&std::fs::read_to_string(path).unwrap()).unwrap();
    for system in &catalog().systems {
        for role in &system.roles {
            assert_eq!(roles.get(role), Some(&system.aspect), "{role} of {}", system.id);
        }
    }
    for role in roles.keys() {
        assert!(catalog().systems.iter().any(|s| s.roles.contains(role)), "nothing has the role {role}");
    }
}

#[test]
fn a_house_declares_systems_of_its_own() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, content: &str| std::fs::write(dir.path().join(name), content).unwrap();
    write(
        "bank-cni.yaml",
        "id: bank-cni\nname: Bank CNI\naspect: network\nroles: [overlay-network]\nimages: {main: [\"bank/cni-agent$\"]}\n\
         capabilities: {overlay: [{value: \"yes\", note: \"its agent runs\"}]}\n",
    );
    write("zot.yaml", "id: zot\nname: Our zot\naspect: registry\nimages: {main: [\"bank/registry$\"]}\n");
    let objects = tempfile::NamedTempFile::with_suffix(".yaml").unwrap();
    let workload = |kind: &str, name: &str, image: &str| {
        format!(
            "---\napiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: {name}, namespace: kube-system}}\n\
             spec: {{selector: {{}}, template: {{spec: {{containers: [{{name: a, image: \"{image}\"}}]}}}}}}\n"
        )
    };
    let all = workload("DaemonSet", "net", "reg.bank.example/bank/cni-agent:v2.1.0")
        + &workload("Deployment", "images", "reg.bank.example/bank/registry:1.4")
        + &workload("Deployment", "old", "ghcr.io/project-zot/zot:v2.1.18");
    std::fs::write(objects.path(), all).unwrap();
    let run = |catalog: &str| sextant(&["inventory", "-o", "json", "--catalog", catalog, &text(objects.path())]);
    let told: Value = serde_json::from_str(&run(&text(dir.path())).out).unwrap();
    let found: Vec<String> = told["extensions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| format!("{} {}", e["name"].as_str().unwrap(), e["version"].as_str().unwrap()))
        .collect();
    assert_eq!(found, ["Bank CNI v2.1.0", "Our zot 1.4"]);

    write("bank-cni.yaml", "id: bank-cni\nname: Bank CNI\naspect: network\nimages:\n  mian: [x]\n");
    let broken = run(&text(dir.path()));
    assert_eq!(broken.code, 2);
    assert!(broken.err.contains("bank-cni.yaml:5: ") && broken.err.contains("mian"), "{}", broken.err);
}
