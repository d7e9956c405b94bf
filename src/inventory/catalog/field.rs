//! Fields of objects, as conditions of the catalogue read them.

use serde_json::Value;

use super::model::FieldIs;
use crate::snapshot::Object;

impl FieldIs {
    /// Whether an object of its kind meets it.
    #[must_use]
    pub fn is_met_by(&self, object: &Object) -> bool {
        // Most objects lack the field: their text says so without being read.
        let last = self.path.rsplit(['.', '[']).next().unwrap_or_default().trim_end_matches(']');
        if self.default.is_empty() && !object.json.contains(last) {
            return false;
        }
        let value: Value = serde_json::from_str(&object.json).unwrap_or_default();
        is_met(self, &value)
    }
}

fn is_met(field: &FieldIs, value: &Value) -> bool {
    if let Some(only) = &field.only
        && !values_at(value, &only.path).into_iter().any(|value| only.matches.is_match(&as_text(value)))
    {
        return false;
    }
    let values = values_at(value, &field.path);
    if values.is_empty() {
        return !field.default.is_empty() && field.matches.is_match(&field.default);
    }
    values.into_iter().any(|value| field.matches.is_match(&as_text(value)))
}

fn as_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The values at a path: `a.b`, `a[].b` for every item of a, `a[example.com/key]` for a key with dots.
fn values_at<'v>(value: &'v Value, path: &str) -> Vec<&'v Value> {
    let mut values = vec![value];
    for step in steps(path) {
        let (key, inner) = step.split_once('[').map_or((step, None), |(key, rest)| (key, rest.strip_suffix(']')));
        let next = values.into_iter().filter_map(|value| value.get(key));
        values = match inner {
            None => next.collect(),
            Some("") => next.filter_map(Value::as_array).flatten().collect(),
            Some(key) => next.filter_map(|value| value.get(key)).collect(),
        };
    }
    values
}

/// A path in steps: dots within brackets part nothing.
fn steps(path: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_u32;
    path.split(move |c: char| {
        match c {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == '.' && depth == 0
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_reaches_items_and_keys_with_dots() {
        let value = serde_json::json!({"a": {"b": 1, "x.y/z": "t"}, "l": [{"k": 1}, {"k": 2}]});
        let at = |path: &str| values_at(&value, path).into_iter().map(as_text).collect::<Vec<_>>();
        assert_eq!(at("a.b"), ["1"]);
        assert_eq!(at("a[x.y/z]"), ["t"]);
        assert_eq!(at("l[].k"), ["1", "2"]);
        assert!(at("a.c").is_empty() && at("l[].z").is_empty() && at("a[]").is_empty());
    }
}
