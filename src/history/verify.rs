//! Whether the records are those that were written: each is named by its hash in the next.

use std::collections::BTreeMap;

use super::{
    History, Link, digest,
    newest::{self, Note},
    record,
};
use crate::store::Failure;

/// What is wrong with a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The record.
    pub seq: u64,
    /// What is wrong with it.
    pub what: String,
}

/// What came of looking at a chain.
#[derive(Clone, Debug, Default)]
pub struct Verified {
    /// Records looked at.
    pub records: usize,
    /// The newest one, for somebody to keep elsewhere: only that proves its end for sure.
    pub newest: Option<Link>,
    /// What is wrong.
    pub problems: Vec<Problem>,
}

/// Looks at every record of a cluster.
///
/// # Errors
/// A store that cannot be read.
pub fn verify(history: &History, cluster: &str) -> Result<Verified, Failure> {
    // The note first: a run that writes meanwhile makes the list longer, never the note truer.
    let note = newest::read(history.note(cluster))?;
    let (entries, strays) = history.chosen(cluster).entries()?;
    let mut verified = Verified { records: entries.len(), ..Verified::default() };
    for stray in strays {
        verified.problem(stray.seq, "a second record has this number, and is not the one that was chosen");
    }
    let mut hashes = BTreeMap::new();
    let mut heads = Vec::new();
    for entry in &entries {
        let bytes = history.bytes(entry)?;
        hashes.insert(entry.seq, digest(&bytes));
        match record::decode(&bytes, history.key.as_deref()) {
            Ok(record) if record.head.seq != entry.seq => verified.problem(entry.seq, "it was given another number"),
            Ok(record) if crate::store::safe(&record.head.cluster) != crate::store::safe(cluster) => {
                verified.problem(entry.seq, "it is of another cluster");
            }
            Ok(record) => heads.push(record.head),
            Err(why) => verified.problem(entry.seq, &why),
        }
    }
    let mut named: BTreeMap<u64, String> = BTreeMap::new();
    for head in &heads {
        named.extend(head.previous.iter().map(|link| (link.seq, link.sha256.clone())));
    }
    for head in &heads {
        let before = head.previous.as_ref().map_or(0, |link| link.seq);
        if before + 1 != head.seq {
            let what = format!("records {} to {} were taken away before it was written", before + 1, head.seq - 1);
            verified.problem(head.seq, &what);
        }
    }
    let last = entries.last().map_or(0, |last| last.seq);
    match note {
        Note::Of(link) if link.seq > last => {
            verified.problem(link.seq, "it was the newest record, and is missing");
        }
        Note::Of(link) if hashes.get(&link.seq).is_some_and(|hash| *hash != link.sha256) => {
            verified.problem(link.seq, "it is not the record that was noted as the newest");
        }
        // A first run that was killed leaves a record without a note.
        Note::None if last > 1 => verified.problem(last, "the note of the newest record is missing"),
        Note::Broken(what) => verified.problem(last, what),
        Note::Of(_) | Note::None => {}
    }
    let newest = heads.last();
    named.extend(newest.iter().flat_map(|head| &head.attested).map(|link| (link.seq, link.sha256.clone())));
    for (seq, hash) in &hashes {
        let is_last = entries.last().is_some_and(|last| last.seq == *seq);
        match named.get(seq) {
            Some(named) if named != hash => verified.problem(*seq, "it is not the record that the next one names"),
            None if !is_last => {
                verified.problem(*seq, "the record after it is missing, and retention did not remove it")
            }
            _ => {}
        }
    }
    if let Some(head) = newest {
        // Two records under one number: somebody put one there.
        for pair in entries.windows(2) {
            if let [a, b] = pair
                && a.seq == b.seq
            {
                verified.problem(a.seq, "two records have this number");
            }
        }
        let (first, seq) = (head.first, head.seq);
        if !hashes.contains_key(&first) {
            verified.problem(first, "it is missing, and retention did not remove it");
        }
        verified.newest = hashes.get(&seq).map(|hash| Link { seq, sha256: hash.clone() });
        for link in head.attested.iter().chain(&head.previous) {
            let is_kept = head.attested.contains(link);
            if is_kept && !hashes.contains_key(&link.seq) {
                verified.problem(link.seq, "it is missing, and retention did not remove it");
            }
        }
    }
    verified.problems.sort_by(|a, b| (a.seq, &a.what).cmp(&(b.seq, &b.what)));
    verified.problems.dedup();
    Ok(verified)
}

impl Verified {
    /// Holds the chain against a record that somebody kept the hash of elsewhere.
    ///
    /// # Errors
    /// A store that cannot be read.
    pub fn expect(&mut self, history: &History, cluster: &str, expected: &Link) -> Result<(), Failure> {
        let entries = history.entries(cluster)?;
        let Some(entry) = entries.iter().find(|entry| entry.seq == expected.seq) else {
            self.problem(expected.seq, "it was expected, and is not there");
            return Ok(());
        };
        if digest(&history.bytes(entry)?) != expected.sha256 {
            self.problem(expected.seq, "it is not the record that was expected");
        }
        Ok(())
    }

    fn problem(&mut self, seq: u64, what: &str) {
        self.problems.push(Problem { seq, what: what.to_owned() });
    }
}
