//! Which record has a number, where several runs wrote at the same time. A record's name holds its time,
//! so two runs may write two records under one number; a small object of one name for both, which only
//! the first can make, says whose it is. The other withdraws, and takes the next number.

use super::Entry;
use crate::store::{Failure, Put, Store, failpoint, safe};

/// Where the records of a cluster are.
#[derive(Clone, Copy)]
pub(super) struct Place<'p> {
    pub store: &'p dyn Store,
    pub cluster: &'p str,
}

impl Place<'_> {
    fn name(&self, seq: u64) -> String {
        format!("{}/{seq:08}.chosen", safe(self.cluster))
    }

    /// The records, the oldest first, and those that another one was chosen over. Where none is
    /// chosen, all of one number are records.
    pub fn entries(&self) -> Result<(Vec<Entry>, Vec<Entry>), Failure> {
        let names = self.store.list(&safe(self.cluster))?;
        let mut entries: Vec<Entry> = names.iter().filter_map(|name| Entry::parse(name)).collect();
        entries.sort_by(|a, b| (a.seq, &a.name).cmp(&(b.seq, &b.name)));
        let twice = |(one, next): (&Entry, &Entry)| (one.seq == next.seq).then_some(one.seq);
        let mut contested: Vec<u64> = entries.iter().zip(entries.iter().skip(1)).filter_map(twice).collect();
        contested.dedup();
        let mut strays = Vec::new();
        for seq in contested {
            if let Some(chosen) = self.read(seq)?
                && entries.iter().any(|entry| entry.name == chosen)
            {
                strays.extend(entries.extract_if(.., |entry| entry.seq == seq && entry.name != chosen));
            }
        }
        Ok((entries, strays))
    }

    fn read(&self, seq: u64) -> Result<Option<String>, Failure> {
        let found = self.store.get(&self.name(seq))?;
        Ok(found.map(|bytes| format!("{}/{}", safe(self.cluster), String::from_utf8_lossy(&bytes).trim())))
    }

    /// Chooses a record that is written. Returns whether its number is its own.
    pub fn choose(&self, entry: &Entry) -> Result<bool, Failure> {
        let file = entry.name.rsplit('/').next().unwrap_or(&entry.name);
        let is_first = self.store.put(&self.name(entry.seq), format!("{file}\n").as_bytes(), Put::New)?;
        failpoint("history-chosen");
        Ok(is_first || self.read(entry.seq)?.is_some_and(|chosen| chosen == entry.name))
    }

    /// The records, of which the newest is chosen from now on if it was not; what was not chosen is
    /// removed: its run is still at it, or was killed.
    pub fn settle(&self) -> Result<Vec<Entry>, Failure> {
        let (entries, strays) = self.entries()?;
        for stray in strays {
            self.store.delete(&stray.name)?;
        }
        let last = entries.last().map(|last| last.seq);
        if let Some(first) = entries.iter().find(|entry| Some(entry.seq) == last)
            && self.read(first.seq)?.is_none()
        {
            self.choose(first)?;
            return Ok(self.entries()?.0);
        }
        Ok(entries)
    }

    /// Removes what was said of a number whose record is removed.
    pub fn forget(&self, seq: u64) -> Result<(), Failure> {
        self.store.delete(&self.name(seq))
    }
}
