//! What keeps us out of a cluster, in one line: where, what, and the remedy.

use super::fault::Fault;
use crate::collect::CollectError;

/// A problem with the configuration, in one line with its remedy.
pub(super) fn bad(place: impl Into<String>, reason: impl Into<String>, remedy: &'static str) -> CollectError {
    CollectError::Cluster { place: place.into(), reason: reason.into(), remedy }
}

pub(super) const LOOK: &str = "kubectl config view shows what there is";

/// A failure that ends the run, with the name of the cluster that the user knows.
pub(super) fn place(server: &str, context: Option<&str>, fault: &Fault) -> CollectError {
    let place = context.map_or_else(|| server.to_owned(), |context| format!("{context} ({server})"));
    CollectError::Cluster { place, reason: fault.detail.clone(), remedy: fault.remedy() }
}
