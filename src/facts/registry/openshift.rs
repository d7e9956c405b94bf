//! OpenShift's own registry: RBAC decides. Push is the verb `update` on `imagestreams/layers`, pull
//! is `get` (`pkg/dockerregistry/server/auth.go` of openshift/image-registry); a namespace is the
//! first part of a repository.

use super::{Grant, Principal};
use crate::facts::rbac::{Binding, Rule, Subject};

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

/// A subject with its namespace: a RoleBinding may leave that of an account out.
#[must_use]
pub fn placed(subject: &Subject, namespace: &str) -> Subject {
    let namespace = if subject.namespace.is_empty() { namespace } else { &subject.namespace };
    Subject { namespace: namespace.to_owned(), ..subject.clone() }
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
            let subject = placed(subject, namespace);
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
