//! How a system is there: what runs decides, what is left over does not.

use super::{Detector, Found, State};
use crate::{
    inventory::catalog::{Managed, Part, System},
    object::Kind,
    snapshot::{self, Snapshot, SourceKind},
};

/// Kinds in which whatever runs is seen.
const RUNNING: [(&str, &str); 4] =
    [("apps", "DaemonSet"), ("apps", "Deployment"), ("apps", "StatefulSet"), ("", "Pod")];

/// The same.
pub(super) fn running() -> Vec<Kind> {
    RUNNING.iter().map(|(group, kind)| Kind::new(group, kind)).collect()
}

/// How a system is there.
pub(super) struct Standing<'c> {
    /// None where nothing of it was found.
    pub state: Option<State>,
    /// Why, in words.
    pub reason: String,
    /// The case in which a provider runs it.
    pub managed: Option<&'c Managed>,
    /// It is part of Kubernetes, and there.
    pub built_in: bool,
    /// Kinds that were not read and could tell more.
    pub missing: Vec<Kind>,
}

impl Detector<'_, '_> {
    pub(super) fn standing<'c>(&self, system: &'c System, found: &Found<'_, '_>) -> Standing<'c> {
        let has = |part: Part| found.members.iter().any(|m| m.part == part);
        let own = found.workloads();
        let scope = self.scope(&own);
        let managed = system.managed.iter().find(|case| {
            let in_sight = found.members.iter().any(|m| m.part != Part::Other);
            in_sight != case.unseen && case.conditions.iter().all(|c| scope.holds(c) == Some(true))
        });
        let built_in = found.proves
            && (system.identity.api_only
                || !system.identity.objects.is_empty()
                || !system.identity.namespace_labels.is_empty());
        let asks = |r: &&crate::inventory::catalog::Resource| r.installs;
        let asked = system
            .resources
            .iter()
            .filter(asks)
            .find(|r| !self.snapshot.of(&r.kind.group, &r.kind.kind).is_empty())
            .map(|r| r.kind.to_string());
        let mut missing: Vec<Kind> = running().into_iter().filter(|kind| self.unread(kind)).collect();
        let blind = (!missing.is_empty()).then(|| names(&missing));
        missing.extend(system.resources.iter().map(|r| r.kind.clone()).filter(|kind| self.unread(kind)));
        let unasked: Vec<Kind> =
            system.resources.iter().filter(asks).map(|r| r.kind.clone()).filter(|k| self.unread(k)).collect();
        let installs = || names(&system.resources.iter().filter(asks).map(|r| r.kind.clone()).collect::<Vec<_>>());
        let (state, reason) = if let Some(case) = managed {
            (Some(State::Managed), case.note.clone())
        } else if has(Part::Main) {
            (Some(State::Installed), "a main part of it runs".to_owned())
        } else if built_in {
            (Some(State::Installed), "it is part of Kubernetes, and what it is made of is there".to_owned())
        } else if has(Part::Operator) {
            match (asked, unasked.is_empty(), blind) {
                (Some(kind), ..) => (Some(State::Installed), format!("its operator runs, and a {kind} asks it")),
                (None, true, None) if system.resources.iter().any(|r| r.installs) => (
                    Some(State::OperatorOnly),
                    format!("its operator runs, and no {} asks it for anything", installs()),
                ),
                (None, true, None) => (Some(State::OperatorOnly), "only its operator runs".to_owned()),
                (None, false, _) => {
                    let kinds = names(&unasked);
                    (
                        Some(State::Unknown),
                        format!("its operator runs, and {kinds} was not read: what asks it is not known"),
                    )
                }
                (None, _, Some(kinds)) => {
                    (Some(State::Unknown), format!("its operator runs, and {kinds} was not read: more may run"))
                }
            }
        } else if has(Part::Agent) {
            match (has_no_controller(system), blind) {
                (true, _) => (Some(State::Installed), "its agents run; it has no controller".to_owned()),
                (false, Some(kinds)) => {
                    (Some(State::Unknown), format!("its agents run, and {kinds} was not read: its controller may run"))
                }
                (false, None) => (Some(State::DataPlaneOnly), "its agents run, and no controller of it".to_owned()),
            }
        } else if found.proves {
            match blind {
                Some(kinds) => {
                    (Some(State::Unknown), format!("names of it are there, and {kinds} was not read: it may run"))
                }
                None => (Some(State::Residue), "names of it are there, and nothing of it runs".to_owned()),
            }
        } else {
            let reason = match blind {
                Some(kinds) => format!("nothing of it was found, and {kinds} was not read: it may run"),
                None => "nothing of it was found".to_owned(),
            };
            (None, reason)
        };
        Standing { state, reason, managed, built_in, missing }
    }

    /// Those of some kinds that were not read, by name.
    pub(super) fn not_read(&self, kinds: &[Kind]) -> String {
        names(&kinds.iter().filter(|kind| self.unread(kind)).cloned().collect::<Vec<_>>())
    }

    fn unread(&self, kind: &Kind) -> bool {
        unread(self.snapshot, kind)
    }
}

/// Whether the source tried to read a kind and could not. What manifests and dumps leave out
/// is another thing: they never said that they are whole.
pub(super) fn unread(snapshot: &Snapshot, kind: &Kind) -> bool {
    let state = snapshot.coverage(kind).state;
    let whole = matches!(snapshot.header.source_kind, SourceKind::Cluster | SourceKind::Answers);
    !state.is_proof() && (whole || !matches!(state, snapshot::State::Partial | snapshot::State::Skipped))
}

fn names(kinds: &[Kind]) -> String {
    kinds.iter().map(Kind::to_string).collect::<Vec<_>>().join(", ")
}

/// A system of agents alone has no controller that could be missing.
fn has_no_controller(system: &System) -> bool {
    system.images.main.is_empty() && system.pods.iter().all(|sign| sign.part != Part::Main)
}
