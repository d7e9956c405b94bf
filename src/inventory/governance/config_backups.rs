//! Whether the configuration of a system could be brought back: from a repository, or from a backup
//! that takes all of it.

use std::collections::{BTreeMap, BTreeSet};

use globset::Glob;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::{
    collect::plan::plural,
    facts::selector::selects,
    inventory::{Inventory, Row, Table, detect::State, workload::Workload},
    object::ObjectRef,
    view::{Bare, Map},
};

/// What policies see of the configuration of one system.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ConfigRow {
    /// Kind `Extension`, the id as its name.
    pub r#ref: ObjectRef,
    /// Id of the catalogue.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// How the system is there.
    pub state: State,
    /// How firmly its least managed workload is: 4 is from a repository; null where unknown.
    pub level: Option<u8>,
    /// The best level that is not ruled out.
    pub may_be: u8,
    /// What the schedules of backups take of it.
    pub schedules: Vec<Taken>,
    /// CronJobs of the cluster as `namespace/name`, for rules that name those that save etcd.
    pub cron_jobs: BTreeSet<String>,
}

/// One schedule.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Taken {
    /// `namespace/name` of the Schedule.
    pub schedule: String,
    /// What it leaves out of the system, in words; empty where it takes all of it.
    pub leaves_out: Vec<String>,
    /// It makes no backups now: paused, or refused by its controller.
    pub idle: String,
}

/// The table.
pub const TABLE: Table = Table {
    name: "extension_backups",
    about: "what is kept of the configuration of one system",
    build,
    schema: || schemars::schema_for!(ConfigRow),
};

/// Resources in namespaces, and beside them, that every system is made of.
const NAMESPACED: [&str; 3] = ["configmaps", "secrets", "serviceaccounts"];
const CLUSTER: [&str; 3] = ["customresourcedefinitions", "clusterroles", "clusterrolebindings"];

fn build(inventory: &Inventory<'_>) -> Vec<Row> {
    let namespaces: BTreeMap<&str, Map> = inventory
        .snapshot
        .of("", "Namespace")
        .iter()
        .map(|object| (&*object.name, object.parse::<Bare>().unwrap_or_default().metadata.labels))
        .collect();
    let cron_jobs: BTreeSet<String> =
        inventory.snapshot.of("batch", "CronJob").iter().map(|o| format!("{}/{}", o.namespace, o.name)).collect();
    let mut rows = Vec::new();
    for extension in &inventory.extensions {
        let own: Vec<&Workload<'_>> =
            inventory.workloads.workloads.iter().filter(|w| extension.workloads.contains(&w.reference)).collect();
        if own.is_empty() {
            continue;
        }
        let owners: Vec<_> = own.iter().map(|workload| inventory.ownership(&workload.reference)).collect();
        let needs = Needs::of(inventory, &extension.id, &own);
        let schedules = inventory.snapshot.of("velero.io", "Schedule").iter().map(|object| {
            let value: Value = object.parse().unwrap_or_default();
            Taken {
                schedule: format!("{}/{}", object.namespace, object.name),
                leaves_out: needs.left_out(&value["spec"]["template"], &namespaces),
                idle: idle(&value),
            }
        });
        let row = ConfigRow {
            r#ref: extension.r#ref.clone(),
            id: extension.id.clone(),
            name: extension.name.clone(),
            state: extension.state,
            level: owners.iter().map(|o| o.level).collect::<Option<Vec<u8>>>().and_then(|all| all.into_iter().min()),
            may_be: owners.iter().map(|o| o.may_be).min().unwrap_or(0),
            schedules: schedules.collect(),
            cron_jobs: cron_jobs.clone(),
        };
        rows.push(Row::new(&row.r#ref, &row));
    }
    rows
}

fn idle(schedule: &Value) -> String {
    if schedule["spec"]["paused"].as_bool() == Some(true) {
        return "it is paused".into();
    }
    match schedule["status"]["phase"].as_str() {
        Some("FailedValidation") => "its controller refuses it".into(),
        _ => String::new(),
    }
}

/// What a system consists of.
struct Needs<'n> {
    /// Namespaces with the labels of its workloads in each.
    homes: BTreeMap<&'n str, Vec<&'n Map>>,
    /// Plurals of its own resources, with whether they lie in namespaces.
    resources: BTreeMap<String, bool>,
}

impl<'n> Needs<'n> {
    fn of(inventory: &'n Inventory<'_>, id: &str, own: &[&'n Workload<'_>]) -> Self {
        let mut homes: BTreeMap<&str, Vec<&Map>> = BTreeMap::new();
        let mut resources: BTreeMap<String, bool> = BTreeMap::new();
        for workload in own {
            homes.entry(&workload.reference.namespace).or_default().push(&workload.meta.labels);
            resources.insert(plural(&workload.reference.kind), true);
        }
        for object in inventory.snapshot.of("apiextensions.k8s.io", "CustomResourceDefinition") {
            let value: Value = object.parse().unwrap_or_default();
            let group = value["spec"]["group"].as_str().unwrap_or_default();
            let brought = inventory.governance().of_crd(group, &object.name);
            if brought.iter().any(|system| system.id == id) {
                resources.insert(object.name.to_string(), value["spec"]["scope"] != "Cluster");
            }
        }
        Self { homes, resources }
    }

    /// What a backup with this template leaves out, in words.
    fn left_out(&self, template: &Value, namespaces: &BTreeMap<&str, Map>) -> Vec<String> {
        let list = |key: &str| -> Vec<String> {
            let all = template[key].as_array().into_iter().flatten();
            all.filter_map(Value::as_str).map(str::to_owned).collect()
        };
        let mut out = Vec::new();
        let (included, excluded) = (list("includedNamespaces"), list("excludedNamespaces"));
        let any = |patterns: &[String], name: &str| patterns.iter().any(|pattern| glob(pattern, name));
        for (home, labels) in &self.homes {
            let excluding = |labels: &Map| labels.get("velero.io/exclude-from-backup").is_some_and(|v| v == "true");
            if (!included.is_empty() && !any(&included, home)) || any(&excluded, home) {
                out.push(format!("namespace {home}"));
            } else if namespaces.get(home).is_some_and(excluding) {
                out.push(format!("namespace {home}, by its label"));
            } else if !labels.iter().all(|labels| selected(template, labels)) {
                out.push(format!("what its label selector does not match in {home}"));
            } else if labels.iter().any(|labels| excluding(labels)) {
                out.push(format!("workloads in {home}, by their label"));
            }
        }
        let namespaced = NAMESPACED.iter().map(|one| ((*one).to_owned(), true));
        let cluster = CLUSTER.iter().map(|one| ((*one).to_owned(), false));
        let own = self.resources.iter().map(|(name, is)| (name.clone(), *is));
        let mut missing: BTreeSet<String> = BTreeSet::new();
        for (resource, in_namespace) in namespaced.chain(cluster).chain(own) {
            if !takes(
                template,
                &list,
                &resource,
                in_namespace,
                included.is_empty() || included.iter().any(|n| n == "*"),
            ) {
                missing.insert(resource);
            }
        }
        out.extend(missing.into_iter().map(|resource| format!("resource {resource}")));
        out
    }
}

/// Whether an object with these labels is chosen.
fn selected(template: &Value, labels: &Map) -> bool {
    let either = template["orLabelSelectors"].as_array().filter(|list| !list.is_empty());
    match (either, template.get("labelSelector").filter(|selector| !selector.is_null())) {
        (Some(list), _) => list.iter().any(|selector| selects(selector, labels)),
        (None, Some(selector)) => selects(selector, labels),
        (None, None) => true,
    }
}

/// Whether a resource is among those that a backup takes.
fn takes(
    template: &Value,
    list: &dyn Fn(&str) -> Vec<String>,
    resource: &str,
    in_namespace: bool,
    everywhere: bool,
) -> bool {
    let names = |patterns: &[String]| patterns.iter().any(|pattern| is_resource(pattern, resource));
    let (of, not) = if in_namespace {
        ("includedNamespaceScopedResources", "excludedNamespaceScopedResources")
    } else {
        ("includedClusterScopedResources", "excludedClusterScopedResources")
    };
    let (all, scoped) = (list("includedResources"), list(of));
    if names(&list("excludedResources")) || names(&list(not)) {
        return false;
    }
    if (!all.is_empty() && !names(&all)) || (!scoped.is_empty() && !names(&scoped)) {
        return false;
    }
    // What lies in no namespace is taken where that is asked for, or where every namespace is.
    in_namespace
        || match template["includeClusterResources"].as_bool() {
            Some(taken) => taken,
            None => everywhere || names(&all) || names(&scoped),
        }
}

/// `*`, `secrets`, `secret`, `deployments.apps`, or a CRD's full name for its plural.
fn is_resource(pattern: &str, resource: &str) -> bool {
    let plain = |name: &str| name.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let full = resource.contains('.') && pattern.contains('.');
    pattern == "*"
        || (full && pattern == resource)
        || (!full && (plain(pattern) == plain(resource) || format!("{}s", plain(pattern)) == plain(resource)))
}

fn glob(pattern: &str, name: &str) -> bool {
    pattern == "*" || pattern == name || Glob::new(pattern).is_ok_and(|glob| glob.compile_matcher().is_match(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(template: &str, scope_of_own: bool) -> Vec<String> {
        let labels = Map::from([("app".to_owned(), "velero".to_owned())]);
        let needs = Needs {
            homes: BTreeMap::from([("velero", vec![&labels])]),
            resources: BTreeMap::from([("backups.velero.io".to_owned(), scope_of_own)]),
        };
        needs.left_out(&serde_json::from_str(template).unwrap(), &BTreeMap::new())
    }

    #[test]
    fn a_backup_takes_what_nothing_leaves_out() {
        assert!(left("{}", true).is_empty());
        assert!(left(r#"{"includedNamespaces":["*"],"excludedNamespaces":["shop"]}"#, false).is_empty());
        assert_eq!(left(r#"{"excludedNamespaces":["vel*"]}"#, true), ["namespace velero"]);
        assert_eq!(left(r#"{"excludedResources":["secrets"]}"#, true), ["resource secrets"]);
        assert_eq!(left(r#"{"excludedResources":["backups.velero.io"]}"#, true), ["resource backups.velero.io"]);
        assert!(left(r#"{"excludedResources":["backups.other.io"]}"#, true).is_empty());
        assert_eq!(
            left(r#"{"labelSelector":{"matchLabels":{"app":"shop"}}}"#, true),
            ["what its label selector does not match in velero"]
        );
        assert!(left(r#"{"orLabelSelectors":[{"matchLabels":{"app":"velero"}}]}"#, true).is_empty());
    }

    #[test]
    fn what_lies_in_no_namespace_is_taken_with_every_namespace_or_on_request() {
        let cluster: Vec<String> = ["clusterrolebindings", "clusterroles", "customresourcedefinitions"]
            .map(|resource| format!("resource {resource}"))
            .to_vec();
        assert_eq!(left(r#"{"includedNamespaces":["velero"]}"#, true), cluster);
        assert!(left(r#"{"includedNamespaces":["velero"],"includeClusterResources":true}"#, true).is_empty());
        assert_eq!(left(r#"{"includeClusterResources":false}"#, true), cluster);
    }
}
