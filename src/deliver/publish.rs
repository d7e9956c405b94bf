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
    let mut name = format!("{folder}/{stamp}.{extension}");
    let mut number = 1;
    // Two runs in one second are two reports.
    while !store.put(&name, bytes, Put::New)? {
        number += 1;
        if number > 100 {
            return Err(Failure::firm(format!("{}: {name} is there a hundred times", store.place())));
        }
        name = format!("{folder}/{stamp}-{number}.{extension}");
    }
    failpoint("publish-written");
    store.put(&format!("{folder}/latest.{extension}"), bytes, Put::Replace)?;
    failpoint("publish-latest");
    let suffix = format!(".{extension}");
    let files = if *keep == Keep::All { Vec::new() } else { store.list(&folder)? };
    let mut entries: Vec<Entry> = files.into_iter().filter_map(|file| entry(file, &folder, &suffix)).collect();
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

/// Only what this room wrote: anything else in the folder is not ours to remove.
fn entry(file: String, folder: &str, suffix: &str) -> Option<Entry> {
    let stamp = file.strip_prefix(folder)?.strip_prefix('/')?.strip_suffix(suffix)?;
    let (day, clock) = stamp.split_once('T')?;
    let (clock, _) = clock.split_once('Z')?;
    let part = |range| clock.get(range);
    let time = format!("{day}T{}:{}:{}Z", part(0..2)?, part(2..4)?, part(4..6)?);
    time.parse::<jiff::Timestamp>().ok()?;
    Some(Entry { seq: 0, time, name: file })
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
    }
}
