//! One object, from whatever the source says to the canonical text that a snapshot holds.
//!
//! One walk does it all, so that nothing unredacted is ever written: keys are sorted, managed
//! fields are reduced to who changed what and when, values that may be secret are blanked
//! unless [`Retain`] names them, and the bulk that no fact reads (CRD schemas) is dropped.

mod place;
mod walk;

use std::{borrow::Cow, sync::Arc};

use serde::{
    Deserialize,
    de::{DeserializeSeed, Deserializer},
};

use place::{At, Class, Walk};
use walk::Node;

pub use super::secret::Secrets;
use super::{Object, Origin, retain::Retain};
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
