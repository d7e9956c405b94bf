//! `rules/catalog/ownership.yaml` as it stands: who manages objects, and by what it shows.
//! Unknown keys are refused.

use std::collections::BTreeMap;

use regex::Regex;
use serde::{Deserialize, Serialize};

use crate::{embedded, object::Kind, yaml};

/// A regular expression; one that is none is refused where it stands.
#[derive(Clone, Debug)]
pub struct Expression(pub Regex);

impl<'de> Deserialize<'de> for Expression {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Regex::new(&text).map(Self).map_err(|error| {
            let last = error.to_string().lines().last().unwrap_or_default().to_owned();
            serde::de::Error::custom(format!("{text:?} is no regular expression: {last}"))
        })
    }
}

/// How firmly an object is under automation; the order is that of trust.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Applied by hand, or by nobody who says so.
    Manual,
    /// Comes with the distribution.
    Distribution,
    /// A release of a package manager.
    Helm,
    /// An operator makes it from a resource.
    Operator,
    /// A repository is its source.
    Gitops,
}

impl Level {
    /// 0 for manual to 4 for GitOps.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::Manual => 0,
            Self::Distribution => 1,
            Self::Helm => 2,
            Self::Operator => 3,
            Self::Gitops => 4,
        }
    }
}

/// Every manager that is known, and the field managers that are none.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Managers {
    /// Best first.
    pub managers: Vec<Manager>,
    /// Field managers that are a person with a client.
    pub by_hand: Vec<Expression>,
    /// Field managers of the control plane.
    pub control_plane: Vec<Expression>,
}

/// One manager.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manager {
    /// Stable id.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// What its management is worth.
    pub level: Level,
    /// What it leaves on objects.
    pub marks: Vec<Mark>,
    /// What must be there for its marks to count; none where they stand for themselves.
    #[serde(default)]
    pub owner: Option<Owner>,
    /// Managers that it drives: both marks on one object are no conflict.
    #[serde(default)]
    pub through: Vec<String>,
}

/// Where a value stands on an object: a label or an annotation.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Place {
    /// Key of a label.
    pub label: String,
    /// Key of an annotation.
    pub annotation: String,
    /// What the value matches.
    pub value: Option<Expression>,
}

/// A mark on an object: one of a label, an annotation, a field manager.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Mark {
    /// Key of a label.
    pub label: String,
    /// Key of an annotation.
    pub annotation: String,
    /// Name of a field manager that wrote the object itself, not its status.
    pub field_manager: Option<Expression>,
    /// What the value matches.
    pub value: Option<Expression>,
    /// Takes `name`, and perhaps `namespace`, of the owner from the value; else the value is the name.
    pub names: Option<Expression>,
    /// Where the owner's namespace stands.
    pub namespace: Option<Place>,
    /// Another mark that must stand beside it.
    pub beside: Option<Place>,
    /// Others write it too: it is a claim only where the owner exists.
    pub shared: bool,
    /// It does not name its owner.
    pub unnamed: bool,
    /// `namespace/name/key` of a ConfigMap whose value, where it is set, is the label's key instead.
    pub key_from: String,
}

/// The resource in which a manager says that it manages.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Owner {
    /// Its kinds.
    pub kinds: Vec<Kind>,
    /// Its name, with `{name}` for what the mark says and `*` for anything; else `{name}`.
    #[serde(default = "plain_name")]
    pub object: String,
    /// Labels that it must bear.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// Fields that must have one of some values.
    #[serde(default)]
    pub ready: Vec<Field>,
    /// A condition that must be True.
    #[serde(default)]
    pub condition: String,
    /// A field that is true while the manager looks away.
    #[serde(default)]
    pub suspended: String,
    /// Fields that say where it takes what it applies.
    #[serde(default)]
    pub source: Vec<String>,
}

fn plain_name() -> String {
    "{name}".into()
}

/// A field and the values that it may have.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// `status.phase`.
    pub path: String,
    /// The values.
    pub r#in: Vec<String>,
}

/// A catalogue that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{path}:{line}: {reason}")]
pub struct ManagersError {
    /// The file.
    pub path: String,
    /// Line in it, from 1.
    pub line: u32,
    /// What is wrong.
    pub reason: String,
}

impl Managers {
    /// What the binary carries.
    ///
    /// # Errors
    /// A file of ours that is broken; the tests hold that it is not.
    pub fn embedded() -> Result<Self, ManagersError> {
        const PATH: &str = "catalog/ownership.yaml";
        let text = embedded::files(&embedded::RULES, PATH, "").into_iter().next().map_or("", |(_, text)| text);
        Self::parse(&format!("rules/{PATH}"), text)
    }

    /// Reads a file of managers.
    ///
    /// # Errors
    /// Unknown keys, expressions that are none, kinds that are none.
    pub fn parse(path: &str, text: &str) -> Result<Self, ManagersError> {
        yaml::parse(text).map_err(|error| ManagersError {
            path: path.to_owned(),
            line: error.line.unwrap_or(1),
            reason: error.reason,
        })
    }

    /// Whether a field manager is a person with a client.
    #[must_use]
    pub fn is_by_hand(&self, manager: &str) -> bool {
        self.by_hand.iter().any(|e| e.0.is_match(manager))
    }

    /// Whether a field manager is the control plane, which owns a part of everything.
    #[must_use]
    pub fn is_control_plane(&self, manager: &str) -> bool {
        self.control_plane.iter().any(|e| e.0.is_match(manager))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_managers_are_valid() {
        let managers = Managers::embedded().unwrap();
        assert!(managers.managers.is_sorted_by(|a, b| a.level >= b.level), "best first");
        for manager in &managers.managers {
            for mark in &manager.marks {
                let kinds = [!mark.label.is_empty(), !mark.annotation.is_empty(), mark.field_manager.is_some()];
                assert_eq!(kinds.iter().filter(|k| **k).count(), 1, "{}: one place a mark", manager.id);
            }
            for id in &manager.through {
                assert!(managers.managers.iter().any(|other| other.id == *id), "{id}");
            }
        }
        assert!(managers.is_by_hand("kubectl-client-side-apply") && !managers.is_by_hand("helm"));
    }

    #[test]
    fn a_misspelt_key_is_refused_with_its_line() {
        let error = Managers::parse("x.yaml", "managers: []\nbyhand: []\n").unwrap_err();
        assert!(error.to_string().starts_with("x.yaml:2: "), "{error}");
    }
}
