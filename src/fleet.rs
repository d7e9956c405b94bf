//! Many clusters as one matrix, cluster by aspect. Fail, unknown, not applicable, stale and missing
//! are five things and stay apart; a cluster of which nothing is known never counts as good.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{
    gate::exit,
    policy::ASPECTS,
    report::{Counts, Report, Verdict},
};

/// A file of clusters.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fleet {
    /// The clusters, in the order in which an Indexed Job counts them.
    pub clusters: Vec<Member>,
}

/// One cluster of a fleet.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// What it is called; unique.
    pub name: String,
    /// Context of the kubeconfig.
    #[serde(default)]
    pub context: Option<String>,
    /// Kubeconfig file.
    #[serde(default)]
    pub kubeconfig: Option<std::path::PathBuf>,
    /// Instead of a live cluster: a snapshot, a dump, manifests.
    #[serde(default)]
    pub source: Option<String>,
    /// Environment of the rules.
    #[serde(default)]
    pub environment: Option<String>,
}

impl Fleet {
    /// Reads a file of clusters.
    ///
    /// # Errors
    /// What is wrong, with its line.
    pub fn parse(text: &str) -> Result<Self, String> {
        let fleet: Self = crate::yaml::parse(text).map_err(|error| error.to_string())?;
        let mut names = BTreeSet::new();
        for member in &fleet.clusters {
            if !names.insert(crate::store::safe(&member.name)) {
                return Err(format!("two clusters are called {:?}", member.name));
            }
            if member.source.is_some() == (member.context.is_some() || member.kubeconfig.is_some()) {
                return Err(format!("{}: name a context, a kubeconfig, or a source instead", member.name));
            }
        }
        if fleet.clusters.is_empty() { Err("there is no cluster".into()) } else { Ok(fleet) }
    }
}

/// Why there is no newer report of a cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    /// 1.
    pub format: u32,
    /// The cluster.
    pub cluster: String,
    /// When it was tried.
    pub time: String,
    /// With which exit code it ended.
    pub exit_code: u8,
    /// What was said.
    pub message: String,
}

/// What is known of a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// A report that is young enough.
    Fresh,
    /// A report that is too old, or older than a try that failed.
    Stale,
    /// No report at all.
    Missing,
}

/// A cluster and an aspect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cell {
    /// The worst; none where the aspect was not asked about.
    pub verdict: Option<Verdict>,
    /// All of them.
    pub counts: Counts,
}

/// One cluster.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// What it is called.
    pub cluster: String,
    /// UID of its kube-system namespace.
    pub uid: Option<String>,
    /// When it was read.
    pub time: Option<String>,
    /// Whether that still says something.
    pub state: State,
    /// Why not.
    pub reason: String,
    /// What its gate said.
    pub exit_code: Option<u8>,
    /// By aspect.
    pub cells: BTreeMap<String, Cell>,
}

/// How many clusters are in which state, for an aspect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the verdicts, and what is none")]
pub struct Tally {
    pub fail: u64,
    pub unknown: u64,
    pub waived: u64,
    pub pass: u64,
    pub not_applicable: u64,
    pub not_asked: u64,
    pub stale: u64,
    pub missing: u64,
}

/// Cluster by aspect.
#[derive(Clone, Debug, Serialize)]
pub struct Matrix {
    /// 1.
    pub format: u32,
    /// Aspects of any report.
    pub aspects: Vec<String>,
    /// Clusters by name.
    pub clusters: Vec<Row>,
    /// Clusters by what they came to.
    pub totals: BTreeMap<String, Tally>,
}

fn worst(counts: &Counts) -> Option<Verdict> {
    [
        (counts.fail, Verdict::Fail),
        (counts.unknown, Verdict::Unknown),
        (counts.waived, Verdict::Waived),
        (counts.pass, Verdict::Pass),
        (counts.not_applicable, Verdict::NotApplicable),
    ]
    .into_iter()
    .find(|(count, _)| *count > 0)
    .map(|(_, verdict)| verdict)
}

/// What the matrix is made from.
#[derive(Debug, Default)]
pub struct Merge {
    rows: BTreeMap<String, Row>,
    failed: BTreeMap<String, Failed>,
    /// Clusters that came twice.
    pub twice: Vec<String>,
}

impl Merge {
    /// Takes a report; of two of one cluster the younger one holds.
    pub fn report(&mut self, report: &Report) {
        let head = &report.snapshot;
        let cells = report
            .aspects
            .iter()
            .map(|aspect| (aspect.aspect.clone(), Cell { verdict: worst(&aspect.counts), counts: aspect.counts }));
        let row = Row {
            cluster: head.cluster.called(&head.source).to_owned(),
            uid: head.cluster.uid.clone(),
            time: head.time.clone(),
            state: State::Fresh,
            reason: String::new(),
            exit_code: Some(report.gate.exit_code),
            cells: cells.collect(),
        };
        if let Some(other) = self.rows.get(&row.cluster) {
            self.twice.push(row.cluster.clone());
            if second(other.time.as_deref()) >= second(row.time.as_deref()) {
                return;
            }
        }
        self.rows.insert(row.cluster.clone(), row);
    }

    /// Takes a try that came to nothing.
    pub fn failed(&mut self, failed: Failed) {
        let newer =
            self.failed.get(&failed.cluster).is_none_or(|other| second(Some(&other.time)) < second(Some(&failed.time)));
        if newer {
            self.failed.insert(failed.cluster.clone(), failed);
        }
    }

    /// Lays the matrix out: who is expected and not there is missing.
    #[must_use]
    pub fn matrix(mut self, expected: &[String], max_age: Option<i64>, now: &str) -> Matrix {
        let missing = |cluster: &str, reason: &str| Row {
            cluster: cluster.to_owned(),
            uid: None,
            time: None,
            state: State::Missing,
            reason: reason.to_owned(),
            exit_code: None,
            cells: BTreeMap::new(),
        };
        for (cluster, failed) in std::mem::take(&mut self.failed) {
            let reason = format!("could not be audited at {}: {}", failed.time, failed.message);
            match self.rows.get_mut(&cluster) {
                Some(row) if second(row.time.as_deref()) >= second(Some(&failed.time)) => {}
                Some(row) => (row.state, row.reason) = (State::Stale, reason),
                None => {
                    let mut row = missing(&cluster, &reason);
                    row.exit_code = Some(failed.exit_code);
                    self.rows.insert(cluster, row);
                }
            }
        }
        for cluster in expected {
            self.rows.entry(cluster.clone()).or_insert_with(|| missing(cluster, "there is no report"));
        }
        if let Some(max_age) = max_age {
            for row in self.rows.values_mut().filter(|row| row.state == State::Fresh) {
                let age = second(row.time.as_deref()).zip(second(Some(now))).map(|(then, now)| now - then);
                match age {
                    Some(age) if age <= max_age => {}
                    Some(age) => (row.state, row.reason) = (State::Stale, format!("read {} h ago", age / 3600)),
                    None => (row.state, row.reason) = (State::Stale, "it does not say when it was read".into()),
                }
            }
        }
        let clusters: Vec<Row> = self.rows.into_values().collect();
        let seen: BTreeSet<&str> = clusters.iter().flat_map(|row| row.cells.keys().map(String::as_str)).collect();
        let known = ASPECTS.iter().copied().filter(|aspect| seen.contains(aspect));
        let aspects: Vec<String> = known
            .chain(seen.iter().copied().filter(|aspect| !ASPECTS.contains(aspect)))
            .map(ToOwned::to_owned)
            .collect();
        let totals = aspects.iter().map(|aspect| (aspect.clone(), tally(&clusters, aspect))).collect();
        Matrix { format: 1, aspects, clusters, totals }
    }
}

fn second(time: Option<&str>) -> Option<i64> {
    time.and_then(|time| time.parse::<jiff::Timestamp>().ok()).map(jiff::Timestamp::as_second)
}

fn tally(clusters: &[Row], aspect: &str) -> Tally {
    let mut tally = Tally::default();
    for row in clusters {
        let verdict = row.cells.get(aspect).and_then(|cell| cell.verdict);
        let place = match (row.state, verdict) {
            (State::Missing, _) => &mut tally.missing,
            (State::Stale, _) => &mut tally.stale,
            (State::Fresh, None) => &mut tally.not_asked,
            (State::Fresh, Some(Verdict::Fail)) => &mut tally.fail,
            (State::Fresh, Some(Verdict::Unknown)) => &mut tally.unknown,
            (State::Fresh, Some(Verdict::Waived)) => &mut tally.waived,
            (State::Fresh, Some(Verdict::Pass)) => &mut tally.pass,
            (State::Fresh, Some(Verdict::NotApplicable)) => &mut tally.not_applicable,
        };
        *place += 1;
    }
    tally
}

impl Matrix {
    /// What the gates say together: who is stale or missing is incomplete.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        let codes = || self.clusters.iter().filter_map(|row| row.exit_code);
        if self.clusters.iter().all(|row| row.state == State::Missing) {
            return exit::NO_RESULT;
        }
        let failed = codes().any(|code| matches!(code, exit::FAILED | exit::FAILED_AND_INCOMPLETE));
        let incomplete = self.clusters.iter().any(|row| row.state != State::Fresh)
            || codes().any(|code| matches!(code, exit::INCOMPLETE | exit::FAILED_AND_INCOMPLETE));
        match (failed, incomplete) {
            (false, false) => exit::SATISFIED,
            (true, false) => exit::FAILED,
            (false, true) => exit::INCOMPLETE,
            (true, true) => exit::FAILED_AND_INCOMPLETE,
        }
    }
}
