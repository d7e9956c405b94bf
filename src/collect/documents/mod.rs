//! A stream of bytes, cut into documents, and documents into objects.
//!
//! Takes what people pipe: multi-document YAML, JSON documents in a YAML stream, JSON lines,
//! concatenated JSON, lists of either form, arrays. One broken document never takes the others
//! with it. YAML is read as kubectl reads it (YAML 1.1 booleans and octals).

mod counted;
mod cut;

use std::io::Read;

use rayon::prelude::*;
use serde::{Deserialize, de::Deserializer};
use serde_json::value::RawValue;

use counted::Counted;
use cut::{Piece, json_stream, newlines, yaml_stream};

use crate::snapshot::slim::{self, Slim, Slimmer};

/// What became of a document, or of one item of it.
#[derive(Debug)]
pub enum Outcome {
    /// An object, or a Secret that the mode does not keep.
    Object(Slim),
    /// Valid, but neither apiVersion nor kind: something else than a Kubernetes object.
    Foreign,
    /// Could not be understood.
    Broken(String),
}

/// One outcome and where it stood.
#[derive(Debug)]
pub struct Placed {
    /// Number of the document in its file, from 1.
    pub document: u32,
    /// Line of the object, from 1.
    pub line: u32,
    /// What became of it.
    pub outcome: Outcome,
}

/// Pieces are worked on in batches of about this many bytes: enough for every thread, little
/// enough to keep memory flat.
const BATCH: usize = 1 << 20;

/// Reads a stream to its end and hands every object over, in the order of the stream.
///
/// # Errors
/// What the reader says; everything in the stream is an outcome.
pub fn read(input: impl Read, slimmer: Slimmer<'_>, mut emit: impl FnMut(Placed)) -> std::io::Result<()> {
    let mut batch: Vec<Piece> = Vec::new();
    let mut size = 0;
    let mut push = |piece: Piece, last: bool| {
        size += match &piece {
            Piece::Document { text, .. } => text.len(),
            Piece::Item { json, .. } => json.len(),
            Piece::Broken { .. } => 0,
        };
        batch.push(piece);
        if size > BATCH || last {
            size = 0;
            let done: Vec<Vec<Placed>> = std::mem::take(&mut batch).into_par_iter().map(|p| work(p, slimmer)).collect();
            for placed in done.into_iter().flatten() {
                emit(placed);
            }
        }
    };
    let mut input = Counted::new(input);
    input.skip_byte_order_mark()?;
    let ended = if matches!(input.peek_text()?, Some(b'{' | b'[')) {
        json_stream(&mut input, &mut |piece| push(piece, false))
    } else {
        yaml_stream(&mut input, &mut |piece| push(piece, false))
    };
    // An empty document is nothing: it only flushes the batch. What came before an end was read.
    push(Piece::Document { text: String::new(), document: 0, line: 0 }, true);
    ended
}

/// Works on one piece; nothing it meets is an error.
fn work(piece: Piece, slimmer: Slimmer<'_>) -> Vec<Placed> {
    let mut placed = Vec::new();
    match piece {
        Piece::Broken { reason, document, line } => {
            placed.push(Placed { document, line, outcome: Outcome::Broken(reason) });
        }
        Piece::Item { json, types, document, line } => {
            let types = types.as_ref().map(|(v, k)| (v.as_str(), k.as_str()));
            expand(&json, types, slimmer, document, line, &mut placed);
        }
        Piece::Document { text, document, line } => {
            let indent = text.len() - text.trim_start().len();
            let first = line + newlines(&text[..indent]);
            if text.trim_start().starts_with(['{', '['])
                && json_documents(&text, slimmer, document, line, &mut placed).is_some()
            {
                return placed;
            }
            placed.clear();
            match yaml(&text) {
                Ok(json) => expand(&json, None, slimmer, document, first, &mut placed),
                Err((at, reason)) => {
                    let line = at.map_or(first, |at| line + at.saturating_sub(1));
                    placed.push(Placed { document, line, outcome: Outcome::Broken(reason) });
                }
            }
        }
    }
    placed
}

/// JSON values in one document of a YAML stream; `None` where the text is no JSON.
fn json_documents(text: &str, slimmer: Slimmer<'_>, document: u32, line: u32, placed: &mut Vec<Placed>) -> Option<()> {
    let mut done = 0;
    let mut at = line;
    for value in serde_json::Deserializer::from_str(text).into_iter::<&RawValue>() {
        let value = value.ok()?.get();
        let offset = value.as_ptr() as usize - text.as_ptr() as usize;
        at += newlines(&text[done..offset]);
        done = offset;
        expand(value, None, slimmer, document, at, placed);
    }
    Some(())
}

#[derive(Deserialize)]
struct ListHead<'a> {
    #[serde(rename = "apiVersion", default)]
    api_version: Option<String>,
    #[serde(default)]
    kind: Option<String>,
    #[serde(borrow, default)]
    items: Option<&'a RawValue>,
}

/// An object is one object; a list is its items, however deep.
fn expand(
    json: &str,
    types: Option<(&str, &str)>,
    slimmer: Slimmer<'_>,
    document: u32,
    line: u32,
    placed: &mut Vec<Placed>,
) {
    let mut push = |outcome| placed.push(Placed { document, line, outcome });
    let trimmed = json.trim();
    if trimmed.is_empty() || trimmed == "null" {
        return;
    }
    if trimmed.starts_with('[') {
        return items(trimmed, None, slimmer, document, line, placed);
    }
    let head: ListHead<'_> = match serde_json::from_str(json) {
        Ok(head) => head,
        Err(error) if trimmed.starts_with('{') => return push(Outcome::Broken(error.to_string())),
        Err(_) => return push(Outcome::Foreign),
    };
    if let Some(list) = head.items
        && list.get().starts_with('[')
        && head.kind.as_deref().is_none_or(|kind| kind.ends_with("List"))
    {
        let item_kind = head.kind.as_deref().and_then(|kind| kind.strip_suffix("List")).filter(|kind| !kind.is_empty());
        let types = head.api_version.as_deref().zip(item_kind);
        return items(list.get(), types, slimmer, document, line, placed);
    }
    if head.api_version.is_none() && head.kind.is_none() && types.is_none() {
        return push(Outcome::Foreign);
    }
    push(match slimmer.object(json, types, None) {
        Ok(slim) => Outcome::Object(slim),
        Err(error) => Outcome::Broken(error.to_string()),
    });
}

fn items(
    list: &str,
    types: Option<(&str, &str)>,
    slimmer: Slimmer<'_>,
    document: u32,
    line: u32,
    placed: &mut Vec<Placed>,
) {
    let values: Vec<&RawValue> = match serde_json::from_str(list) {
        Ok(values) => values,
        Err(error) => return placed.push(Placed { document, line, outcome: Outcome::Broken(error.to_string()) }),
    };
    let mut done = 0;
    let mut at = line;
    for value in values {
        let offset = value.get().as_ptr() as usize - list.as_ptr() as usize;
        at += newlines(&list[done..offset]);
        done = offset;
        expand(value.get(), types, slimmer, document, at, placed);
    }
}

/// One YAML document as canonical JSON, or the line in it and what is wrong.
///
/// # Errors
/// Text that is no YAML, or that expands beyond reason.
pub fn yaml(text: &str) -> Result<String, (Option<u32>, String)> {
    struct Canonical(String);
    impl<'de> Deserialize<'de> for Canonical {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            slim::canonical(deserializer).map(Self)
        }
    }
    let options = serde_saphyr::options! {
        legacy_octal_numbers: true,
        duplicate_keys: serde_saphyr::DuplicateKeyPolicy::LastWins,
        budget: serde_saphyr::budget! {
            max_documents: 2,
            max_nodes: 20_000_000,
            max_events: 50_000_000,
            max_depth: 128,
            max_total_scalar_bytes: 500_000_000,
        },
    };
    match serde_saphyr::from_str_with_options::<Canonical>(text, options) {
        Ok(Canonical(json)) => Ok(json),
        Err(error) => {
            let line = error.location().and_then(|l| u32::try_from(l.line()).ok());
            let full = error.to_string();
            let first = full.lines().next().unwrap_or("not YAML");
            Err((line, format!("not YAML: {first}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::{retain::Retain, slim::Secrets};

    fn read_text(text: &str) -> Vec<(u32, u32, String)> {
        let retain = Retain::new([]).unwrap();
        let mut found = Vec::new();
        read(text.as_bytes(), Slimmer { retain: &retain, secrets: Secrets::None }, |placed| {
            let what = match placed.outcome {
                Outcome::Object(slim) => slim.object.map_or("secret".into(), |o| format!("{} {}", o.kind, o.name)),
                Outcome::Foreign => "foreign".into(),
                Outcome::Broken(_) => "broken".into(),
            };
            found.push((placed.document, placed.line, what));
        })
        .unwrap();
        found
    }

    const POD: &str = r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"}}"#;

    #[test]
    fn every_shape_gives_the_same_objects() {
        let yaml = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n";
        let list = format!("{{\"apiVersion\":\"v1\",\"items\":[\n{POD},{POD}],\"kind\":\"List\"}}");
        let typed = "{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"items\":[{\"metadata\":{\"name\":\"a\"}}]}";
        let yaml_list = "kind: List\napiVersion: v1\nitems:\n- apiVersion: v1\n  kind: Pod\n  metadata: {name: a}\n";
        let pod = || "core/Pod a".to_owned();
        assert_eq!(read_text(&format!("{yaml}---\n# nothing\n---\n{yaml}")), [(1, 1, pod()), (3, 7, pod())]);
        assert_eq!(read_text(&format!("{POD}\n{POD}\n")), [(1, 1, pod()), (2, 2, pod())]);
        assert_eq!(read_text(&format!("---\n{POD}\n---\n{POD}")), [(1, 2, pod()), (2, 4, pod())]);
        assert_eq!(read_text(&list), [(1, 2, pod()), (1, 2, pod())]);
        assert_eq!(read_text(typed), [(1, 1, pod())]);
        assert_eq!(read_text(yaml_list), [(1, 1, pod())]);
        assert_eq!(read_text(&format!("\u{feff}[{POD}]")), [(1, 1, pod())]);
    }

    #[test]
    fn one_broken_document_leaves_the_others() {
        let text = format!("---\n{POD}\n---\na: [1,\n---\nkind: Pod\n---\nreplicas: 1\n---\n{POD}\n");
        let found = read_text(&text);
        let what: Vec<&str> = found.iter().map(|(_, _, what)| what.as_str()).collect();
        assert_eq!(what, ["core/Pod a", "broken", "broken", "foreign", "core/Pod a"]);
        let lines = format!("{POD}\n{{\"kind\":]\n{POD}\n");
        assert_eq!(read_text(&lines).last().unwrap().2, "core/Pod a");
    }

    #[test]
    fn yaml_is_read_as_kubectl_reads_it() {
        let json = yaml("{a: yes, b: on, c: y, d: 0777, e: 0o17, f: 1e3, g: 0x1f, j: ~, l: 1_000, n: \"yes\", o: NO}")
            .unwrap();
        assert_eq!(
            json,
            r#"{"a":true,"b":true,"c":true,"d":511,"e":15,"f":1000,"false":"yes","g":31,"j":null,"l":1000,"o":false}"#
        );
    }
}
