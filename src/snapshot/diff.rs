//! What changed between two snapshots: objects, and what could be read of them.
//!
//! An object that is missing where its kind was not read whole is not gone: it is unread.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

use super::{Object, Snapshot, State};
use crate::object::{Kind, ObjectRef};

/// The differences, in the order of a snapshot.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Diff {
    /// UIDs of two clusters, where they differ.
    pub other_cluster: Option<[String; 2]>,
    /// Kinds whose coverage changed.
    pub coverage: Vec<CoverageChange>,
    /// Objects of the later snapshot only.
    pub added: Vec<ObjectRef>,
    /// Objects of the earlier snapshot only.
    pub removed: Vec<ObjectRef>,
    /// Objects of both that differ.
    pub changed: Vec<ObjectChange>,
    /// Kinds of which objects are missing, and that were not read whole there.
    pub incomparable: Vec<Kind>,
}

/// A kind that is read better or worse than before.
#[derive(Clone, Debug, Serialize)]
pub struct CoverageChange {
    /// The kind.
    pub kind: Kind,
    /// How it was read.
    pub before: State,
    /// How it is read.
    pub after: State,
}

/// An object that differs.
#[derive(Clone, Debug, Serialize)]
pub struct ObjectChange {
    /// Which.
    pub object: ObjectRef,
    /// Paths that differ; never values.
    pub paths: Vec<String>,
}

/// Paths listed for one object; the last one says that there are more.
const PATHS: usize = 8;

/// Compares two snapshots; changes below `status` count only where asked for.
#[must_use]
pub fn diff(before: &Snapshot, after: &Snapshot, status: bool) -> Diff {
    let mut found = Diff::default();
    if let (Some(one), Some(other)) = (&before.header.uid, &after.header.uid)
        && one != other
    {
        found.other_cluster = Some([one.clone(), other.clone()]);
    }
    let kinds: BTreeSet<&Kind> = before.kinds.keys().chain(after.kinds.keys()).collect();
    for kind in &kinds {
        let (was, is) = (before.coverage(kind).state, after.coverage(kind).state);
        if was != is {
            found.coverage.push(CoverageChange { kind: (*kind).clone(), before: was, after: is });
        }
    }
    let mut incomparable = BTreeSet::new();
    let (mut old, mut new) = (before.objects().iter().peekable(), after.objects().iter().peekable());
    loop {
        let order = match (old.peek(), new.peek()) {
            (None, None) => break,
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (Some(old), Some(new)) => old.key().cmp(&new.key()),
        };
        match order {
            std::cmp::Ordering::Less => missing(old.next(), after, &mut found.removed, &mut incomparable),
            std::cmp::Ordering::Greater => missing(new.next(), before, &mut found.added, &mut incomparable),
            std::cmp::Ordering::Equal => {
                if let (Some(old), Some(new)) = (old.next(), new.next())
                    && old.json != new.json
                {
                    let paths = changed(old, new, status);
                    if !paths.is_empty() {
                        found.changed.push(ObjectChange { object: new.reference(), paths });
                    }
                }
            }
        }
    }
    found.incomparable = incomparable.into_iter().collect();
    found
}

fn missing(object: Option<&Object>, there: &Snapshot, list: &mut Vec<ObjectRef>, unread: &mut BTreeSet<Kind>) {
    let Some(object) = object else { return };
    if there.coverage(&object.kind).state.is_proof() {
        list.push(object.reference());
    } else {
        unread.insert((*object.kind).clone());
    }
}

fn changed(old: &Object, new: &Object, status: bool) -> Vec<String> {
    let (Ok(old), Ok(new)) = (old.parse::<Value>(), new.parse::<Value>()) else { return vec!["(unreadable)".into()] };
    let mut paths = Vec::new();
    walk(&old, &new, "", status, &mut paths);
    if paths.len() > PATHS {
        let more = paths.len() - PATHS + 1;
        paths.truncate(PATHS - 1);
        paths.push(format!("and {more} more"));
    }
    paths
}

fn walk(old: &Value, new: &Value, path: &str, status: bool, paths: &mut Vec<String>) {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => {
            let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
            for key in keys {
                let inner = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                // Bookkeeping of the server: it changes with everything else.
                if inner == "metadata.managedFields" || inner == "metadata.generation" || (inner == "status" && !status)
                {
                    continue;
                }
                walk(old.get(key).unwrap_or(&Value::Null), new.get(key).unwrap_or(&Value::Null), &inner, status, paths);
            }
        }
        (Value::Array(old), Value::Array(new)) if old.len() == new.len() => {
            for (index, (old, new)) in old.iter().zip(new).enumerate() {
                let name = new.get("name").and_then(Value::as_str);
                let at = name.map_or_else(|| format!("{path}[{index}]"), |name| format!("{path}[name={name}]"));
                walk(old, new, &at, status, paths);
            }
        }
        _ if old == new => {}
        _ => paths.push(path.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::{Coverage, Header, SnapshotBuilder, SourceKind, slim::Secrets};

    fn snapshot(objects: &[(&str, &str)], state: State) -> Snapshot {
        let header = Header {
            source_kind: SourceKind::Cluster,
            source: "test".into(),
            time: None,
            uid: None,
            version: None,
            context: None,
            secrets: Secrets::None,
            asserted_complete: false,
            span: None,
        };
        let mut builder = SnapshotBuilder::new(header);
        for (name, spec) in objects {
            builder.push(Object {
                kind: std::sync::Arc::new(Kind::new("", "Pod")),
                version: "v1".into(),
                namespace: "a".into(),
                name: (*name).into(),
                origin: None,
                json: format!(r#"{{"metadata":{{"generation":{}}},"spec":{spec},"status":{spec}}}"#, spec.len()).into(),
            });
        }
        builder.cover(Kind::new("", "Pod"), Coverage::new(state, ""));
        builder.freeze()
    }

    #[test]
    fn what_is_unread_is_not_removed() {
        let before = snapshot(&[("a", "{}"), ("b", r#"{"c":[{"name":"x","image":"1"}]}"#)], State::Complete);
        let after = snapshot(&[("b", r#"{"c":[{"name":"x","image":"22"}]}"#), ("c", "{}")], State::Complete);
        let found = diff(&before, &after, false);
        assert_eq!((found.removed.len(), found.added.len()), (1, 1));
        assert_eq!(found.changed[0].paths, ["spec.c[name=x].image"]);
        let partly = snapshot(&[("c", "{}")], State::Partial);
        let found = diff(&before, &partly, false);
        assert_eq!((found.removed.len(), found.added.len(), found.incomparable.len()), (0, 1, 1));
        assert_eq!(found.coverage.len(), 1);
        assert!(diff(&before, &before, true).changed.is_empty());
    }
}
