//! Roles and bindings, as far as they say who may do what.

use std::collections::{BTreeSet, HashMap};

use serde::Deserialize;

use super::selector::{Hit, LabelSelector};
use crate::{object::ObjectRef, snapshot::Snapshot, view::nullable};

/// API group of all of them.
pub const GROUP: &str = "rbac.authorization.k8s.io";

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

impl Rule {
    /// Whether it grants one of these verbs on a resource, of any name.
    #[must_use]
    pub fn grants(&self, verbs: &[&str], group: &str, resource: &str) -> bool {
        let any = |list: &[String], wanted: &str| list.iter().any(|one| one == "*" || one == wanted);
        let base = resource.split_once('/').map(|(_, sub)| format!("*/{sub}"));
        self.resource_names.is_empty()
            && any(&self.api_groups, group)
            && (any(&self.resources, resource) || base.is_some_and(|all| self.resources.contains(&all)))
            && verbs.iter().any(|verb| any(&self.verbs, verb))
    }

    /// Whether it grants everything on everything.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        let star = |list: &[String]| list.iter().any(|one| one == "*");
        star(&self.api_groups) && star(&self.resources) && star(&self.verbs) && self.resource_names.is_empty()
    }
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
    pub cluster_role_selectors: Vec<LabelSelector>,
}

/// A RoleBinding or ClusterRoleBinding.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are those of the API reference")]
pub struct Binding {
    pub metadata: crate::view::Meta,
    #[serde(deserialize_with = "nullable")]
    pub subjects: Vec<Subject>,
    #[serde(deserialize_with = "nullable")]
    pub role_ref: RoleRef,
}

impl Binding {
    /// The object itself: a binding without a namespace holds for the whole cluster.
    #[must_use]
    pub fn reference(&self) -> ObjectRef {
        let namespace = &self.metadata.namespace;
        let kind = if namespace.is_empty() { "ClusterRoleBinding" } else { "RoleBinding" };
        ObjectRef::new(GROUP, kind, namespace, &self.metadata.name)
    }

    /// The role, as `ClusterRole edit`.
    #[must_use]
    pub fn role(&self) -> String {
        format!("{} {}", self.role_ref.kind, self.role_ref.name)
    }

    /// Namespace of a ServiceAccount among its subjects, which a RoleBinding may leave out; others are in
    /// none.
    #[must_use]
    pub fn namespace_of<'b>(&'b self, subject: &'b Subject) -> &'b str {
        match subject.kind.as_str() {
            "ServiceAccount" if subject.namespace.is_empty() => &self.metadata.namespace,
            "ServiceAccount" => &subject.namespace,
            _ => "",
        }
    }
}

/// `roleRef`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the fields are those of the API reference")]
pub struct RoleRef {
    #[serde(deserialize_with = "nullable")]
    pub kind: String,
    #[serde(deserialize_with = "nullable")]
    pub name: String,
}

/// One subject.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the fields are those of the API reference")]
pub struct Subject {
    #[serde(deserialize_with = "nullable")]
    pub kind: String,
    #[serde(deserialize_with = "nullable")]
    pub name: String,
    #[serde(deserialize_with = "nullable")]
    pub namespace: String,
}

/// Rules of a ClusterRole with those that it aggregates, and what these aggregate in turn. A live
/// cluster has them in place already; manifests do not.
#[must_use]
pub fn rules_of<'r>(role: &'r Role, all: &'r [Role]) -> Vec<&'r Rule> {
    let mut rules = Vec::new();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let mut todo = vec![role];
    while let Some(role) = todo.pop() {
        if !seen.insert(&role.metadata.name) {
            continue;
        }
        rules.extend(&role.rules);
        let selectors = &role.aggregation_rule.cluster_role_selectors;
        todo.extend(
            all.iter()
                .filter(|other| selectors.iter().any(|selector| selector.matches(&other.metadata.labels) == Hit::Yes)),
        );
    }
    rules
}

/// Bindings of a snapshot with the rules that they give. A binding to a role that is not there gives
/// nothing; one that cannot be read is told by its name.
#[must_use]
pub fn bindings(snapshot: &Snapshot) -> (Vec<(Binding, Vec<Rule>)>, Vec<String>) {
    let parse = |kind: &str| -> Vec<Role> {
        snapshot.of(GROUP, kind).iter().filter_map(|object| object.parse().ok()).collect()
    };
    let (roles, cluster_roles) = (parse("Role"), parse("ClusterRole"));
    let cluster: HashMap<&str, Vec<&Rule>> =
        cluster_roles.iter().map(|role| (role.metadata.name.as_str(), rules_of(role, &cluster_roles))).collect();
    let local: HashMap<(&str, &str), Vec<&Rule>> = roles
        .iter()
        .map(|role| ((role.metadata.namespace.as_str(), role.metadata.name.as_str()), role.rules.iter().collect()))
        .collect();
    let (mut found, mut unread) = (Vec::new(), Vec::new());
    for kind in ["ClusterRoleBinding", "RoleBinding"] {
        for object in snapshot.of(GROUP, kind) {
            let Ok(binding) = object.parse::<Binding>() else {
                unread.push(object.reference().to_string());
                continue;
            };
            let (namespace, name) = (binding.metadata.namespace.as_str(), binding.role_ref.name.as_str());
            let rules = if binding.role_ref.kind == "Role" { local.get(&(namespace, name)) } else { cluster.get(name) };
            let rules = rules.into_iter().flatten().map(|rule| (*rule).clone()).collect();
            found.push((binding, rules));
        }
    }
    (found, unread)
}

/// Which objects of a resource a rule lets somebody use by one of the verbs: by name, or all (none
/// where none).
#[must_use]
pub fn reaches<'r>(rule: &'r Rule, group: &str, resource: &str, verbs: &[&str]) -> Option<Reach<'r>> {
    let has = |list: &[String], words: &[&str]| list.iter().any(|one| one == "*" || words.contains(&one.as_str()));
    let fits = has(&rule.api_groups, &[group]) && has(&rule.resources, &[resource]) && has(&rule.verbs, verbs);
    fits.then_some(if rule.resource_names.is_empty() { Reach::All } else { Reach::Named(&rule.resource_names) })
}

/// How much of a resource a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach<'r> {
    /// Every object.
    All,
    /// Objects of these names.
    Named(&'r [String]),
}
