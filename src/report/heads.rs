//! What a report says of its run: program, source, gate, aspects, policies, coverage, baseline.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Counts;
use crate::snapshot::{Coverage, Snapshot};

/// The program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "name and version")]
pub struct Tool {
    pub name: String,
    pub version: String,
}

/// The source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SnapshotHead {
    /// RFC 3339; null where the source has no clock.
    pub time: Option<String>,
    /// As the user named it.
    pub source: String,
    /// Which cluster.
    pub cluster: ClusterHead,
    /// When a live cluster was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span: Option<SpanHead>,
}

impl SnapshotHead {
    /// The moment, or the word for an unknown one, and how long it was.
    #[must_use]
    pub fn as_of(&self, unknown: &str) -> String {
        let time = self.time.as_deref().unwrap_or(unknown);
        let span = self.span.as_ref().map(|span| format!(", read within {}", seconds(span.skew_ms)));
        format!("{time}{}", span.unwrap_or_default())
    }
}

/// Milliseconds as seconds.
#[must_use]
pub fn seconds(ms: u64) -> String {
    format!("{}.{:03} s", ms / 1000, ms % 1000)
}

/// When a live cluster was read: kinds are listed one after another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SpanHead {
    /// When the first list began, RFC 3339, by the server's clock where it tells it.
    pub started: String,
    /// When the last list ended.
    pub finished: String,
    /// How far they are apart, in milliseconds.
    pub skew_ms: u64,
    /// The revision of all lists, with `--pin`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pinned: Option<String>,
}

/// Which cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClusterHead {
    /// UID of the kube-system namespace.
    pub uid: Option<String>,
    /// Server version.
    pub version: Option<String>,
    /// Context name.
    pub context: Option<String>,
    /// What its owner calls it, with `--cluster-name` or in a fleet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl ClusterHead {
    /// What people call it: its name, its context, or the source.
    #[must_use]
    pub fn called<'a>(&'a self, source: &'a str) -> &'a str {
        self.name.as_deref().or(self.context.as_deref()).unwrap_or(source)
    }
}

/// The judgement of the gate.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GateHead {
    /// 0, 1, 4 or 5.
    pub exit_code: u8,
    /// A fail at or above the threshold.
    pub failed: bool,
    /// An unknown verdict.
    pub incomplete: bool,
    /// The threshold.
    pub fail_on: String,
    /// What failed it, one line each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
}

/// Counts of an aspect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "aspect and counts")]
pub struct AspectHead {
    pub aspect: String,
    pub counts: Counts,
}

/// A policy and what it came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PolicyHead {
    /// Its id.
    pub id: String,
    /// Its requirement.
    pub title: String,
    /// Its aspect.
    pub aspect: String,
    /// Its severity.
    #[schemars(with = "String")]
    pub severity: crate::severity::Severity,
    /// Subjects by verdict.
    pub counts: Counts,
    /// Why it could not run.
    pub error: Option<String>,
    /// Why it matters.
    #[serde(default)]
    pub description: String,
    /// What to do about a violation.
    #[serde(default)]
    pub remediation: String,
    /// Where to read on.
    #[serde(default)]
    pub links: Vec<String>,
    /// Control ids by framework.
    #[serde(default)]
    pub controls: BTreeMap<String, Vec<String>>,
}

/// A coverage record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CoverageHead {
    /// `group/Kind`, for a kind.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub kind: Option<String>,
    /// Document or outside source, for such.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub source: Option<String>,
    /// How completely it was read.
    pub state: crate::snapshot::State,
    /// Objects read.
    pub objects: u64,
    /// Why it is not complete.
    pub reason: String,
    /// resourceVersion of the list, for a live cluster.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub revision: Option<String>,
}

impl CoverageHead {
    /// A record of a kind.
    #[must_use]
    pub fn of_kind(kind: &crate::object::Kind, coverage: Coverage) -> Self {
        let Coverage { state, objects, reason, .. } = coverage;
        Self { kind: Some(kind.to_string()), source: None, state, objects, reason, revision: None }
    }

    /// A record of a document or an outside source.
    #[must_use]
    pub fn of_source(source: &str, coverage: Coverage) -> Self {
        let Coverage { state, objects, reason, .. } = coverage;
        Self { kind: None, source: Some(source.to_owned()), state, objects, reason, revision: None }
    }
}

/// The catalogue of systems, and how old what it says of their maintenance is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CatalogueHead {
    /// Systems that it knows.
    pub systems: usize,
    /// Those of them of whose maintenance it says something.
    pub dated: usize,
    /// Day on which the oldest of that was looked up.
    pub oldest: Option<String>,
    /// Day on which the newest was.
    pub newest: Option<String>,
    /// Age of the oldest at the time of the snapshot, in days; null without a clock.
    pub age_days: Option<i64>,
}

impl CatalogueHead {
    /// In a sentence, for people.
    #[must_use]
    pub fn told(&self) -> String {
        let Some(oldest) = &self.oldest else { return format!("Catalogue: {} systems, no dates", self.systems) };
        let newest = self.newest.as_deref().filter(|newest| newest != oldest);
        let span = newest.map_or_else(|| oldest.clone(), |newest| format!("{oldest} to {newest}"));
        let age = self.age_days.map_or(String::new(), |days| format!(", {days} days before the snapshot"));
        format!("Catalogue: {} systems; dates of maintenance for {} as of {span}{age}", self.systems, self.dated)
    }
}

/// A baseline, and how many violations are in which state against it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BaselineHead {
    /// As the user named it.
    pub source: String,
    /// Time of its snapshot.
    pub time: Option<String>,
    /// Judged before, and not found then; or found milder.
    pub new: u64,
    /// Found before.
    pub unchanged: u64,
    /// Fixed once, and back.
    pub regressed: u64,
    /// Gone, proven.
    pub fixed: u64,
    /// One of the two runs could not judge them.
    pub incomparable: u64,
}

impl BaselineHead {
    /// Counts one violation.
    pub fn count(&mut self, state: &str) {
        match state {
            "new" => self.new += 1,
            "unchanged" => self.unchanged += 1,
            "regressed" => self.regressed += 1,
            "fixed" => self.fixed += 1,
            _ => self.incomparable += 1,
        }
    }
}

/// Who the snapshot is of.
#[must_use]
pub fn head(snapshot: &Snapshot) -> SnapshotHead {
    let header = &snapshot.header;
    SnapshotHead {
        time: header.time.clone(),
        source: header.source.clone(),
        cluster: ClusterHead {
            uid: header.uid.clone(),
            version: header.version.clone(),
            context: header.context.clone(),
            name: None,
        },
        span: header.span.as_ref().and_then(|span| {
            Some(SpanHead {
                started: span.started()?.to_owned(),
                finished: span.finished()?.to_owned(),
                skew_ms: span.skew_ms(),
                pinned: span.pinned.clone(),
            })
        }),
    }
}

/// The program as it names itself.
#[must_use]
pub fn tool() -> Tool {
    Tool { name: env!("CARGO_PKG_NAME").into(), version: env!("CARGO_PKG_VERSION").into() }
}
