//! `inherits: <sibling>`: an entry of a mapping takes over another's promises.
//!
//! A mechanism, no norm: it works for any mapping of a rules file whose entries say `inherits`.

use serde_json::{Map, Value};

use super::overlay;

/// What names an entry's own members, and so is never taken over.
const OWN: [&str; 4] = ["inherits", "classes", "class_selector", "required"];

/// Resolves every `inherits` of a document.
///
/// # Errors
/// The pointer and reason of an entry that names no sibling, or itself in the end.
pub(super) fn resolve(value: &mut Value, pointer: &str) -> Result<(), (String, String)> {
    let Value::Object(map) = value else { return Ok(()) };
    let heirs: Vec<String> =
        map.iter().filter(|(_, entry)| parent(entry).is_some()).map(|(key, _)| key.clone()).collect();
    if !heirs.is_empty() {
        let before = map.clone();
        for heir in heirs {
            let whole = whole(&before, &heir, &mut Vec::new())
                .map_err(|reason| (format!("{pointer}/{heir}/inherits"), reason))?;
            map.insert(heir, whole);
        }
    }
    for (key, entry) in map.iter_mut() {
        resolve(entry, &format!("{pointer}/{key}"))?;
    }
    Ok(())
}

fn parent(entry: &Value) -> Option<&str> {
    entry.get("inherits")?.as_str()
}

fn whole(map: &Map<String, Value>, name: &str, seen: &mut Vec<String>) -> Result<Value, String> {
    if seen.iter().any(|earlier| earlier == name) {
        return Err(format!("{name:?} inherits itself: {} → {name}", seen.join(" → ")));
    }
    seen.push(name.to_owned());
    let Some(entry) = map.get(name) else { return Err(format!("inherits {name:?}, which is not there")) };
    let Some(from) = parent(entry) else { return Ok(entry.clone()) };
    let mut below = whole(map, from, seen)?;
    if let Value::Object(below) = &mut below {
        below.retain(|key, _| !OWN.contains(&key.as_str()));
    }
    let mut own = entry.clone();
    if let Value::Object(own) = &mut own {
        own.remove("inherits");
    }
    overlay(&mut below, own);
    Ok(below)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_heir_takes_over_all_but_the_members() {
        let mut value = json!({"tiers": {
            "gold": {"classes": ["gold"], "durability": {"min_copies": 3, "failure_domain": "zone"}},
            "silver": {"inherits": "gold", "classes": ["silver"], "durability": {"min_copies": 2}},
            "bronze": {"inherits": "silver"},
        }});
        resolve(&mut value, "").unwrap();
        assert_eq!(
            value["tiers"]["silver"],
            json!({"classes": ["silver"], "durability": {"min_copies": 2, "failure_domain": "zone"}})
        );
        assert_eq!(value["tiers"]["bronze"], json!({"durability": {"min_copies": 2, "failure_domain": "zone"}}));
    }

    #[test]
    fn a_missing_parent_and_a_circle_are_told() {
        let mut value = json!({"tiers": {"a": {"inherits": "b"}}});
        assert_eq!(resolve(&mut value, "").unwrap_err().1, "inherits \"b\", which is not there");
        let mut value = json!({"tiers": {"a": {"inherits": "b"}, "b": {"inherits": "a"}}});
        let (pointer, reason) = resolve(&mut value, "").unwrap_err();
        assert_eq!((pointer.as_str(), reason.as_str()), ("/tiers/a/inherits", "\"a\" inherits itself: a → b → a"));
    }
}
