//! The objects of one kind as they are: the table behind `rows: group/Kind`.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::{
    inventory::{Inventory, Row},
    object::{Kind, ObjectRef},
};

#[derive(Serialize)]
struct ObjectRow<'a> {
    r#ref: &'a ObjectRef,
    object: &'a RawValue,
}

/// Rows `{ref, object}`, in the snapshot's order.
#[must_use]
pub fn of(inventory: &Inventory<'_>, kind: &Kind) -> Vec<Row> {
    let objects = inventory.snapshot.of(&kind.group, &kind.kind);
    let row = |object: &crate::snapshot::Object| {
        let reference = object.reference();
        let raw: &RawValue = serde_json::from_str(&object.json).ok()?;
        Some(Row::new(&reference, &ObjectRow { r#ref: &reference, object: raw }))
    };
    objects.iter().filter_map(row).collect()
}
