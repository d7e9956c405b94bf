//! Which Secrets other objects name for their listeners and their image pulls.
//!
//! Known by the shape of the reference, not by product: `tls.secretName`, `certificateRefs`,
//! `credentialName`, `imagePullSecrets`, `--default-ssl-certificate`.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::snapshot::Object;

/// Namespace and name of Secrets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// The references, sorted.
    pub secrets: BTreeSet<(String, String)>,
}

/// Words without which an object names none; tested before anything is parsed.
const HINTS: [&str; 5] = [
    "\"secretName\":",
    "\"certificateRefs\":",
    "\"credentialName\":",
    "\"imagePullSecrets\":",
    "--default-ssl-certificate",
];

impl Named {
    /// Takes the references of one object.
    pub fn look(&mut self, object: &Object) {
        if !HINTS.iter().any(|hint| object.json.contains(hint)) {
            return;
        }
        let Ok(value) = object.parse::<Value>() else { return };
        let certificate = &*object.kind.kind == "Certificate";
        self.walk(&value, "", &object.namespace, certificate);
    }

    /// Adds the references of another.
    pub fn merge(&mut self, other: Self) {
        self.secrets.extend(other.secrets);
    }

    fn add(&mut self, namespace: &str, name: &str) {
        // Contour and others write namespace/name.
        let (namespace, name) = name.split_once('/').unwrap_or((namespace, name));
        if !namespace.is_empty() && !name.is_empty() && !name.contains('/') {
            self.secrets.insert((namespace.to_owned(), name.to_owned()));
        }
    }

    fn walk(&mut self, value: &Value, under: &str, namespace: &str, certificate: bool) {
        match value {
            Value::Object(map) => {
                for (key, value) in map {
                    match (key.as_str(), value) {
                        ("secretName", Value::String(name))
                            if under == "tls" || under == "defaultCertificate" || (certificate && under == "spec") =>
                        {
                            self.add(namespace, name);
                        }
                        ("credentialName", Value::String(name)) => self.add(namespace, name),
                        ("certificateRefs" | "imagePullSecrets" | "externalCertificate", refs) => {
                            let one = std::slice::from_ref(refs);
                            for reference in refs.as_array().map_or(one, Vec::as_slice) {
                                let text = |key: &str| reference.get(key).and_then(Value::as_str);
                                if text("kind").is_none_or(|kind| kind == "Secret") {
                                    self.add(text("namespace").unwrap_or(namespace), text("name").unwrap_or_default());
                                }
                            }
                        }
                        _ => self.walk(value, key, namespace, certificate),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.walk(item, under, namespace, certificate)),
            Value::String(text) => {
                if let Some(name) = text.strip_prefix("--default-ssl-certificate=") {
                    self.add(namespace, name);
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_known_by_their_shape() {
        let mut named = Named::default();
        for json in [
            r#"{"kind":"Ingress","spec":{"tls":[{"secretName":"a"},{"hosts":["h"]}]}}"#,
            r#"{"kind":"Gateway","spec":{"listeners":[{"tls":{"certificateRefs":[{"name":"b","namespace":"other"},{"kind":"ConfigMap","name":"no"}]}}]}}"#,
            r#"{"kind":"HTTPProxy","spec":{"virtualhost":{"tls":{"secretName":"certs/c"}}}}"#,
            r#"{"kind":"Pod","spec":{"imagePullSecrets":[{"name":"d"}],"volumes":[{"secret":{"secretName":"no"}}]}}"#,
            r#"{"kind":"Deployment","spec":{"c":[{"args":["--default-ssl-certificate=e/f"]}]}}"#,
        ] {
            let object = Object {
                kind: std::sync::Arc::new(crate::object::Kind::new("x", "Y")),
                version: "v1".into(),
                namespace: "shop".into(),
                name: "n".into(),
                origin: None,
                json: json.into(),
            };
            named.look(&object);
        }
        let found: Vec<String> = named.secrets.iter().map(|(namespace, name)| format!("{namespace}/{name}")).collect();
        assert_eq!(found, ["certs/c", "e/f", "other/b", "shop/a", "shop/d"]);
    }
}
