//! What our identity may read: self-subject reviews, before anything is read.

use serde::Deserialize;
use serde_json::json;
use tokio::sync::watch;

use super::{Limits, Target, block_on, discover, fault::Fault, open, problem::place, wire::Wire};
use crate::{collect::CollectError, collect::discovery::Resource, object::Kind};

/// What the server's authorizer says about listing a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// In the whole cluster.
    Allowed,
    /// Not in the whole cluster.
    Denied,
    /// It could not say.
    Unknown,
    /// The kind is not served: nothing to be allowed.
    NotServed,
}

/// The access to one kind.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The kind.
    pub kind: Kind,
    /// Group and plural, as roles name them; guessed where the kind is not served.
    pub resource: Option<Resource>,
    /// The verb that was asked for.
    pub verb: &'static str,
    /// The answer.
    pub access: Access,
}

#[derive(Deserialize)]
struct Review {
    #[serde(default)]
    status: ReviewStatus,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ReviewStatus {
    #[serde(default)]
    allowed: bool,
    #[serde(default)]
    denied: bool,
    #[serde(default)]
    evaluation_error: String,
}

/// Asks whether each kind may be read with its verb.
///
/// # Errors
/// A cluster that cannot be asked at all.
pub fn check(target: &Target, kinds: &[(Kind, &'static str)], limits: &Limits) -> Result<Vec<Checked>, CollectError> {
    block_on(async {
        let connection = open(target, limits).await?;
        let fatal = |fault: Fault| place(&connection.server, connection.context.as_deref(), &fault);
        let (_stop, stopped) = watch::channel(false);
        let wire = Wire::new(&connection, target, limits, None, stopped);
        let served = discover::discover(&wire).await.map_err(fatal)?;
        let mut found = Vec::new();
        for (kind, verb) in kinds {
            let resource = served.resources.get(kind).cloned();
            let access = match &resource {
                Some(resource) => review(&wire, resource, verb).await.map_err(fatal)?,
                None if served.stale.contains_key(&*kind.group) => Access::Unknown,
                None => Access::NotServed,
            };
            found.push(Checked { kind: kind.clone(), resource, verb, access });
        }
        Ok(found)
    })
}

async fn review(wire: &Wire, resource: &Resource, verb: &str) -> Result<Access, Fault> {
    let body = json!({
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": {"group": resource.group, "resource": resource.plural, "verb": verb}},
    });
    let answer = wire.review("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", body.to_string()).await?;
    let Ok(review) = serde_json::from_slice::<Review>(&answer.body) else { return Ok(Access::Unknown) };
    Ok(match review.status {
        ReviewStatus { allowed: true, .. } => Access::Allowed,
        // No opinion and an error: the authorizer could not say.
        ReviewStatus { denied: false, evaluation_error, .. } if !evaluation_error.is_empty() => Access::Unknown,
        _ => Access::Denied,
    })
}
