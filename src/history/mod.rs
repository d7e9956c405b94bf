//! Keeps many reports: one immutable record a run, each naming the one before by its hash.
//!
//! The records are the truth; an index can be made from them at any time. Nothing here changes a
//! record: retention removes whole ones, and the next record says which hashes it rests on.

pub mod change;
mod chosen;
pub mod index;
pub mod keep;
mod newest;
mod record;
pub mod verify;

use sha2::{Digest as _, Sha256};

pub use change::Change;
pub use keep::Keep;
pub use record::{Head, Link, Mark, PolicyMark, Record};

use crate::{
    report::Report,
    store::{Failure, Patience, Put, Store, failpoint, safe, secret::Secret},
};

/// The records of some clusters, in one place.
pub struct History {
    store: Box<dyn Store>,
    key: Option<Vec<u8>>,
}

/// A record by its name alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its place in the chain, from 1.
    pub seq: u64,
    /// When it was written, RFC 3339.
    pub time: String,
    /// Its name in the store.
    pub name: String,
}

impl Entry {
    fn parse(name: &str) -> Option<Self> {
        let file = name.rsplit('/').next()?.strip_suffix(".run.zst")?;
        let (seq, time) = file.split_once('-')?;
        // 2026-11-23T120000Z
        let (day, clock) = time.split_once('T')?;
        let part = |range| clock.get(range);
        let time = format!("{day}T{}:{}:{}Z", part(0..2)?, part(2..4)?, part(4..6)?);
        Some(Self { seq: seq.parse().ok()?, time, name: name.to_owned() })
    }
}

/// What came of keeping a run.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The record.
    pub entry: Entry,
    /// Its number and hash, for somebody to keep elsewhere.
    pub link: Link,
    /// What it says.
    pub head: Head,
}

/// How often a run that others overtook begins anew: each time one of them has got through.
const TRIES: usize = 32;

/// A SHA-256 in hexadecimal digits.
#[must_use]
pub fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

impl History {
    /// Opens a folder, or `s3://bucket/prefix`. A key in `SEXTANT_HISTORY_KEY` or the file of
    /// `SEXTANT_HISTORY_KEY_FILE` seals the records.
    ///
    /// # Errors
    /// A place that cannot be opened, a key that cannot be read.
    pub fn open(place: &str, patience: Patience) -> Result<Self, Failure> {
        let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        let key = if let Some(file) = set("SEXTANT_HISTORY_KEY_FILE") {
            Some(Secret::File(file.into()))
        } else {
            set("SEXTANT_HISTORY_KEY").map(|_| Secret::Env("SEXTANT_HISTORY_KEY".into()))
        };
        let key = key.map(|key| key.read()).transpose()?.map(|key| key.reveal().as_bytes().to_vec());
        Ok(Self { store: crate::store::open(place, patience)?, key })
    }

    /// With a store of one's own.
    #[must_use]
    pub fn with(store: Box<dyn Store>, key: Option<Vec<u8>>) -> Self {
        Self { store, key }
    }

    /// The clusters that have a record.
    ///
    /// # Errors
    /// A store that cannot be read.
    pub fn clusters(&self) -> Result<Vec<String>, Failure> {
        let names = self.store.list("")?;
        let mut clusters: Vec<String> = names
            .iter()
            .filter_map(|name| Entry::parse(name).and(name.split_once('/')))
            .map(|(c, _)| c.into())
            .collect();
        clusters.dedup();
        Ok(clusters)
    }

    /// The records of a cluster, the oldest first.
    ///
    /// # Errors
    /// A store that cannot be read.
    pub fn entries(&self, cluster: &str) -> Result<Vec<Entry>, Failure> {
        Ok(self.chosen(cluster).entries()?.0)
    }

    fn chosen<'h>(&'h self, cluster: &'h str) -> chosen::Place<'h> {
        chosen::Place { store: &*self.store, cluster }
    }

    fn bytes(&self, entry: &Entry) -> Result<Vec<u8>, Failure> {
        let gone = || Failure::firm(format!("{}/{}: gone while it was read", self.store.place(), entry.name));
        self.store.get(&entry.name)?.ok_or_else(gone)
    }

    /// The head of a record: everything but its findings.
    ///
    /// # Errors
    /// A record that cannot be read.
    pub fn head(&self, entry: &Entry) -> Result<Head, Failure> {
        record::head(&self.bytes(entry)?).map_err(|why| Failure::firm(format!("{}: {why}", entry.name)))
    }

    /// A whole record.
    ///
    /// # Errors
    /// A record that cannot be read, or whose seal is broken.
    pub fn record(&self, entry: &Entry) -> Result<Record, Failure> {
        let bytes = self.bytes(entry)?;
        record::decode(&bytes, self.key.as_deref()).map_err(|why| Failure::firm(format!("{}: {why}", entry.name)))
    }

    /// The note of a cluster's newest record.
    fn note<'h>(&'h self, cluster: &'h str) -> newest::Place<'h> {
        newest::Place { store: &*self.store, key: self.key.as_deref(), cluster }
    }

    /// Writes the record of a run and removes what need not be kept. Earlier ones are never touched
    /// before the new one stands.
    ///
    /// # Errors
    /// A store that cannot be written.
    pub fn append(&self, cluster: &str, report: &Report, now: &str, keep: &Keep) -> Result<Kept, Failure> {
        let stamp: String = now.chars().filter(|c| *c != ':').collect();
        for _ in 0..TRIES {
            // The note first: it is never ahead of a list that is read later.
            let note = newest::read(self.note(cluster))?;
            // What this record will name has to stay: a run that was killed did not say so itself.
            let entries = self.chosen(cluster).settle()?;
            let noted = if let newest::Note::Of(link) = &note { link.seq } else { 0 };
            // A number that was given once is not given again: the gap stays for verify to find.
            let seq = entries.last().map_or(0, |last| last.seq).max(noted) + 1;
            let name = format!("{}/{seq:08}-{stamp}.run.zst", safe(cluster));
            let entry = Entry { seq, time: now.to_owned(), name };
            let mut all = entries.clone();
            all.push(entry.clone());
            let removed = keep.remove(&all, now);
            let (previous, attested) = self.rests_on(&entries, &removed)?;
            let known = change::known(self, &entries)?;
            let change = change::of(report, &known);
            let kept = entries.iter().find(|entry| !removed.contains(&entry.seq));
            let first = kept.map_or(seq, |entry| entry.seq);
            let record = Record::of(report, cluster, &entry, previous, first, attested, change);
            let bytes = record::encode(&record, self.key.as_deref())
                .map_err(|error| Failure::firm(format!("the record cannot be made: {error}")))?;
            failpoint("history-before");
            if !self.store.put(&entry.name, &bytes, Put::New)? {
                continue;
            }
            failpoint("history-written");
            // Another run may have taken the number; the chain never forks.
            if !self.chosen(cluster).choose(&entry)? {
                self.store.delete(&entry.name)?;
                continue;
            }
            let link = Link { seq, sha256: digest(&bytes) };
            if !matches!(note, newest::Note::Broken(_)) {
                newest::write(self.note(cluster), &link)?;
            }
            for old in entries.iter().filter(|old| removed.contains(&old.seq)) {
                self.store.delete(&old.name)?;
                self.chosen(cluster).forget(old.seq)?;
                failpoint("history-removed");
            }
            return Ok(Kept { entry, link, head: record.head });
        }
        Err(Failure::firm(format!("{}: other runs write to this history all the time", self.store.place())))
    }

    /// The hash of the record before, and of every kept one whose successor is not kept.
    fn rests_on(&self, entries: &[Entry], removed: &[u64]) -> Result<(Option<Link>, Vec<Link>), Failure> {
        let mut attested = Vec::new();
        let mut previous = None;
        let kept: Vec<&Entry> = entries.iter().filter(|entry| !removed.contains(&entry.seq)).collect();
        let last = entries.last();
        // What earlier records said is carried over: a hash made now would attest a forgery.
        let said = last.and_then(|last| self.head(last).ok()).map(|head| head.attested).unwrap_or_default();
        for (index, entry) in kept.iter().enumerate() {
            let next = kept.get(index + 1).map(|next| next.seq);
            let is_last = last.is_some_and(|last| last.seq == entry.seq);
            if is_last || next == Some(entry.seq + 1) {
                continue;
            }
            let after = entries.iter().find(|after| after.seq == entry.seq + 1);
            let named = after.and_then(|after| self.head(after).ok()).and_then(|head| head.previous);
            let link = said.iter().find(|link| link.seq == entry.seq).cloned().or(named);
            attested.push(match link {
                Some(link) => link,
                None => Link { seq: entry.seq, sha256: digest(&self.bytes(entry)?) },
            });
        }
        if let Some(last) = last {
            previous = Some(Link { seq: last.seq, sha256: digest(&self.bytes(last)?) });
        }
        Ok((previous, attested))
    }

    /// The run that somebody was last told of.
    ///
    /// # Errors
    /// A store that cannot be read.
    pub fn told(&self, cluster: &str, who: &str) -> Result<Option<u64>, Failure> {
        let found = self.store.get(&told_name(cluster, who))?;
        Ok(found.and_then(|bytes| std::str::from_utf8(&bytes).ok()?.trim().parse().ok()))
    }

    /// Notes the run that somebody was told of.
    ///
    /// # Errors
    /// A store that cannot be written.
    pub fn note_told(&self, cluster: &str, who: &str, seq: u64) -> Result<(), Failure> {
        self.store.put(&told_name(cluster, who), format!("{seq}\n").as_bytes(), Put::Replace).map(|_| ())
    }

    /// Where it is.
    #[must_use]
    pub fn place(&self) -> String {
        self.store.place()
    }
}

fn told_name(cluster: &str, who: &str) -> String {
    format!("{}/told/{}", safe(cluster), safe(who))
}

impl std::fmt::Debug for History {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "History({})", self.store.place())
    }
}
