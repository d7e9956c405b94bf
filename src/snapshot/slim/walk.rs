//! The walk itself: one pass over a value of any format, which writes canonical JSON as it goes.

use std::{borrow::Cow, fmt, ops::Range};

use serde::{
    Deserialize,
    de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor},
};

use super::place::{At, Entry, Walk};
use crate::snapshot::{
    credentials::without_credentials,
    redact::{arguments, env_is_blanked, holds_values, pair_is_secret},
    registry_config,
    text::write_json,
};

pub(super) struct Node<'n, 'w> {
    pub(super) walk: &'n mut Walk<'w>,
    pub(super) out: &'n mut Vec<u8>,
    pub(super) at: At,
}

impl<'de> DeserializeSeed<'de> for Node<'_, '_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }
    fn visit_bool<E: serde::de::Error>(self, v: bool) -> Result<(), E> {
        write_json(self.out, &v)
    }
    fn visit_i64<E: serde::de::Error>(self, v: i64) -> Result<(), E> {
        if self.at == At::SecretField {
            return write_json(self.out, "");
        }
        write_json(self.out, &v)
    }
    fn visit_u64<E: serde::de::Error>(self, v: u64) -> Result<(), E> {
        if self.at == At::SecretField {
            return write_json(self.out, "");
        }
        if i64::try_from(v).is_ok() {
            return write_json(self.out, &v);
        }
        // Beyond int64 the API machinery reads a float64, and prints its shortest digits.
        #[expect(clippy::cast_precision_loss, reason = "that is what kubectl does")]
        let float = v as f64;
        self.out.extend_from_slice(float.to_string().as_bytes());
        Ok(())
    }
    fn visit_f64<E: serde::de::Error>(self, v: f64) -> Result<(), E> {
        if self.at == At::SecretField {
            return write_json(self.out, "");
        }
        // 1e3 in YAML and 1000.0 in JSON are the integer that kubectl prints.
        #[expect(clippy::cast_possible_truncation, reason = "checked to be integral and in range")]
        if v.fract() == 0.0 && v.abs() < 9.0e15 { write_json(self.out, &(v as i64)) } else { write_json(self.out, &v) }
    }
    fn visit_unit<E>(self) -> Result<(), E> {
        self.out.extend_from_slice(b"null");
        Ok(())
    }
    fn visit_none<E: serde::de::Error>(self) -> Result<(), E> {
        self.visit_unit()
    }
    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
    fn visit_str<E: serde::de::Error>(self, v: &str) -> Result<(), E> {
        match self.at {
            At::Raw => write_json(self.out, v),
            At::PrivateKey | At::SecretField => write_json(self.out, ""),
            _ => write_json(self.out, &*without_credentials(v)),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let Node { walk, out, at } = self;
        let item = match at {
            At::ManagedFields => At::ManagedField,
            At::CrdVersions => At::CrdVersion,
            At::Env => At::EnvItem,
            At::Arguments => return arguments(walk.slimmer.retain, out, seq),
            At::Verbatim => At::Verbatim,
            At::Raw => At::Raw,
            At::PrivateKey => At::PrivateKey,
            At::SecretField => At::SecretField,
            _ => At::Value,
        };
        out.push(b'[');
        let mut first = true;
        loop {
            let before = out.len();
            if !first {
                out.push(b',');
            }
            if seq.next_element_seed(Node { walk: &mut *walk, out: &mut *out, at: item })?.is_none() {
                out.truncate(before);
                break;
            }
            first = false;
        }
        out.push(b']');
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Node { walk, out, at } = self;
        let start = out.len();
        out.push(b'{');
        let mut entries: Vec<(Cow<'de, str>, Range<usize>)> = Vec::new();
        let mut sorted = true;
        if matches!(at, At::Root(_)) {
            // Mostly they come first in the order as well.
            for (key, value) in walk.missing {
                let Some(value) = value else { continue };
                if !entries.is_empty() {
                    out.push(b',');
                }
                let from = out.len();
                write_json(out, key)?;
                out.push(b':');
                write_json(out, value)?;
                entries.push((Cow::Borrowed(key), from..out.len()));
            }
        }
        while let Some(key) = map.next_key_seed(KeySeed)? {
            let entry = walk.entry(at, &key);
            if matches!(entry, Entry::Drop) {
                map.next_value::<serde::de::IgnoredAny>()?;
                continue;
            }
            let mut version: Option<Cow<'de, str>> = None;
            if matches!(entry, Entry::OtherVersion) {
                version = map.next_value::<Option<Cow<'de, str>>>()?.filter(|told| **told != *walk.api_version);
                if version.is_none() {
                    continue;
                }
            }
            if let Some((last, _)) = entries.last() {
                sorted &= **last < *key;
                out.push(b',');
            }
            let from = out.len();
            write_json(out, &*key)?;
            out.push(b':');
            match entry {
                Entry::Descend(next) => map.next_value_seed(Node { walk: &mut *walk, out: &mut *out, at: next })?,
                Entry::Blank => map.next_value_seed(BlankSeed(&mut *out))?,
                Entry::Time => {
                    let time: Option<Cow<'_, str>> = map.next_value()?;
                    if let Some(time) = &time {
                        walk.see_time(time);
                    }
                    write_json(out, &time)?;
                }
                Entry::RegistryConfig => {
                    let text: Option<Cow<'_, str>> = map.next_value()?;
                    let kept = text.and_then(|text| registry_config::reduce(&text)).unwrap_or_default();
                    write_json(out, &kept)?;
                }
                Entry::OtherVersion => write_json(out, &version)?,
                Entry::Drop => {}
            }
            entries.push((key, from..out.len()));
        }
        out.push(b'}');
        let blank = match at {
            At::EnvItem if env_is_blanked(walk.slimmer.retain, out, &entries) => Some("value"),
            At::Value if holds_values(out, &entries) => Some("data"),
            At::Value if pair_is_secret(walk.slimmer.retain, out, &entries) => Some("value"),
            _ => None,
        };
        if !sorted || blank.is_some() {
            resort(out, start, entries, blank);
        }
        Ok(())
    }
}

/// Rewrites a map with its keys in order; of duplicate keys the last one wins, as in kubectl.
fn resort(
    out: &mut Vec<u8>,
    start: usize,
    mut entries: Vec<(Cow<'_, str>, Range<usize>)>,
    blank: Option<&'static str>,
) {
    let text = out.split_off(start);
    entries.sort_by(|a, b| a.0.cmp(&b.0));
    out.push(b'{');
    let mut first = true;
    for (index, (key, range)) in entries.iter().enumerate() {
        if entries.get(index + 1).is_some_and(|(next, _)| next == key) {
            continue;
        }
        if !first {
            out.push(b',');
        }
        first = false;
        if let Some(blank) = blank.filter(|blank| key == blank) {
            out.push(b'"');
            out.extend_from_slice(blank.as_bytes());
            out.extend_from_slice(br#"":"""#);
        } else {
            out.extend_from_slice(&text[range.start - start..range.end - start]);
        }
    }
    out.push(b'}');
}

struct KeySeed;

impl<'de> DeserializeSeed<'de> for KeySeed {
    type Value = Cow<'de, str>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for KeySeed {
    type Value = Cow<'de, str>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }
    fn visit_borrowed_str<E>(self, v: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(v))
    }
    fn visit_str<E>(self, v: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(v.to_owned()))
    }
    // YAML keys that are no strings become what kubectl makes of them.
    fn visit_bool<E>(self, v: bool) -> Result<Self::Value, E> {
        Ok(Cow::Owned(v.to_string()))
    }
    fn visit_i64<E>(self, v: i64) -> Result<Self::Value, E> {
        Ok(Cow::Owned(v.to_string()))
    }
    fn visit_u64<E>(self, v: u64) -> Result<Self::Value, E> {
        Ok(Cow::Owned(v.to_string()))
    }
    fn visit_f64<E>(self, v: f64) -> Result<Self::Value, E> {
        Ok(Cow::Owned(v.to_string()))
    }
    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed("null"))
    }
}

/// Reads a value of any shape and writes what is left of it: an empty string.
struct BlankSeed<'o>(&'o mut Vec<u8>);

impl<'de> DeserializeSeed<'de> for BlankSeed<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        serde::de::IgnoredAny::deserialize(deserializer)?;
        self.0.extend_from_slice(b"\"\"");
        Ok(())
    }
}
