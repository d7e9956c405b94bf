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

/// An in-house network that enforces policies is believed as any other: by its switch.
#[test]
fn a_network_of_the_house_enforces() {
    let dir = tempfile::tempdir().unwrap();
    let catalog = dir.path().join("bank-cni.yaml");
    std::fs::write(
        &catalog,
        "id: bank-cni\nname: Bank CNI\naspect: network\nroles: [overlay-network]\nimages: {main: [\"bank/cni-agent$\"]}\n\
         capabilities:\n  overlay:\n    - {value: \"yes\", note: \"its agent runs\"}\n  network-policy:\n    \
         - {value: \"yes\", if: [{arg: \"^--enforce$\"}], note: \"--enforce is on\"}\n    - {value: \"no\", note: \"--enforce is not on\"}\n",
    )
    .unwrap();
    let audit = |argument: &str, catalog: &[&str]| -> Vec<String> {
        let objects = dir.path().join("objects.yaml");
        let text_of = format!(
            "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {{name: net, namespace: kube-system}}\n\
             spec: {{selector: {{}}, template: {{spec: {{containers: [{{name: a, image: \"reg.bank.example/bank/cni-agent:v2\", args: [\"{argument}\"]}}]}}}}}}\n\
             status: {{desiredNumberScheduled: 1, numberReady: 1}}\n---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: shop}}\n"
        );
        std::fs::write(&objects, text_of).unwrap();
        let objects = text(&objects);
        let mut arguments = vec!["audit", "--select", "NET-003", "-o", "json", "--complete", &objects];
        for path in catalog {
            arguments.extend(["--catalog", path]);
        }
        let run = sextant(&arguments);
        let report: Value = serde_json::from_str(&run.out).unwrap_or_else(|_| panic!("{}", run.err));
        report["findings"].as_array().unwrap().iter().map(|f| format!("{} {}", f["policy"], f["verdict"])).collect()
    };
    let own = text(&catalog);
    assert_eq!(audit("--enforce", &[&own]), Vec::<String>::new());
    assert_eq!(audit("--watch", &[&own]), ["\"NET-003\" \"fail\""]);
    assert_eq!(audit("--enforce", &[]), ["\"NET-003\" \"fail\""], "without the file nobody knows it");
}

/// What a file of the user says wrongly is refused with file, line and remedy.
#[test]
fn mistakes_of_a_catalogue_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let objects = text(&root().join("fixtures/detect/06-flannel-alone.yaml"));
    let head = "id: x\nname: X\naspect: network\nimages: {main: [\"x/y$\"]}\n";
    for (content, said) in [
        (
            "id: x\nname: X\naspect: netwrok\nimages: {main: [\"x/y$\"]}\n",
            "x.yaml:3: aspect \"netwrok\" is none of network,",
        ),
        (
            "id: X 1\nname: X\naspect: network\nimages: {main: [\"x/y$\"]}\n",
            "x.yaml:1: id \"X 1\" is not of lower-case",
        ),
        ("id: x\nname: X\naspect: network\n", "x.yaml:1: nothing tells that it is there"),
        (&format!("{head}roles: [storage]\n"), "x.yaml:5: role storage is judged under aspect storage, not network"),
        (&format!("{head}claims: [nobody]\n"), "x.yaml:5: claims \"nobody\", which is no system"),
        (&format!("{head}bundled_by: [nobody]\n"), "x.yaml:5: is bundled by \"nobody\", which is no system"),
        (&format!("{head}capabilities:\n  overlay: []\n"), "x.yaml:6: capability overlay has no case"),
        (&format!("{head}lifecycle:\n  status: fine\n"), "x.yaml:6: status \"fine\" is none of active,"),
        (&format!("{head}lifecycle:\n  status: active\n  eol: 31.3.2026\n"), "x.yaml:7: \"31.3.2026\" is no day"),
        (&format!("{head}capabilities:\n  overlay:\n    - {{value: maybe}}\n"), "x.yaml:7: "),
        (
            &format!("{head}capabilities:\n  overlay:\n    - {{value: \"yes\", if: [{{config: \"x=y\"}}]}}\n"),
            "x.yaml:7: ",
        ),
    ] {
        let file = dir.path().join("x.yaml");
        std::fs::write(&file, content).unwrap();
        let run = sextant(&["inventory", "--catalog", &text(&file), &objects]);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{content}");
        assert!(run.err.contains(said), "{content}\n{}", run.err);
    }
    std::fs::write(dir.path().join("x.yaml"), head).unwrap();
    std::fs::write(dir.path().join("y.yaml"), head).unwrap();
    let run = sextant(&["inventory", "--catalog", &text(dir.path()), &objects]);
    assert_eq!(run.code, 2);
    assert!(
        run.err.contains("y.yaml:1: system \"x\" is declared in") && run.err.contains("x.yaml already"),
        "{}",
        run.err
    );
    let empty = tempfile::tempdir().unwrap();
    let run = sextant(&["inventory", "--catalog", &text(empty.path()), &objects]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("holds no .yaml file"), "{}", run.err);
    let run = sextant(&["inventory", "--catalog", "no-such-file.yaml", &objects]);
    assert_eq!(run.code, 2, "{}", run.err);
}
