//! Manifests and dumps: files, folders, globs and standard input.

use std::{
    fs::File,
    io::{BufRead, BufReader, Read, Seek},
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    CollectError, Options,
    documents::{self, Outcome},
    unlogged::without_logs,
};
use crate::object::Kind;
use crate::snapshot::{
    Coverage, Header, Origin, Snapshot, SnapshotBuilder, SourceKind, State, file,
    slim::{Secrets, Slimmer},
};

const SUFFIXES: [&str; 5] = ["yaml", "yml", "json", "jsonl", "ndjson"];

/// Whether a file is a snapshot of ours.
///
/// # Errors
/// A file that cannot be read.
pub fn is_snapshot(path: &Path) -> Result<bool, CollectError> {
    let mut first = [0; 64];
    let mut file = File::open(path).map_err(|e| CollectError::io(path, e))?;
    let read = file.read(&mut first).map_err(|e| CollectError::io(path, e))?;
    let first = first.get(..read).unwrap_or_default();
    if file::looks_compressed(first) {
        // A zstd stream is only ever ours; gzip may be somebody's tarball.
        return Ok(!first.starts_with(&[0x1f, 0x8b]) || gzip_holds_snapshot(path)?);
    }
    Ok(first.starts_with(br#"{"sextant":"#))
}

fn gzip_holds_snapshot(path: &Path) -> Result<bool, CollectError> {
    let mut file = File::open(path).map_err(|e| CollectError::io(path, e))?;
    file.rewind().map_err(|e| CollectError::io(path, e))?;
    let mut first = [0; 16];
    let read = flate2::read::GzDecoder::new(file).read(&mut first).unwrap_or(0);
    Ok(first.get(..read).is_some_and(|first| first.starts_with(br#"{"sextant":"#)))
}

/// Reads a snapshot file.
///
/// # Errors
/// A file that cannot be opened or has no header; a cut one is read with every kind partial.
pub fn read_snapshot(path: &Path) -> Result<Snapshot, CollectError> {
    let file = File::open(path).map_err(|e| CollectError::io(path, e))?;
    file::read(file).map_err(|source| CollectError::Snapshot { path: path.display().to_string(), source })
}

/// One input to read, and whether the user named it or a folder held it.
struct Input {
    path: PathBuf,
    named: bool,
}

/// Reads every input into one snapshot.
///
/// # Errors
/// Paths that are not there, patterns that match nothing.
pub fn read(inputs: &[String], options: &Options) -> Result<Snapshot, CollectError> {
    let mut builder = SnapshotBuilder::new(Header {
        source_kind: SourceKind::Manifests,
        source: inputs.join(" "),
        time: options.time.clone(),
        uid: None,
        version: None,
        context: None,
        secrets: options.secrets,
        asserted_complete: options.complete,
        span: None,
    });
    let mut gathered = Gathered::default();
    for input in inputs {
        let mut take = |text: Box<dyn BufRead>, name: &str, named: bool| {
            let read = without_logs(text).and_then(|text| gathered.read(text, name, named, options, &mut builder));
            match read {
                Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
                    builder.cover_source(name, Coverage::new(State::Malformed, "cut off: it ends inside of a log"));
                    Ok(())
                }
                read => read.map_err(|e| CollectError::io(name, e)),
            }
        };
        if input == "-" {
            take(Box::new(std::io::stdin().lock()), "-", true)?;
            continue;
        }
        for Input { path, named } in expand(input)? {
            let file = File::open(&path).map_err(|e| CollectError::io(&path, e))?;
            take(Box::new(BufReader::new(file)), &path.display().to_string(), named)?;
        }
    }
    Ok(gathered.finish(builder, options))
}

/// What is learnt while reading, besides the objects.
#[derive(Default)]
pub(super) struct Gathered {
    newest: Option<String>,
    secrets: u64,
    served: bool,
}

impl Gathered {
    /// Reads one stream into the builder.
    pub(super) fn read(
        &mut self,
        input: impl Read,
        name: &str,
        named: bool,
        options: &Options,
        builder: &mut SnapshotBuilder,
    ) -> std::io::Result<()> {
        let file: Arc<str> = name.into();
        let slimmer = Slimmer { retain: &options.retain, secrets: options.secrets };
        documents::read(input, slimmer, |placed| {
            let place = format!("{file}#{}", placed.document);
            match placed.outcome {
                Outcome::Object(slim) => {
                    // One text that is no time may not take the clock from all the others.
                    let is_time = |text: &String| text.parse::<jiff::Timestamp>().is_ok();
                    if slim.newest > self.newest && slim.newest.as_ref().is_some_and(is_time) {
                        self.newest = slim.newest;
                    }
                    match slim.object {
                        Some(mut object) => {
                            object.origin = Some(Origin { file: file.clone(), line: placed.line });
                            self.served |=
                                object.json.contains(r#""uid":""#) && object.json.contains(r#""creationTimestamp":""#);
                            builder.push(object);
                        }
                        None => self.secrets += 1,
                    }
                }
                Outcome::Foreign if !named => {
                    builder.cover_source(
                        place,
                        Coverage::new(State::Skipped, "no apiVersion and no kind: not a Kubernetes object"),
                    );
                }
                Outcome::Foreign => builder.cover_source(
                    place,
                    Coverage::new(
                        State::Malformed,
                        format!("line {}: no apiVersion and no kind: not a Kubernetes object", placed.line),
                    ),
                ),
                Outcome::Broken(reason) => {
                    builder.cover_source(
                        place,
                        Coverage::new(State::Malformed, format!("line {}: {reason}", placed.line)),
                    );
                }
            }
        })
    }

    /// Settles what only the whole input tells: its clock, and whether a server wrote it.
    pub(super) fn finish(self, mut builder: SnapshotBuilder, options: &Options) -> Snapshot {
        let header = builder.header_mut();
        if self.served && header.source_kind == SourceKind::Manifests {
            header.source_kind = SourceKind::Dump;
        }
        if header.time.is_none() {
            header.time = self.newest;
        }
        if options.secrets == Secrets::None {
            let mut coverage = Coverage::new(State::Skipped, "Secrets are not read (--secrets)");
            coverage.objects = 0;
            builder.cover(Kind::new("", "Secret"), coverage);
        }
        if options.secrets == Secrets::Named {
            let mut named = super::named::Named::default();
            builder.objects().iter().for_each(|object| named.look(object));
            let is_named = |object: &crate::snapshot::Object| {
                *object.kind != Kind::new("", "Secret")
                    || named.secrets.contains(&(object.namespace.to_string(), object.name.to_string()))
            };
            builder.retain(is_named);
            let reason = "only those that a listener or an image pull names";
            builder.cover(Kind::new("", "Secret"), Coverage::new(State::Partial, reason));
        }
        let mut snapshot = builder.freeze();
        if snapshot.header.uid.is_none() {
            snapshot.header.uid = cluster_uid(&snapshot);
        }
        snapshot
    }
}

/// The UID of the kube-system namespace, which is the cluster's for as long as it lives.
fn cluster_uid(snapshot: &Snapshot) -> Option<String> {
    let namespace: crate::view::Bare = snapshot.get("", "Namespace", "", "kube-system")?.parse().ok()?;
    Some(namespace.metadata.uid).filter(|uid| !uid.is_empty())
}

fn expand(input: &str) -> Result<Vec<Input>, CollectError> {
    let path = Path::new(input);
    if path.is_dir() {
        let mut found = Vec::new();
        walk(path, &mut found)?;
        found.sort();
        return Ok(found.into_iter().map(|path| Input { path, named: false }).collect());
    }
    if path.exists() || !input.contains(['*', '?', '[']) {
        return Ok(vec![Input { path: path.into(), named: true }]);
    }
    let pattern = |reason: String| CollectError::Pattern { pattern: input.into(), reason };
    let mut found = Vec::new();
    for entry in glob::glob(input).map_err(|e| pattern(e.to_string()))? {
        let path = entry.map_err(|e| pattern(e.to_string()))?;
        if path.is_dir() {
            let mut below = Vec::new();
            walk(&path, &mut below)?;
            found.extend(below.into_iter().map(|path| Input { path, named: false }));
        } else {
            found.push(Input { path, named: true });
        }
    }
    if found.is_empty() {
        return Err(pattern("the pattern matches no file".into()));
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

fn walk(dir: &Path, found: &mut Vec<PathBuf>) -> Result<(), CollectError> {
    for entry in std::fs::read_dir(dir).map_err(|e| CollectError::io(dir, e))? {
        let path = entry.map_err(|e| CollectError::io(dir, e))?.path();
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if hidden {
            continue;
        }
        if path.is_dir() {
            walk(&path, found)?;
        } else if path.extension().is_some_and(|suffix| SUFFIXES.iter().any(|s| suffix.eq_ignore_ascii_case(s))) {
            found.push(path);
        }
    }
    Ok(())
}
