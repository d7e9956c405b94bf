//! One manager's claim on one object: whether its mark is there, whom it names, and whether that
//! one still manages.

use globset::Glob;
use serde_json::Value;

use super::{
    Claim, Resolved,
    format::{Manager, Mark, Owner, Place},
};
use crate::{
    object::{Kind, ObjectRef},
    snapshot::{Object, Snapshot, slim::Secrets},
    view::{Bare, Condition, Meta},
};

/// Whom a mark names.
struct Named {
    namespace: Option<String>,
    name: String,
}

/// The claim of a manager; none where it left no mark.
pub(super) fn of(manager: &Manager, top: &ObjectRef, meta: &Meta, snapshot: &Snapshot) -> Option<Claim> {
    let mut void = None;
    for mark in &manager.marks {
        let Some((shown, value)) = seen(mark, meta, snapshot) else { continue };
        let named = named(mark, meta, &value);
        let (owner, resolved, reason, source) = match &manager.owner {
            None => (None, Resolved::Yes, format!("its mark: {shown}"), None),
            Some(owner) => resolve(owner, mark, named.as_ref(), top, snapshot),
        };
        // A mark that everybody writes is a claim only where somebody answers to it.
        if mark.shared && owner.is_none() && resolved == Resolved::No {
            continue;
        }
        let claim =
            Claim { manager: manager.id.clone(), level: manager.level, mark: shown, owner, resolved, reason, source };
        if resolved != Resolved::No {
            return Some(claim);
        }
        void = void.or(Some(claim));
    }
    void
}

/// The mark as it stands on the object, and its value.
fn seen(mark: &Mark, meta: &Meta, snapshot: &Snapshot) -> Option<(String, String)> {
    if let Some(beside) = &mark.beside {
        let value = at(beside, meta)?;
        if !beside.value.as_ref().is_none_or(|e| e.0.is_match(value)) {
            return None;
        }
    }
    if let Some(expression) = &mark.field_manager {
        let field =
            meta.managed_fields.iter().find(|f| f.subresource.is_empty() && expression.0.is_match(&f.manager))?;
        return Some((format!("field manager {}", field.manager), field.manager.clone()));
    }
    let (place, key, value) = if mark.label.is_empty() {
        ("annotation", mark.annotation.clone(), meta.annotations.get(&mark.annotation)?)
    } else {
        let key = setting(&mark.key_from, snapshot).unwrap_or_else(|| mark.label.clone());
        let value = meta.labels.get(&key)?;
        ("label", key, value)
    };
    if !mark.value.as_ref().is_none_or(|e| e.0.is_match(value)) {
        return None;
    }
    let shown = if value.is_empty() { format!("{place} {key}") } else { format!("{place} {key}={value}") };
    Some((shown, value.clone()))
}

fn at<'m>(place: &Place, meta: &'m Meta) -> Option<&'m String> {
    if place.label.is_empty() { meta.annotations.get(&place.annotation) } else { meta.labels.get(&place.label) }
}

/// A setting of the manager, `namespace/name/key` of a ConfigMap; none where it is not set.
fn setting(place: &str, snapshot: &Snapshot) -> Option<String> {
    let (map, key) = place.rsplit_once('/')?;
    let (namespace, name) = map.split_once('/')?;
    snapshot
        .of("", "ConfigMap")
        .iter()
        .filter(|object| &*object.name == name && (namespace == "*" || &*object.namespace == namespace))
        .find_map(|object| {
            let value: Value = object.parse().ok()?;
            value.get("data")?.get(key)?.as_str().filter(|value| !value.is_empty()).map(str::to_owned)
        })
}

fn named(mark: &Mark, meta: &Meta, value: &str) -> Option<Named> {
    if mark.unnamed {
        return None;
    }
    let mut named = match &mark.names {
        None => Named { namespace: None, name: value.to_owned() },
        Some(expression) => {
            let captures = expression.0.captures(value)?;
            let part = |name: &str| captures.name(name).map(|m| m.as_str().to_owned());
            Named { namespace: part("namespace"), name: part("name")? }
        }
    };
    if let Some(place) = &mark.namespace {
        named.namespace = at(place, meta).cloned();
    }
    Some(named).filter(|named| !named.name.is_empty())
}

type Told = (Option<ObjectRef>, Resolved, String, Option<String>);

/// Whether the owner that a mark names is there and manages.
fn resolve(owner: &Owner, mark: &Mark, named: Option<&Named>, top: &ObjectRef, snapshot: &Snapshot) -> Told {
    let secret = Kind::new("", "Secret");
    // Asked not to look at Secrets, a release is believed by its labels and annotations.
    if owner.kinds.contains(&secret) && matches!(snapshot.header.secrets, Secrets::None | Secrets::Named) {
        let name = named.map_or(String::new(), |n| n.name.clone());
        return (None, Resolved::Yes, format!("marked as of release {name}; Secrets were not asked for"), None);
    }
    let unread: Vec<String> =
        owner.kinds.iter().filter(|kind| !snapshot.coverage(kind).state.is_proof()).map(Kind::to_string).collect();
    let word = owner.kinds.iter().map(|kind| &*kind.kind).collect::<Vec<_>>().join(" or ");
    let candidates: Vec<&Object> = owner.kinds.iter().flat_map(|kind| snapshot.of(&kind.group, &kind.kind)).collect();
    let Some(named) = named else {
        // It does not say which one: that there is none is all that can be proven.
        return match (candidates.is_empty(), unread.is_empty()) {
            (true, true) if !mark.shared => (None, Resolved::No, format!("there is no {word}"), None),
            _ => (None, Resolved::Unknown, format!("its mark names no {word}"), None),
        };
    };
    let wanted = owner.object.replace("{name}", &named.name);
    let Ok(glob) = Glob::new(&wanted).map(|glob| glob.compile_matcher()) else {
        return (None, Resolved::Unknown, format!("{wanted} is no name"), None);
    };
    let mut matching: Vec<&Object> = candidates
        .into_iter()
        .filter(|object| {
            glob.is_match(&*object.name) && named.namespace.as_ref().is_none_or(|ns| **ns == *object.namespace)
        })
        .collect();
    // A name alone may be borne by several: the one beside the object is meant.
    if named.namespace.is_none() && matching.iter().any(|object| *object.namespace == *top.namespace) {
        matching.retain(|object| *object.namespace == *top.namespace);
    }
    // Of a release's revisions the one that holds counts, whichever it is.
    let labelled = |object: &&&Object| {
        let labels = object.parse::<Bare>().map(|bare| bare.metadata.labels).unwrap_or_default();
        owner.labels.iter().all(|(key, value)| labels.get(key) == Some(value))
    };
    let Some(found) = matching.iter().find(labelled) else {
        let at = named.namespace.as_ref().map_or(String::new(), |ns| format!("{ns}/"));
        return match (matching.first(), unread.is_empty()) {
            (Some(object), _) => {
                let labels: Vec<String> = owner.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
                let reason = format!("{} is not {}", object.reference(), labels.join(", "));
                (Some(object.reference()), Resolved::No, reason, None)
            }
            (None, true) => (None, Resolved::No, format!("there is no {word} {at}{}", named.name), None),
            (None, false) => (None, Resolved::Unknown, format!("{} was not read", unread.join(", ")), None),
        };
    };
    manages(owner, found)
}

/// Whether an owner that is there says that it manages.
fn manages(owner: &Owner, object: &Object) -> Told {
    let reference = object.reference();
    let value: Value = serde_json::from_str(&object.json).unwrap_or_default();
    let source = owner.source.iter().flat_map(|path| texts(&value, path)).collect::<Vec<_>>();
    let source = Some(source.join(", ")).filter(|source| !source.is_empty());
    let told = |resolved, reason: String| (Some(reference.clone()), resolved, reason, source.clone());
    if !owner.suspended.is_empty() && texts(&value, &owner.suspended).first().is_some_and(|v| v == "true") {
        return told(Resolved::No, format!("{reference} is suspended"));
    }
    let has_status = value.get("status").and_then(Value::as_object).is_some_and(|status| !status.is_empty());
    if !has_status && (!owner.ready.is_empty() || !owner.condition.is_empty()) {
        return told(Resolved::Unknown, format!("{reference} has no status"));
    }
    for field in &owner.ready {
        let seen = texts(&value, &field.path);
        if !seen.first().is_some_and(|seen| field.r#in.contains(seen)) {
            let seen = seen.first().map_or("missing", String::as_str);
            return told(Resolved::No, format!("{reference}: {} is {seen}", field.path));
        }
    }
    if !owner.condition.is_empty() {
        let conditions = value.get("status").and_then(|status| status.get("conditions"));
        let conditions: Vec<Condition> =
            conditions.and_then(|c| serde_json::from_value(c.clone()).ok()).unwrap_or_default();
        let condition = conditions.iter().find(|c| c.kind == owner.condition);
        match condition.map(|c| c.status.as_str()) {
            Some("True") => {}
            Some(status) => {
                return told(Resolved::No, format!("{reference}: {} is {status}", owner.condition));
            }
            None => return told(Resolved::Unknown, format!("{reference} has no condition {}", owner.condition)),
        }
    }
    told(Resolved::Yes, format!("managed by {reference}"))
}

/// The values at a path, as text; `items[].x` is every item's.
fn texts(value: &Value, path: &str) -> Vec<String> {
    let mut at = vec![value];
    for step in path.split('.') {
        let (key, every) = step.strip_suffix("[]").map_or((step, false), |key| (key, true));
        at = at.into_iter().filter_map(|value| value.get(key)).collect();
        if every {
            at = at.into_iter().filter_map(Value::as_array).flatten().collect();
        }
    }
    at.into_iter()
        .filter_map(|value| match value {
            Value::String(text) => Some(text.clone()),
            Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
            _ => None,
        })
        .collect()
}
