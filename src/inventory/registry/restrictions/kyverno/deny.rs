//! Conditions of Kyverno under which it refuses: "the image is in none of these".

use serde_json::Value;

use super::super::{Allowed, Held, LISTS};
use crate::inventory::registry::admission::text;

const VARIABLES: &str = "the registries that it lets in are variables";

/// What is let in by conditions that refuse; none where they are not about where images come from.
pub(super) fn of(conditions: &Value, element: Option<&[&'static str]>) -> Result<Option<Held>, String> {
    let block = |key: &str| conditions.get(key).and_then(Value::as_array);
    let read = |one: &Value| condition(one, element);
    // Any of them refuses: each restricts by itself.
    let any = block("any").map(|any| {
        let read: Vec<_> = any.iter().map(read).collect();
        let held: Vec<Held> = read.iter().flatten().flatten().filter(|one| restricts(one, element)).cloned().collect();
        match (held.is_empty(), read.into_iter().find(Result::is_err)) {
            (true, Some(unread)) => unread,
            (true, None) => Ok(None),
            (false, _) => Ok(held.into_iter().reduce(Held::and)),
        }
    });
    // All of them refuse together: what any of them lets in is let in.
    let all = block("all").or_else(|| conditions.as_array()).map(|all| {
        let read: Result<Vec<Option<Held>>, String> = all.iter().map(read).collect();
        let held: Option<Vec<Held>> = read?.into_iter().collect();
        Ok(held.and_then(|held| held.into_iter().reduce(Held::or)))
    });
    match (any, all) {
        (Some(any), Some(all)) => Ok(any?.zip(all?).map(|(any, all)| any.or(all))),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => Ok(None),
    }
}

fn restricts(held: &Held, element: Option<&[&'static str]>) -> bool {
    (element.is_some() || !held.covers.is_empty()) && held.allows.iter().any(|one| !one.is_everything())
}

/// What one condition lets in; none where it is about something else.
fn condition(one: &Value, element: Option<&[&'static str]>) -> Result<Option<Held>, String> {
    let key = text(one, "/key");
    let inner = key.trim().trim_start_matches("{{").trim_end_matches("}}").trim();
    let registry = inner.contains("registry");
    if !registry && !is_about_images(inner) {
        return Ok(None);
    }
    let covers = match element {
        Some(lists) => lists.to_vec(),
        None => lists(inner),
    };
    let mut held = Held { covers, ..Held::default() };
    match text(one, "/operator").as_str() {
        "NotEquals" | "NotEqual" | "NotIn" | "AnyNotIn" => {}
        "AllNotIn" => {
            if element.is_none() {
                held.gaps.push("one image that is let in lets in the others of its pod".into());
            }
        }
        // What is refused by name leaves the rest.
        "Equals" | "Equal" | "In" | "AnyIn" | "AllIn" => {
            held.allows.push(Allowed::everything("what is not refused by name"));
            return Ok(Some(held));
        }
        _ => return Err("it refuses by a comparison that is not read".into()),
    }
    let is_known = match element {
        Some(_) => {
            matches!(inner, "element.image" | "element.image || ''") || (registry && inner.starts_with("images."))
        }
        None => !held.covers.is_empty(),
    };
    let value = one.get("value").unwrap_or(&Value::Null);
    let values: Vec<&str> = match value {
        Value::Array(values) => values.iter().filter_map(Value::as_str).collect(),
        value => value.as_str().into_iter().collect(),
    };
    if !is_known {
        return Err("it refuses by an expression that is not read".into());
    }
    if values.is_empty() || values.iter().any(|value| value.contains("{{")) {
        return Err(VARIABLES.into());
    }
    held.allows = values.into_iter().map(if registry { Allowed::registry } else { Allowed::glob }).collect();
    Ok(Some(held))
}

fn is_about_images(key: &str) -> bool {
    key.match_indices("image").any(|(at, word)| {
        let next = key.get(at + word.len()..).and_then(|rest| rest.chars().next());
        !next.is_some_and(|c| c.is_ascii_uppercase())
    })
}

/// Lists of containers in a path of JMESPath: one, or several in brackets.
pub(super) fn lists(path: &str) -> Vec<&'static str> {
    let path = path.trim().trim_start_matches("{{").trim_end_matches("}}").trim();
    let Some(rest) = path.strip_prefix("request.object.spec.").or_else(|| path.strip_prefix("images.")) else {
        return Vec::new();
    };
    // A filter leaves some out, and is no list that is known.
    if rest.contains('?') || rest.contains("template") {
        return Vec::new();
    }
    let words: Vec<&str> = rest.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    LISTS.into_iter().filter(|list| words.contains(list)).collect()
}

/// Preconditions that leave out nothing but deletions.
pub(super) fn harmless(preconditions: Option<&Value>) -> Result<(), String> {
    let Some(conditions) = preconditions else { return Ok(()) };
    let all = ["any", "all"].iter().filter_map(|key| conditions.get(key)?.as_array()).flatten();
    let all: Vec<&Value> = all.chain(conditions.as_array().into_iter().flatten()).collect();
    let is_fine = |one: &&Value| {
        let (key, operator, value) = (text(one, "/key"), text(one, "/operator"), text(one, "/value"));
        key.contains("request.operation") && matches!(operator.as_str(), "NotEquals" | "NotEqual") && value == "DELETE"
    };
    if all.iter().all(is_fine) { Ok(()) } else { Err("its preconditions are not read".into()) }
}
