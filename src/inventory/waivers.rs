//! What a row about a waiver holds. The rows are made above, once findings are there to be waived.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Inventory, Row, Table};
use crate::object::ObjectRef;

/// One waiver and what it does.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct WaiverRow {
    /// `Waiver` of the group `sextant`.
    pub r#ref: ObjectRef,
    /// Its id.
    pub id: String,
    /// Who answers for it.
    pub owner: String,
    /// Who agreed; empty where nobody is named.
    pub approver: String,
    /// Where it was decided; empty where nothing is named.
    pub ticket: String,
    /// Last day on which it holds.
    pub expires: String,
    /// Days until then; negative once it has expired, null without a clock.
    pub days_left: Option<i64>,
    /// Days from its making to its end, where it says when it was made.
    pub days_in_all: Option<i64>,
    /// `active`, `expired`, `unused`, or `not asked` where none of its policies was.
    pub state: String,
    /// Violations that it matches.
    pub matched: usize,
    /// Worst severity among them; empty where there is none.
    pub worst: String,
    /// Ids that no policy has.
    pub unknown_policies: Vec<String>,
    /// What it does not narrow: `every policy`, `every object`.
    pub wide: Vec<String>,
}

/// The table.
pub const TABLE: Table = Table {
    name: "waivers",
    about: "one waiver and what it does in this run",
    build,
    schema: || schemars::schema_for!(WaiverRow),
};

fn build(inventory: &Inventory<'_>) -> Vec<Row> {
    inventory.waivers.clone()
}
