//! The catalogue: which systems there are in the world, and by what each is recognised.
//!
//! Facts that change without code: `rules/catalog/extensions/*.yaml`, one file a system. Code
//! knows no product by name.

use std::collections::BTreeMap;

use regex::RegexSet;
use serde::{Deserialize, Serialize};

use crate::{embedded, object::Kind, yaml};

/// One system, as its file says; unknown keys are refused.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct System {
    /// Stable id: `calico`.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Aspect of the report.
    pub aspect: String,
    /// What rules may require it for: `overlay-network`, `ingress` …
    #[serde(default)]
    pub roles: Vec<String>,
    /// Names that its vendor owns and users do not rename (tier A).
    #[serde(default)]
    pub identity: Identity,
    /// Images by what a running one proves (tier B), as expressions over the vendor's path and
    /// over the whole repository with its host.
    #[serde(default)]
    pub images: Images,
    /// Pod labels by which its own operator marks what it made (tier C), for pods whose images
    /// are generic.
    #[serde(default)]
    pub pod_labels: BTreeMap<String, String>,
    /// Installed only where one pod holds an image of each of these groups; claims them.
    #[serde(default)]
    pub composed_of: Vec<Vec<String>>,
    /// Systems that are parts of this one wherever it runs from the same pods.
    #[serde(default)]
    pub claims: Vec<String>,
    /// Systems that carry this one along; beside one of them in its namespace it is `bundled`.
    #[serde(default)]
    pub bundled_by: Vec<String>,
    /// Resources that ask the system for something, and how they tell that it answers.
    #[serde(default)]
    pub resources: Vec<Resource>,
    /// Webhooks that must be registered for it to work (expressions over webhook names).
    #[serde(default)]
    pub needs_webhooks: Vec<String>,
    /// Where the version is read, if not from the tag of a controller.
    #[serde(default)]
    pub version: Version,
    /// What it can do here, and by which proof.
    #[serde(default)]
    pub capabilities: BTreeMap<String, Vec<Proof>>,
    /// Until when it is maintained.
    #[serde(default)]
    pub lifecycle: Option<Lifecycle>,
}

/// Tier A.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Identity {
    /// Groups of CRDs that are its own.
    pub crd_groups: Vec<String>,
    /// CRDs by full name, where the group is shared: `rollouts.argoproj.io`.
    pub crds: Vec<String>,
    /// CSIDriver names; a leading `*` stands for anything.
    pub csi_drivers: Vec<String>,
    /// StorageClass provisioners.
    pub provisioners: Vec<String>,
    /// IngressClass controllers.
    pub ingress_controllers: Vec<String>,
    /// GatewayClass controller names.
    pub gateway_controllers: Vec<String>,
    /// Names of webhook entries, as expressions.
    pub webhooks: Vec<String>,
    /// APIServices, as expressions; shared ones corroborate and prove nothing alone.
    pub api_services: Vec<String>,
    /// ConfigMaps as `namespace/name`, with `*`.
    pub config_maps: Vec<String>,
    /// Built-in kinds of which an object is the system itself.
    pub objects: Vec<Kind>,
    /// Built-in systems that a namespace label switches on: key → values.
    pub namespace_labels: BTreeMap<String, Vec<String>>,
    /// Served CRDs are the system itself, without a controller.
    pub api_only: bool,
}

/// Tier B.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Images {
    /// A live one makes the system installed, and its tag is the version.
    pub main: Vec<String>,
    /// Only asks others to run: without a resource it is `operator-only`.
    pub operator: Vec<String>,
    /// Does the work on nodes or in pods: without a main one it is `data-plane-only`.
    pub agents: Vec<String>,
    /// Belongs to the system, and proves nothing by itself.
    pub parts: Vec<String>,
}

/// A resource that asks the system for something.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resource {
    /// Its kind.
    pub kind: Kind,
    /// Path of the field that tells: `status.phase`.
    #[serde(default)]
    pub path: String,
    /// Values of that field that mean health.
    #[serde(default)]
    pub healthy: Vec<String>,
    /// Type of the condition that must be True, instead of a field.
    #[serde(default)]
    pub condition: String,
    /// Its presence turns an operator into an installation.
    #[serde(default)]
    pub installs: bool,
}

/// Where a version is read.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Version {
    /// The tag of its operator is a version line of its own, not the system's.
    pub operator_differs: bool,
    /// Annotation of its CRDs.
    pub crd_annotation: String,
    /// Label of the main workload, where tags are digests.
    pub label: String,
    /// It is part of Kubernetes: the server's version.
    pub server: bool,
    /// It is part of Kubernetes: the version of the API served.
    pub api: bool,
}

/// One case of a capability: the first whose conditions all hold decides.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// `yes`, `no` or `unknown`.
    pub value: Answer,
    /// Conditions; none means otherwise.
    #[serde(default, rename = "if")]
    pub conditions: Vec<Condition>,
    /// What it means, for the reader of a report.
    #[serde(default)]
    pub note: String,
}

/// A condition on what runs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Condition {
    /// A live container of the system with this image runs.
    #[serde(rename = "image")]
    Image(String),
    /// A live container of the system with this name runs.
    #[serde(rename = "container")]
    Container(String),
    /// An argument of a live container of the system matches.
    #[serde(rename = "arg")]
    Arg(String),
    /// An environment value of a live container of the system matches: `NAME=expression`.
    #[serde(rename = "env")]
    Env(String),
    /// A ConfigMap value matches: `namespace/name/key=expression`.
    #[serde(rename = "config")]
    Config(String),
    /// A ConfigMap of this name was not read.
    #[serde(rename = "config_unread")]
    ConfigUnread(String),
    /// An object of this kind exists.
    #[serde(rename = "resource")]
    Resource(Kind),
}

/// A three-valued answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    /// Proven.
    Yes,
    /// Proven not.
    No,
    /// Not seen.
    #[default]
    Unknown,
}

/// Until when a system is maintained.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Lifecycle {
    /// `active`, `retired`, `archived`, `unmaintained`, `end-of-life`.
    pub status: String,
    /// Day on which support ended or ends, where one is known.
    pub eol: Option<String>,
    /// Supported lines with the day each ends: `3.30: 2026-04-30`.
    pub lines: BTreeMap<String, Option<String>>,
    /// Where that is said.
    pub source: String,
    /// Day on which it was looked up.
    pub as_of: String,
    /// In a few words.
    pub note: String,
}

/// The systems and their compiled expressions.
#[derive(Clone, Debug)]
pub struct Catalog {
    /// By id.
    pub systems: Vec<System>,
    pub(super) images: Vec<ImageSets>,
}

/// The image expressions of one system, compiled once.
#[derive(Clone, Debug)]
pub(super) struct ImageSets {
    pub main: RegexSet,
    pub operator: RegexSet,
    pub agents: RegexSet,
    pub parts: RegexSet,
    pub composed: Vec<RegexSet>,
}

/// A catalogue file that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{path}:{line}: {reason}")]
pub struct CatalogError {
    /// The file.
    pub path: String,
    /// Line in it, from 1.
    pub line: u32,
    /// What is wrong.
    pub reason: String,
}

impl Catalog {
    /// Every kind that a system is recognised by or that tells its health.
    pub fn kinds(&self) -> impl Iterator<Item = &Kind> {
        self.systems.iter().flat_map(|system| {
            let proofs = system.capabilities.values().flatten().flat_map(|proof| &proof.conditions);
            let asked = proofs.filter_map(|condition| match condition {
                Condition::Resource(kind) => Some(kind),
                _ => None,
            });
            system.identity.objects.iter().chain(system.resources.iter().map(|resource| &resource.kind)).chain(asked)
        })
    }

    /// The systems that the binary knows.
    ///
    /// # Errors
    /// A file of ours that is broken; the tests hold that there is none.
    pub fn embedded() -> Result<Self, CatalogError> {
        Self::load(&embedded_files())
    }

    /// The embedded systems with the user's on top: the same id replaces, others add.
    ///
    /// # Errors
    /// Files that cannot be read or used.
    pub fn with(paths: &[std::path::PathBuf]) -> Result<Self, CatalogError> {
        let mut files = embedded_files();
        for root in paths {
            let fail =
                |e: std::io::Error| CatalogError { path: root.display().to_string(), line: 1, reason: e.to_string() };
            let mut found = if root.is_file() {
                vec![root.clone()]
            } else {
                let entries = std::fs::read_dir(root).map_err(fail)?;
                entries
                    .filter_map(|e| e.ok().map(|e| e.path()))
                    .filter(|p| p.extension().is_some_and(|s| s == "yaml"))
                    .collect()
            };
            found.sort();
            for path in found {
                files.push((path.display().to_string(), std::fs::read_to_string(&path).map_err(fail)?));
            }
        }
        Self::load(&files)
    }

    /// Systems from `(path, text)`; a later file with the same id replaces an earlier one.
    ///
    /// # Errors
    /// Unknown keys, values of another type, expressions that are none.
    pub fn load(files: &[(String, String)]) -> Result<Self, CatalogError> {
        let mut systems: BTreeMap<String, (System, ImageSets)> = BTreeMap::new();
        for (path, text) in files {
            let fail = |line: Option<u32>, reason: String| CatalogError {
                path: path.clone(),
                line: line.unwrap_or(1),
                reason,
            };
            let system: System = yaml::parse(text).map_err(|e| fail(e.line, e.reason))?;
            let sets = ImageSets::of(&system).map_err(|e| fail(None, e.to_string()))?;
            systems.insert(system.id.clone(), (system, sets));
        }
        let (systems, images) = systems.into_values().unzip();
        Ok(Self { systems, images })
    }
}

fn embedded_files() -> Vec<(String, String)> {
    embedded::files(&embedded::RULES, "catalog/extensions/", ".yaml")
        .into_iter()
        .map(|(path, text)| (format!("rules/{path}"), text.to_owned()))
        .collect()
}

impl ImageSets {
    fn of(system: &System) -> Result<Self, regex::Error> {
        Ok(Self {
            main: RegexSet::new(&system.images.main)?,
            operator: RegexSet::new(&system.images.operator)?,
            agents: RegexSet::new(&system.images.agents)?,
            parts: RegexSet::new(&system.images.parts)?,
            composed: system.composed_of.iter().map(RegexSet::new).collect::<Result<_, _>>()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_catalogue_is_valid() {
        let catalog = Catalog::embedded().unwrap();
        assert!(catalog.systems.len() > 20, "{}", catalog.systems.len());
        for system in &catalog.systems {
            assert!(crate::policy::ASPECTS.contains(&system.aspect.as_str()), "{}", system.id);
        }
    }

    #[test]
    fn a_misspelt_key_is_refused_with_its_line() {
        let text = "id: x\nname: X\naspect: network\nimagez: {}\n";
        let error = Catalog::load(&[("x.yaml".into(), text.into())]).unwrap_err();
        assert!(error.to_string().starts_with("x.yaml:4: ") && error.reason.contains("imagez"), "{error}");
    }
}
