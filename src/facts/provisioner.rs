//! What a provisioner's parameters, backend objects and documented defaults prove.
//!
//! The knowledge is data: `rules/catalog/provisioners/*.yaml`, one file a provisioner. This file
//! only reads it and follows its proofs; it knows no product, and says what holds, never what
//! should. What cannot be read is unknown with a reason.

use std::collections::BTreeMap;

use globset::{Glob, GlobMatcher};
use regex::Regex;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{embedded, object::Kind, yaml};

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

/// Whether something is so, where that may not be known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Can {
    /// It is.
    Yes,
    /// It is not.
    No,
    /// Nobody knows.
    #[default]
    Unknown,
}

/// How a provisioner is installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Type {
    /// A CSI driver: has a CSIDriver object.
    Csi,
    /// A controller of its own, without a CSIDriver.
    External,
    /// No provisioner: volumes are made by hand.
    Static,
    /// Makes something else than volumes (buckets, snapshots): no volume class.
    NoVolumes,
}

/// One file of the catalogue; unknown keys are refused.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Stable id: the file's name.
    pub id: String,
    /// What people call it.
    pub title: String,
    /// Where the facts were read.
    pub sources: Vec<String>,
    /// Ids of the systems that bring it, as the detector knows them.
    #[serde(default)]
    pub systems: Vec<String>,
    /// Provisioner names, as globs.
    pub provisioners: Vec<String>,
    /// In-tree names that are migrated to it.
    #[serde(default)]
    pub in_tree: Vec<String>,
    /// How it is installed.
    pub r#type: Type,
    /// Data lies on the node that wrote it.
    #[serde(default)]
    pub node_local: bool,
    /// The storage itself is nodes of the cluster: copies need places among them.
    #[serde(default)]
    pub in_cluster: bool,
    /// The controller may run outside the cluster, where the platform keeps it.
    #[serde(default)]
    pub hosted: bool,
    /// Parameter names and words are read without regard to case.
    #[serde(default)]
    pub case_insensitive: bool,
    /// What its controller looks like, where it does not declare its name.
    #[serde(default)]
    pub controller: Look,
    /// What its node plug-in looks like.
    #[serde(default)]
    pub node: Look,
    /// What it can do.
    #[serde(default)]
    pub abilities: Abilities,
    /// Backend objects that proofs read, by the name that proofs use.
    #[serde(default)]
    pub objects: BTreeMap<String, Objects>,
    /// Proofs by property; the first that yields a value holds.
    #[serde(default)]
    pub properties: BTreeMap<String, Vec<Proof>>,
    /// Parameters whose value a volume keeps in its attributes under another name.
    #[serde(default)]
    pub attributes: BTreeMap<String, String>,
    /// What misleads, for the reader.
    #[serde(default)]
    pub traps: Vec<String>,
}

/// What a workload of a provisioner looks like: any image together with all arguments, or a name.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Look {
    /// Expressions over images.
    #[serde(default)]
    pub images: Vec<String>,
    /// Expressions that must each match an argument of that container.
    #[serde(default)]
    pub arguments: Vec<String>,
    /// Expressions over the workload's name.
    #[serde(default)]
    pub names: Vec<String>,
}

/// What a provisioner can do.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Abilities {
    /// Takes snapshots.
    #[serde(default)]
    pub snapshots: Can,
    /// Grows volumes.
    #[serde(default)]
    pub expansion: Can,
    /// Enforces the size that was asked for.
    #[serde(default)]
    pub size_enforced: Can,
    /// Access modes of file systems; empty where unknown.
    #[serde(default)]
    pub modes: Vec<String>,
    /// Access modes of block volumes; empty where unknown.
    #[serde(default)]
    pub block_modes: Vec<String>,
    /// Data travels over a network between the node and the storage.
    #[serde(default)]
    pub over_network: Can,
    /// What the label of a topology is, where CSINode cannot say (no CSI driver).
    #[serde(default)]
    pub topology_keys: Vec<String>,
}

/// Which objects a proof reads. `{parameter}` in a name stands for the class's parameter.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Objects {
    /// `group/Kind`.
    pub kind: Kind,
    /// Namespace; every namespace where not given.
    #[serde(default)]
    pub namespace: Option<String>,
    /// Name; every object where not given.
    #[serde(default)]
    pub name: Option<String>,
    /// Its absence is a fact like any other, not a hole: the next proof is asked.
    #[serde(default)]
    pub optional: bool,
    /// A parameter that holds JSON: a list of objects, with the key of the name in it.
    #[serde(default)]
    pub names: Option<Names>,
    /// The name is `<prefix>-<item>`: the object by the prefix, the item of one of its lists.
    #[serde(default)]
    pub items: Option<Items>,
}

/// Names out of a JSON parameter.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Names {
    /// The parameter.
    pub parameter: String,
    /// The key of the name in each element.
    pub key: String,
}

/// Items of a list inside an object stand for the object.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Items {
    /// Where the list is.
    pub path: String,
    /// The key of an item's name, and what it must be (`{parameter}` allowed).
    #[serde(default)]
    pub key: Option<String>,
    /// What the key must be.
    #[serde(default)]
    pub equals: Option<String>,
    /// Cut off from what the key must be, where it is there.
    #[serde(default)]
    pub prefix: Option<String>,
    /// A parameter that holds a label selector over the items' `labels` (`a=b; c=d`).
    #[serde(default)]
    pub selector: Option<String>,
    /// A mapping of the object that every item inherits from.
    #[serde(default)]
    pub inherit: Option<String>,
}

/// One way to prove a property.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// Only where all of these hold.
    #[serde(default)]
    pub when: Vec<Condition>,
    /// Reads a parameter.
    #[serde(default)]
    pub parameter: Option<String>,
    /// Reads mount options: true where one of them is among these.
    #[serde(default)]
    pub mount_options: Vec<String>,
    /// Reads objects.
    #[serde(default)]
    pub object: Option<String>,
    /// Where in the objects.
    #[serde(default)]
    pub path: Option<String>,
    /// The value itself, or what a matched mount option means.
    #[serde(default)]
    pub value: Option<Value>,
    /// Translates what was read; a word that is not there is unknown.
    #[serde(default)]
    pub map: BTreeMap<String, Value>,
    /// Added to a number.
    #[serde(default)]
    pub add: Option<f64>,
    /// Multiplies a number.
    #[serde(default)]
    pub multiply: Option<f64>,
    /// Strength, where it is not the usual one of what was read.
    #[serde(default)]
    pub strength: Option<Strength>,
    /// Said of the source.
    #[serde(default)]
    pub note: Option<String>,
    /// Stops: it cannot be known, for this reason.
    #[serde(default)]
    pub unknown: Option<String>,
}

/// A condition of a proof.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// Of a parameter.
    #[serde(default)]
    pub parameter: Option<String>,
    /// Of objects: at least one has it so.
    #[serde(default)]
    pub object: Option<String>,
    /// Where in the objects.
    #[serde(default)]
    pub path: Option<String>,
    /// It is one of these words.
    #[serde(default)]
    pub one_of: Vec<String>,
    /// It is none of these words, or absent.
    #[serde(default)]
    pub none_of: Vec<String>,
    /// It is there (true) or not (false).
    #[serde(default)]
    pub present: Option<bool>,
    /// Matches an expression.
    #[serde(default)]
    pub matches: Option<String>,
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

/// What reading came to.
enum Read {
    /// Nothing there: the next proof is asked.
    Nothing,
    /// This, from there.
    Value(Value, String, Strength),
    /// It cannot be known.
    Unknown(String),
}

struct Prover<'p> {
    file: &'p File,
    subject: Subject<'p>,
    lookup: &'p Lookup<'p>,
}

impl Prover<'_> {
    fn property(&self, proofs: &[Proof], shape: Shape) -> Property {
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
                let number =
                    super::quantity::parse(&word(raw))? * proof.multiply.unwrap_or(1.0) + proof.add.unwrap_or(0.0);
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
