//! Who may do what where: one shape for every registry.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Actions that change what others pull.
pub const WRITES: [&str; 4] = ["push", "overwrite", "delete", "admin"];

/// Who may do something.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Principal {
    /// `user`, `group`, `robot`, `service-account`, `anonymous`, `authenticated`, `replication`,
    /// `role`, `address` …
    pub kind: String,
    /// As the registry names it; `*` for everybody of that kind.
    pub name: String,
}

impl Principal {
    /// A principal from its parts.
    #[must_use]
    pub fn new(kind: &str, name: &str) -> Self {
        Self { kind: kind.into(), name: name.into() }
    }
}

/// One permission.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Grant {
    /// Who.
    pub principal: Principal,
    /// `pull`, `push`, `overwrite`, `delete`, `admin`; `admin` may change who may.
    pub actions: Vec<String>,
    /// Repositories below the registry's root; `**` crosses slashes.
    pub pattern: String,
    /// Through what: a role, a policy, an entry.
    pub via: String,
    /// Seconds since 1970; 0: never.
    pub expires_at: i64,
    /// Holds only under a condition that cannot be evaluated here.
    pub conditional: bool,
    /// The call or document that says so.
    pub source: String,
}

impl Grant {
    /// A grant for ever.
    #[must_use]
    pub fn new(principal: Principal, actions: &[&str], pattern: &str, via: &str, source: &str) -> Self {
        Self {
            principal,
            actions: actions.iter().map(|action| (*action).to_owned()).collect(),
            pattern: pattern.into(),
            via: via.into(),
            expires_at: 0,
            conditional: false,
            source: source.into(),
        }
    }

    /// Whether it lets somebody write.
    #[must_use]
    pub fn writes(&self) -> bool {
        self.actions.iter().any(|action| WRITES.contains(&action.as_str()))
    }
}
