//! The one funnel: judgements become verdicts, findings and counts, in a fixed order.
//!
//! These structs are the JSON report, format 1. Others build on it: fields are added, none is
//! renamed. No clock, no environment: the same judgements give the same report.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{
    object::ObjectRef,
    policy::{ASPECTS, Policy},
    snapshot::{Coverage, Snapshot},
};

/// The format of the JSON report.
pub const FORMAT: u32 = 1;

/// What a policy says of a subject, after waivers. Order: the worse first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// A violation was proven.
    Fail,
    /// It could not be judged. Never a pass.
    Unknown,
    /// It would fail, and somebody answers for it.
    Waived,
    /// Judged on complete evidence, and nothing was found.
    Pass,
    /// The policy does not concern it.
    NotApplicable,
}

impl Verdict {
    /// The word of reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Unknown => "unknown",
            Self::Waived => "waived",
            Self::Pass => "pass",
            Self::NotApplicable => "not_applicable",
        }
    }
}

/// Why a verdict is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// A kind that the policy needs was not read completely.
    Coverage,
    /// The policy cannot judge this row.
    Evidence,
    /// The policy failed or ran out of time.
    PolicyError,
    /// Nothing more to say.
    #[serde(rename = "")]
    None,
}

/// How many subjects got which verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "the five verdicts")]
pub struct Counts {
    pub fail: u64,
    pub unknown: u64,
    pub waived: u64,
    pub pass: u64,
    pub not_applicable: u64,
}

impl Counts {
    fn add(&mut self, other: Self) {
        self.fail += other.fail;
        self.unknown += other.unknown;
        self.waived += other.waived;
        self.pass += other.pass;
        self.not_applicable += other.not_applicable;
    }

    /// Judged subjects: everything but not applicable.
    #[must_use]
    pub fn judged(&self) -> u64 {
        self.fail + self.unknown + self.waived + self.pass
    }
}

/// What a policy came to, before waivers.
#[derive(Clone, Debug)]
pub struct Judgement<'p> {
    /// The policy.
    pub policy: &'p Policy,
    /// Its findings: fails and unknowns.
    pub findings: Vec<Finding>,
    /// Subjects that passed.
    pub pass: u64,
    /// Rows that the policy does not concern; 1 where there is no row at all.
    pub not_applicable: u64,
    /// Subjects that passed or do not apply, where somebody wants to see them.
    pub listed: Vec<Subject>,
    /// Why the policy could not run.
    pub error: Option<String>,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// Id of the policy.
    pub policy: String,
    /// `fail`, `unknown` or `waived`.
    pub verdict: Verdict,
    /// How bad.
    #[schemars(with = "String")]
    pub severity: crate::severity::Severity,
    /// One of the eleven aspects.
    pub aspect: String,
    /// What it is about.
    pub subject: ObjectRef,
    /// Where in the object; list items by their key.
    pub path: String,
    /// What is wrong with this object.
    pub message: String,
    /// What was seen.
    pub evidence: Value,
    /// Survives redeployment and API migration: 32 hexadecimal digits.
    pub fingerprint: String,
    /// Why it is unknown; empty for a fail.
    pub reason: Reason,
    /// The user's file, for manifests.
    pub file: Option<String>,
    /// Line in it, from 1.
    pub line: Option<u32>,
    /// Id of the waiver that covers it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiver: Option<String>,
    /// Against a baseline: `new`, `unchanged`, `regressed`, `incomparable`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
}

/// A subject without a finding, for `--all`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Subject {
    /// Id of the policy.
    pub policy: String,
    /// `pass` or `not_applicable`.
    pub verdict: Verdict,
    /// The subject.
    pub subject: ObjectRef,
    /// Why it does not apply, where something is to be said.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

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
}

impl CoverageHead {
    /// A record of a kind.
    #[must_use]
    pub fn of_kind(kind: &crate::object::Kind, coverage: Coverage) -> Self {
        let Coverage { state, objects, reason, .. } = coverage;
        Self { kind: Some(kind.to_string()), source: None, state, objects, reason }
    }

    /// A record of a document or an outside source.
    #[must_use]
    pub fn of_source(source: &str, coverage: Coverage) -> Self {
        let Coverage { state, objects, reason, .. } = coverage;
        Self { kind: None, source: Some(source.to_owned()), state, objects, reason }
    }
}

/// All that a run found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// 1.
    pub format: u32,
    /// What made it.
    pub tool: Tool,
    /// Of what.
    pub snapshot: SnapshotHead,
    /// What the gate says.
    pub gate: GateHead,
    /// Subjects by verdict, over all policies.
    pub counts: Counts,
    /// The same by aspect.
    pub aspects: Vec<AspectHead>,
    /// Every policy asked, by id.
    pub policies: Vec<PolicyHead>,
    /// Fails, unknowns and waived ones, by aspect, policy and subject.
    pub findings: Vec<Finding>,
    /// Systems detected.
    pub extensions: Vec<Value>,
    /// What was read and what was not.
    pub coverage: Vec<CoverageHead>,
    /// Waivers that were applied.
    pub waivers: Vec<Value>,
    /// Passing and not applicable subjects, with `--all`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subjects: Vec<Subject>,
    /// What it was compared with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<BaselineHead>,
    /// Violations of the baseline that are not there any more: `fixed` or `incomparable`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub absent: Vec<Finding>,
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

/// Policy, object and place; no version, UID, line or message.
#[must_use]
pub fn fingerprint(policy: &str, subject: &ObjectRef, path: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(b"sextant/v1");
    for part in [policy, &subject.group, &subject.kind, &subject.namespace, &subject.name, path] {
        hash.update([0]);
        hash.update(part.as_bytes());
    }
    hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
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
    }
}

/// The program as it names itself.
#[must_use]
pub fn tool() -> Tool {
    Tool { name: env!("CARGO_PKG_NAME").into(), version: env!("CARGO_PKG_VERSION").into() }
}

impl Report {
    /// Lays judgements out. Waivers, baseline and gate come after, each through its own room.
    #[must_use]
    pub fn new(
        snapshot: &Snapshot,
        judgements: Vec<Judgement<'_>>,
        extensions: Vec<Value>,
        coverage: Vec<CoverageHead>,
    ) -> Self {
        let mut report = Self {
            format: FORMAT,
            tool: tool(),
            snapshot: head(snapshot),
            gate: GateHead::default(),
            counts: Counts::default(),
            aspects: Vec::new(),
            policies: Vec::new(),
            findings: Vec::new(),
            extensions,
            coverage,
            waivers: Vec::new(),
            subjects: Vec::new(),
            baseline: None,
            absent: Vec::new(),
        };
        report.add(judgements);
        report
    }

    /// Lays further judgements into it.
    pub fn add(&mut self, judgements: Vec<Judgement<'_>>) {
        let report = self;
        for judgement in judgements {
            let Judgement { policy, findings, pass, not_applicable, listed, error } = judgement;
            let header = &policy.header;
            report.policies.push(PolicyHead {
                id: policy.id().to_owned(),
                title: header.title.clone(),
                aspect: policy.aspect.clone(),
                severity: header.custom.severity,
                counts: Counts { pass, not_applicable, ..Counts::default() },
                error,
                description: header.description.trim().to_owned(),
                remediation: header.custom.remediation.trim().to_owned(),
                links: header.related_resources.clone(),
                controls: header.custom.controls.clone(),
            });
            report.findings.extend(findings);
            report.subjects.extend(listed);
        }
        report.settle();
    }

    /// Sorts and counts again, after findings were marked or added.
    pub fn settle(&mut self) {
        let rank = |aspect: &str| ASPECTS.iter().position(|known| *known == aspect).unwrap_or(ASPECTS.len());
        self.findings.sort_by(|a, b| {
            (rank(&a.aspect), &a.policy, &a.subject, &a.path, &a.message).cmp(&(
                rank(&b.aspect),
                &b.policy,
                &b.subject,
                &b.path,
                &b.message,
            ))
        });
        self.findings.dedup();
        self.policies.sort_by(|a, b| a.id.cmp(&b.id));
        self.subjects.sort_by(|a, b| (&a.policy, &a.subject).cmp(&(&b.policy, &b.subject)));
        let mut worst: BTreeMap<&str, BTreeMap<&ObjectRef, Verdict>> = BTreeMap::new();
        for finding in &self.findings {
            let verdicts = worst.entry(&finding.policy).or_default();
            let verdict = verdicts.entry(&finding.subject).or_insert(finding.verdict);
            *verdict = (*verdict).min(finding.verdict);
        }
        let mut aspects: BTreeMap<usize, Counts> = BTreeMap::new();
        self.counts = Counts::default();
        for policy in &mut self.policies {
            let verdicts = worst.get(policy.id.as_str());
            let count = |wanted: Verdict| {
                verdicts.map_or(0, |verdicts| verdicts.values().filter(|verdict| **verdict == wanted).count() as u64)
            };
            policy.counts.fail = count(Verdict::Fail);
            policy.counts.unknown = count(Verdict::Unknown);
            policy.counts.waived = count(Verdict::Waived);
            aspects.entry(rank(&policy.aspect)).or_default().add(policy.counts);
            self.counts.add(policy.counts);
        }
        self.aspects = aspects
            .into_iter()
            .map(|(rank, counts)| AspectHead { aspect: ASPECTS.get(rank).copied().unwrap_or("other").into(), counts })
            .collect();
    }

    /// The kinds and sources that were not read completely.
    pub fn gaps(&self) -> impl Iterator<Item = &CoverageHead> {
        self.coverage.iter().filter(|coverage| !coverage.state.is_proof())
    }

    /// The aspects that have a policy.
    #[must_use]
    pub fn judged_aspects(&self) -> BTreeSet<&str> {
        self.aspects.iter().map(|aspect| aspect.aspect.as_str()).collect()
    }
}
