//! Who manages an object: a repository, an operator, a release, the distribution, or a hand.
//!
//! A mark on an object is a claim, and a claim counts only where it resolves: the release, the
//! application, the resource it names is there and says that it still manages. What was not
//! read makes a claim unknown, never void. Which managers there are is data
//! (`rules/catalog/ownership.yaml`).

mod claims;
mod format;

use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    object::{Kind, ObjectRef},
    snapshot::{Object, Snapshot, SourceKind},
    view::{Bare, Meta, Owner},
};

pub use format::{Level, Managers, ManagersError};

/// Whether a claim holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Resolved {
    /// The owner is there and manages.
    Yes,
    /// It is not there, or does not manage now.
    No,
    /// It was not read, or does not say.
    Unknown,
}

/// One manager's claim on an object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Claim {
    /// Id of the manager; `operator` for an owner reference.
    pub manager: String,
    /// What its management is worth.
    pub level: Level,
    /// The mark: `annotation meta.helm.sh/release-name=loki`.
    pub mark: String,
    /// The resource that it names.
    pub owner: Option<ObjectRef>,
    /// Whether the claim holds.
    pub resolved: Resolved,
    /// Why, in a few words.
    pub reason: String,
    /// Where the owner takes what it applies: a repository's address or name.
    pub source: Option<String>,
}

/// A person who wrote a part of the object's specification.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Hand {
    /// Field manager.
    pub manager: String,
    /// `Apply` or `Update`.
    pub operation: String,
    /// When, where the server wrote it down.
    pub time: Option<String>,
}

/// Who manages one object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Ownership {
    /// The object.
    pub r#ref: ObjectRef,
    /// The top of its chain of owners, which is what is judged.
    pub top: ObjectRef,
    /// 0 manual, 1 distribution, 2 Helm, 3 operator, 4 GitOps: the best claim that resolves; null
    /// where nothing tells.
    pub level: Option<u8>,
    /// The best level that is not ruled out: higher than `level` where a claim is unknown.
    pub may_be: u8,
    /// Id of the manager that resolves; `operator`, `manual`, `other` or `unknown`.
    pub manager: String,
    /// Every claim, best first.
    pub claims: Vec<Claim>,
    /// Managers that both hold it, though neither drives the other.
    pub conflicts: Vec<String>,
    /// Field managers of the object other than the control plane's.
    pub field_managers: Vec<String>,
    /// Those of them that are a person with a client.
    pub hands: Vec<Hand>,
    /// What the level rests on.
    pub reason: String,
}

/// Whether the system that answers resources of an API group works; none where it is not known.
pub type Operators<'o> = &'o dyn Fn(&str) -> Option<bool>;

/// How far up owners are followed; real chains have three links.
const HIGHEST: usize = 8;

/// Finds who manages an object of the snapshot.
#[must_use]
pub fn of(reference: &ObjectRef, snapshot: &Snapshot, managers: &Managers, operators: Operators<'_>) -> Ownership {
    let judge = Judge { snapshot, managers, operators };
    let object = snapshot.get(&reference.group, &reference.kind, &reference.namespace, &reference.name);
    match object.map(|object| (object, object.parse::<Bare>())) {
        Some((object, Ok(bare))) => judge.object(object, &bare.metadata),
        _ => Ownership::unknown(reference, "the object was not read"),
    }
}

impl Ownership {
    pub(super) fn unknown(reference: &ObjectRef, reason: &str) -> Self {
        Self {
            r#ref: reference.clone(),
            top: reference.clone(),
            level: None,
            may_be: Level::Gitops.number(),
            manager: "unknown".into(),
            claims: Vec::new(),
            conflicts: Vec::new(),
            field_managers: Vec::new(),
            hands: Vec::new(),
            reason: reason.to_owned(),
        }
    }
}

/// What the climb came to.
enum Top<'s> {
    /// Nobody owns it.
    Self_,
    /// A resource that was read.
    Object(Box<(&'s Object, Meta)>),
    /// An owner that is gone, or that was not read.
    Lost { owner: ObjectRef, gone: bool },
}

struct Judge<'j> {
    snapshot: &'j Snapshot,
    managers: &'j Managers,
    operators: Operators<'j>,
}

impl<'j> Judge<'j> {
    fn object(&self, object: &'j Object, meta: &Meta) -> Ownership {
        let own = object.reference();
        match self.climb(meta, &object.namespace) {
            Top::Self_ => self.level(&own, &own, meta),
            Top::Lost { owner, gone: false } => {
                let mut told = Ownership::unknown(&own, &format!("its owner {owner} was not read"));
                told.top = owner;
                told
            }
            // Garbage collection will come; until then what is on the object itself counts.
            Top::Lost { owner, gone: true } => {
                let mut told = self.level(&own, &own, meta);
                told.claims.push(Claim {
                    manager: "operator".into(),
                    level: Level::Operator,
                    mark: format!("owner reference to {owner}"),
                    owner: Some(owner),
                    resolved: Resolved::No,
                    reason: "the owner is gone".into(),
                    source: None,
                });
                told
            }
            Top::Object(top) => {
                let (top, top_meta) = *top;
                self.operated(&own, top, &top_meta)
            }
        }
    }

    /// Follows owner references; controllers of pods are no owners in this sense, but what
    /// stands above them is.
    fn climb(&self, meta: &Meta, namespace: &str) -> Top<'j> {
        let mut top = Top::Self_;
        let mut references = meta.owner_references.clone();
        for _ in 0..HIGHEST {
            let Some(owner) = references.iter().find(|o| o.controller).or(references.first()).cloned() else { break };
            match self.owner(&owner, namespace) {
                Ok(object) => {
                    let Ok(bare) = object.parse::<Bare>() else {
                        return Top::Lost { owner: object.reference(), gone: false };
                    };
                    references.clone_from(&bare.metadata.owner_references);
                    top = Top::Object(Box::new((object, bare.metadata)));
                }
                Err((owner, gone)) => return Top::Lost { owner, gone },
            }
        }
        top
    }

    /// The object that a reference names: in the same namespace, or cluster-scoped.
    fn owner(&self, owner: &Owner, namespace: &str) -> Result<&'j Object, (ObjectRef, bool)> {
        let kind = Kind::from_api_version(&owner.api_version, &owner.kind);
        let find = |namespace: &str| self.snapshot.get(&kind.group, &kind.kind, namespace, &owner.name);
        find(namespace).or_else(|| find("")).ok_or_else(|| {
            let gone = self.snapshot.coverage(&kind).state.is_proof();
            (ObjectRef::new(&kind.group, &kind.kind, namespace, &owner.name), gone)
        })
    }

    /// An object that an operator made: worth an operator where the resource that asked for it is
    /// itself released, and what the resource is worth where that is more.
    fn operated(&self, own: &ObjectRef, top: &'j Object, top_meta: &Meta) -> Ownership {
        let reference = top.reference();
        let mut told = self.level(own, &reference, top_meta);
        if reference.group.is_empty() && reference.kind == "Node" {
            told.level = Some(Level::Distribution.number());
            told.may_be = Level::Distribution.number();
            told.manager = "static-pod".into();
            told.reason = format!("a file on {reference}");
            return told;
        }
        let works = (self.operators)(&reference.group);
        let released = told.level.is_some_and(|level| level >= Level::Helm.number());
        let resolved = match (works, released) {
            (Some(false), _) => Resolved::No,
            (_, false) if told.may_be < Level::Helm.number() => Resolved::No,
            (Some(true), true) => Resolved::Yes,
            _ => Resolved::Unknown,
        };
        let reason = match resolved {
            Resolved::Yes => format!("an operator makes it from {reference}"),
            Resolved::No if works == Some(false) => format!("the operator of {reference} does not work"),
            Resolved::No => format!("{reference}, which asks for it, was applied by hand"),
            Resolved::Unknown => format!("whether the operator of {reference} works is not known"),
        };
        let operator = Level::Operator.number();
        match resolved {
            Resolved::Yes if told.level < Some(operator) => {
                told.level = Some(operator);
                told.manager = "operator".into();
                told.reason.clone_from(&reason);
                told.may_be = told.may_be.max(operator);
            }
            Resolved::Yes | Resolved::No => {}
            Resolved::Unknown => told.may_be = told.may_be.max(operator),
        }
        told.claims.push(Claim {
            manager: "operator".into(),
            level: Level::Operator,
            mark: format!("owner reference to {reference}"),
            owner: Some(reference),
            resolved,
            reason,
            source: None,
        });
        told.claims.sort_by_key(|claim| std::cmp::Reverse(claim.level));
        told
    }

    /// What the marks on an object are worth.
    fn level(&self, own: &ObjectRef, top: &ObjectRef, meta: &Meta) -> Ownership {
        let claims: Vec<Claim> =
            self.managers.managers.iter().filter_map(|m| claims::of(m, top, meta, self.snapshot)).collect();
        let writers = meta.managed_fields.iter().filter(|f| f.subresource.is_empty());
        let writers: Vec<_> = writers.filter(|f| !self.managers.is_control_plane(&f.manager)).collect();
        let mut field_managers: Vec<String> = writers.iter().map(|f| f.manager.clone()).collect();
        field_managers.sort();
        field_managers.dedup();
        let mut hands: Vec<Hand> = writers
            .iter()
            .filter(|f| self.managers.is_by_hand(&f.manager))
            .map(|f| Hand { manager: f.manager.clone(), operation: f.operation.clone(), time: f.time.clone() })
            .collect();
        hands.sort();
        let applied = meta.annotations.contains_key("kubectl.kubernetes.io/last-applied-configuration");
        let best = claims.iter().filter(|c| c.resolved == Resolved::Yes).max_by_key(|c| c.level);
        let open = claims.iter().filter(|c| c.resolved == Resolved::Unknown).map(|c| c.level.number()).max();
        let (level, manager, reason) = match best {
            Some(claim) => (Some(claim.level.number()), claim.manager.clone(), claim.reason.clone()),
            None if !hands.is_empty() => (Some(0), "manual".into(), format!("written by {}", hands[0].manager)),
            None if applied => (Some(0), "manual".into(), "applied with kubectl".into()),
            None if open.is_some() => (None, "unknown".into(), "a claim on it could not be checked".into()),
            None if !field_managers.is_empty() => {
                (Some(0), "other".into(), format!("written by {}", field_managers.join(", ")))
            }
            None if !claims.is_empty() => (Some(0), "manual".into(), "its marks lead nowhere".into()),
            None => (None, "unknown".into(), self.silence()),
        };
        let best = best.map_or(0, |claim| claim.level.number());
        let may_be = open.map_or(best, |open| open.max(best));
        let may_be = if level.is_none() && open.is_none() { Level::Gitops.number() } else { may_be };
        Ownership {
            r#ref: own.clone(),
            top: top.clone(),
            level,
            may_be,
            manager,
            conflicts: self.conflicts(&claims),
            claims,
            field_managers,
            hands,
            reason,
        }
    }

    fn silence(&self) -> String {
        if self.snapshot.header.source_kind == SourceKind::Manifests {
            "manifests do not say who will apply them".into()
        } else {
            "no mark, and its field managers were stripped".into()
        }
    }

    /// Managers whose claims both hold, though neither works through the other.
    fn conflicts(&self, claims: &[Claim]) -> Vec<String> {
        let held: Vec<&Claim> = claims
            .iter()
            .filter(|c| c.resolved == Resolved::Yes && c.level >= Level::Helm && c.level != Level::Operator)
            .collect();
        let drives = |a: &str, b: &str| {
            self.managers.managers.iter().any(|m| m.id == a && m.through.iter().any(|through| through == b))
        };
        let mut conflicts = Vec::new();
        for (index, a) in held.iter().enumerate() {
            for b in &held[index + 1..] {
                if !drives(&a.manager, &b.manager) && !drives(&b.manager, &a.manager) {
                    conflicts.push(format!("{} and {}", a.manager, b.manager));
                }
            }
        }
        conflicts
    }
}
