//! From whatever the user names to a frozen [`Snapshot`]: the only room that reads the outside.

pub mod answers;
pub mod cluster;
pub mod discovery;
pub mod documents;
pub mod dump;
pub mod files;
pub mod fixture;

pub mod named;
pub mod plan;
pub mod registry;
mod unlogged;

use std::path::PathBuf;

use crate::snapshot::{Snapshot, file::FileError, retain::Retain, slim::Secrets};

/// What holds for every source.
#[derive(Clone, Debug)]
pub struct Options {
    /// Which values survive redaction.
    pub retain: Retain,
    /// How Secrets are treated.
    pub secrets: Secrets,
    /// The user asserts that the source holds the whole cluster.
    pub complete: bool,
    /// RFC 3339 time of a source without a clock.
    pub time: Option<String>,
}

/// No snapshot could be made.
#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    /// A path could not be opened or read.
    #[error("{path}: {source}")]
    Io {
        /// As the user named it.
        path: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// A pattern is no glob, or matches nothing.
    #[error("{pattern}: {reason}")]
    Pattern {
        /// As the user wrote it.
        pattern: String,
        /// What is wrong.
        reason: String,
    },
    /// A file that claims to be a snapshot is none.
    #[error("{path}: {source}")]
    Snapshot {
        /// As the user named it.
        path: String,
        /// What is wrong, with the line.
        source: FileError,
    },
    /// A cluster cannot be asked at all.
    #[error("{place}: {reason}; {remedy}")]
    Cluster {
        /// Context and server, or the file at fault.
        place: String,
        /// What is wrong.
        reason: String,
        /// What to do.
        remedy: &'static str,
    },
    /// A folder of raw answers lacks what makes it one.
    #[error("{path}: {reason}")]
    Answers {
        /// The file at fault.
        path: String,
        /// What is wrong.
        reason: String,
    },
}

impl CollectError {
    pub(crate) fn io(path: impl Into<PathBuf>, source: std::io::Error) -> Self {
        Self::Io { path: path.into().display().to_string(), source }
    }
}

/// Reads files, folders, globs and `-` into one snapshot.
///
/// A single snapshot file or a single folder of raw API answers is known by its look;
/// everything else is read as manifests, which an object's UID turns into a dump.
///
/// # Errors
/// Paths that cannot be read. A document that cannot be understood is no error but coverage.
pub fn read(inputs: &[String], options: &Options) -> Result<Snapshot, CollectError> {
    if let [one] = inputs
        && one != "-"
    {
        let path = std::path::Path::new(one);
        if path.is_dir() && answers::looks_like(path) {
            return answers::read(path, options);
        }
        if path.is_dir() && fixture::looks_like(path) {
            return fixture::read(path, options);
        }
        if path.is_file() && files::is_snapshot(path)? {
            return files::read_snapshot(path);
        }
        if path.exists() && dump::looks_like(path)? {
            return dump::read(path, options);
        }
    }
    files::read(inputs, options)
}
