//! What a provisioner's parameters, backend objects and documented defaults prove.
//!
//! The knowledge is data: `rules/catalog/provisioners/*.yaml`, one file a provisioner. This file
//! only reads it and follows its proofs; it knows no product, and says what holds, never what
//! should. What cannot be read is unknown with a reason.

mod format;
mod prove;

use std::collections::BTreeMap;

use globset::{Glob, GlobMatcher};
use regex::Regex;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{embedded, object::Kind, yaml};

pub use format::{Abilities, Can, Condition, File, Items, Look, Names, Objects, Proof, Type};
use prove::Prover;
pub use prove::at;

/// How a property was proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Strength {
    /// A parameter of the class, or an attribute of the volume.
    Observed,
    /// An object of the storage system behind it.
    BackendObject,
    /// What the platform documents.
    PlatformDefault,
    /// Not proven at all; the source says why.
    Unknown,
}

/// One property of a class or volume.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Property {
    /// Its value; null where it is unknown.
    pub value: Value,
    /// How it was proven.
    pub strength: Strength,
    /// Where it was read, or why it could not be.
    pub source: String,
}

impl Property {
    /// A property that could not be proven.
    #[must_use]
    pub fn unknown(reason: impl Into<String>) -> Self {
        Self { value: Value::Null, strength: Strength::Unknown, source: reason.into() }
    }
}

/// Every property that a tier may ask for, with the type of its value.
pub const PROPERTIES: [(&str, Shape); 11] = [
    ("performance.iops", Shape::Number),
    ("performance.iops_per_gib", Shape::Number),
    ("performance.throughput_mibps", Shape::Number),
    ("performance.latency_ms", Shape::Number),
    ("performance.media", Shape::Text),
    ("durability.copies", Shape::Number),
    ("durability.parity", Shape::Number),
    ("durability.failure_domain", Shape::Text),
    ("encryption.at_rest", Shape::Truth),
    ("encryption.key_management", Shape::Text),
    ("encryption.in_transit", Shape::Truth),
];

/// The type of a property's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A number.
    Number,
    /// True or false.
    Truth,
    /// A word.
    Text,
}

/// What a look-up of backend objects came to.
#[derive(Clone, Debug)]
pub enum Found {
    /// These, and no others.
    Objects(Vec<(String, Value)>),
    /// The kind could not be read.
    Unread(String),
}

/// Looks backend objects up: kind, namespace, name; `None` means any.
pub type Lookup<'l> = dyn Fn(&Kind, Option<&str>, Option<&str>) -> Found + 'l;

/// What a class says.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'c> {
    /// Parameters of the class, or attributes of the volume.
    pub parameters: &'c BTreeMap<String, String>,
    /// Mount options.
    pub mount_options: &'c [String],
}

/// One provisioner, compiled.
#[derive(Debug)]
pub struct Provisioner {
    /// The file.
    pub file: File,
    names: Vec<GlobMatcher>,
    controller: LookSet,
    node: LookSet,
}

#[derive(Debug, Default)]
struct LookSet {
    images: Vec<Regex>,
    arguments: Vec<Regex>,
    names: Vec<Regex>,
}

/// The catalogue.
#[derive(Debug, Default)]
pub struct Catalog {
    /// In the order of ids.
    pub provisioners: Vec<Provisioner>,
}

/// A file of the catalogue that cannot be used.
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
    /// The catalogue that the binary carries.
    ///
    /// # Errors
    /// A file of ours that is broken; the tests hold that there is none.
    pub fn embedded() -> Result<Self, CatalogError> {
        let files = embedded::files(&embedded::RULES, "catalog/provisioners/", ".yaml");
        Self::load(files.iter().map(|(path, text)| (path.as_str(), *text)))
    }

    /// A catalogue from `(path, text)`.
    ///
    /// # Errors
    /// The first broken file.
    pub fn load<'f>(files: impl Iterator<Item = (&'f str, &'f str)>) -> Result<Self, CatalogError> {
        let mut provisioners = Vec::new();
        for (path, text) in files {
            let fail = |line: u32, reason: String| CatalogError { path: path.to_owned(), line, reason };
            let file: File = yaml::parse(text).map_err(|e| fail(e.line.unwrap_or(1), e.reason))?;
            if !path.ends_with(&format!("{}.yaml", file.id)) {
                return Err(fail(1, format!("id {:?} is not the file's name", file.id)));
            }
            for (property, proofs) in &file.properties {
                let step = yaml::steps_of_pointer(&format!("/properties/{property}"));
                let line = yaml::line_of(text, &step).unwrap_or(1);
                if !PROPERTIES.iter().any(|(known, _)| known == property) {
                    return Err(fail(line, format!("{property:?} is no property")));
                }
                let named =
                    proofs.iter().flat_map(|p| p.object.iter().chain(p.when.iter().filter_map(|c| c.object.as_ref())));
                for name in named {
                    if !file.objects.contains_key(name) {
                        return Err(fail(line, format!("there is no object {name:?}")));
                    }
                }
            }
            let names = file.provisioners.iter().map(|glob| Glob::new(glob).map(|g| g.compile_matcher()));
            let names = names.collect::<Result<_, _>>().map_err(|e| fail(1, e.to_string()))?;
            let controller = LookSet::of(&file.controller).map_err(|e| fail(1, e.to_string()))?;
            let node = LookSet::of(&file.node).map_err(|e| fail(1, e.to_string()))?;
            provisioners.push(Provisioner { names, controller, node, file });
        }
        provisioners.sort_by(|a, b| a.file.id.cmp(&b.file.id));
        Ok(Self { provisioners })
    }

    /// The provisioner of a name, in-tree names included.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Provisioner> {
        // An exact name wins over a pattern.
        let exact = |p: &&Provisioner| p.file.provisioners.iter().chain(&p.file.in_tree).any(|n| n == name);
        self.provisioners
            .iter()
            .find(exact)
            .or_else(|| self.provisioners.iter().find(|p| p.names.iter().any(|g| g.is_match(name))))
    }
}

impl LookSet {
    fn of(look: &Look) -> Result<Self, regex::Error> {
        let all = |list: &[String]| list.iter().map(|text| Regex::new(text)).collect::<Result<Vec<_>, _>>();
        Ok(Self { images: all(&look.images)?, arguments: all(&look.arguments)?, names: all(&look.names)? })
    }

    fn fits(&self, name: &str, containers: &[(String, Vec<String>)]) -> bool {
        self.names.iter().any(|expression| expression.is_match(name))
            || containers.iter().any(|(image, arguments)| {
                self.images.iter().any(|expression| expression.is_match(image))
                    && self.arguments.iter().all(|expression| arguments.iter().any(|a| expression.is_match(a)))
            })
    }
}

impl Provisioner {
    /// Whether a workload looks like the controller: its name, images and arguments.
    #[must_use]
    pub fn is_controller(&self, name: &str, containers: &[(String, Vec<String>)]) -> bool {
        self.controller.fits(name, containers)
    }

    /// Whether a workload looks like the node plug-in.
    #[must_use]
    pub fn is_node_plugin(&self, name: &str, containers: &[(String, Vec<String>)]) -> bool {
        self.node.fits(name, containers)
    }

    /// Proves every property for a class.
    #[must_use]
    pub fn prove(&self, subject: Subject<'_>, lookup: &Lookup<'_>) -> BTreeMap<String, Property> {
        let prover = Prover { file: &self.file, subject, lookup };
        PROPERTIES
            .iter()
            .map(|(name, shape)| {
                let proofs = self.file.properties.get(*name).map_or(&[][..], Vec::as_slice);
                ((*name).to_owned(), prover.property(proofs, *shape))
            })
            .collect()
    }

    /// Proves only what the attributes of a volume say by themselves.
    #[must_use]
    pub fn prove_observed(&self, subject: Subject<'_>) -> BTreeMap<String, Property> {
        let none = |_: &Kind, _: Option<&str>, _: Option<&str>| Found::Unread("not asked".into());
        let mut found = self.prove(subject, &none);
        found.retain(|_, property| property.strength == Strength::Observed);
        found
    }

    /// A parameter by its name, as this provisioner reads names.
    #[must_use]
    pub fn parameter<'c>(&self, parameters: &'c BTreeMap<String, String>, name: &str) -> Option<&'c str> {
        parameter(self.file.case_insensitive, parameters, name)
    }
}

fn parameter<'c>(fold: bool, parameters: &'c BTreeMap<String, String>, name: &str) -> Option<&'c str> {
    if let Some(value) = parameters.get(name) {
        return Some(value);
    }
    let found = parameters.iter().find(|(key, _)| fold && key.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_catalogue_is_valid_and_its_names_are_disjoint() {
        let catalog = Catalog::embedded().unwrap();
        for provisioner in &catalog.provisioners {
            for name in provisioner.file.provisioners.iter().chain(&provisioner.file.in_tree) {
                let probe = name.replace('*', "x");
                assert_eq!(catalog.find(&probe).unwrap().file.id, provisioner.file.id, "{name}");
            }
        }
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_line() {
        let text = "id: x\ntitle: X\nsources: []\nprovisioners: [x]\ntype: csi\nporperties: {}\n";
        let error = Catalog::load([("catalog/x.yaml", text)].into_iter()).unwrap_err();
        assert!(error.to_string().contains("porperties") && error.line == 6, "{error}");
        let text = "id: x\ntitle: X\nsources: []\nprovisioners: [x]\ntype: csi\nproperties:\n  durability.copys: []\n";
        let error = Catalog::load([("catalog/x.yaml", text)].into_iter()).unwrap_err();
        assert_eq!(error.to_string(), "catalog/x.yaml:7: \"durability.copys\" is no property");
    }
}
