//! The frozen source: what was read, what was not, when, and of which cluster.
//!
//! Objects are held as canonical, redacted JSON text, not as trees: a cluster of text is a
//! tenth of the memory, and facts parse only the fields they read.

pub mod certificate;
pub mod coverage;
mod credentials;
pub mod diff;
pub mod file;
pub mod outside;
mod redact;
pub mod registry_config;
pub mod retain;
pub mod secret;
pub mod sink;
pub mod slim;
pub mod span;
pub mod spool;
mod text;

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};

pub use coverage::{Coverage, State};

use crate::object::{Kind, ObjectRef};

/// Where in the user's input an object stood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// File as the user named it; `-` for standard input.
    pub file: Arc<str>,
    /// First line of the object, from 1.
    pub line: u32,
}

/// One object, redacted, as canonical JSON (sorted keys, no white space).
#[derive(Clone, Debug)]
pub struct Object {
    /// Group and kind.
    pub kind: Arc<Kind>,
    /// Served version, such as `v1`.
    pub version: Box<str>,
    /// Namespace, empty for cluster-scoped objects.
    pub namespace: Box<str>,
    /// Name.
    pub name: Box<str>,
    /// Where it stood in the input, for manifests.
    pub origin: Option<Origin>,
    /// Canonical JSON text of the whole object.
    pub json: Box<str>,
}

impl Object {
    /// Parses the fields that `T` names.
    ///
    /// # Errors
    /// Where a field has another type than Kubernetes gives it.
    pub fn parse<'a, T: Deserialize<'a>>(&'a self) -> Result<T, serde_json::Error> {
        serde_json::from_str(&self.json)
    }

    /// What the object is called.
    #[must_use]
    pub fn reference(&self) -> ObjectRef {
        ObjectRef::new(&self.kind.group, &self.kind.kind, &self.namespace, &self.name)
    }

    /// The order of a snapshot: group, kind, then the string `namespace/name`, which is etcd's.
    fn key(&self) -> (&str, &str, String) {
        (&self.kind.group, &self.kind.kind, format!("{}/{}", self.namespace, self.name))
    }
}

/// What kind of source a snapshot was made from; decides what silence means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SourceKind {
    /// A live cluster, read with a client.
    Cluster,
    /// A folder of raw API answers with discovery.
    Answers,
    /// A dump by another tool: a kubectl List, must-gather, Velero …
    Dump,
    /// Manifests: a part of a cluster by nature.
    Manifests,
}

/// Who the cluster is, when it was read, and by what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// What the snapshot was made from.
    pub source_kind: SourceKind,
    /// The source as the user named it.
    pub source: String,
    /// RFC 3339 time of the snapshot; none where the source has no clock.
    #[serde(default)]
    pub time: Option<String>,
    /// UID of the kube-system namespace.
    #[serde(default)]
    pub uid: Option<String>,
    /// Server version, such as `v1.37.2`.
    #[serde(default)]
    pub version: Option<String>,
    /// Context name of the kubeconfig.
    #[serde(default)]
    pub context: Option<String>,
    /// How Secrets were treated.
    #[serde(default)]
    pub secrets: slim::Secrets,
    /// Whether the user asserted that the source holds the whole cluster.
    #[serde(default)]
    pub asserted_complete: bool,
    /// When each kind of a live cluster was listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span: Option<span::Span>,
}

/// What discovery proved: which kinds are served, and which groups did not answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discovery {
    /// Every kind served in a group that answered, listable or not.
    pub kinds: Vec<Kind>,
    /// Groups whose discovery is stale or failed, with the reason.
    #[serde(default)]
    pub stale_groups: BTreeMap<String, String>,
}

/// A frozen source. Made by [`SnapshotBuilder`], read by everything else.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// Who, when, by what.
    pub header: Header,
    /// What discovery proved, where the source has any.
    pub discovery: Option<Discovery>,
    /// Coverage by kind, where something was recorded; ask [`Snapshot::coverage`] for any kind.
    pub kinds: BTreeMap<Kind, Coverage>,
    /// Coverage of documents and outside sources: `apps.yaml#3`, `harbor:prod`.
    pub sources: BTreeMap<String, Coverage>,
    objects: Vec<Object>,
    ranges: BTreeMap<Kind, std::ops::Range<usize>>,
    /// A document could not be read: any kind may have been in it.
    broken: bool,
}

impl Snapshot {
    /// Every object, in the snapshot's order.
    #[must_use]
    pub fn objects(&self) -> &[Object] {
        &self.objects
    }

    /// The objects of one kind, sorted by `namespace/name`.
    #[must_use]
    pub fn of(&self, group: &str, kind: &str) -> &[Object] {
        self.ranges.get(&Kind::new(group, kind)).map_or(&[], |range| &self.objects[range.clone()])
    }

    /// One object by name.
    #[must_use]
    pub fn get(&self, group: &str, kind: &str, namespace: &str, name: &str) -> Option<&Object> {
        let objects = self.of(group, kind);
        let key = format!("{namespace}/{name}");
        objects
            .binary_search_by(|object| format!("{}/{}", object.namespace, object.name).cmp(&key))
            .ok()
            .map(|index| &objects[index])
    }

    /// The kinds that have at least one object.
    pub fn present_kinds(&self) -> impl Iterator<Item = &Kind> {
        self.ranges.keys()
    }

    /// How completely a kind was read, for any kind, named in the source or not.
    #[must_use]
    pub fn coverage(&self, kind: &Kind) -> Coverage {
        if let Some(coverage) = self.kinds.get(kind) {
            return coverage.clone();
        }
        if let Some(discovery) = &self.discovery {
            if let Some(reason) = discovery.stale_groups.get(&*kind.group) {
                return Coverage::new(State::Unavailable, format!("discovery of the group failed: {reason}"));
            }
            if !discovery.kinds.contains(kind) {
                return Coverage::new(State::Absent, "not served");
            }
            return Coverage::new(State::Skipped, "served, but not read");
        }
        if self.broken {
            return Coverage::new(State::Partial, "a document of the source could not be read");
        }
        if self.header.asserted_complete {
            return Coverage::new(State::Complete, "asserted by --complete");
        }
        Coverage::new(State::Skipped, "not in the source")
    }

    /// Drops where objects stood, for sources whose files are not the user's.
    pub(crate) fn forget_origins(&mut self) {
        for object in &mut self.objects {
            object.origin = None;
        }
    }

    /// Whether the kind is served, empty or not: the question of *kind not served*.
    #[must_use]
    pub fn is_absent(&self, kind: &Kind) -> bool {
        self.coverage(kind).state == State::Absent
    }
}

/// Collects objects in any order and freezes them.
#[derive(Debug)]
pub struct SnapshotBuilder {
    header: Header,
    discovery: Option<Discovery>,
    kinds: BTreeMap<Kind, Coverage>,
    sources: BTreeMap<String, Coverage>,
    objects: Vec<Object>,
}

impl SnapshotBuilder {
    /// An empty snapshot of a source.
    #[must_use]
    pub fn new(header: Header) -> Self {
        Self { header, discovery: None, kinds: BTreeMap::new(), sources: BTreeMap::new(), objects: Vec::new() }
    }

    /// The header, to fill in what is learnt while reading.
    pub fn header_mut(&mut self) -> &mut Header {
        &mut self.header
    }

    /// Adds one object.
    pub fn push(&mut self, object: Object) {
        self.objects.push(object);
    }

    /// The objects added so far.
    #[must_use]
    pub fn objects(&self) -> &[Object] {
        &self.objects
    }

    /// Forgets the objects that `keep` does not want.
    pub fn retain(&mut self, keep: impl FnMut(&Object) -> bool) {
        self.objects.retain(keep);
    }

    /// How many objects were added.
    #[must_use]
    pub fn len(&self) -> usize {
        self.objects.len()
    }

    /// Whether nothing was added.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    /// The kinds of the objects added so far, unsorted, with repetitions.
    pub fn kinds(&self) -> impl Iterator<Item = Kind> {
        self.objects.iter().map(|object| (*object.kind).clone())
    }

    /// Records how completely a kind was read.
    pub fn cover(&mut self, kind: Kind, coverage: Coverage) {
        self.kinds.insert(kind, coverage);
    }

    /// Records a document or an outside source.
    pub fn cover_source(&mut self, source: impl Into<String>, coverage: Coverage) {
        self.sources.insert(source.into(), coverage);
    }

    /// A source that was damaged on the way proves nothing: every kind becomes `partial`.
    pub fn doubt(&mut self, reason: &str) {
        self.discovery = None;
        self.kinds.retain(|_, coverage| !coverage.state.is_proof());
        self.sources.entry("source".into()).or_insert_with(|| Coverage::new(State::Partial, reason));
    }

    /// Records what discovery proved.
    pub fn discover(&mut self, discovery: Discovery) {
        self.discovery = Some(discovery);
    }

    /// Freezes: sorts, removes duplicates (the later one wins, and the loss is recorded), and
    /// settles the coverage of the kinds that were seen.
    #[must_use]
    pub fn freeze(mut self) -> Snapshot {
        self.objects.sort_by(|a, b| a.key().cmp(&b.key()));
        self.drop_duplicates();
        let mut ranges: BTreeMap<Kind, std::ops::Range<usize>> = BTreeMap::new();
        for (index, object) in self.objects.iter().enumerate() {
            ranges.entry((*object.kind).clone()).or_insert(index..index).end = index + 1;
        }
        let broken = self
            .sources
            .iter()
            .any(|(source, coverage)| coverage.state == State::Malformed && !outside::is_outside(source));
        for (kind, range) in &ranges {
            let by_default = match self.header.source_kind {
                _ if broken => Coverage::new(State::Partial, "a document of the source could not be read"),
                _ if self.header.asserted_complete => Coverage::new(State::Complete, "asserted by --complete"),
                SourceKind::Manifests => Coverage::new(State::Partial, "manifests are a part of a cluster"),
                SourceKind::Dump => {
                    Coverage::new(State::Partial, "a dump does not say that it is whole (--complete asserts it)")
                }
                SourceKind::Cluster | SourceKind::Answers => Coverage::new(State::Complete, ""),
            };
            let coverage = self.kinds.entry(kind.clone()).or_insert(by_default);
            coverage.objects = range.len() as u64;
        }
        Snapshot {
            header: self.header,
            discovery: self.discovery,
            kinds: self.kinds,
            sources: self.sources,
            objects: self.objects,
            ranges,
            broken,
        }
    }

    fn drop_duplicates(&mut self) {
        let mut lost = Vec::new();
        let mut kept: Vec<Object> = Vec::with_capacity(self.objects.len());
        for object in self.objects.drain(..) {
            match kept.last_mut() {
                Some(last)
                    if last.kind == object.kind && last.namespace == object.namespace && last.name == object.name =>
                {
                    // An identical second copy (dumps that overlap) loses nothing.
                    if last.json != object.json {
                        lost.push((object.reference(), last.origin.clone()));
                    }
                    *last = object;
                }
                _ => kept.push(object),
            }
        }
        self.objects = kept;
        for (reference, origin) in lost {
            let place = origin.map_or_else(|| reference.to_string(), |o| format!("{}:{} {reference}", o.file, o.line));
            self.sources.insert(
                place,
                Coverage::new(
                    State::Skipped,
                    "a later document defines the same object differently; the later one counts",
                ),
            );
        }
    }
}
