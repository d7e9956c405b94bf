//! Looks backend objects up for the proofs of the catalogue.

use serde_json::Value;

use crate::{
    facts::provisioner::Found,
    object::Kind,
    snapshot::{Object, Snapshot},
};

/// The objects of a kind, by namespace and name; `None` means any.
pub(super) fn find(snapshot: &Snapshot, kind: &Kind, namespace: Option<&str>, name: Option<&str>) -> Found {
    let coverage = snapshot.coverage(kind);
    let fits = |object: &&Object| {
        namespace.is_none_or(|namespace| *object.namespace == *namespace)
            && name.is_none_or(|name| *object.name == *name)
    };
    let objects: Vec<(String, Value)> = snapshot
        .of(&kind.group, &kind.kind)
        .iter()
        .filter(fits)
        .filter_map(|object| Some((object.reference().to_string(), unpacked(kind, object.parse().ok()?))))
        .collect();
    // An object that was seen is seen, however much of its kind was not.
    if (objects.is_empty() || name.is_none()) && !coverage.state.is_proof() {
        let why = if coverage.reason.is_empty() { coverage.state.as_str().into() } else { coverage.reason };
        return Found::Unread(format!("{kind} was not read completely: {why}"));
    }
    Found::Objects(objects)
}

/// Data of a ConfigMap that is JSON is read as what it says; a `.json` file lends its keys.
fn unpacked(kind: &Kind, mut value: Value) -> Value {
    if &*kind.kind != "ConfigMap" {
        return value;
    }
    let Some(data) = value.get_mut("data").and_then(Value::as_object_mut) else { return value };
    let parsed: Vec<(String, Value)> = data
        .iter()
        .filter_map(|(key, text)| Some((key.clone(), serde_json::from_str::<Value>(text.as_str()?).ok()?)))
        .filter(|(_, value)| value.is_object())
        .collect();
    for (key, value) in parsed {
        match value {
            Value::Object(entries) if key.ends_with(".json") => data.extend(entries),
            other => {
                data.insert(key, other);
            }
        }
    }
    value
}
