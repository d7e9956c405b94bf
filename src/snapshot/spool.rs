//! A snapshot on its way to the disk: one compressed file a kind, put together at the end.
//!
//! Memory holds one page, not the cluster. A run that ends early leaves the kinds that it
//! finished, and a later one reads only the others.

use std::{
    fs::{self, File},
    io::{self, BufRead as _, BufReader, Seek as _, SeekFrom, Write},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{
    Coverage, Discovery, Header, Object, State,
    file::{FileError, Writer},
    sink::{KindSink, Sink},
    span::Listed,
};
use crate::object::Kind;

/// The folder of a run.
#[derive(Debug)]
pub struct Spool {
    dir: PathBuf,
}

/// What a finished kind leaves beside its objects.
#[derive(Serialize, Deserialize)]
struct Done {
    kind: Kind,
    coverage: Coverage,
    #[serde(default)]
    listed: Option<Listed>,
    /// Objects came in the order of a snapshot, and none twice.
    sorted: bool,
    /// Bytes of the file that count: what comes after was never finished.
    bytes: u64,
}

impl Spool {
    /// Opens the folder; `identity` says which cluster and mode it is for. With `resume`, kinds
    /// that an earlier run of the same identity finished are kept.
    ///
    /// # Errors
    /// What the disk says; another identity.
    pub fn open(dir: &Path, identity: &str, resume: bool) -> io::Result<Self> {
        let mark = dir.join("identity");
        let before = fs::read_to_string(&mark).ok();
        if resume && before.as_deref().is_some_and(|before| before != identity) {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("{} is of another cluster or other options; without --resume it starts anew", dir.display()),
            ));
        }
        if !resume && dir.exists() {
            if before.is_none() {
                return Err(io::Error::new(
                    io::ErrorKind::AlreadyExists,
                    format!("{} is in the way, and none of ours", dir.display()),
                ));
            }
            fs::remove_dir_all(dir)?;
        }
        fs::create_dir_all(dir)?;
        fs::write(mark, identity)?;
        Ok(Self { dir: dir.to_owned() })
    }

    /// The folder of a run that has just ended.
    #[must_use]
    pub fn reopen(dir: &Path) -> Self {
        Self { dir: dir.to_owned() }
    }

    fn path(&self, kind: &Kind, suffix: &str) -> PathBuf {
        self.dir.join(format!("{}.{suffix}", kind.to_string().replace('/', "_")))
    }

    fn done(&self) -> io::Result<Vec<Done>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.dir)? {
            let path = entry?.path();
            if path.extension().is_some_and(|suffix| suffix == "json") {
                found.push(serde_json::from_slice::<Done>(&fs::read(path)?)?);
            }
        }
        found.sort_by(|a, b| a.kind.cmp(&b.kind));
        Ok(found)
    }

    /// The lines that count of a finished kind.
    fn lines(&self, done: &Done) -> io::Result<impl io::BufRead + use<>> {
        let file = File::open(self.path(&done.kind, "zst"))?;
        Ok(BufReader::new(zstd::Decoder::new(io::Read::take(file, done.bytes))?))
    }

    /// Puts the snapshot together.
    ///
    /// # Errors
    /// What the disk says.
    pub fn assemble(
        &self,
        header: &Header,
        discovery: Option<&Discovery>,
        kinds: &std::collections::BTreeMap<Kind, Coverage>,
        sources: &std::collections::BTreeMap<String, Coverage>,
        out: impl Write,
    ) -> Result<u64, FileError> {
        let mut writer = Writer::new(out, header, discovery)?;
        let mut counted = kinds.clone();
        for done in self.done()? {
            if done.bytes == 0 {
                continue;
            }
            // What an earlier run read of a kind that is no longer served, or not asked for now.
            if !kinds.contains_key(&done.kind) {
                continue;
            }
            let before = writer.objects();
            let mut lines = self.lines(&done)?;
            if done.sorted {
                let mut line = String::new();
                while lines.read_line(&mut line)? > 0 {
                    writer.object(line.trim_end_matches('\n'))?;
                    line.clear();
                }
            } else {
                // Lists of namespaces that overlap, or a continuation after a 410.
                let mut all: Vec<(String, String)> = Vec::new();
                for line in lines.lines() {
                    let line = line?;
                    all.push((key_of(&line)?, line));
                }
                all.sort_by(|a, b| a.0.cmp(&b.0));
                all.reverse();
                all.dedup_by(|a, b| a.0 == b.0);
                all.reverse();
                for (_, line) in &all {
                    writer.object(line)?;
                }
            }
            let objects = writer.objects() - before;
            if let Some(coverage) = counted.get_mut(&done.kind) {
                coverage.objects = objects;
            }
        }
        for (kind, coverage) in &counted {
            writer.kind(kind, coverage)?;
        }
        for (source, coverage) in sources {
            writer.source(source, coverage)?;
        }
        writer.finish()
    }

    /// Removes the folder.
    ///
    /// # Errors
    /// What the disk says.
    pub fn remove(self) -> io::Result<()> {
        fs::remove_dir_all(self.dir)
    }
}

#[derive(Deserialize)]
struct Keyed {
    metadata: KeyedMeta,
}

#[derive(Deserialize)]
struct KeyedMeta {
    #[serde(default)]
    namespace: String,
    #[serde(default)]
    name: String,
}

fn key_of(line: &str) -> Result<String, FileError> {
    let keyed: Keyed = serde_json::from_str(line).map_err(io::Error::from)?;
    Ok(format!("{}/{}", keyed.metadata.namespace, keyed.metadata.name))
}

impl Sink for Spool {
    fn open(&self, kind: &Kind) -> io::Result<Box<dyn KindSink>> {
        let _ = fs::remove_file(self.path(kind, "json"));
        Ok(Box::new(SpoolKind {
            kind: kind.clone(),
            done: self.path(kind, "json"),
            encoder: None,
            file: Some(File::options().create(true).truncate(true).write(true).open(self.path(kind, "zst"))?),
            last: None,
            sorted: true,
            mark: (0, None, true),
        }))
    }

    fn finished(&self, kind: &Kind) -> Option<(Coverage, Option<Listed>)> {
        let text = fs::read(self.path(kind, "json")).ok()?;
        let done: Done = serde_json::from_slice(&text).ok()?;
        // What the server refused or broke off may go better now.
        matches!(done.coverage.state, State::Complete).then_some((done.coverage, done.listed))
    }

    fn replay(&self, kind: &Kind, see: &mut dyn FnMut(&Object)) -> io::Result<()> {
        let done: Done = serde_json::from_slice(&fs::read(self.path(kind, "json"))?)?;
        if done.bytes == 0 {
            return Ok(());
        }
        let kind = std::sync::Arc::new(kind.clone());
        for line in self.lines(&done)?.lines() {
            let json = line?;
            let keyed: Keyed = serde_json::from_str(&json)?;
            see(&Object {
                kind: kind.clone(),
                version: "".into(),
                namespace: keyed.metadata.namespace.into(),
                name: keyed.metadata.name.into(),
                origin: None,
                json: json.into(),
            });
        }
        Ok(())
    }
}

struct SpoolKind {
    kind: Kind,
    done: PathBuf,
    /// One frame a list, so that a list can be cut off again.
    encoder: Option<zstd::Encoder<'static, File>>,
    file: Option<File>,
    last: Option<String>,
    sorted: bool,
    /// Length, last key and order at the beginning of the list.
    mark: (u64, Option<String>, bool),
}

impl SpoolKind {
    /// Ends the frame, if one is open.
    fn settle(&mut self) -> io::Result<&mut File> {
        if let Some(encoder) = self.encoder.take() {
            self.file = Some(encoder.finish()?);
        }
        self.file.as_mut().ok_or_else(|| io::Error::other("the spool was closed"))
    }
}

impl KindSink for SpoolKind {
    fn begin(&mut self) -> io::Result<()> {
        let length = self.settle()?.stream_position()?;
        self.mark = (length, self.last.clone(), self.sorted);
        Ok(())
    }

    fn push(&mut self, object: Object) -> io::Result<()> {
        let key = format!("{}/{}", object.namespace, object.name);
        self.sorted &= self.last.as_ref().is_none_or(|last| *last < key);
        self.last = Some(key);
        if self.encoder.is_none() {
            self.settle()?;
            if let Some(file) = self.file.take() {
                self.encoder = Some(zstd::Encoder::new(file, 1)?);
            }
        }
        let encoder = self.encoder.as_mut().ok_or_else(|| io::Error::other("the spool was closed"))?;
        encoder.write_all(object.json.as_bytes())?;
        encoder.write_all(b"\n")
    }

    fn rollback(&mut self) -> io::Result<()> {
        let (length, last, sorted) = self.mark.clone();
        let file = self.settle()?;
        file.set_len(length)?;
        file.seek(SeekFrom::Start(length))?;
        (self.last, self.sorted) = (last, sorted);
        Ok(())
    }

    fn finish(mut self: Box<Self>, coverage: &Coverage, listed: Option<&Listed>) -> io::Result<()> {
        let file = self.settle()?;
        file.flush()?;
        let bytes = file.stream_position()?;
        let (kind, coverage, listed) = (self.kind.clone(), coverage.clone(), listed.cloned());
        let done = Done { kind, coverage, listed, sorted: self.sorted, bytes };
        let part = self.done.with_extension("part");
        fs::write(&part, serde_json::to_vec(&done)?)?;
        fs::rename(part, &self.done)
    }
}
