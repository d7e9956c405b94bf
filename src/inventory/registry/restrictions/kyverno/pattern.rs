//! Patterns of Kyverno: what the `image` of each container has to look like. A list of one pattern
//! is held against every container; anchors in parentheses make it conditional.

use serde_json::Value;

use super::super::{Allowed, Held, LISTS};

/// What a pattern of a pod lets in.
pub(super) fn of_pod(pattern: &Value) -> Result<Held, String> {
    let mut held = Held::default();
    let mut conditional = false;
    for (key, value) in pattern.as_object().into_iter().flatten() {
        conditional |= is_condition(key);
        if plain(key) != Some("spec") {
            continue;
        }
        for (key, value) in value.as_object().into_iter().flatten() {
            conditional |= is_condition(key);
            let Some(list) = plain(key).and_then(|key| LISTS.into_iter().find(|list| *list == key)) else { continue };
            let Some([one]) = value.as_array().map(Vec::as_slice) else { continue };
            let one = of_container(one)?;
            held = held.and(Held { covers: vec![list], ..one });
        }
    }
    if conditional && held.restricts() {
        return Err("its pattern has conditions that are not read".into());
    }
    Ok(held)
}

/// What a pattern of one container lets in.
pub(super) fn of_container(pattern: &Value) -> Result<Held, String> {
    let keys = || pattern.as_object().into_iter().flatten();
    let Some(image) = keys().find(|(key, _)| plain(key) == Some("image")).and_then(|(_, value)| value.as_str()) else {
        return Ok(Held::default());
    };
    if image.contains("{{") {
        return Err("the registries that it lets in are variables".into());
    }
    let allows: Vec<Allowed> = image.split('|').map(|one| alternative(one.trim())).collect();
    if allows.iter().any(|one| !one.is_everything()) && keys().any(|(key, _)| is_condition(key)) {
        return Err("its pattern has conditions that are not read".into());
    }
    Ok(Held { allows, ..Held::default() })
}

/// Parts of an alternative all have to fit; what a part refuses names no registry.
fn alternative(text: &str) -> Allowed {
    let parts = text.split('&').map(str::trim).filter(|part| !part.starts_with('!')).map(Allowed::glob);
    parts.into_iter().find(|one| !one.is_everything()).unwrap_or_else(|| Allowed::everything(text))
}

/// A key that is held wherever it is there: without an anchor, or with `=()`.
fn plain(key: &str) -> Option<&str> {
    match key.strip_prefix("=(") {
        Some(rest) => rest.strip_suffix(')'),
        None => (!key.ends_with(')')).then_some(key),
    }
}

/// `(key)` and `<(key)`: the rest is asked for only where this fits.
fn is_condition(key: &str) -> bool {
    key.starts_with('(') || key.starts_with("<(")
}
