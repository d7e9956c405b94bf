//! When a cluster was read: each kind at a moment of its own, since no API gives them all at once.
//!
//! Within one list all objects are of one revision. Between two lists objects come and go, so
//! that what one kind says of another may be a matter of that moment.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::object::Kind;

/// When one kind was listed. Times are RFC 3339 with milliseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// When the first page was asked for.
    pub started: String,
    /// When the last page was there.
    pub finished: String,
    /// resourceVersion of the list; empty where the server tells none.
    #[serde(default)]
    pub revision: String,
    /// resourceVersion of its last part, where it is another: namespace by namespace, or after a 410.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub last_revision: String,
    /// Answers that it took.
    pub pages: u64,
}

/// When all of it was listed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// The times are those of the server's clock, and never later than the truth: they can be held
    /// against the moments at which objects were created. Otherwise they are our own.
    #[serde(default)]
    pub server_clock: bool,
    /// The revision that every list was asked for (`--pin`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pinned: Option<String>,
    /// By kind.
    pub lists: BTreeMap<Kind, Listed>,
}

impl Span {
    /// When the first list began.
    #[must_use]
    pub fn started(&self) -> Option<&str> {
        self.lists.values().map(|list| list.started.as_str()).min()
    }

    /// When the last list ended.
    #[must_use]
    pub fn finished(&self) -> Option<&str> {
        self.lists.values().map(|list| list.finished.as_str()).max()
    }

    /// The skew: how far apart the first and the last page are, in milliseconds.
    #[must_use]
    pub fn skew_ms(&self) -> u64 {
        let time = |text: Option<&str>| text.and_then(|text| text.parse::<jiff::Timestamp>().ok());
        match (time(self.started()), time(self.finished())) {
            (Some(from), Some(to)) => u64::try_from(to.as_millisecond() - from.as_millisecond()).unwrap_or(0),
            _ => 0,
        }
    }

    /// Whether every object that was created at `created` (RFC 3339, whole seconds) was there when
    /// the list of this kind began. A kind without a list has nothing to say.
    #[must_use]
    pub fn is_older(&self, created: &str, kind: &Kind) -> bool {
        let Some(list) = self.lists.get(kind).filter(|_| self.server_clock) else { return true };
        if self.pinned.as_ref().is_some_and(|pinned| *pinned == list.revision && list.last_revision.is_empty()) {
            // Both were read as they stood at one revision.
            return true;
        }
        match (created.parse::<jiff::Timestamp>(), list.started.parse::<jiff::Timestamp>()) {
            // The server cuts the moment of creation to its second.
            (Ok(created), Ok(started)) => created.as_millisecond() + 1000 <= started.as_millisecond(),
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_with_or_after_a_list_is_not_older() {
        let kind = Kind::new("", "Service");
        let list = |started: &str| Listed { started: started.into(), finished: started.into(), ..Listed::default() };
        let mut span = Span { server_clock: true, ..Span::default() };
        assert!(span.is_older("2026-05-01T00:00:09Z", &kind), "a kind that was not listed");
        span.lists.insert(kind.clone(), list("2026-05-01T00:00:02.500Z"));
        for (created, older) in [
            ("2026-05-01T00:00:01Z", true),
            ("2026-05-01T00:00:02Z", false),
            ("2026-05-01T00:00:09Z", false),
            ("no time", true),
        ] {
            assert_eq!(span.is_older(created, &kind), older, "{created}");
        }
        span.server_clock = false;
        assert!(span.is_older("2026-05-01T00:00:09Z", &kind), "two clocks cannot be compared");
        span.server_clock = true;
        span.lists.insert(Kind::new("", "Pod"), list("2026-05-01T00:00:04Z"));
        assert_eq!((span.skew_ms(), span.started()), (1500, Some("2026-05-01T00:00:02.500Z")));
        span.pinned = Some("7".into());
        span.lists.get_mut(&kind).unwrap().revision = "7".into();
        assert!(span.is_older("2026-05-01T00:00:09Z", &kind), "all of one revision");
    }
}
