//! One run as it is kept: JSON lines in zstd. The first line is the head, then a line a finding,
//! then the seal. Objects are named, never shown.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};

use hmac::{Hmac, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::{Change, Entry, digest};
use crate::{
    object::ObjectRef,
    report::{AspectHead, Counts, CoverageHead, GateHead, Report, SnapshotHead, Tool, Verdict},
    severity::Severity,
};

/// The format of records.
pub const FORMAT: u32 = 1;
/// No record is larger, uncompressed.
const LONGEST: u64 = 1 << 30;

/// Another record, by its hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "number and hash")]
pub struct Link {
    pub seq: u64,
    pub sha256: String,
}

/// What a policy came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "id, severity, counts")]
pub struct PolicyMark {
    pub id: String,
    pub severity: Severity,
    pub counts: Counts,
    /// It ran, and nothing was unknown to it.
    pub complete: bool,
}

/// One finding, without what was seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "those of the report")]
pub struct Mark {
    pub fingerprint: String,
    pub policy: String,
    pub verdict: Verdict,
    pub severity: Severity,
    pub subject: ObjectRef,
    pub path: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiver: Option<String>,
}

/// Everything of a record but its findings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "those of the report")]
pub struct Head {
    pub format: u32,
    /// Place in the chain, from 1.
    pub seq: u64,
    /// When it was written.
    pub time: String,
    pub cluster: String,
    pub tool: Tool,
    /// The record before.
    pub previous: Option<Link>,
    /// The oldest record that was kept when this one was written.
    pub first: u64,
    /// Kept records whose successor is not kept.
    pub attested: Vec<Link>,
    pub snapshot: SnapshotHead,
    pub gate: GateHead,
    pub counts: Counts,
    pub aspects: Vec<AspectHead>,
    pub policies: Vec<PolicyMark>,
    /// What was not read.
    pub gaps: Vec<CoverageHead>,
    /// Against the records before.
    pub change: Change,
}

/// A run.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "head and findings")]
pub struct Record {
    pub head: Head,
    pub findings: Vec<Mark>,
}

#[derive(Serialize, Deserialize)]
struct Seal {
    sha256: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hmac: Option<String>,
}

impl Record {
    /// Of a report.
    #[must_use]
    pub(super) fn of(
        report: &Report,
        cluster: &str,
        entry: &Entry,
        previous: Option<Link>,
        first: u64,
        attested: Vec<Link>,
        change: Change,
    ) -> Self {
        let policies = report.policies.iter().map(|policy| PolicyMark {
            id: policy.id.clone(),
            severity: policy.severity,
            counts: policy.counts,
            complete: policy.error.is_none() && policy.counts.unknown == 0,
        });
        let findings = report.findings.iter().map(|finding| Mark {
            fingerprint: finding.fingerprint.clone(),
            policy: finding.policy.clone(),
            verdict: finding.verdict,
            severity: finding.severity,
            subject: finding.subject.clone(),
            path: finding.path.clone(),
            waiver: finding.waiver.clone(),
        });
        let head = Head {
            format: FORMAT,
            seq: entry.seq,
            time: entry.time.clone(),
            cluster: cluster.to_owned(),
            tool: report.tool.clone(),
            previous,
            first,
            attested,
            snapshot: report.snapshot.clone(),
            gate: report.gate.clone(),
            counts: report.counts,
            aspects: report.aspects.clone(),
            policies: policies.collect(),
            gaps: report.gaps().cloned().collect(),
            change,
        };
        Self { head, findings: findings.collect() }
    }
}

pub(super) fn mac(key: &[u8], lines: &[u8]) -> String {
    // A MAC takes a key of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return String::new() };
    mac.update(lines);
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(super) fn encode(record: &Record, key: Option<&[u8]>) -> std::io::Result<Vec<u8>> {
    let mut lines = serde_json::to_vec(&record.head)?;
    lines.push(b'\n');
    for mark in &record.findings {
        serde_json::to_writer(&mut lines, mark)?;
        lines.push(b'\n');
    }
    let seal = Seal { sha256: digest(&lines), hmac: key.map(|key| mac(key, &lines)) };
    serde_json::to_writer(&mut lines, &seal)?;
    lines.push(b'\n');
    let mut encoder = zstd::Encoder::new(Vec::new(), 6)?;
    encoder.include_checksum(true)?;
    encoder.write_all(&lines)?;
    encoder.finish()
}

/// The first line, without unpacking the rest.
pub(super) fn head(bytes: &[u8]) -> Result<Head, String> {
    let decoder = zstd::Decoder::with_buffer(bytes).map_err(|_| "no zstd")?;
    let mut line = String::new();
    BufReader::with_capacity(8 << 10, decoder.take(LONGEST)).read_line(&mut line).map_err(|_| "damaged")?;
    parse_head(&line)
}

fn parse_head(line: &str) -> Result<Head, String> {
    #[derive(Deserialize)]
    struct Format {
        format: u32,
    }
    match serde_json::from_str::<Format>(line) {
        Ok(Format { format: FORMAT }) => {}
        Ok(Format { format }) => return Err(format!("record of format {format}; this program knows {FORMAT}")),
        Err(_) => return Err("damaged".into()),
    }
    serde_json::from_str(line).map_err(|_| "damaged: the head is not understood".into())
}

pub(super) fn decode(bytes: &[u8], key: Option<&[u8]>) -> Result<Record, String> {
    let decoder = zstd::Decoder::with_buffer(bytes).map_err(|_| "no zstd")?;
    let mut text = String::new();
    decoder.take(LONGEST).read_to_string(&mut text).map_err(|_| "damaged: it does not unpack")?;
    let body = text.strip_suffix('\n').ok_or("damaged: it ends too early")?;
    let cut = body.rfind('\n').ok_or("damaged: it ends too early")?;
    let (lines, seal) = (text.get(..=cut).unwrap_or_default(), body.get(cut + 1..).unwrap_or_default());
    let seal: Seal = serde_json::from_str(seal).map_err(|_| "damaged: the seal is missing")?;
    if seal.sha256 != digest(lines.as_bytes()) {
        return Err("the seal is broken: it was changed after it was written".into());
    }
    if let Some(key) = key {
        match seal.hmac {
            None => return Err("it has no seal by the key".into()),
            Some(found) if found != mac(key, lines.as_bytes()) => return Err("the seal is by another key".into()),
            Some(_) => {}
        }
    }
    let mut lines = lines.lines();
    let head = parse_head(lines.next().unwrap_or_default())?;
    let findings: Result<Vec<Mark>, _> = lines.map(serde_json::from_str).collect();
    Ok(Record { head, findings: findings.map_err(|_| "damaged: a finding is not understood")? })
}
