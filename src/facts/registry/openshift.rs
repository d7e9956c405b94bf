//! OpenShift's own registry: RBAC decides. Push is the verb `update` on `imagestreams/layers`, pull
//! is `get` (`pkg/dockerregistry/server/auth.go` of openshift/image-registry); a namespace is the
//! first part of a repository.

use serde::Deserialize;

use super::{Grant, Principal};
use crate::view::{Map, nullable};

/// One rule of a role.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are those of the API reference")]
pub struct Rule {
    #[serde(deserialize_with = "nullable")]
    pub api_groups: Vec<String>,
    #[serde(deserialize_with = "nullable")]
    pub resources: Vec<String>,
    #[serde(deserialize_with = "nullable")]
    pub resource_names: Vec<String>,
    #[serde(deserialize_with = "nullable")]
    pub verbs: Vec<String>,
}

/// A Role or ClusterRole.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are those of the API reference")]
pub struct Role {
    pub metadata: crate::view::Meta,
    #[serde(deserialize_with = "nullable")]
    pub rules: Vec<Rule>,
    #[serde(deserialize_with = "nullable")]
    pub aggregation_rule: Aggregation,
}

/// `aggregationRule`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are those of the API reference")]
pub struct Aggregation {
    #[serde(deserialize_with = "nullable")]
    pub cluster_role_selectors: Vec<Selector>,
}

/// A label selector, as far as aggregation uses it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are those of the API reference")]
pub struct Selector {
    #[serde(deserialize_with = "nullable")]
    pub match_labels: Map,
}

/// A RoleBinding or ClusterRoleBinding.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are those of the API reference")]
pub struct Binding {
    pub metadata: crate::view::Meta,
    #[serde(deserialize_with = "nullable")]
    pub subjects: Vec<Subject>,
    pub role_ref: RoleRef,
}

/// `roleRef`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the fields are those of the API reference")]
pub struct RoleRef {
    pub kind: String,
    pub name: String,
}

/// One subject.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the fields are those of the API reference")]
pub struct Subject {
    pub kind: String,
    pub name: String,
    #[serde(deserialize_with = "nullable")]
    pub namespace: String,
}

const GROUPS: [&str; 3] = ["image.openshift.io", "", "*"];

/// Image streams (`*`: all) and what may be done with them, by one rule.
#[must_use]
pub fn allowed(rule: &Rule) -> Vec<(String, Vec<&'static str>)> {
    if !rule.api_groups.iter().any(|group| GROUPS.contains(&group.as_str())) {
        return Vec::new();
    }
    let has = |list: &[String], words: &[&str]| list.iter().any(|one| words.contains(&one.as_str()));
    let layers = has(&rule.resources, &["imagestreams/layers", "*/layers", "*"]);
    let streams = has(&rule.resources, &["imagestreams", "*"]);
    let mut actions = Vec::new();
    if layers && has(&rule.verbs, &["get", "*"]) {
        actions.push("pull");
    }
    if layers && has(&rule.verbs, &["update", "*"]) {
        actions.extend(["push", "overwrite"]);
    }
    if streams && has(&rule.verbs, &["delete", "*"]) {
        actions.push("delete");
    }
    if actions.is_empty() {
        return Vec::new();
    }
    if rule.resource_names.is_empty() {
        return vec![("*".to_owned(), actions)];
    }
    rule.resource_names.iter().map(|name| (name.clone(), actions.clone())).collect()
}

/// Who a subject is.
#[must_use]
pub fn principal(subject: &Subject) -> Principal {
    match (subject.kind.as_str(), subject.name.as_str()) {
        ("ServiceAccount", name) => Principal::new("service-account", &format!("{}/{name}", subject.namespace)),
        ("Group", "system:authenticated") => Principal::new("authenticated", "*"),
        ("Group", "system:unauthenticated") => Principal::new("anonymous", "*"),
        ("Group", name) => Principal::new("group", name),
        (_, "system:anonymous") => Principal::new("anonymous", "*"),
        (_, name) => match name.strip_prefix("system:serviceaccount:").and_then(|rest| rest.split_once(':')) {
            Some((namespace, name)) => Principal::new("service-account", &format!("{namespace}/{name}")),
            None => Principal::new("user", name),
        },
    }
}

/// Rules of a ClusterRole with those that it aggregates.
#[must_use]
pub fn rules_of<'r>(role: &'r Role, all: &'r [Role]) -> Vec<&'r Rule> {
    let chosen = |other: &&Role| {
        role.aggregation_rule.cluster_role_selectors.iter().any(|selector| {
            !selector.match_labels.is_empty()
                && selector.match_labels.iter().all(|(key, value)| other.metadata.labels.get(key) == Some(value))
        })
    };
    role.rules.iter().chain(all.iter().filter(chosen).flat_map(|other| &other.rules)).collect()
}

/// What a binding gives. `namespace` is empty for the whole cluster.
#[must_use]
pub fn grants(binding: &Binding, rules: &[&Rule], namespace: &str) -> Vec<Grant> {
    let mut found = Vec::new();
    for (stream, actions) in rules.iter().flat_map(|rule| allowed(rule)) {
        let pattern = match (namespace, stream.as_str()) {
            ("", "*") => "**".to_owned(),
            ("", stream) => format!("*/{stream}"),
            (namespace, "*") => format!("{namespace}/*"),
            (namespace, stream) => format!("{namespace}/{stream}"),
        };
        for subject in &binding.subjects {
            let subject = Subject {
                // A RoleBinding may leave the namespace of an account out.
                namespace: if subject.namespace.is_empty() { namespace.to_owned() } else { subject.namespace.clone() },
                ..subject.clone()
            };
            let via = format!("{} {} by {}", binding.role_ref.kind, binding.role_ref.name, binding.metadata.name);
            let kind = if namespace.is_empty() { "ClusterRoleBinding" } else { "RoleBinding" };
            let source = format!("{kind} {}", binding.metadata.name);
            found.push(Grant::new(principal(&subject), &actions, &pattern, &via, &source));
        }
    }
    found.sort();
    found.dedup();
    found
}
