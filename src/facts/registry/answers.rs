//! What an API answered, call by call: the same shape whether we asked or somebody exported it.
//!
//! A call is its path with query, without host, base path and paging. An exported file holds one
//! JSON object a line: `{"call": "/api/v1/…", "status": 200, "body": …}`; pages of the same call
//! are joined.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::{Part, RegistryFacts};
use crate::snapshot::State;

/// All that can be done.
pub(super) const EVERYTHING: [&str; 5] = ["pull", "push", "overwrite", "delete", "admin"];

pub(super) fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

pub(super) fn flag(value: &Value, key: &str) -> bool {
    value.get(key).and_then(Value::as_bool).unwrap_or(false)
}

/// Seconds since 1970 of a time in any of the forms that these products write.
pub(super) fn when(value: &Value, key: &str) -> Option<i64> {
    let text = text(value, key);
    let date = || Some(text.parse::<jiff::civil::Date>().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp());
    let mail = || jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok();
    let at = text.parse::<jiff::Timestamp>().ok().or_else(date).or_else(mail)?;
    Some(at.as_second()).filter(|at| *at > 0)
}

/// Records the same for several parts.
pub(super) fn cover_all(facts: &mut RegistryFacts, parts: &[&str], part: &Part) {
    for name in parts {
        facts.cover(name, part.clone());
    }
}

/// Puts facts in a fixed order.
pub(super) fn settle(facts: &mut RegistryFacts) {
    facts.grants.sort();
    facts.grants.dedup();
    facts.scopes.sort_by(|a, b| a.name.cmp(&b.name));
    facts.repositories.sort_by(|a, b| a.name.cmp(&b.name));
    facts.repositories.dedup_by(|a, b| a.name == b.name);
    facts.robots.sort_by(|a, b| a.name.cmp(&b.name));
}

/// One answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// HTTP status; 0 where there was no answer.
    pub status: u16,
    /// The body; pages joined.
    pub body: Value,
    /// Why it is not whole; empty where it is.
    pub lack: String,
    /// State that goes with the lack.
    pub state: State,
}

/// Answers by call.
#[derive(Clone, Debug, Default)]
pub struct Answers {
    by_call: BTreeMap<String, Answer>,
}

#[derive(Deserialize)]
struct Line {
    call: String,
    status: u16,
    #[serde(default)]
    body: Value,
    #[serde(default)]
    total: Option<u64>,
}

/// Names of query parameters that only page.
const PAGING: [&str; 9] =
    ["page", "page_size", "per_page", "limit", "offset", "next_page", "continuationToken", "pageSize", "cursor"];

/// A call without what only pages it.
#[must_use]
pub fn without_paging(call: &str) -> String {
    let Some((path, query)) = call.split_once('?') else { return call.to_owned() };
    let kept: Vec<&str> =
        query.split('&').filter(|one| !PAGING.contains(&one.split('=').next().unwrap_or_default())).collect();
    if kept.is_empty() { path.to_owned() } else { format!("{path}?{}", kept.join("&")) }
}

/// What a status that is no success means.
#[must_use]
pub fn state_of(status: u16) -> State {
    match status {
        200..=299 => State::Complete,
        401 | 403 | 412 => State::Forbidden,
        404 | 405 | 501 => State::Absent,
        _ => State::Unavailable,
    }
}

impl Answers {
    /// Records an answer.
    pub fn insert(&mut self, call: &str, answer: Answer) {
        self.by_call.insert(call.to_owned(), answer);
    }

    /// Records a body that came whole.
    pub fn put(&mut self, call: &str, body: Value) {
        self.insert(call, Answer { status: 200, body, lack: String::new(), state: State::Complete });
    }

    /// Every call.
    pub fn calls(&self) -> impl Iterator<Item = &str> {
        self.by_call.keys().map(String::as_str)
    }

    /// One answer, whatever its status.
    #[must_use]
    pub fn get(&self, call: &str) -> Option<&Answer> {
        self.by_call.get(call)
    }

    /// The body of a call that succeeded.
    #[must_use]
    pub fn body(&self, call: &str) -> Option<&Value> {
        self.get(call).filter(|answer| (200..300).contains(&answer.status)).map(|answer| &answer.body)
    }

    /// Calls that begin so.
    pub fn starting<'s>(&'s self, prefix: &str) -> impl Iterator<Item = &'s str> {
        let prefix = prefix.to_owned();
        self.calls().filter(move |call| call.starts_with(&prefix))
    }

    /// The same answers, with calls below a base path.
    #[must_use]
    pub fn below(self, base: &str) -> Self {
        let by_call = self.by_call.into_iter().map(|(call, answer)| {
            let call = call.strip_prefix(base).unwrap_or(&call);
            // As Harbor's filters are written in its documentation.
            (call.replace("%3D", "=").replace("%2C", ","), answer)
        });
        Self { by_call: by_call.collect() }
    }

    /// The items of a list within an answer.
    #[must_use]
    pub fn items(&self, call: &str, key: &str) -> &[Value] {
        self.body(call).and_then(|body| body.get(key)?.as_array()).map_or(&[], Vec::as_slice)
    }

    /// The entries of a map within an answer.
    pub fn entries<'s>(&'s self, call: &str, key: &str) -> impl Iterator<Item = (&'s str, &'s Value)> {
        let map = self.body(call).and_then(|body| body.get(key)?.as_object());
        map.into_iter().flatten().map(|(name, value)| (name.as_str(), value))
    }

    /// A text in the body of a call.
    #[must_use]
    pub fn text(&self, call: &str, pointer: &str) -> Option<&str> {
        self.body(call)?.pointer(pointer)?.as_str()
    }

    /// The items of a list; none where it did not come.
    #[must_use]
    pub fn list(&self, call: &str) -> &[Value] {
        self.body(call).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// How completely a call was answered.
    #[must_use]
    pub fn part(&self, call: &str) -> Part {
        let Some(answer) = self.get(call) else {
            return Part::lacking(State::Skipped, format!("{call} was not asked"));
        };
        let state = if answer.lack.is_empty() { state_of(answer.status) } else { answer.state };
        match state {
            State::Complete => Part::complete(),
            State::Absent => Part::lacking(State::Unavailable, format!("{call} is not there (404)")),
            state if !answer.lack.is_empty() => Part::lacking(state, format!("{call}: {}", answer.lack)),
            state => Part::lacking(state, format!("{call} answered {}", answer.status)),
        }
    }

    /// Reads an exported file.
    ///
    /// # Errors
    /// The line that is no answer, and why; never what stands in it.
    pub fn parse(text: &str) -> Result<Self, (usize, &'static str)> {
        let mut answers = Self::default();
        let mut totals: BTreeMap<String, u64> = BTreeMap::new();
        for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let line: Line = serde_json::from_str(line)
                .map_err(|_| (index + 1, "not {\"call\": …, \"status\": …, \"body\": …} on one line"))?;
            let call = without_paging(&line.call);
            if let Some(total) = line.total {
                totals.insert(call.clone(), total);
            }
            match answers.by_call.get_mut(&call) {
                Some(before) if (200..300).contains(&line.status) => {
                    join(&mut before.body, line.body);
                }
                Some(before) => {
                    before.lack = format!("a later page answered {}", line.status);
                    before.state = State::Partial;
                }
                None => answers.insert(
                    &call,
                    Answer { status: line.status, body: line.body, lack: String::new(), state: State::Complete },
                ),
            }
        }
        for (call, total) in totals {
            let Some(answer) = answers.by_call.get_mut(&call) else { continue };
            let count = answer.body.as_array().map_or(0, Vec::len) as u64;
            if count < total {
                answer.lack = format!("{count} of {total} items are there");
                answer.state = State::Partial;
            }
        }
        Ok(answers)
    }
}

/// Adds a page: items of a list, or of the one list within an object.
fn join(before: &mut Value, page: Value) {
    match (before, page) {
        (Value::Array(items), Value::Array(more)) => items.extend(more),
        (Value::Object(map), Value::Object(page)) => {
            for (key, value) in page {
                match (map.get_mut(&key), value) {
                    (Some(Value::Array(items)), Value::Array(more)) => items.extend(more),
                    (Some(Value::Object(old)), Value::Object(more)) => old.extend(more),
                    (_, value) => {
                        map.insert(key, value);
                    }
                }
            }
        }
        (before, page) => *before = page,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_joined_and_a_lost_one_is_told() {
        let text = r#"{"call":"/robots?page=1&page_size=2","status":200,"body":[1,2],"total":3}
{"call":"/robots?page=2&page_size=2","status":500}
{"call":"/x?q=a&limit=1","status":403}
"#;
        let answers = Answers::parse(text).unwrap();
        assert_eq!(answers.list("/robots").len(), 2);
        assert_eq!(answers.part("/robots").state, State::Partial);
        assert_eq!(answers.part("/x?q=a").state, State::Forbidden);
        assert_eq!(answers.part("/y").state, State::Skipped);
        assert_eq!(Answers::parse("{}\n").unwrap_err().0, 1);
    }
}
