//! A report under its time and as the latest one, in a folder or a bucket; old ones are removed
//! once the new one stands.

use crate::{
    history::{Entry, Keep},
    store::{Failure, Put, Store, failpoint, safe},
};

/// Writes a report. Returns where it is.
///
/// # Errors
/// A store that cannot be written.
pub fn publish(
    store: &dyn Store,
    cluster: &str,
    now: &str,
    extension: &str,
    bytes: &[u8],
    keep: &Keep,
) -> Result<String, Failure> {
    let folder = safe(cluster);
    let stamp: String = now.chars().filter(|c| *c != ':').collect();
    let suffix = format!(".{extension}");
    // Two runs in one second are two reports, numbered on, so that the older ones go first. Who may
    // not list the store still delivers.
    let same = |entry: &&(u32, Entry)| entry.1.name.starts_with(&format!("{folder}/{stamp}"));
    let known = if *keep == Keep::All { Vec::new() } else { ours(store, &folder, &suffix).unwrap_or_default() };
    let last = known.iter().filter(same).map(|(number, _)| *number).max().unwrap_or(0);
    let called = |number: u32| match number {
        1 => format!("{folder}/{stamp}{suffix}"),
        _ => format!("{folder}/{stamp}-{number}{suffix}"),
    };
    let mut number = last + 1;
    while !store.put(&called(number), bytes, Put::New)? {
        number += 1;
        if number > last + 100 {
            return Err(Failure::firm(format!("{}: {} is always there already", store.place(), called(number))));
        }
    }
    let name = called(number);
    failpoint("publish-written");
    store.put(&format!("{folder}/latest.{extension}"), bytes, Put::Replace)?;
    failpoint("publish-latest");
    let mut entries = if *keep == Keep::All { Vec::new() } else { ours(store, &folder, &suffix)? };
    // By name the second report of a second would come before the first.
    entries.sort_by(|(a, one), (b, other)| (&one.time, a).cmp(&(&other.time, b)));
    let mut entries: Vec<Entry> = entries.into_iter().map(|(_, entry)| entry).collect();
    for (seq, entry) in (1..).zip(&mut entries) {
        entry.seq = seq;
    }
    let removed = keep.remove(&entries, now);
    for entry in entries.iter().filter(|entry| removed.contains(&entry.seq) && entry.name != name) {
        store.delete(&entry.name)?;
        failpoint("publish-removed");
    }
    Ok(format!("{}/{name}", store.place()))
}

/// The reports of a folder, as they are listed.
fn ours(store: &dyn Store, folder: &str, suffix: &str) -> Result<Vec<(u32, Entry)>, Failure> {
    Ok(store.list(folder)?.into_iter().filter_map(|file| entry(file, folder, suffix)).collect())
}

/// Only what this room wrote: anything else in the folder is not ours to remove. With its number
/// within its second.
fn entry(file: String, folder: &str, suffix: &str) -> Option<(u32, Entry)> {
    let stamp = file.strip_prefix(folder)?.strip_prefix('/')?.strip_suffix(suffix)?;
    let (day, clock) = stamp.split_once('T')?;
    let (clock, number) = clock.split_once('Z')?;
    let number = if number.is_empty() { 1 } else { number.strip_prefix('-')?.parse().ok()? };
    let part = |range| clock.get(range);
    let time = format!("{day}T{}:{}:{}Z", part(0..2)?, part(2..4)?, part(4..6)?);
    time.parse::<jiff::Timestamp>().ok()?;
    Some((number, Entry { seq: 0, time, name: file }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Dir;

    #[test]
    fn old_reports_go_and_strangers_stay() {
        let home = tempfile::tempdir().unwrap();
        let dir = Dir::new(home.path());
        dir.put("prod/notes.json", b"mine", Put::New).unwrap();
        for day in 1..=5 {
            let now = format!("2026-11-0{day}T12:00:00Z");
            publish(&dir, "prod", &now, "json", now.as_bytes(), &Keep::Count(2)).unwrap();
        }
        publish(&dir, "prod", "2026-11-05T12:00:00Z", "json", b"again", &Keep::Count(3)).unwrap();
        let left = dir.list("prod").unwrap();
        let wanted = [
            "prod/2026-11-04T120000Z.json",
            "prod/2026-11-05T120000Z-2.json",
            "prod/2026-11-05T120000Z.json",
            "prod/latest.json",
            "prod/notes.json",
        ];
        assert_eq!(left, wanted);
        assert_eq!(dir.get("prod/latest.json").unwrap().unwrap(), b"again");
        // Of several in one second the later ones stay.
        for _ in 0..10 {
            publish(&dir, "prod", "2026-11-06T12:00:00Z", "json", b"quick", &Keep::Count(2)).unwrap();
        }
        let left = dir.list("prod").unwrap();
        assert_eq!(left[..2], ["prod/2026-11-06T120000Z-10.json", "prod/2026-11-06T120000Z-9.json"]);
        assert_eq!(left.len(), 4);
    }
}
