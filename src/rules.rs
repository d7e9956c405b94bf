//! What this organisation requires: `rules/*.yaml` → `data.sx.rules.<name>`.
//!
//! Every norm lives here, and every default is stated in the default set. A file is checked
//! against its JSON Schema; an unknown key is refused with its file and line.

mod inherit;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use serde_json::{Map, Value};

use crate::{
    embedded,
    yaml::{self, steps_of_pointer},
};

/// The rules of a run.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    files: BTreeMap<String, Value>,
}

/// Rules that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{path}{}: {reason}", if *line == 0 { String::new() } else { format!(":{line}") })]
pub struct RulesError {
    /// The rules file, or the option that is at fault.
    pub path: String,
    /// Line in it, from 1; 0 for an option.
    pub line: u32,
    /// What is wrong.
    pub reason: String,
}

/// One rules file before it is merged.
struct File {
    path: String,
    text: String,
}

impl Rules {
    /// The default set.
    ///
    /// # Errors
    /// A file of ours that is broken; the tests hold that there is none.
    pub fn embedded() -> Result<Self, RulesError> {
        Self::with(&[], None)
    }

    /// The default set with the user's files on top: the same name is laid over the default, key
    /// by key, others add.
    ///
    /// # Errors
    /// Unreadable files, unknown keys, values of another type, unknown environments.
    pub fn with(paths: &[PathBuf], environment: Option<&str>) -> Result<Self, RulesError> {
        let mut files = default_files();
        for root in paths {
            for path in yaml_files(root)? {
                let text =
                    std::fs::read_to_string(&path).map_err(|e| fail(&path.display().to_string(), 1, e.to_string()))?;
                files.insert(stem(&path.to_string_lossy()), File { path: path.display().to_string(), text });
            }
        }
        Self::of(files, environment)
    }

    /// The default set with one file replaced by a text.
    ///
    /// # Errors
    /// A text that is no such rules file.
    pub fn embedded_with(name: &str, text: &str) -> Result<Self, RulesError> {
        let mut files = default_files();
        files.insert(name.to_owned(), File { path: format!("{name}.yaml"), text: text.to_owned() });
        Self::of(files, None)
    }

    fn of(files: BTreeMap<String, File>, environment: Option<&str>) -> Result<Self, RulesError> {
        let defaults = default_files();
        let mut rules = Self::default();
        let mut environments_said = BTreeSet::new();
        for (name, file) in files {
            let mut value = parse(&file)?;
            check(&name, &file, &value)?;
            let parents = value.as_object_mut().and_then(|map| map.remove("extends"));
            // A key that the user leaves out keeps its stated default: an undefined norm would be
            // silence in Rego, and silence a pass.
            let default = defaults.get(&name).filter(|default| default.text != file.text);
            let below = default.map_or_else(|| Ok(Value::Object(Map::new())), parse)?;
            let child = std::mem::replace(&mut value, below);
            let one = parents.as_ref().and_then(Value::as_str);
            let several = parents.as_ref().and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
            for parent in one.into_iter().chain(several) {
                overlay(&mut value, profile(parent, &name, &file)?);
            }
            overlay(&mut value, child);
            if let Some(Value::Object(mut environments)) =
                value.as_object_mut().and_then(|map| map.remove("environments"))
            {
                environments_said.extend(environments.keys().cloned());
                if let Some(layer) = environment.and_then(|wanted| environments.remove(wanted)) {
                    overlay(&mut value, layer);
                }
            }
            inherit::resolve(&mut value, "").map_err(|(pointer, reason)| {
                let line = yaml::line_of(&file.text, &steps_of_pointer(&pointer)).unwrap_or(1);
                fail(&file.path, line, format!("{pointer}: {reason}"))
            })?;
            rules.files.insert(name, value);
        }
        if let Some(environment) = environment.filter(|wanted| !environments_said.contains(*wanted)) {
            let said: Vec<_> = environments_said.into_iter().collect();
            let remedy = match said.is_empty() {
                true => "none has any: name a folder with --rules whose files say `environments:`".to_owned(),
                false => format!("there are: {}", said.join(", ")),
            };
            let reason = format!("no rules file has an environment {environment:?}; {remedy}");
            return Err(fail("--environment", 0, reason));
        }
        Ok(rules)
    }

    /// Everything, as the engine's `data.sx.rules`.
    #[must_use]
    pub fn as_data(&self) -> &BTreeMap<String, Value> {
        &self.files
    }

    /// One rules file by name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.files.get(name)
    }
}

fn default_files() -> BTreeMap<String, File> {
    embedded::files(&embedded::RULES, "", ".yaml")
        .into_iter()
        .filter(|(path, _)| !path.contains('/'))
        .map(|(path, text)| (stem(&path), File { path: format!("rules/{path}"), text: text.to_owned() }))
        .collect()
}

fn fail(path: &str, line: u32, reason: String) -> RulesError {
    RulesError { path: path.to_owned(), line, reason }
}

fn stem(path: &str) -> String {
    Path::new(path).file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}

fn yaml_files(root: &Path) -> Result<Vec<PathBuf>, RulesError> {
    if root.is_file() {
        return Ok(vec![root.into()]);
    }
    let entries = std::fs::read_dir(root).map_err(|e| fail(&root.display().to_string(), 1, e.to_string()))?;
    let mut found: Vec<PathBuf> = entries
        .filter_map(|entry| entry.ok().map(|e| e.path()))
        .filter(|path| path.extension().is_some_and(|suffix| suffix == "yaml" || suffix == "yml"))
        .collect();
    found.sort();
    Ok(found)
}

fn parse(file: &File) -> Result<Value, RulesError> {
    let value: Option<Value> =
        yaml::parse(&file.text).map_err(|error| fail(&file.path, error.line.unwrap_or(1), error.reason))?;
    Ok(value.unwrap_or_else(|| Value::Object(Map::new())))
}

fn profile(parent: &str, name: &str, child: &File) -> Result<Value, RulesError> {
    let path = format!("profiles/{parent}/{name}.yaml");
    let text = embedded::files(&embedded::RULES, "profiles/", ".yaml").into_iter().find(|(found, _)| *found == path);
    let Some((_, text)) = text else {
        let line = yaml::line_of(&child.text, &steps_of_pointer("/extends")).unwrap_or(1);
        return Err(fail(
            &child.path,
            line,
            format!("extends {parent:?}, but there is no profile of that name for {name}"),
        ));
    };
    parse(&File { path: format!("rules/{path}"), text: text.to_owned() })
}

/// Lays one document over another: mappings merge, everything else is replaced.
fn overlay(below: &mut Value, above: Value) {
    match (below, above) {
        (Value::Object(below), Value::Object(above)) => {
            for (key, value) in above {
                match below.get_mut(&key) {
                    Some(old) => overlay(old, value),
                    None => {
                        below.insert(key, value);
                    }
                }
            }
        }
        (below, above) => *below = above,
    }
}

/// Checks one file against `rules/schema/<name>.schema.json`.
fn check(name: &str, file: &File, value: &Value) -> Result<(), RulesError> {
    let wanted = format!("schema/{name}.schema.json");
    let Some((path, text)) =
        embedded::files(&embedded::RULES, "schema/", ".json").into_iter().find(|(path, _)| *path == wanted)
    else {
        return Ok(()); // A file of the user's own policies: its policies are its schema.
    };
    let broken = |reason: String| fail(&format!("rules/{path}"), 1, reason);
    let schema: Value = serde_json::from_str(text).map_err(|error| broken(error.to_string()))?;
    let validator = jsonschema::validator_for(&schema).map_err(|error| broken(error.to_string()))?;
    let Some(error) = validator.iter_errors(value).next() else { return Ok(()) };
    let mut pointer = error.instance_path().to_string();
    // An unknown key is named in the message; its line is the key's, not the mapping's.
    if let jsonschema::error::ValidationErrorKind::AdditionalProperties { unexpected } = error.kind()
        && let Some(key) = unexpected.first()
    {
        pointer = format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"));
    }
    let line = yaml::line_of(&file.text, &steps_of_pointer(&pointer)).unwrap_or(1);
    let place = if pointer.is_empty() { String::new() } else { format!("{pointer}: ") };
    Err(fail(&file.path, line, format!("{place}{error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_merge_mappings_and_replace_lists() {
        let mut below = serde_json::json!({"a": {"b": 1, "c": [1]}, "d": 1});
        overlay(&mut below, serde_json::json!({"a": {"c": [2]}, "e": 2}));
        assert_eq!(below, serde_json::json!({"a": {"b": 1, "c": [2]}, "d": 1, "e": 2}));
    }

    #[test]
    fn a_key_left_out_keeps_its_default() {
        let rules = Rules::embedded_with("storage", "extends: strict\ncapacity_max: 0.5\n").unwrap();
        let storage = rules.get("storage").unwrap();
        assert_eq!(storage["capacity_max"], 0.5);
        assert_eq!(storage["default"]["tier"], "silver");
        assert_eq!(storage["pending_grace"], Rules::embedded().unwrap().get("storage").unwrap()["pending_grace"]);
        assert_eq!(storage["tiers"]["silver"]["durability"]["min_copies"], 2);
    }

    #[test]
    fn an_environment_that_no_file_has_is_told_with_those_there_are() {
        let why = |text: &str| {
            let mut files = default_files();
            files.insert("network".to_owned(), File { path: "network.yaml".to_owned(), text: text.to_owned() });
            Rules::of(files, Some("prod")).map(|_| ()).map_err(|e| e.to_string())
        };
        let none = "--environment: no rules file has an environment \"prod\"; none has any: name a folder with --rules whose files say `environments:`";
        assert_eq!(why("approved: [calico]\n"), Err(none.to_owned()));
        let others = "--environment: no rules file has an environment \"prod\"; there are: dev, test";
        assert_eq!(why("environments: {test: {approved: []}, dev: {approved: []}}\n"), Err(others.to_owned()));
        assert_eq!(why("environments: {prod: {approved: []}}\n"), Ok(()));
    }

    #[test]
    fn the_default_set_is_valid() {
        Rules::embedded().unwrap();
    }
}
