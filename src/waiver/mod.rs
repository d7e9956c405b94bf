//! Waivers: somebody answers for a violation until a day. They mark findings, and hide none.
//!
//! A waiver never covers an unknown verdict, and an expired one covers nothing. What is wrong with
//! a waiver itself is a row that COV-004 judges; what is allowed is a norm, and stands in
//! `rules/coverage.yaml`.

mod apply;
pub mod create;

use std::path::{Path, PathBuf};

use globset::{Glob, GlobMatcher};
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::yaml::{self, Step};

pub use apply::apply;

/// A waivers file.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// The waivers, in the order in which they are tried.
    pub waivers: Vec<Entry>,
}

/// One waiver, as it is written.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Unique among all files.
    pub id: String,
    /// Ids of policies; `NET-*` stands for several.
    pub policies: Vec<String>,
    /// Which objects.
    pub r#match: Match,
    /// Who answers for it.
    pub owner: String,
    /// Who agreed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approver: Option<String>,
    /// Why the violation may stay.
    pub reason: String,
    /// Where it was decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
    /// What it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#type: Option<Type>,
    /// What stands in the place of the control.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compensating: Option<String>,
    /// The day it was written, YYYY-MM-DD.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
    /// The last day on which it holds, in UTC, YYYY-MM-DD.
    pub expires: String,
}

/// What a waiver is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the words of risk management")]
pub enum Type {
    AcceptedRisk,
    FalsePositive,
    CompensatingControl,
    NotApplicable,
}

/// Which objects a waiver is about; everything that is named must hold. Names are globs.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Match {
    /// API group; `core` or the empty text for the core group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Namespace; of a Namespace itself its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Labels that the object carries; values are globs.
    #[serde(default, skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    pub labels: std::collections::BTreeMap<String, String>,
    /// Where in the object, as findings say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// One finding, by its fingerprint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    /// Cluster: its context, or the UID of its kube-system namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
}

impl Match {
    /// Nothing narrows it to objects: no name, namespace, label, path or fingerprint that is more than `*`.
    #[must_use]
    pub fn is_wide(&self) -> bool {
        let open = |glob: &Option<String>| glob.as_deref().is_none_or(|glob| glob.chars().all(|c| c == '*'));
        open(&self.namespace)
            && open(&self.name)
            && open(&self.path)
            && open(&self.fingerprint)
            && self.labels.is_empty()
    }
}

/// One waiver, ready to be asked.
#[derive(Clone, Debug)]
pub struct Waiver {
    /// As it was written.
    pub entry: Entry,
    /// The file, as the user named it.
    pub file: String,
    /// Its line, from 1.
    pub line: u32,
    /// Last day on which it holds.
    pub expires: Date,
    policies: Vec<GlobMatcher>,
    globs: Globs,
}

#[derive(Clone, Debug, Default)]
struct Globs {
    namespace: Option<GlobMatcher>,
    name: Option<GlobMatcher>,
    path: Option<GlobMatcher>,
    cluster: Option<GlobMatcher>,
    labels: Vec<(String, GlobMatcher)>,
}

/// A waivers file that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{path}:{line}: {reason}")]
pub struct WaiverError {
    /// The file.
    pub path: String,
    /// Line in it, from 1.
    pub line: u32,
    /// What is wrong, and what to write.
    pub reason: String,
}

/// Reads files, or folders of them.
///
/// # Errors
/// Files that cannot be read, unknown keys, missing words, dates that are none, ids said twice.
pub fn load(paths: &[PathBuf]) -> Result<Vec<Waiver>, WaiverError> {
    let mut all: Vec<Waiver> = Vec::new();
    for path in paths {
        for file in files(path)? {
            let name = file.display().to_string();
            let text = std::fs::read_to_string(&file).map_err(|e| at(&name, 1, e.to_string()))?;
            for waiver in read(&name, &text)? {
                if let Some(first) = all.iter().find(|known| known.entry.id == waiver.entry.id) {
                    let reason = format!(
                        "waiver {} stands in {}:{} already; ids are unique",
                        waiver.entry.id, first.file, first.line
                    );
                    return Err(at(&name, waiver.line, reason));
                }
                all.push(waiver);
            }
        }
    }
    Ok(all)
}

fn at(path: &str, line: u32, reason: impl Into<String>) -> WaiverError {
    WaiverError { path: path.to_owned(), line, reason: reason.into() }
}

fn files(path: &Path) -> Result<Vec<PathBuf>, WaiverError> {
    let name = path.display().to_string();
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let entries = std::fs::read_dir(path).map_err(|e| at(&name, 1, e.to_string()))?;
    let mut found: Vec<PathBuf> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|suffix| suffix == "yaml" || suffix == "yml"))
        .collect();
    found.sort();
    if found.is_empty() { Err(at(&name, 1, "the folder holds no .yaml file")) } else { Ok(found) }
}

/// Reads the text of one file.
///
/// # Errors
/// As [`load`].
pub fn read(path: &str, text: &str) -> Result<Vec<Waiver>, WaiverError> {
    let file: File = yaml::parse(text).map_err(|error| at(path, error.line.unwrap_or(1), error.reason))?;
    let mut waivers: Vec<Waiver> = Vec::new();
    for (index, entry) in file.waivers.into_iter().enumerate() {
        let line_of = |key: &str| {
            let mut steps = vec![Step::Key("waivers".into()), Step::Index(index)];
            if !key.is_empty() {
                steps.push(Step::Key(key.into()));
            }
            yaml::line_of(text, &steps).unwrap_or(1)
        };
        let waiver = ready(entry, path, &line_of)?;
        if waivers.iter().any(|known| known.entry.id == waiver.entry.id) {
            return Err(at(path, waiver.line, format!("waiver {} is there twice; ids are unique", waiver.entry.id)));
        }
        waivers.push(waiver);
    }
    Ok(waivers)
}

fn ready(entry: Entry, path: &str, line_of: &dyn Fn(&str) -> u32) -> Result<Waiver, WaiverError> {
    for (key, text) in [("id", &entry.id), ("owner", &entry.owner), ("reason", &entry.reason)] {
        if text.trim().is_empty() {
            return Err(at(path, line_of(key), format!("{key} is empty: say who answers for it, and why")));
        }
    }
    if entry.policies.is_empty() {
        return Err(at(path, line_of("policies"), "policies is empty: name the ids that it covers"));
    }
    let day = |key: &str, text: &str| {
        text.parse::<Date>().map_err(|_| at(path, line_of(key), format!("{key}: {text:?} is no day; write YYYY-MM-DD")))
    };
    let expires = day("expires", &entry.expires)?;
    if let Some(created) = &entry.created {
        day("created", created)?;
    }
    let glob = |key: &str, text: &str| {
        Glob::new(text)
            .map(|glob| glob.compile_matcher())
            .map_err(|error| at(path, line_of(key), format!("{text:?} is no pattern: {}", error.kind())))
    };
    let maybe = |text: &Option<String>| text.as_deref().map(|text| glob("match", text)).transpose();
    let policies = entry.policies.iter().map(|text| glob("policies", text)).collect::<Result<_, _>>()?;
    let of = &entry.r#match;
    let labels = of.labels.iter().map(|(key, value)| Ok((key.clone(), glob("match", value)?)));
    let globs = Globs {
        namespace: maybe(&of.namespace)?,
        name: maybe(&of.name)?,
        path: of.path.as_deref().map(|text| glob("match", &globset::escape(text).replace("[*]", "*"))).transpose()?,
        cluster: maybe(&of.cluster)?,
        labels: labels.collect::<Result<_, WaiverError>>()?,
    };
    Ok(Waiver { line: line_of(""), file: path.to_owned(), expires, policies, globs, entry })
}
