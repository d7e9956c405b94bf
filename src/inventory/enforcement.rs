//! Whether something enforces NetworkPolicy: a fact about the running data plane, since the API
//! server accepts policies that nobody enforces.

use super::{
    Inventory,
    catalog::Answer,
    detect::{Extension, State},
};
use crate::object::Kind;

/// The capability by which a system says so.
const CAPABILITY: &str = "network-policy";

/// The enforcement of the cluster.
#[derive(Clone, Debug)]
pub struct Enforcement {
    /// Proven, proven not, or not seen.
    pub enforced: Answer,
    /// By what, or why not.
    pub evidence: Vec<String>,
}

/// Draws the verdict from the systems that run and from what was read.
#[must_use]
pub fn of(inventory: &Inventory<'_>) -> Enforcement {
    let mut evidence = Vec::new();
    let mut answers = Vec::new();
    for extension in inventory.extensions.iter().filter(|e| runs(e)) {
        if let Some(capability) = extension.capabilities.get(CAPABILITY) {
            let ready = extension.agents.as_ref().and_then(|agents| agents.ready);
            let value = if capability.value == Answer::Yes && ready == Some(0) { Answer::No } else { capability.value };
            evidence.push(format!("{}: {}", extension.id, capability.evidence));
            answers.push(value);
        }
    }
    let read =
        ["DaemonSet", "Deployment"].iter().all(|kind| inventory.coverage(&Kind::new("apps", kind)).state.is_proof());
    let enforced = if answers.contains(&Answer::Yes) {
        Answer::Yes
    } else if answers.contains(&Answer::Unknown) || !read {
        Answer::Unknown
    } else {
        Answer::No
    };
    if evidence.is_empty() {
        evidence.push("no network plug-in was seen".into());
    }
    Enforcement { enforced, evidence }
}

fn runs(extension: &Extension) -> bool {
    extension.aspect == "network"
        && matches!(extension.state, State::Installed | State::Managed | State::DataPlaneOnly | State::Bundled)
}
