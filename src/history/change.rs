//! What is new and what is gone, against the records before. An incomplete run proves nothing
//! fixed, and what it did not see is not new when it is seen again.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde::{Deserialize, Serialize};

use super::{Entry, History, Mark, Record};
use crate::{
    report::{Finding, Report, Verdict},
    store::Failure,
};

/// Records that are looked at for what an incomplete one did not see.
const BACK: usize = 30;

/// How many findings came and went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Violations that no record before knows.
    pub new: u64,
    /// Violations of policies that were not asked before.
    pub new_policy: u64,
    /// Violations of before that are gone, proven.
    pub fixed: u64,
    /// Violations of before of which this run cannot tell.
    pub unproven: u64,
}

/// Violations that are known from before.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// There is a record at all.
    pub any: bool,
    policies: BTreeSet<String>,
    fails: BTreeMap<String, Mark>,
}

impl Known {
    /// Takes a record in, the newest first. True once every policy is settled.
    fn learn(&mut self, record: &Record, open: &mut Option<HashSet<String>>) -> bool {
        self.any = true;
        let settled = |id: &str, open: &Option<HashSet<String>>| open.as_ref().is_some_and(|open| !open.contains(id));
        for mark in &record.findings {
            let known = matches!(mark.verdict, Verdict::Fail | Verdict::Waived);
            if known && !settled(&mark.policy, open) {
                self.fails.entry(mark.fingerprint.clone()).or_insert_with(|| mark.clone());
            }
        }
        let incomplete = record.head.policies.iter().filter(|policy| !policy.complete).map(|policy| policy.id.clone());
        match open {
            None => {
                self.policies = record.head.policies.iter().map(|policy| policy.id.clone()).collect();
                *open = Some(incomplete.collect());
            }
            Some(open) => {
                let still: HashSet<String> = incomplete.collect();
                // A policy that the older record never asked stays open.
                let asked: HashSet<&str> = record.head.policies.iter().map(|policy| policy.id.as_str()).collect();
                open.retain(|id| still.contains(id) || !asked.contains(id.as_str()));
            }
        }
        open.as_ref().is_some_and(HashSet::is_empty)
    }

    /// Whether a finding is a violation that nobody knows yet.
    #[must_use]
    pub fn is_new(&self, finding: &Finding) -> bool {
        finding.verdict == Verdict::Fail && !self.fails.contains_key(&finding.fingerprint)
    }
}

/// What these records know, the last one first in weight.
///
/// # Errors
/// A store that cannot be read. A damaged record is passed over: a run must not fail for it.
pub fn known(history: &History, entries: &[Entry]) -> Result<Known, Failure> {
    let (mut known, mut open) = (Known::default(), None);
    for entry in entries.iter().rev().take(BACK) {
        match history.record(entry) {
            Ok(record) => {
                if known.learn(&record, &mut open) {
                    break;
                }
            }
            Err(failure) if failure.again => return Err(failure),
            Err(_) => {}
        }
    }
    Ok(known)
}

/// What a report changes.
#[must_use]
pub fn of(report: &Report, known: &Known) -> Change {
    let mut change = Change::default();
    if !known.any {
        return change;
    }
    let mut seen = HashSet::new();
    for finding in &report.findings {
        seen.insert(finding.fingerprint.as_str());
        if known.is_new(finding) {
            if known.policies.contains(&finding.policy) { change.new += 1 } else { change.new_policy += 1 }
        }
    }
    let complete: HashSet<&str> = report
        .policies
        .iter()
        .filter(|policy| policy.error.is_none() && policy.counts.unknown == 0)
        .map(|policy| policy.id.as_str())
        .collect();
    for mark in known.fails.values().filter(|mark| !seen.contains(mark.fingerprint.as_str())) {
        if complete.contains(mark.policy.as_str()) { change.fixed += 1 } else { change.unproven += 1 }
    }
    change
}

/// Two records: (new, gone and proven, gone and unproven) of the later.
#[must_use]
pub fn between(before: &Record, after: &Record) -> [Vec<Mark>; 3] {
    let fails = |record: &Record| -> BTreeMap<String, Mark> {
        let marks = record.findings.iter().filter(|mark| mark.verdict == Verdict::Fail);
        marks.map(|mark| (mark.fingerprint.clone(), mark.clone())).collect()
    };
    let (old, new) = (fails(before), fails(after));
    let complete: HashSet<&str> =
        after.head.policies.iter().filter(|policy| policy.complete).map(|policy| policy.id.as_str()).collect();
    let came = new.iter().filter(|(key, _)| !old.contains_key(*key)).map(|(_, mark)| mark.clone());
    let gone = old.iter().filter(|(key, _)| !new.contains_key(*key)).map(|(_, mark)| mark.clone());
    let (fixed, unproven) = gone.partition(|mark| complete.contains(mark.policy.as_str()));
    [came.collect(), fixed, unproven]
}
