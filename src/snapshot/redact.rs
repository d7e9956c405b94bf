//! What of an object may be secret though no rule of its kind says so: environments, command
//! lines, addresses with an account, Secrets inside of other objects.

use std::{borrow::Cow, ops::Range};

use serde::de::SeqAccess;

use super::{credentials::without_credentials, retain::Retain, text::write_json};

/// Whether this environment entry holds a literal value that nobody asked to keep.
pub(super) fn env_is_blanked(retain: &Retain, out: &[u8], entries: &[(Cow<'_, str>, Range<usize>)]) -> bool {
    let value = |key: &str| {
        entries.iter().rev().find(|(k, _)| k == key).and_then(|(k, range)| {
            // The entry reads "key":value; the key is written as JSON, so its length is known.
            let text = out.get(range.start + k.len() + 3..range.end)?;
            serde_json::from_slice::<String>(text).ok()
        })
    };
    let has_value = entries.iter().any(|(key, _)| key == "value");
    has_value && !value("name").is_some_and(|name| retain.env(&name))
}

/// Whether this is a pair of a name and a value whose name says that the value is secret: a
/// parameter of a chart, of a pipeline.
pub(super) fn pair_is_secret(retain: &Retain, out: &[u8], entries: &[(Cow<'_, str>, Range<usize>)]) -> bool {
    let name = |wanted: &str| {
        let (key, range) = entries.iter().find(|(key, _)| key == wanted)?;
        serde_json::from_slice::<String>(out.get(range.start + key.len() + 3..range.end)?).ok()
    };
    entries.len() <= 4
        && entries.iter().any(|(key, _)| key == "value")
        && ["name", "key"].into_iter().filter_map(name).any(|name| retain.secret_name(&name))
}

/// Whether this is a Secret or a ConfigMap inside of another object: a template, a manifest to apply.
pub(super) fn holds_values(out: &[u8], entries: &[(Cow<'_, str>, Range<usize>)]) -> bool {
    let is = |range: &Range<usize>, text: &[u8]| out.get(range.clone()) == Some(text);
    entries.iter().any(|(key, _)| key == "data")
        && entries.iter().any(|(key, range)| {
            key == "kind" && (is(range, br#""kind":"Secret""#) || is(range, br#""kind":"ConfigMap""#))
        })
}

/// Command lines: values of secret-looking flags are blanked, and so are whole scripts.
pub(super) fn arguments<'de, A: SeqAccess<'de>>(
    retain: &Retain,
    out: &mut Vec<u8>,
    mut seq: A,
) -> Result<(), A::Error> {
    out.push(b'[');
    let mut first = true;
    let mut secret_follows = false;
    while let Some(argument) = seq.next_element::<serde_json::Value>()? {
        if !std::mem::take(&mut first) {
            out.push(b',');
        }
        let Some(text) = argument.as_str() else {
            write_json(out, &argument)?;
            continue;
        };
        let flag = text.trim_start_matches('-');
        if std::mem::take(&mut secret_follows) || text.contains('\n') || text.len() > 400 {
            write_json(out, "")?;
        } else if let Some((name, _)) = flag.split_once('=') {
            if retain.secret_flag(name) {
                write_json(out, &text[..text.len() - flag.len() + name.len() + 1])?;
            } else {
                write_json(out, &*without_credentials(text))?;
            }
        } else {
            secret_follows = text.starts_with('-') && retain.secret_flag(flag);
            write_json(out, &*without_credentials(text))?;
        }
    }
    out.push(b']');
    Ok(())
}
