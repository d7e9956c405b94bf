//! A row in the making: what it names, until every row is there to look it up among.

use super::{model::Route, services::IntOrText};

/// What a backend of an Ingress is called, before it is looked up.
#[derive(Clone, Debug)]
pub struct Target {
    /// Where in the object.
    pub path: String,
    /// Kind.
    pub kind: String,
    /// Name.
    pub name: String,
    /// Port; none where the kind has none.
    pub port: Option<IntOrText>,
}

/// A host and a path that a route claims.
#[derive(Clone, Debug)]
pub struct Claim {
    /// The host.
    pub host: String,
    /// The path; empty is all.
    pub path: String,
    /// Where in the object.
    pub place: String,
}

/// A row, and what is looked up once every row is there.
#[derive(Debug)]
pub struct Draft {
    /// The row.
    pub row: Route,
    /// Its backends.
    pub targets: Vec<Target>,
    /// Its hosts and paths.
    pub claims: Vec<Claim>,
}

impl Draft {
    /// A draft with nothing to look up.
    #[must_use]
    pub fn of(row: Route) -> Self {
        Self { row, targets: Vec::new(), claims: Vec::new() }
    }
}
