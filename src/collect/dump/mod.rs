//! What other tools took from a cluster: cluster-info dumps, must-gather, Velero backups,
//! troubleshoot bundles, crash diagnostics; as a folder, or as the archive it came in.
//!
//! They are redacted like everything else, and never complete unless the user asserts it.

mod archive;
mod entry;

use std::path::Path;

use super::{CollectError, Options, files::Gathered};
use crate::snapshot::{Coverage, Header, Snapshot, SnapshotBuilder, SourceKind, State};

use archive::Archive;
use entry::{Entry, Layout};

/// Whether a path is a dump that needs more than reading every file in it.
///
/// # Errors
/// A file that cannot be read.
pub fn looks_like(path: &Path) -> Result<bool, CollectError> {
    if path.is_file() {
        return archive::is_archive(path).map_err(|error| CollectError::io(path, error));
    }
    Ok(folder_looks_like(path, 2))
}

/// Bundles are often one or two folders deep: the tool's name, then an image's.
fn folder_looks_like(dir: &Path, depth: u32) -> bool {
    let has = |name: &str| dir.join(name).is_dir();
    if has("cluster-resources")
        || has("kubecapture")
        || has("cluster-scoped-resources")
        || (has("resources") && has("metadata"))
        || (dir.join("nodes.json").is_file() && has("kube-system"))
    {
        return true;
    }
    if depth == 0 {
        return false;
    }
    let Ok(entries) = std::fs::read_dir(dir) else { return false };
    let below: Vec<_> = entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    // A folder of many folders is somebody's repository.
    below.len() <= 4 && below.iter().any(|path| folder_looks_like(path, depth - 1))
}

/// Reads the dump.
///
/// # Errors
/// An archive that cannot be opened. What is broken inside is coverage.
pub fn read(path: &Path, options: &Options) -> Result<Snapshot, CollectError> {
    let mut builder = SnapshotBuilder::new(Header {
        source_kind: SourceKind::Dump,
        source: path.display().to_string(),
        time: options.time.clone(),
        uid: None,
        version: None,
        context: None,
        secrets: options.secrets,
        asserted_complete: options.complete,
        span: None,
    });
    let mut gathered = Gathered::default();
    let mut errors = Vec::new();
    let archive = Archive::open(path).map_err(|error| CollectError::io(path, error))?;
    // A tarball that breaks off says so once more when it is read.
    let mut names = Vec::new();
    let _ = archive.each(&mut |name, _| {
        names.push(name.to_owned());
        Ok(())
    });
    let layout = Layout::of(&names);
    let ended = archive.each(&mut |name, content| {
        match layout.classify(name) {
            Entry::Skip => {}
            Entry::Read(types) => {
                let content = entry::typed(content, types)?;
                gathered.read(content, name, false, options, &mut builder)?;
            }
            Entry::Errors(kind) => {
                if entry::tells_errors(content)? {
                    match kind {
                        Some(kind) => errors.push(kind),
                        None => builder.cover_source(
                            name,
                            Coverage::new(
                                State::Malformed,
                                "the bundle says that some custom resources could not be read",
                            ),
                        ),
                    }
                }
            }
        }
        Ok(())
    });
    if let Err(error) = ended {
        // A tarball that was cut gave what it had.
        builder.cover_source(
            path.display().to_string(),
            Coverage::new(State::Malformed, format!("cut off: {}", error.kind())),
        );
    }
    for kind in errors {
        let reason = "the bundle says that not all of it could be read";
        builder.cover(kind, Coverage::new(State::Partial, reason));
    }
    let mut snapshot = gathered.finish(builder, options);
    snapshot.forget_origins();
    Ok(snapshot)
}
