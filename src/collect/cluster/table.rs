//! A list as the server prints it: Secrets without their values.

use serde::Deserialize;
use serde_json::value::RawValue;

#[derive(Deserialize)]
struct Table<'a> {
    #[serde(rename = "columnDefinitions", default)]
    columns: Vec<Column>,
    #[serde(borrow, default)]
    rows: Option<Vec<TableRow<'a>>>,
}

#[derive(Deserialize)]
struct Column {
    #[serde(default)]
    name: String,
}

#[derive(Deserialize)]
struct TableRow<'a> {
    #[serde(default)]
    cells: Vec<serde_json::Value>,
    #[serde(borrow)]
    object: TableObject<'a>,
}

#[derive(Deserialize)]
struct TableObject<'a> {
    #[serde(borrow)]
    metadata: &'a RawValue,
}

/// Secrets without values from a table of the server's own printing.
pub(super) fn from_table(body: &[u8]) -> Option<Vec<String>> {
    let table: Table<'_> = serde_json::from_slice(body).ok()?;
    let of_type = table.columns.iter().position(|column| column.name == "Type")?;
    let rows = table.rows.unwrap_or_default().into_iter();
    Some(
        rows.map(|row| {
            let kind = row.cells.get(of_type).and_then(serde_json::Value::as_str).unwrap_or_default();
            let kind = serde_json::Value::from(kind);
            format!(r#"{{"apiVersion":"v1","kind":"Secret","metadata":{},"type":{kind}}}"#, row.object.metadata.get())
        })
        .collect(),
    )
}
