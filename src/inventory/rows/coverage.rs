//! What was not read: the kinds that the chosen policies need, and broken documents.

use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    inventory::{Inventory, Row, Table},
    object::ObjectRef,
    snapshot::{SourceKind, State},
};

/// What policies see of a coverage record.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CoverageRow {
    /// Kind `Coverage`; the name is the kind (`core/Secret`) or the document.
    pub r#ref: ObjectRef,
    /// `kind`, or `source` for a document or an outside source.
    pub what: &'static str,
    /// How completely it was read.
    pub state: State,
    /// Why it is not complete.
    pub reason: String,
    /// Objects read.
    pub objects: u64,
    /// Incomplete by the nature of manifests, not by a fault.
    pub by_nature: bool,
}

/// The table.
pub const TABLE: Table = Table {
    name: "coverage",
    about: "one kind that the chosen policies need, or one document or outside source",
    build,
    schema: || schemars::schema_for!(CoverageRow),
};

fn build(inventory: &Inventory<'_>) -> Vec<Row> {
    let snapshot = inventory.snapshot;
    let manifests = snapshot.header.source_kind == SourceKind::Manifests && !snapshot.header.asserted_complete;
    let kinds = inventory.needed.iter().map(|kind| ("kind", kind.to_string(), inventory.coverage(kind)));
    let sources = snapshot.sources.iter().map(|(name, coverage)| ("source", name.clone(), coverage.clone()));
    let row = |(what, name, coverage): (&'static str, String, crate::snapshot::Coverage)| {
        let row = CoverageRow {
            r#ref: ObjectRef::new("", "Coverage", "", &name),
            what,
            by_nature: (what == "kind" && manifests) || (what == "source" && coverage.state == State::Skipped),
            state: coverage.state,
            reason: coverage.reason,
            objects: coverage.objects,
        };
        Row::new(&row.r#ref, &row)
    };
    kinds.chain(sources).map(row).collect()
}
