//! What runs sextant in other people's CI, run for real as far as a shell goes: the steps of the
//! GitHub action and the script of the GitLab job. Linters of others hold the files (.ci/integrations).

mod github;
mod gitlab;

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::harness::{root, text};

/// A YAML file of the checkout.
fn yaml(path: &str) -> Value {
    let text = std::fs::read_to_string(root().join(path)).unwrap();
    serde_saphyr::from_str(&text).unwrap()
}

/// A program of this name in a folder of its own, to stand before others on the PATH.
fn program(dir: &Path, name: &str, script: &str) -> PathBuf {
    use std::os::unix::fs::PermissionsExt as _;
    let path = dir.join(name);
    std::fs::create_dir_all(dir).unwrap();
    std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path
}

/// This folder, then what the machine has.
fn before_path(dir: &Path) -> String {
    format!("{}:{}", dir.display(), std::env::var("PATH").unwrap())
}

/// A manifest that violates something, on its fifth line, as a repository has it.
fn manifests(dir: &Path) {
    std::fs::create_dir_all(dir.join("deploy of all")).unwrap();
    let open = "# Everybody may come in.\n---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n\
                metadata: {name: open, namespace: shop}\nspec: {podSelector: {}, ingress: [{}], policyTypes: [Ingress]}\n";
    std::fs::write(dir.join("deploy of all/open.yaml"), open).unwrap();
}

/// Where the program under test is.
fn binary() -> String {
    text(Path::new(env!("CARGO_BIN_EXE_sextant")))
}
