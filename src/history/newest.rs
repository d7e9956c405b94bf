//! A note of the newest record beside the records, so that it shows when records were cut off at the end. It
//! is written after its record: a run that dies in between leaves a note of the one before, which is
//! still true. With a key it is sealed; without one, only what was told elsewhere proves the end.

use super::record::{self, Link};
use crate::store::{Failure, Put, Store, failpoint, safe};

/// Where the note is, and by what it is sealed.
#[derive(Clone, Copy)]
pub(super) struct Place<'p> {
    pub store: &'p dyn Store,
    pub key: Option<&'p [u8]>,
    pub cluster: &'p str,
}

/// What the note says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Note {
    None,
    Of(Link),
    /// It is there, and not as it was written.
    Broken(&'static str),
}

fn name(cluster: &str) -> String {
    format!("{}/newest", safe(cluster))
}

fn sealed(cluster: &str, link: &Link) -> String {
    format!("{}\n{} {}\n", safe(cluster), link.seq, link.sha256)
}

pub(super) fn write(Place { store, key, cluster }: Place<'_>, link: &Link) -> Result<(), Failure> {
    let seal = key.map(|key| record::mac(key, sealed(cluster, link).as_bytes()));
    let seal = seal.map(|seal| format!(" {seal}")).unwrap_or_default();
    let line = format!("{} {}{seal}\n", link.seq, link.sha256);
    store.put(&name(cluster), line.as_bytes(), Put::Replace)?;
    failpoint("history-noted");
    Ok(())
}

pub(super) fn read(Place { store, key, cluster }: Place<'_>) -> Result<Note, Failure> {
    let Some(bytes) = store.get(&name(cluster))? else { return Ok(Note::None) };
    let text = String::from_utf8_lossy(&bytes);
    let mut words = text.split_whitespace();
    let (Some(Ok(seq)), Some(sha256), seal) = (words.next().map(str::parse), words.next(), words.next()) else {
        return Ok(Note::Broken("the note of the newest record is damaged"));
    };
    let link = Link { seq, sha256: sha256.to_owned() };
    Ok(match (key, seal) {
        (Some(key), Some(seal)) if record::mac(key, sealed(cluster, &link).as_bytes()) == seal => Note::Of(link),
        (Some(_), Some(_)) => Note::Broken("the note of the newest record was sealed with another key, or changed"),
        (Some(_), None) => Note::Broken("the note of the newest record is not sealed, and a key was given"),
        (None, _) => Note::Of(link),
    })
}
