//! What an object is called: its kind (group and kind, never a version) and its reference.
//!
//! Versions are left out on purpose: the same object served as v1beta1 and v1 is one object,
//! and a fingerprint must survive an API migration.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

/// A group and a kind. The core group is the empty string inside and `core` in text:
/// `core/Namespace`, `apps/Deployment`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Kind {
    /// API group, empty for the core group.
    pub group: Box<str>,
    /// Kind, in the singular CamelCase that manifests use.
    pub kind: Box<str>,
}

impl Kind {
    /// A kind from its parts; `core` and the empty string both mean the core group.
    #[must_use]
    pub fn new(group: &str, kind: &str) -> Self {
        let group = if group == "core" { "" } else { group };
        Self { group: group.into(), kind: kind.into() }
    }

    /// A kind from an object's `apiVersion` (`v1`, `apps/v1`) and `kind`.
    #[must_use]
    pub fn from_api_version(api_version: &str, kind: &str) -> Self {
        Self::new(api_version.split_once('/').map_or("", |(group, _)| group), kind)
    }

    /// Reads `group/Kind`.
    ///
    /// # Errors
    /// Text without a slash, or with an empty half, names no kind.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text.rsplit_once('/') {
            Some((group, kind)) if !group.is_empty() && !kind.is_empty() => Ok(Self::new(group, kind)),
            _ => Err(format!("{text:?} is not group/Kind (the core group is written core/Kind)")),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let group = if self.group.is_empty() { "core" } else { &self.group };
        write!(f, "{group}/{}", self.kind)
    }
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// Which object a verdict is about. A cluster-wide subject has kind `Cluster` and no name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ObjectRef {
    /// API group, empty for the core group.
    #[serde(default)]
    pub group: String,
    /// Kind.
    pub kind: String,
    /// Namespace, empty for cluster-scoped objects.
    #[serde(default)]
    pub namespace: String,
    /// Name.
    #[serde(default)]
    pub name: String,
}

impl ObjectRef {
    /// A reference from its four parts.
    #[must_use]
    pub fn new(group: &str, kind: &str, namespace: &str, name: &str) -> Self {
        Self { group: group.into(), kind: kind.into(), namespace: namespace.into(), name: name.into() }
    }

    /// The subject of verdicts about the cluster as a whole.
    #[must_use]
    pub fn cluster() -> Self {
        Self::new("", "Cluster", "", "")
    }
}

impl fmt::Display for ObjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.namespace.as_str(), self.name.as_str()) {
            ("", "") => f.write_str(&self.kind),
            ("", name) => write!(f, "{} {name}", self.kind),
            (namespace, name) => write!(f, "{} {namespace}/{name}", self.kind),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_read_back_what_they_print() {
        for text in ["core/Namespace", "apps/Deployment", "networking.k8s.io/NetworkPolicy"] {
            assert_eq!(Kind::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Kind::from_api_version("v1", "Pod"), Kind::new("core", "Pod"));
        assert!(Kind::parse("Pod").is_err());
    }
}
