//! The snapshot file: zstd of JSON lines, readable with `zstdcat` and `jq`.
//!
//! Line 1 is the header, then objects in order, then coverage lines, then a trailer with the
//! number of objects and the SHA-256 of every line before it. Without a valid trailer the file
//! was cut, and nothing in it counts as complete.

use std::io::{self, BufRead, BufReader, Read, Write};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Coverage, Discovery, Header, Object, Snapshot, SnapshotBuilder, State, certificate::hex};
use crate::object::Kind;

/// The first bytes of the header line, by which a file is known.
const MAGIC: &str = "sextant-snapshot/1";

#[derive(Serialize, Deserialize)]
struct HeaderLine {
    sextant: String,
    #[serde(flatten)]
    header: Header,
    #[serde(skip_serializing_if = "Option::is_none")]
    discovery: Option<Discovery>,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum CoverageLine {
    Kind { coverage: Coverage, of: Kind },
    Source { coverage: Coverage, source: String },
}

#[derive(Serialize, Deserialize)]
struct Trailer {
    end: End,
}

#[derive(Serialize, Deserialize)]
struct End {
    objects: u64,
    sha256: String,
}

/// Why a file is no snapshot.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// Reading or writing failed.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// A line is not what the format says.
    #[error("line {line}: {reason}")]
    Line {
        /// From 1.
        line: u64,
        /// What is wrong.
        reason: String,
    },
}

/// Writes a snapshot.
///
/// # Errors
/// What the writer says.
pub fn write(snapshot: &Snapshot, out: impl Write) -> Result<(), FileError> {
    let mut writer = Writer::new(out, &snapshot.header, snapshot.discovery.as_ref())?;
    for object in snapshot.objects() {
        writer.object(&object.json)?;
    }
    for (kind, coverage) in &snapshot.kinds {
        writer.kind(kind, coverage)?;
    }
    for (source, coverage) in &snapshot.sources {
        writer.source(source, coverage)?;
    }
    writer.finish().map(|_| ())
}

/// A snapshot file that is being written: header, objects in order, coverage, trailer.
pub struct Writer<W: Write> {
    encoder: zstd::Encoder<'static, W>,
    hash: Sha256,
    objects: u64,
}

impl<W: Write> std::fmt::Debug for Writer<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer").field("objects", &self.objects).finish_non_exhaustive()
    }
}

impl<W: Write> Writer<W> {
    /// Begins a file.
    ///
    /// # Errors
    /// What the writer says.
    pub fn new(out: W, header: &Header, discovery: Option<&Discovery>) -> Result<Self, FileError> {
        let mut writer = Self { encoder: zstd::Encoder::new(out, 3)?, hash: Sha256::new(), objects: 0 };
        let header = HeaderLine { sextant: MAGIC.into(), header: header.clone(), discovery: discovery.cloned() };
        writer.json(&header)?;
        Ok(writer)
    }

    /// How many objects were written.
    #[must_use]
    pub fn objects(&self) -> u64 {
        self.objects
    }

    /// Writes one object: canonical JSON of one line, after every object that sorts before it.
    ///
    /// # Errors
    /// What the writer says.
    pub fn object(&mut self, json: &str) -> Result<(), FileError> {
        self.objects += 1;
        self.line(json)
    }

    /// Writes how completely a kind was read.
    ///
    /// # Errors
    /// What the writer says.
    pub fn kind(&mut self, kind: &Kind, coverage: &Coverage) -> Result<(), FileError> {
        self.json(&CoverageLine::Kind { coverage: coverage.clone(), of: kind.clone() })
    }

    /// Writes how completely a document or an outside source was read.
    ///
    /// # Errors
    /// What the writer says.
    pub fn source(&mut self, source: &str, coverage: &Coverage) -> Result<(), FileError> {
        self.json(&CoverageLine::Source { coverage: coverage.clone(), source: source.into() })
    }

    /// Writes the trailer. Returns how many objects there are.
    ///
    /// # Errors
    /// What the writer says.
    pub fn finish(mut self) -> Result<u64, FileError> {
        let end = End { objects: self.objects, sha256: hex(&self.hash.finalize()) };
        let trailer = serde_json::to_string(&Trailer { end }).map_err(io::Error::from)?;
        writeln!(self.encoder, "{trailer}")?;
        self.encoder.finish()?.flush()?;
        Ok(self.objects)
    }

    fn json(&mut self, value: &impl Serialize) -> Result<(), FileError> {
        let text = serde_json::to_string(value).map_err(io::Error::from)?;
        self.line(&text)
    }

    fn line(&mut self, text: &str) -> Result<(), FileError> {
        self.hash.update(text.as_bytes());
        self.hash.update(b"\n");
        self.encoder.write_all(text.as_bytes())?;
        self.encoder.write_all(b"\n")?;
        Ok(())
    }
}

/// Whether the first bytes of a file look like a snapshot's (zstd or gzip; a plain one begins with JSON).
#[must_use]
pub fn looks_compressed(first: &[u8]) -> bool {
    first.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) || first.starts_with(&[0x1f, 0x8b])
}

#[derive(Deserialize)]
struct ObjectHead<'a> {
    #[serde(rename = "apiVersion", borrow)]
    api_version: std::borrow::Cow<'a, str>,
    #[serde(borrow)]
    kind: std::borrow::Cow<'a, str>,
    metadata: ObjectMeta,
}

#[derive(Deserialize)]
struct ObjectMeta {
    #[serde(default)]
    namespace: String,
    #[serde(default)]
    name: String,
}

/// Reads a snapshot. A cut or altered file still gives its objects, with every kind `partial`.
///
/// # Errors
/// A file that has no snapshot header.
pub fn read(input: impl Read) -> Result<Snapshot, FileError> {
    let mut input = BufReader::new(input);
    let first = input.fill_buf()?;
    let mut lines: Box<dyn BufRead> = if first.starts_with(&[0x1f, 0x8b]) {
        Box::new(BufReader::new(flate2::bufread::GzDecoder::new(input)))
    } else if looks_compressed(first) {
        Box::new(BufReader::with_capacity(1 << 20, zstd::Decoder::with_buffer(input)?))
    } else {
        Box::new(input)
    };
    let mut hash = Sha256::new();
    let mut text = String::new();
    let mut number = 0_u64;
    let mut builder: Option<SnapshotBuilder> = None;
    let mut damage: Option<String> = None;
    let mut ended = false;
    loop {
        text.clear();
        match lines.read_line(&mut text) {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) if builder.is_some() => {
                damage = Some(format!("after line {number}: {error}"));
                break;
            }
            Err(error) => return Err(FileError::Line { line: 1, reason: format!("not a snapshot: {error}") }),
        }
        number += 1;
        let line = text.trim_end_matches('\n');
        let Some(snapshot) = &mut builder else {
            let header: HeaderLine = serde_json::from_str(line)
                .map_err(|error| FileError::Line { line: 1, reason: format!("not a snapshot header: {error}") })?;
            if header.sextant != MAGIC {
                return Err(FileError::Line {
                    line: 1,
                    reason: format!("unknown snapshot format {:?}; this program reads {MAGIC}", header.sextant),
                });
            }
            let mut started = SnapshotBuilder::new(header.header);
            if let Some(discovery) = header.discovery {
                started.discover(discovery);
            }
            builder = Some(started);
            hash.update(text.as_bytes());
            continue;
        };
        if line.starts_with(r#"{"end":"#) {
            match serde_json::from_str::<Trailer>(line) {
                Ok(trailer) if trailer.end.sha256 != hex(&hash.clone().finalize()) => {
                    damage = Some("the hash of the trailer differs: the file was changed".into());
                }
                Ok(_) => ended = true,
                Err(error) => damage = Some(format!("line {number}: broken trailer: {error}")),
            }
            break;
        }
        hash.update(text.as_bytes());
        if line.starts_with(r#"{"coverage":"#) {
            match serde_json::from_str::<CoverageLine>(line) {
                Ok(CoverageLine::Kind { coverage, of }) => snapshot.cover(of, coverage),
                Ok(CoverageLine::Source { coverage, source }) => snapshot.cover_source(source, coverage),
                Err(error) => damage = Some(format!("line {number}: {error}")),
            }
            continue;
        }
        match serde_json::from_str::<ObjectHead<'_>>(line) {
            Ok(head) => {
                let version = head.api_version.rsplit_once('/').map_or(&*head.api_version, |(_, v)| v);
                snapshot.push(Object {
                    kind: std::sync::Arc::new(Kind::from_api_version(&head.api_version, &head.kind)),
                    version: version.into(),
                    namespace: head.metadata.namespace.into(),
                    name: head.metadata.name.into(),
                    origin: None,
                    json: line.into(),
                });
            }
            Err(error) => damage = Some(format!("line {number}: {error}")),
        }
    }
    let Some(mut snapshot) = builder else {
        return Err(FileError::Line { line: 1, reason: "not a snapshot: the file is empty".into() });
    };
    if damage.is_none() && !ended {
        damage = Some(format!("the file ends at line {number} without its trailer: it was cut"));
    }
    if let Some(reason) = damage {
        snapshot.cover_source("snapshot", Coverage::new(State::Malformed, reason.clone()));
        snapshot.doubt(&reason);
    }
    Ok(snapshot.freeze())
}
