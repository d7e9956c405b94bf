//! Admission webhooks: what they may stop, who answers them, and whether the API server can trust
//! and reach that one.

use std::collections::{BTreeMap, BTreeSet};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::attribution::{Sure, backing};
use crate::{
    facts::selector::{Hit, LabelSelector},
    inventory::{
        Inventory, Row, Table, catalog::System, governance::groups::service_exists, ingress::services::Services,
        storage::time::age,
    },
    object::ObjectRef,
    snapshot::certificate,
    view::{Bare, Map, nullable},
};

/// What policies see of a webhook configuration.
#[derive(Debug, Serialize, JsonSchema)]
pub struct WebhooksRow {
    /// The configuration.
    pub r#ref: ObjectRef,
    /// Its webhooks.
    pub hooks: Vec<HookHere>,
}

/// One webhook.
#[derive(Debug, Serialize, JsonSchema)]
pub struct HookHere {
    /// Its name.
    pub name: String,
    /// Systems that it belongs to.
    pub systems: BTreeSet<String>,
    /// `Fail` or `Ignore`.
    pub failure_policy: String,
    /// Seconds that the API server waits.
    pub timeout: i64,
    /// The address that it is asked at, without a path; empty where a Service is.
    pub url: String,
    /// `namespace/name` of the Service that it is asked through; empty where a URL is.
    pub service: String,
    /// Whether that Service is there.
    pub service_exists: Sure,
    /// Ready endpoints behind it; null where they were not read, or for a URL.
    pub ready: Option<usize>,
    /// Its CA bundle: `empty`, `valid`, `expired`, `unreadable`, `unknown` (no clock).
    pub ca: &'static str,
    /// Who is to write the CA bundle, by an annotation; empty where nobody is named.
    pub injected_by: String,
    /// Seconds since the configuration was made; null without a clock.
    pub age: Option<i64>,
    /// It is asked before pods that answer it themselves may start.
    pub guards_itself: bool,
    /// It is asked about every resource of every group.
    pub everything: bool,
    /// Namespaces of the control plane that it is asked about.
    pub system_namespaces: Vec<String>,
    /// Resources among those it is asked about that the cluster does not live without:
    /// `nodes`, `leases`, `tokenreviews`, `subjectaccessreviews`, `pods` of its own kind are not here.
    pub vital: Vec<&'static str>,
    /// It has conditions in CEL, which nobody has read here: it may be asked about less.
    pub narrowed: bool,
    /// `None`, `NoneOnDryRun`, `Some`, `Unknown`.
    pub side_effects: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Configuration {
    #[serde(deserialize_with = "nullable")]
    metadata: crate::view::Meta,
    #[serde(deserialize_with = "nullable")]
    webhooks: Vec<Webhook>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Webhook {
    #[serde(deserialize_with = "nullable")]
    name: String,
    failure_policy: Option<String>,
    timeout_seconds: Option<i64>,
    #[serde(deserialize_with = "nullable")]
    client_config: ClientConfig,
    #[serde(deserialize_with = "nullable")]
    rules: Vec<Rule>,
    #[serde(deserialize_with = "nullable")]
    namespace_selector: LabelSelector,
    #[serde(deserialize_with = "nullable")]
    object_selector: LabelSelector,
    #[serde(deserialize_with = "nullable")]
    match_conditions: Vec<serde::de::IgnoredAny>,
    #[serde(deserialize_with = "nullable")]
    side_effects: String,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct ClientConfig {
    service: Option<ServiceRef>,
    #[serde(deserialize_with = "nullable")]
    url: String,
    #[serde(deserialize_with = "nullable")]
    ca_bundle: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ServiceRef {
    #[serde(deserialize_with = "nullable")]
    namespace: String,
    #[serde(deserialize_with = "nullable")]
    name: String,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Rule {
    #[serde(deserialize_with = "nullable")]
    api_groups: Vec<String>,
    #[serde(deserialize_with = "nullable")]
    resources: Vec<String>,
    #[serde(deserialize_with = "nullable")]
    operations: Vec<String>,
    #[serde(deserialize_with = "nullable")]
    scope: String,
}

/// The table.
pub const TABLE: Table = Table {
    name: "webhooks",
    about: "one admission webhook configuration",
    build,
    schema: || schemars::schema_for!(WebhooksRow),
};

/// Namespaces that the control plane itself lives in.
const CONTROL_PLANE: [&str; 2] = ["kube-system", "kube-node-lease"];

/// Resources without which nothing else starts, with their groups and how they are scoped.
const VITAL: [(&str, &str, bool); 4] = [
    ("", "nodes", false),
    ("coordination.k8s.io", "leases", true),
    ("authentication.k8s.io", "tokenreviews", false),
    ("authorization.k8s.io", "subjectaccessreviews", false),
];

/// Annotations by which an injector knows that it is to write the CA bundle.
const INJECTED: [(&str, &str); 5] = [
    ("cert-manager.io/inject-ca-from", "cert-manager"),
    ("cert-manager.io/inject-ca-from-secret", "cert-manager"),
    ("cert-manager.io/inject-apiserver-ca", "cert-manager"),
    ("certmanager.k8s.io/inject-ca-from", "cert-manager"),
    ("service.beta.openshift.io/inject-cabundle", "OpenShift"),
];

fn build(inventory: &Inventory<'_>) -> Vec<Row> {
    let services = Services::of(inventory);
    let labels: BTreeMap<&str, Map> = inventory
        .snapshot
        .of("", "Namespace")
        .iter()
        .map(|object| (&*object.name, object.parse::<Bare>().unwrap_or_default().metadata.labels))
        .collect();
    let world = World { inventory, services, labels };
    let mut rows = Vec::new();
    for kind in ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"] {
        for object in inventory.snapshot.of("admissionregistration.k8s.io", kind) {
            let Configuration { metadata, webhooks } = object.parse().unwrap_or_default();
            let hooks = webhooks.iter().map(|hook| world.hook(hook, &metadata)).collect();
            let row = WebhooksRow { r#ref: object.reference(), hooks };
            rows.push(Row::new(&row.r#ref, &row));
        }
    }
    rows
}

struct World<'i, 's> {
    inventory: &'i Inventory<'s>,
    services: Services<'s>,
    labels: BTreeMap<&'s str, Map>,
}

impl World<'_, '_> {
    fn hook(&self, hook: &Webhook, metadata: &crate::view::Meta) -> HookHere {
        let inventory = self.inventory;
        let service = hook.client_config.service.as_ref();
        let is_its = |system: &&System| system.identity.webhooks.iter().any(|e| e.is_match(&hook.name));
        let mut systems: BTreeSet<String> =
            inventory.catalog.systems.iter().filter(is_its).map(|system| system.id.clone()).collect();
        if let Some(service) = service {
            let behind = inventory.governance().behind(inventory, &service.namespace, &service.name);
            systems.extend(behind.into_iter().map(|extension| extension.id.clone()));
        }
        let injector = INJECTED.iter().find(|(key, _)| metadata.annotations.contains_key(*key));
        let vital = VITAL.iter().filter(|(group, resource, namespaced)| {
            let place = if *namespaced { self.selects("kube-node-lease", hook) } else { true };
            place && hook.rules.iter().any(|rule| rule.covers(group, resource, *namespaced))
        });
        let everything = |rule: &Rule| rule.covers_all();
        let in_system = CONTROL_PLANE.iter().filter(|namespace| {
            self.selects(namespace, hook) && hook.rules.iter().any(|rule| rule.covers("", "pods", true))
        });
        HookHere {
            name: hook.name.clone(),
            systems,
            // The API fills in what is left out.
            failure_policy: hook.failure_policy.clone().unwrap_or_else(|| "Fail".into()),
            timeout: hook.timeout_seconds.unwrap_or(10),
            url: address(&hook.client_config.url),
            service: service.map_or(String::new(), |s| format!("{}/{}", s.namespace, s.name)),
            service_exists: service.map_or(Sure::No, |s| service_exists(inventory, &s.namespace, &s.name)),
            ready: service.and_then(|s| self.services.ready(&s.namespace, &s.name)),
            ca: self.ca(&hook.client_config.ca_bundle),
            injected_by: injector.map_or(String::new(), |(_, who)| (*who).to_owned()),
            age: age(inventory.snapshot, metadata.creation_timestamp.as_deref()),
            guards_itself: service.is_some_and(|service| self.guards_itself(hook, service)),
            everything: hook.rules.iter().any(everything),
            system_namespaces: in_system.map(|namespace| (*namespace).to_owned()).collect(),
            vital: vital.map(|(_, resource, _)| *resource).collect(),
            narrowed: !hook.match_conditions.is_empty(),
            side_effects: hook.side_effects.clone(),
        }
    }

    /// Whether a namespace of this name is one that the webhook is asked about.
    fn selects(&self, namespace: &str, hook: &Webhook) -> bool {
        let mut labels = self.labels.get(namespace).cloned().unwrap_or_default();
        // The API server keeps this label on every namespace.
        labels.insert("kubernetes.io/metadata.name".into(), namespace.into());
        hook.namespace_selector.matches(&labels) == Hit::Yes
    }

    /// Whether pods behind its own Service have to pass it before they start.
    fn guards_itself(&self, hook: &Webhook, service: &ServiceRef) -> bool {
        let creates = |rule: &&Rule| {
            rule.covers("", "pods", true) && rule.operations.iter().any(|op| op == "*" || op == "CREATE")
        };
        if !self.selects(&service.namespace, hook) || !hook.rules.iter().any(|rule| creates(&rule)) {
            return false;
        }
        let own = backing(self.inventory, &service.namespace, &service.name);
        let workloads = self.inventory.workloads.workloads.iter();
        let mut asked = workloads.filter(|w| own.contains(&w.reference));
        // A pod on the node's own network or of a node's file is admitted all the same.
        asked.any(|w| hook.object_selector.matches(&w.pod_meta.labels) == Hit::Yes)
    }

    fn ca(&self, bundle: &str) -> &'static str {
        if bundle.is_empty() {
            return "empty";
        }
        let text: String = bundle.split_ascii_whitespace().collect();
        let pem = STANDARD.decode(text).unwrap_or_default();
        let certificates = certificate::chain(&pem).certs;
        if certificates.is_empty() {
            return "unreadable";
        }
        let over: Option<Vec<bool>> = certificates
            .iter()
            .map(|one| age(self.inventory.snapshot, Some(&one.not_after)).map(|age| age > 0))
            .collect();
        match over {
            None => "unknown",
            // One that still holds is enough: a bundle is rotated by adding the next one.
            Some(over) if over.iter().all(|over| *over) => "expired",
            Some(_) => "valid",
        }
    }
}

impl Rule {
    fn covers(&self, group: &str, resource: &str, namespaced: bool) -> bool {
        let any = |list: &[String], wanted: &str| list.iter().any(|one| one == "*" || one == wanted);
        let scope = match self.scope.as_str() {
            "Namespaced" => namespaced,
            "Cluster" => !namespaced,
            _ => true,
        };
        scope
            && any(&self.api_groups, group)
            && self.resources.iter().any(|one| one == "*" || one == "*/*" || one == resource)
    }

    fn covers_all(&self) -> bool {
        self.api_groups.iter().any(|group| group == "*")
            && self.resources.iter().any(|resource| resource == "*" || resource == "*/*")
    }
}

/// Scheme, host and port of a URL.
fn address(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return String::new() };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    format!("{scheme}://{}", host.rsplit('@').next().unwrap_or_default())
}
