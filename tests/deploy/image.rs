//! The image and the Krew plugin, with a stand-in for the release binary: their form, and that the
//! same input gives the same bytes. `.ci/image` looks at the real binary.

use std::{fs, path::Path, process::Command};

use serde_json::Value;

use super::{root, run, text};
use crate::harness::sextant;

fn script(name: &str, arguments: &[&str]) -> String {
    run(&root().join("deploy").join(name), arguments)
}

fn json(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn one_binary_gives_one_image() {
    if !cfg!(target_os = "linux") {
        eprintln!("SKIPPED: GNU tar packs the image");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let binary = dir.path().join("binary");
    fs::write(&binary, b"no program").unwrap();
    let make = |number: u8| {
        let (tree, out) = (dir.path().join(format!("root{number}")), dir.path().join(format!("image{number}")));
        script("image/rootfs", &[&text(&binary), &text(&tree)]);
        (script("image/layout", &[&text(&tree), "0.1.0", &text(&out)]), out)
    };
    let ((first, out), (second, _)) = (make(1), make(2));
    assert_eq!(first, second);

    let blob = |digest: &Value| {
        let sum = digest["digest"].as_str().unwrap().strip_prefix("sha256:").unwrap().to_owned();
        let path = out.join("blobs/sha256").join(sum);
        assert_eq!(fs::metadata(&path).unwrap().len(), digest["size"].as_u64().unwrap());
        path
    };
    let manifest = json(&blob(&json(&out.join("index.json"))["manifests"][0]));
    let config = json(&blob(&manifest["config"]));
    assert_eq!(config["config"]["User"], "65532:65532");
    assert_eq!(config["config"]["Entrypoint"], serde_json::json!(["/sextant"]));
    let mut layer =
        tar::Archive::new(flate2::read::GzDecoder::new(fs::File::open(blob(&manifest["layers"][0])).unwrap()));
    for entry in layer.entries().unwrap() {
        let entry = entry.unwrap();
        let (path, mode) = (entry.path().unwrap().display().to_string(), entry.header().mode().unwrap());
        assert_eq!(entry.header().uid().unwrap(), 0, "{path} belongs to the account that runs it");
        // Nothing but /tmp can be written by others, and nothing raises rights.
        assert!(mode & 0o6002 == 0 || path.trim_end_matches('/') == "./tmp", "{path} {mode:o}");
    }
}

#[test]
fn krew_accepts_the_manifest() {
    if !cfg!(target_os = "linux") {
        eprintln!("SKIPPED: GNU tar packs the archive");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let binary = dir.path().join("binary");
    fs::write(&binary, b"no program").unwrap();
    let pack = |folder: &str| {
        let out = dir.path().join(folder);
        script("krew/archive", &[&text(&binary), "linux-amd64", &text(&out)]).trim().to_owned()
    };
    let (one, two) = (pack("one"), pack("two"));
    assert_eq!(fs::read(&one).unwrap(), fs::read(&two).unwrap());
    let printed = script("krew/manifest", &["0.1.0", "https://example.com/v0.1.0", &one]);
    let manifest: Value = sextant::yaml::parse(&printed).unwrap();
    let schema = json(&root().join("deploy/krew/schema.json"));
    let validator = jsonschema::validator_for(&schema).unwrap();
    let wrong: Vec<String> = validator.iter_errors(&manifest).map(|error| error.to_string()).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(manifest["spec"]["version"], format!("v{}", env!("CARGO_PKG_VERSION")).as_str());
}

#[test]
fn kubectl_runs_it_as_a_plugin() {
    let Some(kubectl) = std::env::var_os("KUBEBUILDER_ASSETS").map(|dir| Path::new(&dir).join("kubectl")) else {
        eprintln!("SKIPPED: no kubectl; export KUBEBUILDER_ASSETS=$(.ci/control-plane)");
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_sextant"), dir.path().join("kubectl-sextant")).unwrap();
    let plugin = |words: &[&str]| {
        let done = Command::new(&kubectl).arg("sextant").args(words).env("PATH", dir.path()).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (done.status.code(), text(done.stdout), text(done.stderr))
    };
    let (_, said, err) = plugin(&["explain", "exit-codes"]);
    assert_eq!(said, sextant(&["explain", "exit-codes"]).out, "{err}");
    // It is called what its user types, and its exit code arrives.
    let (_, help, _) = plugin(&["audit", "--help"]);
    assert!(help.contains("Usage: kubectl sextant audit"), "{help}");
    let (code, _, err) = plugin(&["audit", "--sampel"]);
    assert!(code == Some(2) && err.contains("kubectl sextant audit"), "{code:?} {err}");
}
