//! One object, from whatever the source says to the canonical text that a snapshot holds.
//!
//! One walk does it all, so that nothing unredacted is ever written: keys are sorted, managed
//! fields are reduced to who changed what and when, values that may be secret are blanked
//! unless [`Retain`] names them, and the bulk that no fact reads (CRD schemas) is dropped.

use std::{borrow::Cow, fmt, ops::Range, sync::Arc};

use serde::{
    Deserialize,
    de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor},
};

pub use super::secret::Secrets;
use super::{
    Object, Origin,
    credentials::without_credentials,
    redact::{arguments, env_is_blanked, holds_values, pair_is_secret},
    retain::Retain,
    text::write_json,
};
use crate::object::Kind;

/// Why an item is no object.
#[derive(Debug, thiserror::Error)]
pub enum SlimError {
    /// The text is not JSON.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    /// A Kubernetes object has an apiVersion, a kind and a name.
    #[error("not a Kubernetes object: {0}")]
    NotAnObject(&'static str),
}

/// What the walk needs to know besides the text.
#[derive(Clone, Copy, Debug)]
pub struct Slimmer<'r> {
    /// The values that survive.
    pub retain: &'r Retain,
    /// How Secrets are treated.
    pub secrets: Secrets,
}

/// An object, and the newest timestamp in it (RFC 3339, UTC), for sources without a clock.
#[derive(Debug)]
pub struct Slim {
    /// The object; none for a Secret that the mode does not keep.
    pub object: Option<Object>,
    /// Newest timestamp among the fields that the API server or a controller writes.
    pub newest: Option<String>,
}

#[derive(Deserialize)]
struct Head<'a> {
    #[serde(rename = "apiVersion", borrow)]
    api_version: Option<Cow<'a, str>>,
    #[serde(borrow)]
    kind: Option<Cow<'a, str>>,
    #[serde(borrow)]
    metadata: Option<HeadMeta<'a>>,
}

#[derive(Deserialize)]
struct HeadMeta<'a> {
    #[serde(borrow)]
    name: Option<Cow<'a, str>>,
    #[serde(rename = "generateName", borrow)]
    generate_name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    namespace: Option<Cow<'a, str>>,
}

impl Slimmer<'_> {
    /// Slims one item.
    ///
    /// `types` are the `(apiVersion, kind)` of a typed list, whose items carry none.
    ///
    /// # Errors
    /// Text that is not JSON, or JSON that is no Kubernetes object.
    pub fn object(&self, json: &str, types: Option<(&str, &str)>, origin: Option<Origin>) -> Result<Slim, SlimError> {
        let head: Head<'_> = serde_json::from_str(json)?;
        let api_version = head.api_version.as_deref().or(types.map(|t| t.0)).unwrap_or_default();
        let kind = head.kind.as_deref().or(types.map(|t| t.1)).unwrap_or_default();
        if api_version.is_empty() {
            return Err(SlimError::NotAnObject("apiVersion is missing"));
        }
        if kind.is_empty() {
            return Err(SlimError::NotAnObject("kind is missing"));
        }
        let meta = head.metadata.ok_or(SlimError::NotAnObject("metadata is missing"))?;
        let name = meta.name.as_deref().or(meta.generate_name.as_deref()).unwrap_or_default();
        if name.is_empty() {
            return Err(SlimError::NotAnObject("metadata.name is missing"));
        }
        let namespace = meta.namespace.as_deref().unwrap_or_default();
        let typed = Kind::from_api_version(api_version, kind);
        let class = match (&*typed.group, &*typed.kind) {
            ("", "Secret") => Class::Secret,
            ("", "ConfigMap") => Class::ConfigMap,
            ("apps", "ControllerRevision") => Class::Revision,
            ("apiextensions.k8s.io", "CustomResourceDefinition") => Class::Crd,
            ("route.openshift.io", "Route") => Class::Route,
            ("aquasecurity.github.io", "VulnerabilityReport") => Class::Scan,
            _ => Class::Other,
        };
        if class == Class::Secret && self.secrets == Secrets::None {
            return Ok(Slim { object: None, newest: None });
        }
        let api_version_is_missing = head.api_version.is_none().then_some(api_version);
        let kind_is_missing = head.kind.is_none().then_some(kind);
        let missing = [("apiVersion", api_version_is_missing), ("kind", kind_is_missing)];
        let mut walk = Walk { slimmer: self, namespace, name, api_version, newest: None, missing };
        let mut out = Vec::with_capacity(json.len());
        let mut parser = serde_json::Deserializer::from_str(json);
        Node { walk: &mut walk, out: &mut out, at: At::Root(class) }.deserialize(&mut parser)?;
        let newest = walk.newest;
        let mut text = String::from_utf8(out).map_err(|_| SlimError::NotAnObject("text is not UTF-8"))?;
        if class == Class::Secret {
            text = super::secret::public_facts(json, &text, self.secrets, self.retain)?;
        }
        let version = api_version.rsplit_once('/').map_or(api_version, |(_, version)| version);
        let object = Object {
            kind: Arc::new(typed),
            version: version.into(),
            namespace: namespace.into(),
            name: name.into(),
            origin,
            json: text.into(),
        };
        Ok(Slim { object: Some(object), newest })
    }
}

/// Writes any document as canonical JSON, unredacted: the first step for YAML, in memory only.
///
/// # Errors
/// What the deserializer says.
pub fn canonical<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let nothing = Retain::new(std::iter::empty::<&super::retain::RetainList>().collect::<Vec<_>>())
        .map_err(serde::de::Error::custom)?;
    let slimmer = Slimmer { retain: &nothing, secrets: Secrets::List };
    let mut walk =
        Walk { slimmer: &slimmer, namespace: "", name: "", api_version: "", newest: None, missing: [("", None); 2] };
    let mut out = Vec::new();
    Node { walk: &mut walk, out: &mut out, at: At::Raw }.deserialize(deserializer)?;
    String::from_utf8(out).map_err(serde::de::Error::custom)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Secret,
    ConfigMap,
    Crd,
    Revision,
    Route,
    Scan,
    Other,
}

/// Where in the object the walk is, as far as it matters to what is kept.
#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    /// As it stands, on the way to the walk.
    Raw,
    /// A value that the list keeps.
    Verbatim,
    Root(Class),
    Metadata,
    Annotations,
    ManagedFields,
    ManagedField,
    FieldPaths(u8),
    TemplatePaths,
    ConfigData,
    SecretData,
    CrdVersions,
    CrdVersion,
    CrdSpec,
    RouteSpec,
    RouteTls,
    ScanReport,
    PrivateKey,
    /// Below a field whose name says that it is secret.
    SecretField,
    Env,
    EnvItem,
    Arguments,
    LastWords,
    Value,
}

struct Walk<'w> {
    slimmer: &'w Slimmer<'w>,
    namespace: &'w str,
    name: &'w str,
    api_version: &'w str,
    newest: Option<String>,
    /// Types that the root lacks: built-in kinds in typed lists carry none.
    missing: [(&'static str, Option<&'w str>); 2],
}

/// What becomes of one entry of a map.
enum Entry {
    Descend(At),
    Drop,
    Blank,
    Time,
    RegistryConfig,
    /// A version of the API, kept where it is another than the object's own: most are the same.
    OtherVersion,
}

impl Walk<'_> {
    fn entry(&self, at: At, key: &str) -> Entry {
        match at {
            At::Raw => Entry::Descend(At::Raw),
            At::Verbatim => Entry::Descend(At::Verbatim),
            At::Root(class) => match (class, key) {
                (_, "metadata") => Entry::Descend(At::Metadata),
                (Class::ConfigMap, "data" | "binaryData") => Entry::Descend(At::ConfigData),
                (Class::Secret, "data" | "stringData") => Entry::Descend(At::SecretData),
                (Class::Crd, "spec") => Entry::Descend(At::CrdSpec),
                // A whole former template, which no fact reads.
                (Class::Revision, "data") => Entry::Drop,
                (Class::Scan, "report") => Entry::Descend(At::ScanReport),
                (Class::Route, "spec") => Entry::Descend(At::RouteSpec),
                _ => Entry::Descend(At::Value),
            },
            At::Metadata => match key {
                "annotations" => Entry::Descend(At::Annotations),
                "managedFields" => Entry::Descend(At::ManagedFields),
                "selfLink" | "resourceVersion" => Entry::Drop,
                "creationTimestamp" => Entry::Time,
                _ => Entry::Descend(At::Value),
            },
            At::Annotations => {
                if key != "kubectl.kubernetes.io/last-applied-configuration" && self.slimmer.retain.annotation(key) {
                    Entry::Descend(At::Verbatim)
                } else {
                    Entry::Blank
                }
            }
            At::ManagedField => match key {
                "fieldsV1" => Entry::Descend(At::FieldPaths(0)),
                "apiVersion" => Entry::OtherVersion,
                "manager" | "operation" | "subresource" | "time" => Entry::Descend(At::Verbatim),
                _ => Entry::Drop,
            },
            // Two levels of paths are enough to know who owns spec.replicas or data, and a third one to
            // tell a restart, which annotates the pods, from a change of what they run.
            At::FieldPaths(1) if key == "f:template" => Entry::Descend(At::TemplatePaths),
            At::TemplatePaths if matches!(key, "f:metadata" | "f:spec") => Entry::Descend(At::FieldPaths(2)),
            At::TemplatePaths => Entry::Drop,
            At::FieldPaths(depth) if depth < 2 => Entry::Descend(At::FieldPaths(depth + 1)),
            At::FieldPaths(_) => Entry::Drop,
            At::ConfigData => {
                // Helm keeps whole releases, values included, in the ConfigMaps of some clusters.
                if self.name.starts_with("sh.helm.release.") {
                    Entry::Blank
                } else if self.slimmer.retain.config(self.namespace, self.name, key) {
                    Entry::Descend(At::Verbatim)
                } else if self.slimmer.retain.registry_config(self.namespace, self.name, key) {
                    Entry::RegistryConfig
                } else {
                    Entry::Blank
                }
            }
            At::SecretData => Entry::Blank,
            At::CrdSpec if key == "versions" => Entry::Descend(At::CrdVersions),
            At::CrdSpec if key == "validation" || key == "additionalPrinterColumns" => Entry::Drop,
            At::CrdVersion if key == "schema" || key == "additionalPrinterColumns" => Entry::Drop,
            // An OpenShift Route may carry its private key in the open.
            At::RouteSpec if key == "tls" => Entry::Descend(At::RouteTls),
            At::RouteTls if key == "key" => Entry::Blank,
            At::RouteSpec | At::RouteTls => Entry::Descend(At::Value),
            // Hundreds of them for each image, which no fact reads.
            At::ScanReport if key == "vulnerabilities" => Entry::Drop,
            At::ScanReport => Entry::Descend(At::Value),
            // A cert-manager Certificate says of its key what kind it is, and nothing else.
            At::PrivateKey => match key {
                "algorithm" | "size" | "rotationPolicy" | "encoding" => Entry::Descend(At::Value),
                _ => Entry::Blank,
            },
            At::CrdVersion | At::CrdSpec => Entry::Descend(At::Value),
            // Charts and operators write the environment as a map.
            At::Env if self.slimmer.retain.env(key) => Entry::Descend(At::Verbatim),
            At::Env => Entry::Blank,
            At::ManagedFields | At::CrdVersions | At::Arguments => Entry::Descend(At::Value),
            // What a reference names is public, what stands beside it is not.
            At::SecretField => match key {
                "name" | "namespace" | "key" | "kind" | "apiVersion" | "apiGroup" | "audience" | "path"
                | "secretName" | "expirationSeconds" => Entry::Descend(At::Value),
                _ => Entry::Descend(At::SecretField),
            },
            At::LastWords if key == "message" => Entry::Blank,
            At::LastWords if key == "startedAt" || key == "finishedAt" => Entry::Time,
            At::LastWords => Entry::Descend(At::Value),
            At::EnvItem | At::Value => match key {
                "metadata" => Entry::Descend(At::Metadata),
                // Headers of a probe are pairs of name and value as well, and hold credentials.
                "env" | "envs" | "extraEnv" | "httpHeaders" => Entry::Descend(At::Env),
                "stringData" => Entry::Blank,
                "args" | "command" => Entry::Descend(At::Arguments),
                "privateKey" => Entry::Descend(At::PrivateKey),
                "lastTransitionTime" | "lastUpdateTime" | "lastHeartbeatTime" | "startedAt" | "finishedAt"
                | "startTime" | "completionTime" | "lastScheduleTime" | "lastSuccessfulTime" => Entry::Time,
                // A program's last words, which may be its environment.
                "terminated" => Entry::Descend(At::LastWords),
                _ if self.slimmer.retain.secret_field(key) => Entry::Descend(At::SecretField),
                _ => Entry::Descend(At::Value),
            },
        }
    }

    fn see_time(&mut self, text: &str) {
        // The API writes RFC 3339 in UTC, which sorts as text once fractions are cut.
        if text.len() >= 20 && text.ends_with('Z') && text.as_bytes()[10] == b'T' {
            let seconds = format!("{}Z", &text[..19]);
            if self.newest.as_ref().is_none_or(|newest| *newest < seconds) {
                self.newest = Some(seconds);
            }
        }
    }
}

struct Node<'n, 'w> {
    walk: &'n mut Walk<'w>,
    out: &'n mut Vec<u8>,
    at: At,
}

impl<'de> DeserializeSeed<'de> for Node<'_, '_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }
    fn visit_bool<E: serde::de::Error>(self, v: bool) -> Result<(), E> {
        write_json(self.out, &v)
    }
    fn visit_i64<E: serde::de::Error>(self, v: i64) -> Result<(), E> {
        if self.at == At::SecretField {
            return write_json(self.out, "");
        }
        write_json(self.out, &v)
    }
    fn visit_u64<E: serde::de::Error>(self, v: u64) -> Result<(), E> {
        if self.at == At::SecretField {
            return write_json(self.out, "");
        }
        if i64::try_from(v).is_ok() {
            return write_json(self.out, &v);
        }
        // Beyond int64 the API machinery reads a float64, and prints its shortest digits.
        #[expect(clippy::cast_precision_loss, reason = "that is what kubectl does")]
        let float = v as f64;
        self.out.extend_from_slice(float.to_string().as_bytes());
        Ok(())
    }
    fn visit_f64<E: serde::de::Error>(self, v: f64) -> Result<(), E> {
        if self.at == At::SecretField {
            return write_json(self.out, "");
        }
        // 1e3 in YAML and 1000.0 in JSON are the integer that kubectl prints.
        #[expect(clippy::cast_possible_truncation, reason = "checked to be integral and in range")]
        if v.fract() == 0.0 && v.abs() < 9.0e15 { write_json(self.out, &(v as i64)) } else { write_json(self.out, &v) }
    }
    fn visit_unit<E>(self) -> Result<(), E> {
        self.out.extend_from_slice(b"null");
        Ok(())
    }
    fn visit_none<E: serde::de::Error>(self) -> Result<(), E> {
        self.visit_unit()
    }
    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
    fn visit_str<E: serde::de::Error>(self, v: &str) -> Result<(), E> {
        match self.at {
            At::Raw => write_json(self.out, v),
            At::PrivateKey | At::SecretField => write_json(self.out, ""),
            _ => write_json(self.out, &*without_credentials(v)),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let Node { walk, out, at } = self;
        let item = match at {
            At::ManagedFields => At::ManagedField,
            At::CrdVersions => At::CrdVersion,
            At::Env => At::EnvItem,
            At::Arguments => return arguments(walk.slimmer.retain, out, seq),
            At::Verbatim => At::Verbatim,
            At::Raw => At::Raw,
            At::PrivateKey => At::PrivateKey,
            At::SecretField => At::SecretField,
            _ => At::Value,
        };
        out.push(b'[');
        let mut first = true;
        loop {
            let before = out.len();
            if !first {
                out.push(b',');
            }
            if seq.next_element_seed(Node { walk: &mut *walk, out: &mut *out, at: item })?.is_none() {
                out.truncate(before);
                break;
            }
            first = false;
        }
        out.push(b']');
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Node { walk, out, at } = self;
        let start = out.len();
        out.push(b'{');
        let mut entries: Vec<(Cow<'de, str>, Range<usize>)> = Vec::new();
        let mut sorted = true;
        if matches!(at, At::Root(_)) {
            // Mostly they come first in the order as well.
            for (key, value) in walk.missing {
                let Some(value) = value else { continue };
                if !entries.is_empty() {
                    out.push(b',');
                }
                let from = out.len();
                write_json(out, key)?;
                out.push(b':');
                write_json(out, value)?;
                entries.push((Cow::Borrowed(key), from..out.len()));
            }
        }
        while let Some(key) = map.next_key_seed(KeySeed)? {
            let entry = walk.entry(at, &key);
            if matches!(entry, Entry::Drop) {
                map.next_value::<serde::de::IgnoredAny>()?;
                continue;
            }
            let mut version: Option<Cow<'de, str>> = None;
            if matches!(entry, Entry::OtherVersion) {
                version = map.next_value::<Option<Cow<'de, str>>>()?.filter(|told| **told != *walk.api_version);
                if version.is_none() {
                    continue;
                }
            }
            if let Some((last, _)) = entries.last() {
                sorted &= **last < *key;
                out.push(b',');
            }
            let from = out.len();
            write_json(out, &*key)?;
            out.push(b':');
            match entry {
                Entry::Descend(next) => map.next_value_seed(Node { walk: &mut *walk, out: &mut *out, at: next })?,
                Entry::Blank => map.next_value_seed(BlankSeed(&mut *out))?,
                Entry::Time => {
                    let time: Option<Cow<'_, str>> = map.next_value()?;
                    if let Some(time) = &time {
                        walk.see_time(time);
                    }
                    write_json(out, &time)?;
                }
                Entry::RegistryConfig => {
                    let text: Option<Cow<'_, str>> = map.next_value()?;
                    let kept = text.and_then(|text| super::registry_config::reduce(&text)).unwrap_or_default();
                    write_json(out, &kept)?;
                }
                Entry::OtherVersion => write_json(out, &version)?,
                Entry::Drop => {}
            }
            entries.push((key, from..out.len()));
        }
        out.push(b'}');
        let blank = match at {
            At::EnvItem if env_is_blanked(walk.slimmer.retain, out, &entries) => Some("value"),
            At::Value if holds_values(out, &entries) => Some("data"),
            At::Value if pair_is_secret(walk.slimmer.retain, out, &entries) => Some("value"),
            _ => None,
        };
        if !sorted || blank.is_some() {
            resort(out, start, entries, blank);
        }
        Ok(())
    }
}

/// Rewrites a map with its keys in order; of duplicate keys the last one wins, as in kubectl.
fn resort(
    out: &mut Vec<u8>,
    start: usize,
    mut entries: Vec<(Cow<'_, str>, Range<usize>)>,
    blank: Option<&'static str>,
) {
    let text = out.split_off(start);
    entries.sort_by(|a, b| a.0.cmp(&b.0));
    out.push(b'{');
    let mut first = true;
    for (index, (key, range)) in entries.iter().enumerate() {
        if entries.get(index + 1).is_some_and(|(next, _)| next == key) {
            continue;
        }
        if !first {
            out.push(b',');
        }
        first = false;
        if let Some(blank) = blank.filter(|blank| key == blank) {
            out.push(b'"');
            out.extend_from_slice(blank.as_bytes());
            out.extend_from_slice(br#"":"""#);
        } else {
            out.extend_from_slice(&text[range.start - start..range.end - start]);
        }
    }
    out.push(b'}');
}

struct KeySeed;

impl<'de> DeserializeSeed<'de> for KeySeed {
    type Value = Cow<'de, str>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for KeySeed {
    type Value = Cow<'de, str>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }
    fn visit_borrowed_str<E>(self, v: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(v))
    }
    fn visit_str<E>(self, v: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(v.to_owned()))
    }
    // YAML keys that are no strings become what kubectl makes of them.
    fn visit_bool<E>(self, v: bool) -> Result<Self::Value, E> {
        Ok(Cow::Owned(v.to_string()))
    }
    fn visit_i64<E>(self, v: i64) -> Result<Self::Value, E> {
        Ok(Cow::Owned(v.to_string()))
    }
    fn visit_u64<E>(self, v: u64) -> Result<Self::Value, E> {
        Ok(Cow::Owned(v.to_string()))
    }
    fn visit_f64<E>(self, v: f64) -> Result<Self::Value, E> {
        Ok(Cow::Owned(v.to_string()))
    }
    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed("null"))
    }
}

/// Reads a value of any shape and writes what is left of it: an empty string.
struct BlankSeed<'o>(&'o mut Vec<u8>);

impl<'de> DeserializeSeed<'de> for BlankSeed<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        serde::de::IgnoredAny::deserialize(deserializer)?;
        self.0.extend_from_slice(b"\"\"");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::retain::RetainList;

    fn slim(json: &str, secrets: Secrets) -> Option<String> {
        let list = RetainList {
            env: vec!["MODE".into()],
            annotations: vec!["kept.io/*".into()],
            secret_annotations: vec!["kept.io/token".into()],
            config_maps: vec!["kube-system/cni/mode".into()],
            registry_configs: vec!["*/*/config.json".into()],
            secret_flags: vec!["*password*".into()],
            secret_fields: vec!["password".into()],
            ..RetainList::default()
        };
        let retain = Retain::new([&list]).unwrap();
        let slim = Slimmer { retain: &retain, secrets }.object(json, None, None).unwrap();
        slim.object.map(|o| o.json.into())
    }

    #[test]
    fn keys_are_sorted_and_the_last_duplicate_wins() {
        let text = slim(
            r#"{"kind":"Pod","apiVersion":"v1","metadata":{"name":"p"},"spec":{"b":1,"a":1.0,"b":2}}"#,
            Secrets::None,
        );
        assert_eq!(text.unwrap(), r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},"spec":{"a":1,"b":2}}"#);
    }

    #[test]
    fn nothing_that_may_be_secret_survives_unasked() {
        let pod = r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p","annotations":{"kept.io/a":"x","kept.io/token":"HIDE","other":"HIDE",
            "kubectl.kubernetes.io/last-applied-configuration":"HIDE"},"managedFields":[{"manager":"m","fieldsV1":{"f:spec":{"f:a":{"f:HIDE":{}},"f:template":{"f:HIDE":{},"f:spec":{"f:HIDE":{}}}}}}]},
            "spec":{"containers":[{"name":"c","env":[{"value":"HIDE","name":"A"},{"name":"MODE","value":"x"}],
            "args":["--password=HIDE","--password","HIDE","--ok=1"]}],"auth":{"password":"HIDE"}}}"#;
        let text = slim(pod, Secrets::None).unwrap();
        assert!(!text.contains("HIDE"), "{text}");
        assert!(text.contains(r#"{"name":"MODE","value":"x"}"#), "{text}");
        assert!(text.contains(r#"["--password=","--password","","--ok=1"]"#), "{text}");
        let map = r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"cni","namespace":"kube-system"},"data":{"mode":"x","pw":"HIDE"}}"#;
        assert!(slim(map, Secrets::None).unwrap().contains(r#"{"mode":"x","pw":""}"#));
    }

    #[test]
    fn a_manager_keeps_its_version_where_it_is_another() {
        let json = r#"{"apiVersion":"policy/v1","kind":"PodDisruptionBudget","metadata":{"name":"p","managedFields":[
            {"manager":"a","apiVersion":"policy/v1","operation":"Update"},{"manager":"b","apiVersion":"policy/v1beta1","fieldsType":"FieldsV1"}]}}"#;
        let text = slim(json, Secrets::None).unwrap();
        let kept =
            r#""managedFields":[{"manager":"a","operation":"Update"},{"apiVersion":"policy/v1beta1","manager":"b"}]"#;
        assert!(text.contains(kept), "{text}");
    }

    #[test]
    fn private_keys_keep_their_kind_and_nothing_else() {
        let route = r#"{"apiVersion":"route.openshift.io/v1","kind":"Route","metadata":{"name":"r"},"spec":{"tls":{"certificate":"c","key":"HIDE","termination":"edge"}}}"#;
        let text = slim(route, Secrets::None).unwrap();
        assert!(!text.contains("HIDE") && text.contains("edge"), "{text}");
        let certificate = r#"{"apiVersion":"x/v1","kind":"C","metadata":{"name":"c"},"spec":{"privateKey":{"algorithm":"RSA","pem":"HIDE","size":2048},"other":{"privateKey":["HIDE"]},"more":{"privateKey":"HIDE"}}}"#;
        let text = slim(certificate, Secrets::None).unwrap();
        assert!(!text.contains("HIDE"), "{text}");
        assert!(text.contains(r#""privateKey":{"algorithm":"RSA","pem":"","size":2048}"#), "{text}");
    }

    #[test]
    fn secrets_are_dropped_unless_asked_for() {
        let secret = r#"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s"},"type":"Opaque","data":{"k":"SElERQ=="},"stringData":{"t":"HIDE"}}"#;
        assert!(slim(secret, Secrets::None).is_none());
        let text = slim(secret, Secrets::Metadata).unwrap();
        assert!(!text.contains("HIDE") && !text.contains("SElERQ"), "{text}");
    }
}
