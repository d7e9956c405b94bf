//! Asks every policy about its table, chunk by chunk, and weighs the answers with coverage.
//!
//! Here the first law lives: subjects − violations − unknowns = passes, and a kind that was not
//! read turns what it could have changed into unknown.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use crate::{
    engine::{Answer, Engine},
    inventory::{self, Inventory, Row},
    object::{Kind, ObjectRef},
    policy::{Claim, Policy},
    report::{Finding, Judgement, Reason, Subject, Verdict, fingerprint},
    snapshot::{SourceKind, State, span::Span},
    view::Bare,
};

/// How a run is cut and what it keeps.
#[derive(Clone, Copy, Debug)]
pub struct Cut {
    /// Rows handed over at once.
    pub chunk: usize,
    /// Keep passing and not applicable subjects.
    pub list: bool,
}

impl Default for Cut {
    fn default() -> Self {
        Self { chunk: 1000, list: false }
    }
}

/// What coverage does to a policy's verdicts.
enum Effect {
    /// Everything was read.
    None,
    /// An absence cannot be claimed: nothing is judged.
    AllUnknown(String),
    /// Manifests are no cluster: the policy does not concern them.
    NotApplicable(&'static str),
    /// What was seen stands; what was not seen is no pass.
    PassUnknown(String),
}

const MANIFESTS: &str = "manifests: the policy needs the whole cluster";

fn effect(policy: &Policy, inventory: &Inventory<'_>) -> Effect {
    let gaps: Vec<(Kind, State, String)> = policy
        .kinds()
        .map(|kind| (kind.clone(), inventory.coverage(kind)))
        .filter(|(_, coverage)| !coverage.state.is_proof())
        .map(|(kind, coverage)| (kind, coverage.state, coverage.reason))
        .collect();
    if gaps.is_empty() {
        return Effect::None;
    }
    let header = &inventory.snapshot.header;
    let manifests = header.source_kind == SourceKind::Manifests && !header.asserted_complete;
    let by_nature = gaps.iter().all(|(_, state, _)| matches!(state, State::Partial | State::Skipped));
    let absence = policy.header.custom.claim == Claim::Absence;
    if manifests && by_nature && inventory.snapshot.sources.values().all(|c| c.state != State::Malformed) {
        // A presence policy that reads one kind judges each object of it by itself.
        let alone = policy.header.custom.requires.len() == 1;
        return if absence || !alone { Effect::NotApplicable(MANIFESTS) } else { Effect::None };
    }
    let what = told(&gaps);
    if absence { Effect::AllUnknown(what) } else { Effect::PassUnknown(what) }
}

/// What was not read and why; kinds of one fate are told together.
fn told(gaps: &[(Kind, State, String)]) -> String {
    let mut fates: Vec<(State, &str, Vec<String>)> = Vec::new();
    for (kind, state, reason) in gaps {
        match fates.iter_mut().find(|(of, why, _)| of == state && why == reason) {
            Some((_, _, kinds)) => kinds.push(kind.to_string()),
            None => fates.push((*state, reason, vec![kind.to_string()])),
        }
    }
    let one = |(state, reason, kinds): &(State, &str, Vec<String>)| {
        let why = if reason.is_empty() { String::new() } else { format!(" ({reason})") };
        format!("{} {}{why}", kinds.join(", "), state.as_str())
    };
    fates.iter().map(one).collect::<Vec<_>>().join("; ")
}

/// Judges every policy. The result does not depend on the chunk size or the number of threads.
#[must_use]
pub fn judge<'p>(inventory: &Inventory<'_>, policies: &[&'p Policy], engine: &Engine, cut: Cut) -> Vec<Judgement<'p>> {
    let mut by_table: BTreeMap<&str, Vec<&'p Policy>> = BTreeMap::new();
    for policy in policies {
        by_table.entry(&policy.header.custom.rows).or_default().push(policy);
    }
    let mut judgements = Vec::new();
    for (table, policies) in by_table {
        let rows = inventory::table(inventory, table);
        let effects: Vec<Effect> = policies.iter().map(|policy| effect(policy, inventory)).collect();
        let chunks = chunks(&rows, cut.chunk);
        let parts: Vec<Vec<Part>> = chunks
            .par_iter()
            .map_init(|| engine.clone(), |engine, chunk| ask_chunk(engine, chunk, &policies, &effects, cut))
            .collect();
        let mut parts: Vec<std::vec::IntoIter<Part>> = parts.into_iter().map(Vec::into_iter).collect();
        for (policy, effect) in policies.iter().zip(&effects) {
            let mut whole = Part::default();
            for part in &mut parts {
                whole.take(part.next().unwrap_or_default());
            }
            judgements.push(finish(inventory, policy, effect, whole, cut));
        }
    }
    judgements
}

/// Rows become values of the engine, which take some ten times their text: few bytes at a time.
const BYTES: usize = 64 << 10;

/// Cuts rows where the subject changes, so that a subject is judged in one piece.
fn chunks(rows: &[Row], size: usize) -> Vec<&[Row]> {
    let mut chunks = Vec::new();
    let mut start = 0;
    while start < rows.len() {
        let mut end = (start + size.max(1)).min(rows.len());
        let mut bytes = 0;
        for (index, row) in rows[start..end].iter().enumerate() {
            bytes += row.json.len();
            if bytes > BYTES {
                end = start + index + 1;
                break;
            }
        }
        while end < rows.len() && rows[end].reference == rows[end - 1].reference {
            end += 1;
        }
        chunks.push(&rows[start..end]);
        start = end;
    }
    chunks
}

/// What one policy says of one chunk.
#[derive(Default)]
struct Part {
    findings: Vec<(Answer, Verdict, Reason)>,
    pass: u64,
    not_applicable: u64,
    subjects: u64,
    listed: Vec<(ObjectRef, Verdict)>,
    error: Option<String>,
}

impl Part {
    fn take(&mut self, other: Self) {
        self.findings.extend(other.findings);
        self.pass += other.pass;
        self.not_applicable += other.not_applicable;
        self.subjects += other.subjects;
        self.listed.extend(other.listed);
        self.error = self.error.take().or(other.error);
    }
}

fn ask_chunk(engine: &mut Engine, chunk: &[Row], policies: &[&Policy], effects: &[Effect], cut: Cut) -> Vec<Part> {
    if let Err(error) = engine.set_rows(chunk.iter().map(|row| row.json.as_str())) {
        return policies.iter().map(|_| Part { error: Some(error.clone()), ..Part::default() }).collect();
    }
    let mut refs: Vec<&ObjectRef> = chunk.iter().map(|row| &row.reference).collect();
    refs.dedup();
    policies
        .iter()
        .zip(effects)
        .map(|(policy, effect)| match effect {
            Effect::NotApplicable(_) => Part { not_applicable: refs.len() as u64, ..Part::default() },
            _ => match engine.ask(policy) {
                Ok(answers) => weigh(answers, &refs, effect, cut),
                Err(error) => Part { error: Some(error), ..Part::default() },
            },
        })
        .collect()
}

fn weigh(answers: crate::engine::Answers, refs: &[&ObjectRef], effect: &Effect, cut: Cut) -> Part {
    let mut part = Part::default();
    let chosen: Option<BTreeSet<&ObjectRef>> = answers.subjects.as_ref().map(|subjects| subjects.iter().collect());
    let is_subject = |reference: &ObjectRef| chosen.as_ref().is_none_or(|chosen| chosen.contains(reference));
    let failed: BTreeSet<ObjectRef> = answers.violations.iter().map(|a| a.r#ref.clone()).collect();
    let doubted: BTreeSet<ObjectRef> = answers.unknowns.iter().map(|a| a.r#ref.clone()).collect();
    for reference in refs {
        if !is_subject(reference) && !failed.contains(*reference) && !doubted.contains(*reference) {
            part.not_applicable += 1;
            if cut.list {
                part.listed.push(((*reference).clone(), Verdict::NotApplicable));
            }
            continue;
        }
        part.subjects += 1;
        let unread = match effect {
            Effect::AllUnknown(what) => Some(what),
            Effect::PassUnknown(what) if !failed.contains(*reference) && !doubted.contains(*reference) => Some(what),
            _ => None,
        };
        if let Some(what) = unread {
            let answer = Answer {
                r#ref: (*reference).clone(),
                message: format!("cannot be judged: {what}"),
                path: String::new(),
                evidence: serde_json::Value::Null,
                severity: None,
            };
            part.findings.push((answer, Verdict::Unknown, Reason::Coverage));
        } else if !failed.contains(*reference) && !doubted.contains(*reference) {
            part.pass += 1;
            if cut.list {
                part.listed.push(((*reference).clone(), Verdict::Pass));
            }
        }
    }
    if !matches!(effect, Effect::AllUnknown(_)) {
        part.findings.extend(answers.violations.into_iter().map(|a| (a, Verdict::Fail, Reason::None)));
        part.findings.extend(answers.unknowns.into_iter().map(|a| (a, Verdict::Unknown, Reason::Evidence)));
    }
    part
}

fn finish<'p>(inventory: &Inventory<'_>, policy: &'p Policy, effect: &Effect, part: Part, cut: Cut) -> Judgement<'p> {
    let Part { findings: answers, mut pass, mut not_applicable, subjects, listed, error } = part;
    let whole = |message: String, reason: Reason| {
        let answer = Answer {
            r#ref: ObjectRef::cluster(),
            message,
            path: String::new(),
            evidence: serde_json::Value::Null,
            severity: None,
        };
        place(inventory, policy, answer, Verdict::Unknown, reason)
    };
    let mut listed: Vec<Subject> = listed
        .into_iter()
        .map(|(subject, verdict)| Subject { policy: policy.id().to_owned(), verdict, subject, reason: String::new() })
        .collect();
    let mut findings = Vec::new();
    if let Some(error) = &error {
        // Half an answer is none: what passed in other chunks may not be counted.
        pass = 0;
        listed.retain(|subject| subject.verdict != Verdict::Pass);
        findings.push(whole(format!("the policy could not run: {error}"), Reason::PolicyError));
    }
    let has_findings = !answers.is_empty();
    let span = inventory.snapshot.header.span.as_ref().filter(|_| policy.header.custom.claim == Claim::Absence);
    findings.extend(answers.into_iter().map(|(mut answer, mut verdict, mut reason)| {
        if verdict == Verdict::Fail
            && let Some(kind) = span.and_then(|span| newer_than(inventory, span, policy, &answer.r#ref))
        {
            (verdict, reason) = (Verdict::Unknown, Reason::Skew);
            answer.message = format!(
                "cannot be judged: created while the cluster was read, and perhaps after {kind} was: {}",
                answer.message
            );
        }
        place(inventory, policy, answer, verdict, reason)
    }));
    if error.is_none() && subjects == 0 && !has_findings {
        match effect {
            Effect::AllUnknown(what) | Effect::PassUnknown(what) => {
                findings.push(whole(format!("cannot be judged: {what}"), Reason::Coverage));
            }
            Effect::NotApplicable(reason) if cut.list => {
                listed.push(Subject {
                    policy: policy.id().to_owned(),
                    verdict: Verdict::NotApplicable,
                    subject: ObjectRef::cluster(),
                    reason: (*reason).to_owned(),
                });
            }
            _ => {}
        }
        not_applicable = not_applicable.max(u64::from(findings.is_empty()));
    }
    Judgement { policy, findings, pass, not_applicable, listed, error }
}

/// A kind that was listed before this object came: what is missing of it may only have come later.
fn newer_than<'k>(inventory: &Inventory<'_>, span: &Span, policy: &'k Policy, subject: &ObjectRef) -> Option<&'k Kind> {
    let own = Kind::new(&subject.group, &subject.kind);
    let object = inventory.snapshot.get(&subject.group, &subject.kind, &subject.namespace, &subject.name)?;
    let created = object.parse::<Bare>().ok()?.metadata.creation_timestamp?;
    policy.kinds().filter(|kind| **kind != own).find(|kind| !span.is_older(&created, kind))
}

fn place(inventory: &Inventory<'_>, policy: &Policy, answer: Answer, verdict: Verdict, reason: Reason) -> Finding {
    let Answer { r#ref: subject, message, path, evidence, severity } = answer;
    let object = inventory.snapshot.get(&subject.group, &subject.kind, &subject.namespace, &subject.name);
    let origin = object.and_then(|object| object.origin.as_ref());
    Finding {
        policy: policy.id().to_owned(),
        verdict,
        severity: severity.unwrap_or(policy.header.custom.severity),
        aspect: policy.aspect.clone(),
        fingerprint: fingerprint(policy.id(), &subject, &path),
        file: origin.map(|origin| origin.file.to_string()),
        line: origin.map(|origin| origin.line),
        subject,
        path,
        message,
        evidence,
        reason,
        waiver: None,
        state: None,
    }
}
