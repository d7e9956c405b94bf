//! What was read beside the cluster (the API of a registry …): objects, and coverage of each source.

use std::collections::BTreeMap;

use super::{Coverage, Object, Snapshot, SnapshotBuilder, State};
use crate::object::Kind;

/// What the names of outside sources begin with; a document may have any other name.
const PRODUCTS: [&str; 5] = ["harbor:", "quay:", "nexus:", "artifactory:", "gitlab:"];

/// Whether a source says nothing about what the cluster holds.
pub(super) fn is_outside(source: &str) -> bool {
    PRODUCTS.iter().any(|product| source.starts_with(product))
}

/// Objects and coverage of outside sources.
#[derive(Clone, Debug, Default)]
pub struct Outside {
    /// Redacted objects.
    pub objects: Vec<Object>,
    /// How completely each source was read, part by part.
    pub sources: BTreeMap<String, Coverage>,
}

impl Outside {
    /// Whether nothing was asked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty() && self.sources.is_empty()
    }

    /// The kinds of the objects: each is whole, since what a source lacks is said within it.
    #[must_use]
    pub fn kinds(&self) -> BTreeMap<Kind, Coverage> {
        let mut kinds: BTreeMap<Kind, Coverage> = BTreeMap::new();
        for object in &self.objects {
            kinds.entry((*object.kind).clone()).or_insert_with(|| Coverage::new(State::Complete, "")).objects += 1;
        }
        kinds
    }
}

impl Snapshot {
    /// The same with what was read outside.
    #[must_use]
    pub fn beside(self, outside: Outside) -> Self {
        if outside.is_empty() {
            return self;
        }
        let mut builder = SnapshotBuilder::new(self.header);
        if let Some(discovery) = self.discovery {
            builder.discover(discovery);
        }
        self.kinds.into_iter().chain(outside.kinds()).for_each(|(kind, coverage)| builder.cover(kind, coverage));
        self.sources
            .into_iter()
            .chain(outside.sources)
            .for_each(|(name, coverage)| builder.cover_source(name, coverage));
        self.objects.into_iter().chain(outside.objects).for_each(|object| builder.push(object));
        builder.freeze()
    }
}
