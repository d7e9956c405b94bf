//! What a catalogue file may say. The published schema is drawn from these types.

use std::{borrow::Cow, collections::BTreeMap};

use regex::Regex;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

use crate::object::Kind;

/// A regular expression; one that is none is refused where it stands.
#[derive(Clone, Debug)]
pub struct Expression(Regex);

impl Expression {
    /// Whether a text matches, anywhere in it.
    #[must_use]
    pub fn is_match(&self, text: &str) -> bool {
        self.0.is_match(text)
    }

    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl<'de> Deserialize<'de> for Expression {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Regex::new(&text).map(Self).map_err(|error| {
            let last = error.to_string().lines().last().unwrap_or_default().to_owned();
            serde::de::Error::custom(format!("{text:?} is no regular expression: {last}"))
        })
    }
}

impl JsonSchema for Expression {
    fn schema_name() -> Cow<'static, str> {
        "Expression".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schemars::json_schema!({"type": "string", "format": "regex"})
    }
}

/// One system, as its file says; unknown keys are refused.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
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
    /// Images by what a running one proves (tier B): expressions that begin at a segment of the
    /// vendor's path, or of the whole repository with its host.
    #[serde(default)]
    pub images: Images,
    /// Pods by labels or owners that its own operator or injector gives them (tier C), for pods
    /// whose images are generic.
    #[serde(default)]
    pub pods: Vec<PodSign>,
    /// Installed only where one pod holds an image of each of these groups; claims them.
    #[serde(default)]
    pub composed_of: Vec<Vec<String>>,
    /// Systems that are parts of this one wherever it runs from the same pods.
    #[serde(default)]
    pub claims: Vec<String>,
    /// Systems that carry this one along; beside one of them in its namespace it is `bundled`.
    /// For built-in kinds, groups whose objects are shipped by somebody else.
    #[serde(default)]
    pub bundled_by: Vec<String>,
    /// Where a provider runs it, in sight or out of it.
    #[serde(default)]
    pub managed: Vec<Managed>,
    /// Resources that ask the system for something, and how they tell that it answers.
    #[serde(default)]
    pub resources: Vec<Resource>,
    /// Webhooks that must be registered for it to work (expressions over webhook names).
    #[serde(default)]
    pub needs_webhooks: Vec<Expression>,
    /// What it does not work without.
    #[serde(default)]
    pub needs: Vec<Need>,
    /// Only where all of these hold does it serve its controllers and provisioners.
    #[serde(default)]
    pub serves_if: Vec<Condition>,
    /// Where the version is read, if not from the tag of a controller.
    #[serde(default)]
    pub version: Version,
    /// What its pods may ask of their nodes, where the catalogue's list of that (privileges.yaml) does
    /// not say: `privileged`, `hostNetwork`, `hostPath:/run/**`, `capability:NET_ADMIN`.
    #[serde(default)]
    pub privileges: Vec<String>,
    /// What it can do here, and by which proof.
    #[serde(default)]
    pub capabilities: BTreeMap<String, Vec<Proof>>,
    /// Until when it is maintained.
    #[serde(default)]
    pub lifecycle: Option<Lifecycle>,
    /// Strings of this file that no fixture shows, each with the reason why none can.
    #[serde(default)]
    pub untested: BTreeMap<String, String>,
}

/// Tier A.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Identity {
    /// Groups of CRDs that are its own.
    pub crd_groups: Vec<String>,
    /// CRDs by full name, where the group is shared: `rollouts.argoproj.io`.
    pub crds: Vec<String>,
    /// Further groups of CRDs that come with it; others may bring them too: they prove nothing.
    pub brings: Vec<String>,
    /// CSIDriver names; a leading `*` stands for anything.
    pub csi_drivers: Vec<String>,
    /// StorageClass provisioners; `*` stands for anything.
    pub provisioners: Vec<String>,
    /// IngressClass controllers; `*` stands for anything.
    pub ingress_controllers: Vec<String>,
    /// GatewayClass controller names; `*` stands for anything.
    pub gateway_controllers: Vec<String>,
    /// Names of webhook entries, as expressions.
    pub webhooks: Vec<Expression>,
    /// APIServices, as expressions; several systems may serve one: it corroborates where its
    /// Service lies beside the system, and proves nothing alone.
    pub api_services: Vec<Expression>,
    /// ConfigMaps as `namespace/name`, with `*`.
    pub config_maps: Vec<String>,
    /// Built-in kinds of which an object is the system itself.
    #[schemars(with = "Vec<String>")]
    pub objects: Vec<Kind>,
    /// Built-in systems that a namespace label switches on: key → values.
    pub namespace_labels: BTreeMap<String, Vec<String>>,
    /// Served CRDs are the system itself, without a controller.
    pub api_only: bool,
}

/// Tier B.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
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
    /// Names of containers that bring such an image into the pods of others: they are parts.
    pub sidecars: Vec<Expression>,
}

/// What running one image proves of its system.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// It is the system.
    #[default]
    Main,
    /// It is only the operator.
    Operator,
    /// It does the work, for a controller elsewhere.
    Agent,
    /// It belongs to it and proves nothing.
    Other,
    /// It outlived the system.
    Leftover,
}

/// Pods known by what an operator or an injector writes on them.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PodSign {
    /// Labels that they all bear; `*` is any value.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// An expression over the image of one of their containers, where the labels alone prove too little.
    #[serde(default)]
    pub image: Option<Expression>,
    /// Kind of the resource that owns them.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub owner: Option<Kind>,
    /// What that proves.
    #[serde(default)]
    pub part: Part,
}

/// How it shows that a provider runs a system.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Managed {
    /// Conditions that all hold.
    #[serde(rename = "if")]
    pub conditions: Vec<Condition>,
    /// No workload of it is in sight at all.
    #[serde(default)]
    pub unseen: bool,
    /// What it means, for the reader of a report.
    pub note: String,
}

/// A resource that asks the system for something.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Resource {
    /// Its kind.
    #[schemars(with = "String")]
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

/// Something without which a system does not work: one of the conditions must hold.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Need {
    /// Only where these hold of the system itself.
    #[serde(default)]
    pub when: Vec<Condition>,
    /// Conditions, one of which must hold; images and containers are looked for in the whole cluster.
    pub any: Vec<Condition>,
    /// What is missing where none does.
    pub note: String,
}

/// Where a version is read.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Version {
    /// Fields of its own resources that tell it, best first.
    pub fields: Vec<VersionField>,
    /// The tag of its operator is a version line of its own, not the system's.
    pub operator_differs: bool,
    /// So is that of its agents.
    pub agents_differ: bool,
    /// Annotation of its CRDs.
    pub crd_annotation: String,
    /// Label of its CRDs that names the version they came with.
    pub crd_label: String,
    /// Annotation of its CRDs that does.
    pub crd_version: String,
    /// Labels of the main workload, where tags are digests; the first that it bears.
    pub labels: Vec<String>,
    /// It is part of Kubernetes: the server's version.
    pub server: bool,
    /// It is part of Kubernetes: the version of the API served.
    pub api: bool,
    /// It comes with the node: the kubelet's version.
    pub kubelet: bool,
    /// It has no version of its own: that of another system.
    pub of: String,
}

/// A field that tells a version.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VersionField {
    /// The kind that has it.
    #[schemars(with = "String")]
    pub kind: Kind,
    /// Its path: `status.version`.
    pub path: String,
}

/// One case of a capability: the first whose conditions all hold decides.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// `yes`, `no` or `unknown`.
    pub value: Answer,
    /// Conditions; none means otherwise.
    #[serde(default, rename = "if")]
    pub conditions: Vec<Condition>,
    /// Whether what it does stops anything.
    #[serde(default)]
    pub mode: Mode,
    /// What it means, for the reader of a report.
    #[serde(default)]
    pub note: String,
}

/// What a system does with what it sees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// It stops it, or does it.
    #[default]
    Enforce,
    /// It tells, and stops nothing.
    Detect,
}

impl Mode {
    /// Whether it stops what it sees.
    #[must_use]
    pub fn is_enforce(&self) -> bool {
        *self == Self::Enforce
    }
}

/// A condition on what runs or stands in the cluster.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum Condition {
    /// A live container of the system has this image.
    Image(Expression),
    /// A live container of the system has this name.
    Container(Expression),
    /// An argument of a live container of the system matches.
    Arg(Expression),
    /// An environment variable of a live container of the system: `NAME` is set, or
    /// `NAME=expression` matches its value.
    Env(EnvIs),
    /// A ConfigMap value matches: `namespace/name/key=expression`.
    Config(ConfigIs),
    /// A ConfigMap of this name was not read.
    ConfigUnread(String),
    /// An object of this kind exists; `group/*` is any kind of the group.
    Resource(#[schemars(with = "String")] Kind),
    /// A field of an object of this kind matches.
    Field(FieldIs),
    /// A CRD of this name is served.
    Crd(String),
    /// A live workload of the system is of this kind: `Deployment`.
    Runs(String),
    /// The condition does not hold.
    Not(Box<Condition>),
    /// It holds of any live workload of the cluster, not only of those of the system.
    Anywhere(Box<Condition>),
    /// A node's kubelet version matches.
    Kubelet(Expression),
    /// A node bears an annotation whose key starts so.
    NodeAnnotation(String),
    /// A node bears a label whose key starts so.
    NodeLabel(String),
}

/// A field that must match.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FieldIs {
    /// The kind that has it; `group/*` is any kind of the group.
    #[schemars(with = "String")]
    pub kind: Kind,
    /// Its path: `spec.mtls.mode`; `rules[].x` is every item's, `parameters[example.com/key]` is
    /// a key with dots.
    pub path: String,
    /// What its value matches, as text.
    pub matches: Expression,
    /// What an absent field means.
    #[serde(default)]
    pub default: String,
    /// Only objects of which another field matches.
    #[serde(default, rename = "where")]
    pub only: Option<Only>,
}

/// Which objects a condition on a field is about.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Only {
    /// Path of the field.
    pub path: String,
    /// What its value matches, as text.
    pub matches: Expression,
}

/// `NAME` or `NAME=expression`.
#[derive(Clone, Debug)]
pub struct EnvIs {
    /// Name of the variable.
    pub name: String,
    /// What its value matches; none where it is enough that it is set.
    pub value: Option<Expression>,
}

/// `namespace/name/key=expression`.
#[derive(Clone, Debug)]
pub struct ConfigIs {
    /// `namespace/name`, with `*`.
    pub map: String,
    /// Key in its data.
    pub key: String,
    /// What its value matches.
    pub value: Expression,
}

fn expression<E: serde::de::Error>(text: &str) -> Result<Expression, E> {
    Expression::deserialize(serde::de::value::StrDeserializer::new(text))
}

impl<'de> Deserialize<'de> for EnvIs {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match text.split_once('=') {
            Some((name, value)) => Ok(Self { name: name.to_owned(), value: Some(expression(value)?) }),
            None => Ok(Self { name: text, value: None }),
        }
    }
}

impl<'de> Deserialize<'de> for ConfigIs {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let parts = text.split_once('=').and_then(|(place, value)| {
            let (map, key) = place.rsplit_once('/')?;
            map.contains('/').then_some((map, key, value))
        });
        let Some((map, key, value)) = parts else {
            return Err(serde::de::Error::custom(format!("{text:?} is not namespace/name/key=expression")));
        };
        Ok(Self { map: map.to_owned(), key: key.to_owned(), value: expression(value)? })
    }
}

macro_rules! written_as_text {
    ($($name:ident),*) => {$(
        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                schemars::json_schema!({"type": "string"})
            }
        }
    )*};
}
written_as_text!(EnvIs, ConfigIs);

/// A three-valued answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
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
