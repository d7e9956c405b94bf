//! What was read, and what was not: the answer to "what did you not see?".

use serde::{Deserialize, Serialize};

/// How completely a kind or an outside source was read.
///
/// *Not served* (`Absent`), *served but empty* (`Complete` with no object) and
/// *could not be read* (everything else) are three different things.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Every object was read.
    Complete,
    /// Proven not served: an empty set.
    Absent,
    /// Some objects were read, others were not.
    Partial,
    /// The identity may not read it.
    Forbidden,
    /// The server could not answer: throttled, broken, unreachable.
    Unavailable,
    /// The answer did not come in time.
    Timeout,
    /// The answer could not be understood.
    Malformed,
    /// Deliberately not read.
    Skipped,
}

impl State {
    /// Whether the objects read are all there are.
    #[must_use]
    pub fn is_proof(self) -> bool {
        matches!(self, Self::Complete | Self::Absent)
    }

    /// The lower-case word of reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Absent => "absent",
            Self::Partial => "partial",
            Self::Forbidden => "forbidden",
            Self::Unavailable => "unavailable",
            Self::Timeout => "timeout",
            Self::Malformed => "malformed",
            Self::Skipped => "skipped",
        }
    }
}

/// One coverage record: of a kind, or of a document or outside source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// How completely it was read.
    pub state: State,
    /// Objects read.
    #[serde(default)]
    pub objects: u64,
    /// Why it is not complete; empty where there is nothing to say.
    #[serde(default)]
    pub reason: String,
    /// Namespaces that could not be read, where others could.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub denied_namespaces: Vec<String>,
}

impl Coverage {
    /// A record with a state and a reason and no object.
    #[must_use]
    pub fn new(state: State, reason: impl Into<String>) -> Self {
        Self { state, objects: 0, reason: reason.into(), denied_namespaces: Vec::new() }
    }
}
