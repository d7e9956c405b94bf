//! The Secrets that a class's parameters name, and who may read them.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    facts::provisioner::Can,
    object::Kind,
    snapshot::Snapshot,
    view::{Map, nullable},
};

/// One Secret that a class names.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct SecretUse {
    /// What it is for: `provisioner`, `node-stage`, `node-publish` …
    pub purpose: String,
    /// Namespace as written.
    pub namespace: String,
    /// Name as written.
    pub name: String,
    /// The namespace stands for the claim's own.
    pub per_tenant: bool,
    /// Whether it exists; unknown where Secrets were not read, or the name is a template.
    pub exists: Can,
    /// Who may read Secrets there, as `Kind namespace/name`.
    pub readers: Vec<String>,
}

/// Secret parameters of a class: `csi.storage.k8s.io/<purpose>-secret-{name,namespace}`.
pub(super) fn of_class(snapshot: &Snapshot, readers: &Readers, parameters: &Map) -> Vec<SecretUse> {
    let mut found = Vec::new();
    for (key, name) in parameters {
        let Some(stem) = key.strip_suffix("-name").filter(|stem| stem.ends_with("secret")) else { continue };
        let namespace = parameters.get(&format!("{stem}-namespace")).cloned().unwrap_or_default();
        let purpose = stem.rsplit('/').next().unwrap_or(stem);
        let purpose = purpose.trim_end_matches("secret").trim_end_matches('-').to_owned();
        let is_template = name.contains("${") || namespace.contains("${");
        let read = snapshot.coverage(&Kind::new("", "Secret"));
        let exists = match snapshot.get("", "Secret", &namespace, name) {
            Some(_) => Can::Yes,
            None if is_template || !read.state.is_proof() => Can::Unknown,
            None => Can::No,
        };
        found.push(SecretUse {
            purpose,
            per_tenant: namespace.contains("${pvc.namespace}"),
            exists,
            readers: if is_template { Vec::new() } else { readers.of(&namespace, name) },
            namespace,
            name: name.clone(),
        });
    }
    found.sort_by(|a, b| (&a.namespace, &a.name, &a.purpose).cmp(&(&b.namespace, &b.name, &b.purpose)));
    found
}

/// Who may read Secrets where, from RBAC.
#[derive(Debug, Default)]
pub(super) struct Readers {
    /// Namespace (empty: all) → (names that the rule is limited to, subject).
    grants: BTreeMap<String, Vec<(Vec<String>, String)>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Role {
    #[serde(deserialize_with = "nullable")]
    rules: Vec<Rule>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Rule {
    #[serde(deserialize_with = "nullable")]
    verbs: Vec<String>,
    #[serde(deserialize_with = "nullable")]
    api_groups: Vec<String>,
    #[serde(deserialize_with = "nullable")]
    resources: Vec<String>,
    #[serde(deserialize_with = "nullable")]
    resource_names: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Binding {
    role_ref: RoleRef,
    #[serde(deserialize_with = "nullable")]
    subjects: Vec<Grantee>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RoleRef {
    kind: String,
    name: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Grantee {
    kind: String,
    #[serde(deserialize_with = "nullable")]
    namespace: String,
    name: String,
}

const GROUP: &str = "rbac.authorization.k8s.io";

impl Readers {
    /// Reads every binding of the cluster.
    pub(super) fn of_cluster(snapshot: &Snapshot) -> Self {
        let mut roles: BTreeMap<(String, String), Vec<Vec<String>>> = BTreeMap::new();
        for kind in ["ClusterRole", "Role"] {
            for object in snapshot.of(GROUP, kind) {
                let role: Role = object.parse().unwrap_or_default();
                let reads: Vec<Vec<String>> =
                    role.rules.into_iter().filter(reads_secrets).map(|r| r.resource_names).collect();
                if !reads.is_empty() {
                    roles.insert((object.namespace.to_string(), object.name.to_string()), reads);
                }
            }
        }
        let mut all = Self::default();
        for kind in ["ClusterRoleBinding", "RoleBinding"] {
            for object in snapshot.of(GROUP, kind) {
                let binding: Binding = object.parse().unwrap_or_default();
                let of = if binding.role_ref.kind == "Role" { object.namespace.to_string() } else { String::new() };
                let Some(reads) = roles.get(&(of, binding.role_ref.name.clone())) else { continue };
                for subject in &binding.subjects {
                    let place =
                        if subject.namespace.is_empty() { String::new() } else { format!("{}/", subject.namespace) };
                    let who = format!("{} {place}{}", subject.kind, subject.name);
                    let grants = all.grants.entry(object.namespace.to_string()).or_default();
                    grants.extend(reads.iter().map(|names| (names.clone(), who.clone())));
                }
            }
        }
        all
    }

    fn of(&self, namespace: &str, name: &str) -> Vec<String> {
        let grants = self.grants.get("").into_iter().chain(self.grants.get(namespace)).flatten();
        let fits = |(names, _): &&(Vec<String>, String)| names.is_empty() || names.iter().any(|n| n == name);
        let who: BTreeSet<String> = grants.filter(fits).map(|(_, who)| who.clone()).collect();
        who.into_iter().collect()
    }
}

fn reads_secrets(rule: &Rule) -> bool {
    let any = |list: &[String], words: &[&str]| list.iter().any(|item| words.contains(&item.as_str()));
    any(&rule.api_groups, &["", "*"])
        && any(&rule.resources, &["secrets", "*"])
        && any(&rule.verbs, &["get", "list", "watch", "*"])
}
