//! What a running system can do here, case by case, by the proofs that its file names.

use std::collections::BTreeMap;

use super::{Capability, condition::Scope};
use crate::inventory::catalog::{Answer, Condition, Mode, Proof, System};

/// Every capability of a system; the first case whose conditions all hold decides. A case that
/// nobody can judge, since a kind was not read, makes the answer unknown: a later one might be wrong.
/// So does a `no` of a system whose images are not recognised: cases ask for images.
pub(super) fn of(system: &System, scope: &Scope<'_, '_>, recognised: bool) -> BTreeMap<String, Capability> {
    let answer = |proofs: &[Proof]| {
        let told = decide(proofs, scope);
        if recognised || told.value != Answer::No {
            return told;
        }
        unknown("its images are not ones that the catalogue knows".into())
    };
    system.capabilities.iter().map(|(name, proofs)| (name.clone(), answer(proofs))).collect()
}

/// The first case that holds, or that nobody can judge, with which of the two it is.
pub(super) fn deciding(proofs: &[Proof], scope: &Scope<'_, '_>) -> Option<(usize, bool)> {
    proofs.iter().enumerate().find_map(|(at, proof)| match scope.all(&proof.conditions) {
        Some(false) => None,
        Some(true) => Some((at, true)),
        None => Some((at, false)),
    })
}

fn unknown(evidence: String) -> Capability {
    Capability { value: Answer::Unknown, mode: Mode::Enforce, evidence }
}

fn decide(proofs: &[Proof], scope: &Scope<'_, '_>) -> Capability {
    let Some((at, holds)) = deciding(proofs, scope) else { return unknown("no proof either way".into()) };
    let Some(proof) = proofs.get(at) else { return unknown("no proof either way".into()) };
    if holds {
        return Capability { value: proof.value, mode: proof.mode, evidence: proof.note.clone() };
    }
    let unread = proof.conditions.iter().find(|condition| scope.holds(condition).is_none());
    unknown(format!("{} was not read", unread.map_or_else(|| "core/Node".into(), Condition::reads)))
}
