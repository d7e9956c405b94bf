//! Short words for reading custom resources, whose shapes differ too much for typed views.

use serde_json::Value;

use crate::snapshot::Object;

/// The whole object; `null` where it cannot be read.
#[must_use]
pub fn value(object: &Object) -> Value {
    object.parse().unwrap_or_default()
}

/// The text at a pointer; empty where there is none.
#[must_use]
pub fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The list at a pointer; empty where there is none.
#[must_use]
pub fn list<'v>(value: &'v Value, pointer: &str) -> &'v [Value] {
    value.pointer(pointer).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// The texts of the list at a pointer.
#[must_use]
pub fn texts(value: &Value, pointer: &str) -> Vec<String> {
    list(value, pointer).iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The number at a pointer.
#[must_use]
pub fn number(value: &Value, pointer: &str) -> Option<i64> {
    value.pointer(pointer).and_then(Value::as_i64)
}

/// The truth at a pointer; false where there is none.
#[must_use]
pub fn flag(value: &Value, pointer: &str) -> bool {
    value.pointer(pointer).and_then(Value::as_bool).unwrap_or(false)
}

/// Whether something that is not null stands at a pointer.
#[must_use]
pub fn has(value: &Value, pointer: &str) -> bool {
    value.pointer(pointer).is_some_and(|found| !found.is_null())
}

/// The metadata of an object.
#[must_use]
pub fn meta(object: &Object) -> crate::view::Meta {
    object.parse::<crate::view::Bare>().unwrap_or_default().metadata
}
