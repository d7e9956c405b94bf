//! Label selectors as the API server means them, and three-valued matching.
//!
//! A selector that is absent and one that is empty mean opposite things; which of the two a
//! field means stands where the field is read, never here. Asking about a whole namespace leaves
//! the labels of its pods open: then a selector may hold for some of them ([`Hit::Partly`]).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::view::{Map, nullable};

/// `metav1.LabelSelector`. `{}` matches everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct LabelSelector {
    /// Labels that must have these values.
    #[serde(deserialize_with = "nullable", skip_serializing_if = "Map::is_empty")]
    pub match_labels: Map,
    /// Further requirements, all of which must hold.
    #[serde(deserialize_with = "nullable", skip_serializing_if = "Vec::is_empty")]
    pub match_expressions: Vec<Requirement>,
}

/// One requirement of a label selector.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Requirement {
    /// Label key.
    #[serde(deserialize_with = "nullable")]
    pub key: String,
    /// `In`, `NotIn`, `Exists` or `DoesNotExist`.
    #[serde(deserialize_with = "nullable")]
    pub operator: String,
    /// Values of `In` and `NotIn`.
    #[serde(deserialize_with = "nullable", skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
}

/// What is known of a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Label<'a> {
    /// It has this value.
    Is(&'a str),
    /// It is not there.
    Missing,
    /// It differs from pod to pod.
    Varies,
}

/// Whether a selector holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hit {
    /// For everything that was asked about.
    Yes,
    /// For nothing.
    No,
    /// For a part of it, as the labels of each pod have it.
    Partly,
    /// It cannot be read: another language, another selector's labels.
    Opaque,
}

impl Hit {
    /// A plain answer.
    #[must_use]
    pub fn of(yes: bool) -> Self {
        if yes { Self::Yes } else { Self::No }
    }

    /// Both hold.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Opaque, _) | (_, Self::Opaque) => Self::Opaque,
            (Self::Partly, _) | (_, Self::Partly) => Self::Partly,
            _ => Self::Yes,
        }
    }

    /// One of them holds.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Yes, _) | (_, Self::Yes) => Self::Yes,
            (Self::Opaque, _) | (_, Self::Opaque) => Self::Opaque,
            (Self::Partly, _) | (_, Self::Partly) => Self::Partly,
            _ => Self::No,
        }
    }
}

impl std::ops::Not for Hit {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            open => open,
        }
    }
}

impl LabelSelector {
    /// `{}`: no requirement at all.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.match_labels.is_empty() && self.match_expressions.is_empty()
    }

    /// Whether it holds for labels that are all known.
    #[must_use]
    pub fn matches(&self, labels: &Map) -> Hit {
        self.hit(&|key| labels.get(key).map_or(Label::Missing, |value| Label::Is(value)))
    }

    /// Whether it holds where `label` tells the labels.
    pub fn hit<'a>(&self, label: &dyn Fn(&str) -> Label<'a>) -> Hit {
        let mut hit = Hit::Yes;
        for (key, value) in &self.match_labels {
            hit = hit.and(match label(key) {
                Label::Is(found) => Hit::of(found == value),
                Label::Missing => Hit::No,
                Label::Varies => Hit::Partly,
            });
        }
        for requirement in &self.match_expressions {
            hit = hit.and(requirement.hit(label(&requirement.key)));
        }
        hit
    }

    /// Every key that it reads.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.match_labels.keys().map(String::as_str).chain(self.match_expressions.iter().map(|e| e.key.as_str()))
    }
}

/// Whether a label selector, which is there, holds for these labels; one that cannot be read does not.
#[must_use]
pub fn selects(selector: &serde_json::Value, labels: &Map) -> bool {
    LabelSelector::deserialize(selector).is_ok_and(|selector| selector.matches(labels) == Hit::Yes)
}

impl Requirement {
    fn hit(&self, label: Label<'_>) -> Hit {
        let is_in = |found: &str| self.values.iter().any(|value| value == found);
        match (self.operator.as_str(), label) {
            ("In" | "NotIn" | "Exists" | "DoesNotExist", Label::Varies) => Hit::Partly,
            ("In", Label::Is(found)) => Hit::of(is_in(found)),
            // A label that is not there is not one of the values.
            ("NotIn", Label::Is(found)) => Hit::of(!is_in(found)),
            ("Exists", Label::Is(_)) | ("DoesNotExist" | "NotIn", Label::Missing) => Hit::Yes,
            ("In" | "Exists", Label::Missing) | ("DoesNotExist", Label::Is(_)) => Hit::No,
            _ => Hit::Opaque,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selector(json: &str) -> LabelSelector {
        serde_json::from_str(json).unwrap()
    }

    fn labels(pairs: &[(&str, &str)]) -> Map {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn empty_is_everything_and_null_fields_read_as_empty() {
        assert!(selector("{}").is_everything());
        assert!(selector(r#"{"matchLabels":null,"matchExpressions":null}"#).is_everything());
        assert_eq!(selector("{}").matches(&Map::new()), Hit::Yes);
    }

    #[test]
    fn not_in_and_does_not_exist_match_what_lacks_the_key() {
        let not_in = selector(r#"{"matchExpressions":[{"key":"a","operator":"NotIn","values":["x"]}]}"#);
        assert_eq!(not_in.matches(&Map::new()), Hit::Yes);
        assert_eq!(not_in.matches(&labels(&[("a", "x")])), Hit::No);
        assert_eq!(not_in.matches(&labels(&[("a", "y")])), Hit::Yes);
        let absent = selector(r#"{"matchExpressions":[{"key":"a","operator":"DoesNotExist"}]}"#);
        assert_eq!(absent.matches(&Map::new()), Hit::Yes);
        assert_eq!(absent.matches(&labels(&[("a", "")])), Hit::No);
    }

    #[test]
    fn all_requirements_must_hold_and_an_unknown_operator_is_opaque() {
        let both = selector(
            r#"{"matchLabels":{"a":"1"},"matchExpressions":[{"key":"b","operator":"In","values":["2","3"]}]}"#,
        );
        assert_eq!(both.matches(&labels(&[("a", "1"), ("b", "3")])), Hit::Yes);
        assert_eq!(both.matches(&labels(&[("a", "1")])), Hit::No);
        let odd = selector(r#"{"matchExpressions":[{"key":"b","operator":"Gt","values":["2"]}]}"#);
        assert_eq!(odd.matches(&Map::new()), Hit::Opaque);
    }

    #[test]
    fn labels_that_vary_leave_it_open() {
        let varies = |_: &str| Label::Varies;
        assert_eq!(selector(r#"{"matchLabels":{"a":"1"}}"#).hit(&varies), Hit::Partly);
        assert_eq!(!Hit::Partly, Hit::Partly);
        assert_eq!(Hit::Partly.or(Hit::Yes), Hit::Yes);
        assert_eq!(Hit::Opaque.and(Hit::No), Hit::No);
    }
}
