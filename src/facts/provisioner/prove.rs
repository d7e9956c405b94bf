//! Follows the proofs of the catalogue: parameters, mount options, backend objects, defaults.
//!
//! The first proof that yields a value holds; what cannot be read stops with its reason.

use regex::Regex;
use serde_json::Value;

use super::{
    Found, Lookup, Property, Shape, Strength, Subject,
    format::{Condition, File, Items, Proof},
    parameter,
};

/// What reading came to.
enum Read {
    /// Nothing there: the next proof is asked.
    Nothing,
    /// This, from there.
    Value(Value, String, Strength),
    /// It cannot be known.
    Unknown(String),
}

pub(super) struct Prover<'p> {
    pub file: &'p File,
    pub subject: Subject<'p>,
    pub lookup: &'p Lookup<'p>,
}

impl Prover<'_> {
    pub fn property(&self, proofs: &[Proof], shape: Shape) -> Property {
        for proof in proofs {
            match self.holds(&proof.when) {
                Some(Ok(true)) => {}
                Some(Ok(false)) => continue,
                Some(Err(reason)) => return Property::unknown(reason),
                None => continue,
            }
            if let Some(reason) = &proof.unknown {
                return Property::unknown(self.fill(reason).unwrap_or_else(|| reason.clone()));
            }
            match self.read(proof, shape) {
                Read::Nothing => {}
                Read::Unknown(reason) => return Property::unknown(reason),
                Read::Value(value, source, strength) => {
                    let source = match &proof.note {
                        Some(note) if source.is_empty() => note.clone(),
                        Some(note) => format!("{source}: {note}"),
                        None => source,
                    };
                    return Property { value, strength: proof.strength.unwrap_or(strength), source };
                }
            }
        }
        Property::unknown(format!("{}: nothing that can be read proves it", self.file.title))
    }

    fn holds(&self, conditions: &[Condition]) -> Option<Result<bool, String>> {
        for condition in conditions {
            let words: Vec<String> = if let Some(name) = &condition.parameter {
                self.parameter(name).into_iter().map(str::to_owned).collect()
            } else if let Some(object) = &condition.object {
                match self.objects(object) {
                    Err(reason) => return Some(Err(reason)),
                    Ok(objects) => {
                        let path = condition.path.as_deref().unwrap_or_default();
                        objects.iter().filter_map(|(_, value)| at(value, path)).map(word).collect()
                    }
                }
            } else {
                return None;
            };
            let is = |word: &str, list: &[String]| {
                list.iter().any(|w| if self.file.case_insensitive { w.eq_ignore_ascii_case(word) } else { w == word })
            };
            let fits = condition.present.is_none_or(|present| present != words.is_empty())
                && (condition.one_of.is_empty() || words.iter().any(|word| is(word, &condition.one_of)))
                && !words.iter().any(|word| is(word, &condition.none_of))
                && condition.matches.as_ref().is_none_or(|expression| {
                    Regex::new(expression).is_ok_and(|expression| words.iter().any(|word| expression.is_match(word)))
                });
            if !fits {
                return Some(Ok(false));
            }
        }
        Some(Ok(true))
    }

    fn read(&self, proof: &Proof, shape: Shape) -> Read {
        if let Some(name) = &proof.parameter {
            let Some(text) = self.parameter(name) else { return Read::Nothing };
            return match self.shaped(&Value::from(text), proof, shape) {
                Some(value) => Read::Value(value, format!("parameter {name}={text}"), Strength::Observed),
                None => Read::Unknown(format!("parameter {name} has the value {text:?}, which says nothing here")),
            };
        }
        if !proof.mount_options.is_empty() {
            let found = self.subject.mount_options.iter().find(|option| proof.mount_options.contains(option));
            return match (found, &proof.value) {
                (Some(option), Some(value)) => {
                    Read::Value(value.clone(), format!("mount option {option}"), Strength::Observed)
                }
                _ => Read::Nothing,
            };
        }
        if let Some(name) = &proof.object {
            return self.read_objects(name, proof, shape);
        }
        match &proof.value {
            Some(value) => Read::Value(value.clone(), String::new(), Strength::PlatformDefault),
            None => Read::Nothing,
        }
    }

    /// Of several objects the least holds; where they cannot be ordered they must agree.
    fn read_objects(&self, name: &str, proof: &Proof, shape: Shape) -> Read {
        let objects = match self.objects(name) {
            Ok(objects) => objects,
            Err(reason) => return Read::Unknown(reason),
        };
        // A path may hold a parameter: the key of a map.
        let Some(path) = self.fill(proof.path.as_deref().unwrap_or_default()) else { return Read::Nothing };
        let path = path.as_str();
        let mut least: Option<(Value, String)> = None;
        for (title, object) in &objects {
            // One object without the field has the default, which the next proof knows.
            let Some(raw) = at(object, path) else { return Read::Nothing };
            let read =
                if let Some(value) = &proof.value { Some(value.clone()) } else { self.shaped(raw, proof, shape) };
            let Some(value) = read else {
                return Read::Unknown(format!("{title} has {path}={}, which says nothing here", word(raw)));
            };
            let source = format!("{title} {path}={}", word(raw));
            least = Some(match least.take() {
                None => (value, source),
                Some((other, from)) => match compare(&other, &value) {
                    Some(std::cmp::Ordering::Greater) => (value, source),
                    Some(_) => (other, from),
                    None => return Read::Unknown(format!("{title} says {}, another {}", word(&value), word(&other))),
                },
            });
        }
        match least {
            Some((value, source)) => Read::Value(value, source, Strength::BackendObject),
            None => Read::Nothing,
        }
    }

    fn shaped(&self, raw: &Value, proof: &Proof, shape: Shape) -> Option<Value> {
        if !proof.map.is_empty() {
            let text = word(raw);
            let found = proof
                .map
                .iter()
                .find(|(key, _)| **key == text || (self.file.case_insensitive && key.eq_ignore_ascii_case(&text)));
            return found.map(|(_, value)| value.clone()).or_else(|| proof.map.get("*").cloned());
        }
        match shape {
            Shape::Text => Some(Value::from(word(raw).to_ascii_lowercase())).filter(|v| *v != ""),
            Shape::Truth => match word(raw).as_str() {
                "true" => Some(Value::Bool(true)),
                "false" => Some(Value::Bool(false)),
                other if self.file.case_insensitive && other.eq_ignore_ascii_case("true") => Some(Value::Bool(true)),
                other if self.file.case_insensitive && other.eq_ignore_ascii_case("false") => Some(Value::Bool(false)),
                _ => None,
            },
            Shape::Number => {
                let number = crate::facts::quantity::parse(&word(raw))? * proof.multiply.unwrap_or(1.0)
                    + proof.add.unwrap_or(0.0);
                Some(number_value(number))
            }
        }
    }

    fn parameter(&self, name: &str) -> Option<&str> {
        parameter(self.file.case_insensitive, self.subject.parameters, name).filter(|text| !text.is_empty())
    }

    /// `{parameter}` replaced; none where a parameter is missing.
    fn fill(&self, text: &str) -> Option<String> {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, tail)) = rest.split_once('{') {
            let (name, after) = tail.split_once('}')?;
            out.push_str(before);
            out.push_str(self.parameter(name)?);
            rest = after;
        }
        out.push_str(rest);
        Some(out)
    }

    /// The objects that a name stands for, each with its title.
    fn objects(&self, name: &str) -> Result<Vec<(String, Value)>, String> {
        let Some(wanted) = self.file.objects.get(name) else { return Err(format!("no object {name:?}")) };
        let namespace = match &wanted.namespace {
            None => None,
            Some(text) => Some(self.fill(text).ok_or_else(|| format!("the class does not say which {text}"))?),
        };
        let names: Vec<Option<String>> = if let Some(list) = &wanted.names {
            let Some(text) = self.parameter(&list.parameter) else {
                return Err(format!("the class has no parameter {}", list.parameter));
            };
            let value: Value =
                serde_json::from_str(text).map_err(|_| format!("parameter {} is no JSON", list.parameter))?;
            value
                .as_array()
                .into_iter()
                .flatten()
                .map(|item| Some(word(item.get(&list.key).unwrap_or(&Value::Null))))
                .collect()
        } else if let Some(text) = &wanted.name {
            vec![Some(
                self.fill(text).ok_or_else(|| format!("the class does not say which {}: {text}", wanted.kind.kind))?,
            )]
        } else {
            vec![None]
        };
        let mut found = Vec::new();
        for name in names {
            match (self.lookup)(&wanted.kind, namespace.as_deref(), name.as_deref()) {
                Found::Unread(reason) => return Err(reason),
                Found::Objects(objects) if objects.is_empty() && wanted.optional => {}
                Found::Objects(objects) if objects.is_empty() => {
                    let what = name.map_or_else(String::new, |name| format!(" {name}"));
                    return Err(format!("there is no {}{what} in the cluster", wanted.kind.kind));
                }
                Found::Objects(objects) => found.extend(objects),
            }
        }
        match &wanted.items {
            None => Ok(found),
            Some(items) => self.items(items, found),
        }
    }

    fn items(&self, items: &Items, objects: Vec<(String, Value)>) -> Result<Vec<(String, Value)>, String> {
        let equals = match &items.equals {
            Some(text) => {
                let name = self.fill(text).ok_or_else(|| format!("the class does not say which {text}"))?;
                let prefix = items.prefix.as_ref().and_then(|prefix| self.fill(prefix)).unwrap_or_default();
                Some(name.strip_prefix(&prefix).unwrap_or(&name).to_owned())
            }
            None => None,
        };
        let labels: Option<Vec<(String, String)>> =
            items.selector.as_ref().and_then(|name| self.parameter(name)).map(|text| {
                let pairs = text.split(';').filter_map(|pair| pair.split_once('='));
                pairs.map(|(key, value)| (key.trim().to_owned(), value.trim().to_owned())).collect()
            });
        let mut found = Vec::new();
        for (title, object) in objects {
            for item in at(&object, &items.path).and_then(Value::as_array).into_iter().flatten() {
                let mut whole =
                    items.inherit.as_ref().and_then(|path| at(&object, path)).cloned().unwrap_or(Value::Null);
                merge(&mut whole, item);
                let key = items.key.as_ref().map(|key| word(at(&whole, key).unwrap_or(&Value::Null)));
                if let (Some(equals), Some(key)) = (&equals, &key)
                    && equals != key
                {
                    continue;
                }
                let has = |(k, v): &(String, String)| {
                    at(&whole, "labels").and_then(|l| l.get(k)).is_some_and(|l| word(l) == *v)
                };
                if labels.as_ref().is_some_and(|labels| !labels.iter().all(has)) {
                    continue;
                }
                found.push((key.map_or_else(|| title.clone(), |key| format!("{title} {key}")), whole));
            }
        }
        if found.is_empty() { Err(format!("nothing in {} is what the class asks for", items.path)) } else { Ok(found) }
    }
}

fn merge(below: &mut Value, above: &Value) {
    match (below, above) {
        (Value::Object(below), Value::Object(above)) => {
            for (key, value) in above {
                merge(below.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (below, above) => *below = above.clone(),
    }
}

/// A value by its path: `spec.replicated.size`. Null is absent.
#[must_use]
pub fn at<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    let mut value = value;
    for step in path.split('.').filter(|step| !step.is_empty()) {
        value = match value {
            Value::Array(list) => list.get(step.parse::<usize>().ok()?)?,
            other => other.get(step)?,
        };
    }
    Some(value).filter(|value| !value.is_null())
}

fn word(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn number_value(number: f64) -> Value {
    #[expect(clippy::cast_possible_truncation, reason = "checked to be integral and in range")]
    if number.fract() == 0.0 && number.abs() < 9.0e15 { Value::from(number as i64) } else { Value::from(number) }
}

/// Which proves less: the smaller number, false, and equal words; other words have no order.
fn compare(a: &Value, b: &Value) -> Option<std::cmp::Ordering> {
    match (a, b) {
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
        (Value::Number(a), Value::Number(b)) => a.as_f64()?.partial_cmp(&b.as_f64()?),
        (a, b) => (a == b).then_some(std::cmp::Ordering::Equal),
    }
}
