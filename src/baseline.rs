//! An earlier report, and what is new against it.
//!
//! Only findings of the same cluster can be compared. What either run could not judge is
//! `incomparable`: an incomplete run never makes anything `fixed`, and never makes anything old.

use std::{collections::BTreeMap, path::Path};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::report::{BaselineHead, FORMAT, Finding, PolicyHead, Report, Verdict};

/// A baseline that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {reason}")]
pub struct BaselineError {
    /// The file.
    pub path: String,
    /// What is wrong, and what to do.
    pub reason: String,
}

/// What became of a finding. The words of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// The baseline judged it, and did not find it; or found it milder.
    New,
    /// The baseline has it.
    Unchanged,
    /// It was fixed once, and is back.
    Regressed,
    /// It is gone, proven by a complete run.
    Fixed,
    /// One of the two runs could not judge it.
    Incomparable,
}

impl State {
    /// The lower-case word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Unchanged => "unchanged",
            Self::Regressed => "regressed",
            Self::Fixed => "fixed",
            Self::Incomparable => "incomparable",
        }
    }
}

/// Reads a JSON report of ours.
///
/// # Errors
/// A file that cannot be read, that is no report, or one of another format.
pub fn load(path: &Path) -> Result<Report, BaselineError> {
    let name = path.display().to_string();
    let fail = |reason: String| BaselineError { path: name.clone(), reason };
    let text = std::fs::read_to_string(path).map_err(|error| fail(error.to_string()))?;
    let report: Report = serde_json::from_str(&text).map_err(|error| {
        fail(format!("line {}: no JSON report ({error}); write one with sextant audit -o json=FILE", error.line()))
    })?;
    if report.format != FORMAT {
        return Err(fail(format!("a report of format {}; this program reads format {FORMAT}", report.format)));
    }
    Ok(report)
}

/// Marks the findings of a report against a baseline, and lists what is gone.
///
/// # Errors
/// A baseline of another cluster: nothing of it can be compared.
pub fn compare(report: &mut Report, before: &Report, name: &str) -> Result<(), BaselineError> {
    let uids = (&report.snapshot.cluster.uid, &before.snapshot.cluster.uid);
    if let (Some(now), Some(then)) = uids
        && now != then
    {
        let reason = format!("of another cluster ({then}, this one is {now}); a cluster has a baseline of its own");
        return Err(BaselineError { path: name.to_owned(), reason });
    }
    let old = Side::of(before);
    let new = Side::of(report);
    let mut states = Vec::with_capacity(report.findings.len());
    for finding in &report.findings {
        states.push(state_of(finding, &old, before));
    }
    let mut absent: Vec<Finding> = Vec::new();
    for (fingerprint, finding) in &old.violations {
        if new.violations.contains_key(fingerprint) {
            continue;
        }
        // The whole policy must have been judged: what hides one object may hide why another is gone.
        let whole = new.policies.get(finding.policy.as_str()).is_some_and(|policy| policy.counts.unknown == 0);
        let state = if whole && new.judged(finding) { State::Fixed } else { State::Incomparable };
        absent.push(Finding { state: Some(state.as_str().into()), ..(*finding).clone() });
    }
    // What was fixed before stays known as that, or it could not be seen to come back.
    for finding in before.absent.iter().filter(|finding| finding.state.as_deref() == Some("fixed")) {
        if !new.violations.contains_key(finding.fingerprint.as_str())
            && !absent.iter().any(|known| known.fingerprint == finding.fingerprint)
        {
            absent.push(finding.clone());
        }
    }
    absent.sort_by(|a, b| (&a.policy, &a.subject, &a.path).cmp(&(&b.policy, &b.subject, &b.path)));
    let mut head =
        BaselineHead { source: name.to_owned(), time: before.snapshot.time.clone(), ..BaselineHead::default() };
    for (finding, state) in report.findings.iter_mut().zip(states) {
        finding.state = Some(state.as_str().into());
        if finding.verdict != Verdict::Unknown {
            head.count(state.as_str());
        }
    }
    for finding in &absent {
        head.count(finding.state.as_deref().unwrap_or_default());
    }
    report.absent = absent;
    report.baseline = Some(head);
    Ok(())
}

/// One report, as the other is held against it.
struct Side<'r> {
    policies: BTreeMap<&'r str, &'r PolicyHead>,
    /// Fails and waived ones, by fingerprint; the worst where a place has several.
    violations: BTreeMap<&'r str, &'r Finding>,
    /// Policies with an unknown verdict, and the subjects of them.
    unknown: BTreeMap<&'r str, Vec<&'r Finding>>,
}

impl<'r> Side<'r> {
    fn of(report: &'r Report) -> Self {
        let mut side = Self {
            policies: report.policies.iter().map(|policy| (policy.id.as_str(), policy)).collect(),
            violations: BTreeMap::new(),
            unknown: BTreeMap::new(),
        };
        for finding in &report.findings {
            if finding.verdict == Verdict::Unknown {
                side.unknown.entry(&finding.policy).or_default().push(finding);
                continue;
            }
            let known = side.violations.entry(&finding.fingerprint).or_insert(finding);
            if finding.severity > known.severity {
                *known = finding;
            }
        }
        side
    }

    /// Whether this run judged the place of a finding: it asked the policy, and knows the answer.
    fn judged(&self, finding: &Finding) -> bool {
        let Some(policy) = self.policies.get(finding.policy.as_str()) else { return false };
        // An unknown verdict about the whole cluster may hide any object of it.
        policy.error.is_none()
            && self.unknown.get(finding.policy.as_str()).is_none_or(|unknown| {
                unknown.iter().all(|doubt| doubt.subject != finding.subject && doubt.subject.kind != "Cluster")
            })
    }
}

fn state_of(finding: &Finding, old: &Side<'_>, before: &Report) -> State {
    let known = old.violations.get(finding.fingerprint.as_str());
    if finding.verdict == Verdict::Unknown {
        let same = |doubt: &&Finding| doubt.fingerprint == finding.fingerprint;
        let was = old.unknown.get(finding.policy.as_str()).is_some_and(|unknown| unknown.iter().any(same));
        return match (known, was) {
            (Some(_), _) => State::Incomparable,
            (None, true) => State::Unchanged,
            (None, false) if old.policies.contains_key(finding.policy.as_str()) => State::New,
            _ => State::Incomparable,
        };
    }
    match known {
        Some(known) if known.severity >= finding.severity => State::Unchanged,
        Some(_) => State::New,
        None if before
            .absent
            .iter()
            .any(|gone| gone.fingerprint == finding.fingerprint && gone.state.as_deref() == Some("fixed")) =>
        {
            State::Regressed
        }
        None if old.judged(finding) => State::New,
        None => State::Incomparable,
    }
}
