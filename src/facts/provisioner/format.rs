//! One file of the catalogue of provisioners, as it stands in YAML. Unknown keys are refused.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Strength;
use crate::object::Kind;

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
