//! Marks the findings that a waiver covers, and says of each waiver what it does.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde_json::json;

use super::Waiver;
use crate::{
    inventory::{Row, waivers::WaiverRow},
    object::ObjectRef,
    report::{Finding, Report, Verdict},
    snapshot::Snapshot,
    view::Bare,
};

/// Marks findings as waived, lists the waivers in the report, and returns one row a waiver.
///
/// `now` is the snapshot's time where it has one, so that the same snapshot gives the same report.
/// `known` are the ids of every policy there is, asked or not.
pub fn apply(
    waivers: &[Waiver],
    report: &mut Report,
    snapshot: &Snapshot,
    known: &BTreeSet<&str>,
    now: &str,
) -> Vec<Row> {
    let today = now.parse::<Timestamp>().map(|time| time.to_zoned(TimeZone::UTC).date()).ok();
    let mut matched: Vec<Vec<usize>> = vec![Vec::new(); waivers.len()];
    let mut labels = Labels { snapshot, known: BTreeMap::new() };
    let cluster = [report.snapshot.cluster.context.clone(), report.snapshot.cluster.uid.clone()];
    for (index, finding) in report.findings.iter_mut().enumerate() {
        // Nobody can answer for what nobody could read.
        if finding.verdict != Verdict::Fail {
            continue;
        }
        for (waiver, matched) in waivers.iter().zip(&mut matched) {
            if !covers(waiver, finding, &cluster, &mut labels) {
                continue;
            }
            matched.push(index);
            if is_live(waiver, today) && finding.waiver.is_none() {
                finding.waiver = Some(waiver.entry.id.clone());
            }
        }
        if finding.waiver.is_some() {
            finding.verdict = Verdict::Waived;
        }
    }
    let asked: BTreeSet<&str> = report.policies.iter().map(|policy| policy.id.as_str()).collect();
    let rows = waivers.iter().zip(&matched).map(|(waiver, matched)| {
        let worst =
            matched.iter().filter_map(|index| report.findings.get(*index)).map(|finding| finding.severity).max();
        row(waiver, matched.len(), worst.map(|severity| severity.as_str()), today, known, &asked)
    });
    let rows: Vec<WaiverRow> = rows.collect();
    report.waivers = waivers
        .iter()
        .zip(&rows)
        .map(|(waiver, row)| {
            let mut told = serde_json::to_value(&waiver.entry).unwrap_or_default();
            if let Some(map) = told.as_object_mut() {
                map.insert("state".into(), json!(row.state));
                map.insert("matched".into(), json!(row.matched));
                map.insert("file".into(), json!(waiver.file));
                map.insert("line".into(), json!(waiver.line));
            }
            told
        })
        .collect();
    report.settle();
    rows.iter().map(|row| Row::new(&row.r#ref, row)).collect()
}

/// Without a clock no waiver holds: it could not be said that its day has not passed.
fn is_live(waiver: &Waiver, today: Option<Date>) -> bool {
    today.is_some_and(|today| today <= waiver.expires)
}

/// Labels of subjects, read once each.
struct Labels<'s> {
    snapshot: &'s Snapshot,
    known: BTreeMap<ObjectRef, BTreeMap<String, String>>,
}

impl Labels<'_> {
    fn of(&mut self, subject: &ObjectRef) -> &BTreeMap<String, String> {
        self.known.entry(subject.clone()).or_insert_with(|| {
            let object = self.snapshot.get(&subject.group, &subject.kind, &subject.namespace, &subject.name);
            object.and_then(|object| object.parse::<Bare>().ok()).map(|bare| bare.metadata.labels).unwrap_or_default()
        })
    }
}

fn covers(waiver: &Waiver, finding: &Finding, cluster: &[Option<String>; 2], labels: &mut Labels<'_>) -> bool {
    let (subject, of, globs) = (&finding.subject, &waiver.entry.r#match, &waiver.globs);
    let group = |wanted: &str| if wanted == "core" { subject.group.is_empty() } else { wanted == subject.group };
    // The namespace of a Namespace is itself: "everything in legacy" means it too.
    let namespace =
        if subject.kind == "Namespace" && subject.group.is_empty() { &subject.name } else { &subject.namespace };
    waiver.policies.iter().any(|glob| glob.is_match(&finding.policy))
        && of.group.as_deref().is_none_or(group)
        && of.kind.as_deref().is_none_or(|kind| kind == subject.kind)
        && of.fingerprint.as_deref().is_none_or(|wanted| !wanted.is_empty() && finding.fingerprint.starts_with(wanted))
        && globs.namespace.as_ref().is_none_or(|glob| glob.is_match(namespace))
        && globs.name.as_ref().is_none_or(|glob| glob.is_match(&subject.name))
        && globs.path.as_ref().is_none_or(|glob| glob.is_match(&finding.path))
        && globs.cluster.as_ref().is_none_or(|glob| cluster.iter().flatten().any(|name| glob.is_match(name)))
        && (globs.labels.is_empty() || {
            let own = labels.of(subject);
            globs.labels.iter().all(|(key, glob)| own.get(key).is_some_and(|value| glob.is_match(value)))
        })
}

fn row(
    waiver: &Waiver,
    matched: usize,
    worst: Option<&str>,
    today: Option<Date>,
    known: &BTreeSet<&str>,
    asked: &BTreeSet<&str>,
) -> WaiverRow {
    let entry = &waiver.entry;
    let days = |from: Date| waiver.expires.since(from).ok().map(|span| i64::from(span.get_days()));
    let expired = !is_live(waiver, today);
    let is_glob = |text: &str| text.contains(['*', '?', '[', '{']);
    let unknown: Vec<String> =
        entry.policies.iter().filter(|id| !is_glob(id) && !known.contains(id.as_str())).cloned().collect();
    // A policy that was not asked this time has not been answered for in vain.
    let was_asked = waiver.policies.iter().any(|glob| asked.iter().any(|id| glob.is_match(id)));
    let mut wide = Vec::new();
    if entry.policies.iter().any(|id| id.chars().all(|c| c == '*')) {
        wide.push("every policy".to_owned());
    }
    if entry.r#match.is_wide() {
        wide.push("every object".to_owned());
    }
    let state = match (expired, matched) {
        (true, _) => "expired",
        (false, 0) if was_asked => "unused",
        (false, 0) => "not asked",
        (false, _) => "active",
    };
    WaiverRow {
        r#ref: ObjectRef::new("sextant", "Waiver", "", &entry.id),
        id: entry.id.clone(),
        owner: entry.owner.clone(),
        approver: entry.approver.clone().unwrap_or_default(),
        ticket: entry.ticket.clone().unwrap_or_default(),
        expires: entry.expires.clone(),
        days_left: today.and_then(days),
        days_in_all: entry.created.as_ref().and_then(|day| day.parse().ok()).and_then(days),
        state: state.into(),
        matched,
        worst: worst.unwrap_or_default().into(),
        unknown_policies: unknown,
        wide,
    }
}
