//! Kubeconfig files as kubectl reads them, and where in them something is wrong.
//!
//! What the parser says is never repeated: it quotes the lines around an error, and they may hold
//! a token.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
};

use kube::config::{Kubeconfig, KubeconfigError};
use serde_json::Value;

use super::problem::{LOOK, bad};
use crate::{
    collect::CollectError,
    yaml::{self, Step},
};

/// One file or several, as one.
pub(super) struct Files {
    pub whole: Kubeconfig,
    paths: Vec<PathBuf>,
}

impl Files {
    /// One file.
    pub fn one(path: &Path) -> Result<Self, CollectError> {
        let whole = read(path)?.ok_or_else(|| unreadable(path, std::io::ErrorKind::NotFound))?;
        Ok(Self { whole, paths: vec![path.to_owned()] })
    }

    /// Every file of a list that is there, as kubectl reads it; an error where none is.
    pub fn list(list: &OsStr) -> Result<Self, CollectError> {
        let mut found: Option<Self> = None;
        let mut missing = None;
        for path in std::env::split_paths(list).filter(|path| !path.as_os_str().is_empty()) {
            let Some(next) = read(&path)? else {
                missing.get_or_insert(path);
                continue;
            };
            found = Some(match found {
                Some(Self { whole, mut paths }) => {
                    let other = |_| bad(path.display().to_string(), "of another kind than the files before it", LOOK);
                    let whole = whole.merge(next).map_err(other)?;
                    paths.push(path);
                    Self { whole, paths }
                }
                None => Self { whole: next, paths: vec![path] },
            });
        }
        found.ok_or_else(|| unreadable(&missing.unwrap_or_default(), std::io::ErrorKind::NotFound))
    }

    /// What the file is called, for messages about it as a whole.
    pub fn name(&self) -> String {
        let names: Vec<String> = self.paths.iter().map(|path| path.display().to_string()).collect();
        names.join(":")
    }

    /// File and line of a key at the top.
    pub fn at(&self, key: &str) -> String {
        self.find(|value| value.get(key).map(|_| vec![Step::Key(key.to_owned())]))
    }

    /// File and line of something in the entry of this name of a list.
    pub fn entry(&self, list: &str, name: &str, rest: &[&str]) -> String {
        self.find(|value| {
            let index = value[list].as_array()?.iter().position(|entry| entry["name"] == name)?;
            let rest = rest.iter().map(|key| Step::Key((*key).to_owned()));
            Some([Step::Key(list.to_owned()), Step::Index(index)].into_iter().chain(rest).collect())
        })
    }

    fn find(&self, steps: impl Fn(&Value) -> Option<Vec<Step>>) -> String {
        for path in &self.paths {
            let Ok(text) = std::fs::read_to_string(path) else { continue };
            let Ok(value) = yaml::parse::<Value>(&text) else { continue };
            if let Some(line) = steps(&value).and_then(|steps| yaml::line_of(&text, &steps)) {
                return format!("{}:{line}", path.display());
            }
        }
        self.name()
    }
}

fn unreadable(path: &Path, kind: std::io::ErrorKind) -> CollectError {
    bad(
        path.display().to_string(),
        format!("the kubeconfig cannot be read: {kind}"),
        "name one that can with --kubeconfig FILE or KUBECONFIG",
    )
}

/// One file; none where it is not there.
fn read(path: &Path) -> Result<Option<Kubeconfig>, CollectError> {
    let shown = || path.display().to_string();
    let found = match Kubeconfig::read_from(path) {
        Ok(found) => found,
        Err(KubeconfigError::ReadConfig(error, _)) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(KubeconfigError::ReadConfig(error, _)) => return Err(unreadable(path, error.kind())),
        Err(KubeconfigError::Parse(error)) => {
            let place = error.location().filter(|place| place.line() > 0);
            let place = place.map_or_else(shown, |place| format!("{}:{}:{}", shown(), place.line(), place.column()));
            return Err(bad(place, "not a valid kubeconfig", LOOK));
        }
        Err(_) => return Err(bad(shown(), "not a valid kubeconfig", LOOK)),
    };
    if let Some(kind) = found.kind.as_deref().filter(|kind| *kind != "Config") {
        let files = Files { whole: Kubeconfig::default(), paths: vec![path.to_owned()] };
        // Kinds are words of the API, and no secrets; whatever is longer is none.
        let kind: String = kind.chars().filter(char::is_ascii_alphanumeric).take(40).collect();
        return Err(bad(files.at("kind"), format!("kind is {kind}, and a kubeconfig has kind Config"), LOOK));
    }
    Ok(Some(found))
}
