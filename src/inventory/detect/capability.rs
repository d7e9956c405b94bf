//! What a running system can do here, case by case, by the proofs that its file names.

use std::collections::BTreeMap;

use super::{Capability, condition::Scope};
use crate::inventory::catalog::{Answer, Condition, Proof, System};

/// Every capability of a system; the first case whose conditions all hold decides. A case that
/// nobody can judge, since a kind was not read, makes the answer unknown: a later one might be wrong.
/// So does a `no` of a system whose images are not recognised: cases ask for images.
pub(super) fn of(system: &System, scope: &Scope<'_, '_>, recognised: bool) -> BTreeMap<String, Capability> {
    let answer = |proofs: &[Proof]| {
        let told = decide(proofs, scope);
        if recognised || told.value != Answer::No {
            return told;
        }
        Capability { value: Answer::Unknown, evidence: "its images are not ones that the catalogue knows".into() }
    };
    system.capabilities.iter().map(|(name, proofs)| (name.clone(), answer(proofs))).collect()
}

fn decide(proofs: &[Proof], scope: &Scope<'_, '_>) -> Capability {
    for proof in proofs {
        match scope.all(&proof.conditions) {
            Some(true) => return Capability { value: proof.value, evidence: proof.note.clone() },
            Some(false) => {}
            None => {
                let unread = proof.conditions.iter().find(|condition| scope.holds(condition).is_none());
                let kind = match unread {
                    Some(Condition::Resource(kind)) => kind.to_string(),
                    Some(Condition::Field(field)) => field.kind.to_string(),
                    Some(Condition::Crd(_)) => "apiextensions.k8s.io/CustomResourceDefinition".into(),
                    _ => "core/Node".into(),
                };
                return Capability { value: Answer::Unknown, evidence: format!("{kind} was not read") };
            }
        }
    }
    Capability { value: Answer::Unknown, evidence: "no proof either way".into() }
}
