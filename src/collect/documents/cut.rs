//! A stream cut into pieces: YAML at its markers, JSON at the end of each value, lists at each item.

use std::{fmt, io::Read};

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::counted::{Counted, Tracked};

/// A piece of input that can be worked on by itself.
pub(super) enum Piece {
    /// Text of a whole document, YAML or JSON.
    Document { text: String, document: u32, line: u32 },
    /// One JSON value, with the types of the list it was in.
    Item { json: String, types: Option<(String, String)>, document: u32, line: u32 },
    /// Nothing to work on.
    Broken { reason: String, document: u32, line: u32 },
}

/// Cuts at lines that begin with `---`, which YAML reserves even inside block scalars.
pub(super) fn yaml_stream(input: &mut Counted<impl Read>, emit: &mut impl FnMut(Piece)) -> std::io::Result<()> {
    let mut text = String::new();
    let mut document = 1;
    let mut start = 1;
    let mut line = Vec::new();
    loop {
        line.clear();
        let at = input.line;
        if input.read_until(b'\n', &mut line)? == 0 {
            break;
        }
        let decoded = String::from_utf8_lossy(&line);
        let trimmed = decoded.trim_end();
        let is_marker = trimmed == "---" || trimmed.starts_with("--- ");
        if is_marker || trimmed == "..." {
            if !text.trim().is_empty() {
                emit(Piece::Document { text: std::mem::take(&mut text), document, line: start });
                document += 1;
            }
            text.clear();
            start = if is_marker && trimmed.len() > 4 { at } else { at + 1 };
            if is_marker {
                text.push_str(decoded.get(3..).unwrap_or_default().trim_start_matches(' '));
                if text.trim().is_empty() {
                    text.clear();
                }
            }
            continue;
        }
        text.push_str(&decoded);
    }
    if !text.trim().is_empty() {
        emit(Piece::Document { text, document, line: start });
    }
    Ok(())
}

/// Cuts a stream of JSON values; lists are cut into items while they are read, so that a list
/// of any length never stands in memory whole.
pub(super) fn json_stream(input: &mut Counted<impl Read>, emit: &mut impl FnMut(Piece)) -> std::io::Result<()> {
    let mut document = 0;
    loop {
        match input.peek_text()? {
            None => return Ok(()),
            Some(b'-') => {
                let mut marker = Vec::new();
                input.read_until(b'\n', &mut marker)?;
                continue;
            }
            Some(_) => {}
        }
        document += 1;
        let line = input.line;
        let lines = std::cell::Cell::new(line);
        let mut reader = Tracked { inner: input, line: &lines };
        let mut parser = serde_json::Deserializer::from_reader(&mut reader);
        let seed = Top { document, line: &lines, start: line, emit: &mut *emit };
        if let Err(error) = seed.deserialize(&mut parser) {
            if let Some(kind) = error.io_error_kind() {
                return Err(std::io::Error::new(kind, error));
            }
            let at = input.line;
            emit(Piece::Broken { reason: format!("not JSON: {}", without_position(&error)), document, line: at });
            if !input.skip_to_next_value()? {
                return Ok(());
            }
        }
    }
}

fn without_position(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or(&text).to_owned()
}

pub(super) fn newlines(text: &str) -> u32 {
    u32::try_from(text.bytes().filter(|byte| *byte == b'\n').count()).unwrap_or(u32::MAX)
}

/// One top-level JSON value: an object, or a list whose items are emitted one by one.
struct Top<'t, E: FnMut(Piece)> {
    document: u32,
    line: &'t std::cell::Cell<u32>,
    start: u32,
    emit: &'t mut E,
}

impl<'de, E: FnMut(Piece)> DeserializeSeed<'de> for Top<'_, E> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, E: FnMut(Piece)> Visitor<'de> for Top<'_, E> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<(), A::Error> {
        emit_items(seq, None, self.document, self.line, self.emit)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut rest: Vec<(String, Box<RawValue>)> = Vec::new();
        let mut was_list = false;
        while let Some(key) = map.next_key::<String>()? {
            if key == "items" {
                let of = |name: &str| {
                    rest.iter()
                        .find(|(key, _)| key == name)
                        .and_then(|(_, v)| serde_json::from_str::<String>(v.get()).ok())
                };
                let kind = of("kind");
                // kubectl writes the kind after the items: those items carry their own.
                if kind.as_ref().is_none_or(|kind| kind.ends_with("List")) {
                    let item = kind.as_deref().and_then(|k| k.strip_suffix("List")).filter(|k| !k.is_empty());
                    let types = of("apiVersion").zip(item.map(str::to_owned));
                    map.next_value_seed(Items {
                        types,
                        document: self.document,
                        line: self.line,
                        emit: &mut *self.emit,
                    })?;
                    was_list = true;
                    continue;
                }
            }
            rest.push((key, map.next_value()?));
        }
        if !was_list {
            let mut json = String::from("{");
            for (index, (key, value)) in rest.iter().enumerate() {
                if index > 0 {
                    json.push(',');
                }
                json.push_str(&serde_json::to_string(key).map_err(serde::de::Error::custom)?);
                json.push(':');
                json.push_str(value.get());
            }
            json.push('}');
            (self.emit)(Piece::Item { json, types: None, document: self.document, line: self.start });
        }
        Ok(())
    }
}

struct Items<'t, E: FnMut(Piece)> {
    types: Option<(String, String)>,
    document: u32,
    line: &'t std::cell::Cell<u32>,
    emit: &'t mut E,
}

impl<'de, E: FnMut(Piece)> DeserializeSeed<'de> for Items<'_, E> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, E: FnMut(Piece)> Visitor<'de> for Items<'_, E> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of items")
    }
    fn visit_unit<Error>(self) -> Result<(), Error> {
        Ok(())
    }
    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<(), A::Error> {
        emit_items(seq, self.types, self.document, self.line, self.emit)
    }
}

fn emit_items<'de, A: SeqAccess<'de>>(
    mut seq: A,
    types: Option<(String, String)>,
    document: u32,
    line: &std::cell::Cell<u32>,
    emit: &mut impl FnMut(Piece),
) -> Result<(), A::Error> {
    while let Some(item) = seq.next_element::<Box<RawValue>>()? {
        let json: String = Box::<str>::from(item).into();
        let line = line.get().saturating_sub(newlines(&json));
        emit(Piece::Item { json, types: types.clone(), document, line });
    }
    Ok(())
}
