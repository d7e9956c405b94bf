//! Conditions of the catalogue, in words for people.

use std::fmt;

use super::model::{Condition, FieldIs};

impl Condition {
    /// The kind that is read to tell whether it holds.
    #[must_use]
    pub fn reads(&self) -> String {
        match self {
            Self::Resource(kind) => kind.to_string(),
            Self::Field(field) => field.kind.to_string(),
            Self::Crd(_) => "apiextensions.k8s.io/CustomResourceDefinition".into(),
            Self::Config(_) | Self::ConfigUnread(_) => "core/ConfigMap".into(),
            Self::Not(inner) | Self::Anywhere(inner) => inner.reads(),
            Self::Kubelet(_) | Self::NodeAnnotation(_) | Self::NodeLabel(_) => "core/Node".into(),
            Self::Image(_) | Self::Container(_) | Self::Arg(_) | Self::Env(_) | Self::Runs(_) => "its workloads".into(),
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Image(e) => write!(f, "an image like {}", e.as_str()),
            Self::Container(e) => write!(f, "a container named like {}", e.as_str()),
            Self::Arg(e) => write!(f, "an argument like {}", e.as_str()),
            Self::Env(env) => match &env.value {
                Some(value) => write!(f, "environment {} like {}", env.name, value.as_str()),
                None => write!(f, "environment {} set", env.name),
            },
            Self::Config(config) => {
                write!(f, "ConfigMap {} with {} like {}", config.map, config.key, config.value.as_str())
            }
            Self::ConfigUnread(map) => write!(f, "ConfigMap {map} not read"),
            Self::Resource(kind) => write!(f, "a {kind}"),
            Self::Field(FieldIs { kind, path, matches, default, only }) => {
                write!(f, "a {kind} with {path} like {}", matches.as_str())?;
                if let Some(only) = only {
                    write!(f, ", of those with {} like {}", only.path, only.matches.as_str())?;
                }
                if default.is_empty() { Ok(()) } else { write!(f, " (absent is {default})") }
            }
            Self::Crd(name) => write!(f, "CRD {name}"),
            Self::Runs(kind) => write!(f, "a {kind} of it"),
            Self::Not(inner) => write!(f, "not: {inner}"),
            Self::Anywhere(inner) => write!(f, "anywhere in the cluster {inner}"),
            Self::Kubelet(e) => write!(f, "a kubelet version like {}", e.as_str()),
            Self::NodeAnnotation(key) => write!(f, "a node annotation {key}…"),
            Self::NodeLabel(key) => write!(f, "a node label {key}…"),
        }
    }
}
