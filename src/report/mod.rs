//! The one funnel: judgements become verdicts, findings and counts, in a fixed order.
//!
//! These structs are the JSON report, format 1. Others build on it: fields are added, none is
//! renamed. No clock, no environment: the same judgements give the same report.

mod finding;
mod heads;
mod verdict;

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    object::ObjectRef,
    policy::{ASPECTS, Policy},
    snapshot::Snapshot,
};

pub use self::{
    finding::{Finding, Subject, fingerprint},
    heads::{
        AspectHead, BaselineHead, CatalogueHead, ClusterHead, CoverageHead, GateHead, PolicyHead, SnapshotHead,
        SpanHead, Tool, head, seconds, tool,
    },
    verdict::{Counts, Reason, Verdict},
};

/// The format of the JSON report.
pub const FORMAT: u32 = 1;

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
    /// The catalogue that they were held against, and how old its dates are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub catalogue: Option<CatalogueHead>,
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
            catalogue: None,
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
