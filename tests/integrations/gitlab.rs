//! The script of the GitLab job, run as the runner's shell runs it.

use std::{collections::BTreeMap, path::Path, process::Command};

use serde_json::Value;

use super::{before_path, binary, manifests, program, yaml};

const TEMPLATE: &str = "deploy/gitlab/sextant.gitlab-ci.yml";

/// Exit code and log of the job in this folder.
fn job(dir: &Path, path: &str, variables: &[(&str, &str)]) -> (i32, String) {
    let template = yaml(TEMPLATE);
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in template["variables"].as_object().unwrap() {
        known.insert(name.clone(), value.as_str().unwrap().to_owned());
    }
    for (name, value) in variables {
        assert!(known.insert((*name).to_owned(), (*value).to_owned()).is_some(), "the template has no {name}");
    }
    assert_eq!(template["sextant"]["extends"], ".sextant");
    let script: Vec<&str> =
        template[".sextant"]["script"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
    // Images have bash or a plain shell; the plain one takes less.
    let done = Command::new("sh")
        .args(["-c", &script.join("\n")])
        .current_dir(dir)
        .env("PATH", path)
        .env("KUBECONFIG", "/dev/null")
        .envs(known)
        .output()
        .unwrap();
    let log = String::from_utf8(done.stdout).unwrap() + &String::from_utf8(done.stderr).unwrap();
    (done.status.code().unwrap(), log)
}

fn path() -> String {
    std::env::var("PATH").unwrap()
}

#[test]
fn the_job_ends_as_the_gate_says_and_leaves_its_reports() {
    let dir = tempfile::tempdir().unwrap();
    manifests(dir.path());
    std::fs::rename(dir.path().join("deploy of all"), dir.path().join("manifests")).unwrap();
    std::fs::rename(dir.path().join("manifests/open.yaml"), dir.path().join("manifests/to all.yaml")).unwrap();
    let template = yaml(TEMPLATE);
    let artifacts = &template[".sextant"]["artifacts"];
    assert_eq!(artifacts["when"], "always");
    let audit = [
        ("SEXTANT_BINARY", &*binary()),
        ("SEXTANT_PATHS", "manifests"),
        ("SEXTANT_ARGUMENTS", "--max info=0 --allow-incomplete"),
    ];
    let (code, log) = job(dir.path(), &path(), &audit);
    assert_eq!(code, 1, "{log}");
    assert!(log.contains("GATE FAILED"), "{log}");
    let quality = artifacts["reports"]["codequality"].as_str().unwrap();
    let quality: Value = serde_json::from_str(&std::fs::read_to_string(dir.path().join(quality)).unwrap()).unwrap();
    assert_eq!(quality[0]["location"]["path"], "manifests/to all.yaml");
    let junit = std::fs::read_to_string(dir.path().join(artifacts["reports"]["junit"].as_str().unwrap())).unwrap();
    assert!(junit.contains("<failure "), "{junit}");
    // No result: 3, and nothing old among the artifacts.
    let (code, log) = job(dir.path(), &path(), &[audit[0], ("SEXTANT_PATHS", "no-such-folder")]);
    assert_eq!(code, 3, "{log}");
    assert_eq!(std::fs::read_dir(dir.path().join("sextant-reports")).unwrap().count(), 0);
    let (code, log) = job(dir.path(), &path(), &[audit[0], audit[1], ("SEXTANT_FAIL_ON", "never")]);
    assert_eq!(code, 0, "{log}");
}

#[test]
fn without_a_program_a_commit_is_built() {
    let dir = tempfile::tempdir().unwrap();
    manifests(dir.path());
    let bin = dir.path().join("bin");
    let cargo = format!("printf '<%s>' \"$@\"; mkdir -p .sextant/bin && cp '{}' .sextant/bin/sextant", binary());
    program(&bin, "cargo", &cargo);
    let from = [("SEXTANT_GIT", "https://git.example/sextant.git"), ("SEXTANT_COMMIT", "0123abcd")];
    let words = [from[0], from[1], ("SEXTANT_PATHS", "deploy*"), ("SEXTANT_FAIL_ON", "never")];
    let (code, log) = job(dir.path(), &before_path(&bin), &words);
    assert_eq!(code, 0, "{log}");
    assert!(log.contains("<--git><https://git.example/sextant.git><--rev><0123abcd>"), "{log}");
    let (code, log) = job(dir.path(), &path(), &[]);
    assert_eq!(code, 2);
    assert!(log.contains("set SEXTANT_BINARY, or SEXTANT_GIT and SEXTANT_COMMIT"), "{log}");
}
