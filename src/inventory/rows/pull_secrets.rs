//! Secrets that hold accounts at registries, what these accounts may do there, and who uses them.

use std::collections::{BTreeSet, HashMap};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    facts::{
        rbac::{self, Reach},
        registry::openshift,
    },
    inventory::{Inventory, Row, Table},
    object::{Kind, ObjectRef},
    snapshot::secret::SecretFacts,
    view::Meta,
};

/// One account that a Secret holds.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Account {
    /// The registry's host.
    pub host: String,
    /// The user; empty where there is none or it may be a token.
    pub username: String,
    /// What the registry is called; empty where it is not known.
    pub registry: String,
    /// Whether it can push; null where the registry's grants do not tell.
    pub push: Option<bool>,
    /// Where it can.
    pub patterns: BTreeSet<String>,
}

/// Who may read it by RBAC.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Reader {
    /// `kind:name`, as `service-account:ci/pipeline`.
    pub who: String,
    /// The binding that lets it.
    pub via: String,
}

/// Who uses a Secret.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct User {
    /// The workload, the account or the build.
    pub r#ref: ObjectRef,
    /// The account that it runs as.
    pub service_account: String,
    /// `mount`, `env`, `pull`, `account`, `build`.
    pub via: &'static str,
}

/// What policies see of such a Secret.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PullSecretRow {
    /// The Secret.
    pub r#ref: ObjectRef,
    /// Its accounts were read.
    pub read: bool,
    /// Its accounts.
    pub accounts: Vec<Account>,
    /// Who uses it.
    pub users: Vec<User>,
    /// Who may read it, used or not.
    pub readers: Vec<Reader>,
    /// Why not all who may read it are known; empty where they are.
    pub readers_lack: String,
}

/// The table.
pub const TABLE: Table = Table {
    name: "pull_secrets",
    about: "one Secret with accounts at registries",
    build,
    schema: || schemars::schema_for!(PullSecretRow),
};

#[derive(Default, Deserialize)]
#[serde(default)]
struct Held {
    metadata: Meta,
    r#type: String,
    sextant: Option<SecretFacts>,
}

fn build(inventory: &Inventory<'_>) -> Vec<Row> {
    let mut rows = Vec::new();
    // Where Secrets were not read, one row stands for all of them.
    if !inventory.coverage(&Kind::new("", "Secret")).state.is_proof() {
        let row = PullSecretRow {
            r#ref: ObjectRef::cluster(),
            read: false,
            accounts: Vec::new(),
            users: Vec::new(),
            readers: Vec::new(),
            readers_lack: String::new(),
        };
        rows.push(Row::new(&row.r#ref, &row));
    }
    let mut held: Vec<(ObjectRef, bool, Vec<Account>)> = Vec::new();
    for object in inventory.snapshot.of("", "Secret") {
        let Ok(secret) = object.parse::<Held>() else { continue };
        let auths = secret.sextant.as_ref().map(|facts| facts.registry_auths.as_slice()).unwrap_or_default();
        let mut accounts: Vec<Account> =
            auths.iter().map(|auth| account(inventory, &auth.host, &auth.username)).collect();
        // Tekton finds a registry's password by an annotation that names the host.
        let hosts = secret.metadata.annotations.iter().filter(|(key, _)| key.starts_with("tekton.dev/docker-"));
        accounts.extend(hosts.map(|(_, url)| account(inventory, host_of(url), "")));
        if !secret.r#type.starts_with("kubernetes.io/dockerc") && accounts.is_empty() {
            continue;
        }
        held.push((object.reference(), secret.sextant.is_some(), accounts));
    }
    let users = users(inventory, &held);
    let readers = (!held.is_empty()).then(|| Readers::of(inventory));
    for (r#ref, read, accounts) in held {
        let row = PullSecretRow {
            read,
            accounts,
            users: users.get(&(r#ref.namespace.clone(), r#ref.name.clone())).cloned().unwrap_or_default(),
            readers: readers.as_ref().map(|readers| readers.of_secret(&r#ref)).unwrap_or_default(),
            readers_lack: readers.as_ref().map(|readers| readers.lack.clone()).unwrap_or_default(),
            r#ref,
        };
        rows.push(Row::new(&row.r#ref, &row));
    }
    rows
}

fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split('/').next().unwrap_or_default()
}

/// Who may read which Secrets.
#[derive(Default)]
struct Readers {
    /// Namespace (empty: all) → name (none: all), and who.
    by_namespace: HashMap<String, Vec<(Option<String>, Reader)>>,
    lack: String,
}

impl Readers {
    fn of(inventory: &Inventory<'_>) -> Self {
        let mut readers = Self::default();
        for kind in ["Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"] {
            let state = inventory.coverage(&Kind::new(rbac::GROUP, kind)).state;
            if !state.is_proof() && readers.lack.is_empty() {
                readers.lack = format!("{kind} {}", state.as_str());
            }
        }
        let (bindings, unread) = rbac::bindings(inventory.snapshot);
        if let Some(name) = unread.first().filter(|_| readers.lack.is_empty()) {
            readers.lack = format!("{name} cannot be read");
        }
        for (binding, rules) in &bindings {
            let namespace = &binding.metadata.namespace;
            for rule in rules {
                // Whoever lists them reads them.
                let names: Vec<Option<String>> = match rbac::reaches(rule, "", "secrets", &["get", "list", "watch"]) {
                    None => continue,
                    Some(Reach::All) => vec![None],
                    Some(Reach::Named(names)) => names.iter().cloned().map(Some).collect(),
                };
                for subject in &binding.subjects {
                    let who = openshift::principal(&openshift::placed(subject, namespace));
                    let kind = if namespace.is_empty() { "ClusterRoleBinding" } else { "RoleBinding" };
                    let via = format!("{kind} {}", binding.metadata.name);
                    let reader = Reader { who: format!("{}:{}", who.kind, who.name), via };
                    let list = readers.by_namespace.entry(namespace.clone()).or_default();
                    list.extend(names.iter().map(|name| (name.clone(), reader.clone())));
                }
            }
        }
        readers
    }

    fn of_secret(&self, secret: &ObjectRef) -> Vec<Reader> {
        let lists =
            ["", secret.namespace.as_str()].into_iter().filter_map(|namespace| self.by_namespace.get(namespace));
        let fitting = lists.flatten().filter(|(name, _)| name.as_ref().is_none_or(|name| *name == secret.name));
        let mut found: Vec<Reader> = fitting.map(|(_, reader)| reader.clone()).collect();
        found.sort();
        found.dedup_by(|a, b| a.who == b.who);
        found
    }
}

fn account(inventory: &Inventory<'_>, host: &str, username: &str) -> Account {
    let name = host.split('/').next().unwrap_or_default().to_ascii_lowercase();
    let mut account = Account {
        host: host.to_owned(),
        username: username.to_owned(),
        registry: String::new(),
        push: None,
        patterns: BTreeSet::new(),
    };
    let Some(registry) = inventory.registries().at(&name) else { return account };
    account.registry.clone_from(&registry.name);
    let Some(facts) = registry.facts.as_ref() else { return account };
    let everybody = |kind: &str| kind == "authenticated" || kind == "anonymous";
    let own = facts
        .grants
        .iter()
        .filter(|grant| (grant.principal.name == username && !username.is_empty()) || everybody(&grant.principal.kind));
    account.patterns = own.filter(|g| g.actions.iter().any(|a| a == "push")).map(|g| g.pattern.clone()).collect();
    account.push = match (account.patterns.is_empty(), facts.lacks("grants")) {
        (false, _) => Some(true),
        // A name that may be a token is in no grant.
        (true, None) if !username.is_empty() => Some(false),
        _ => None,
    };
    account
}

type Users = HashMap<(String, String), Vec<User>>;

/// Who uses which Secret, by (namespace, name).
fn users(inventory: &Inventory<'_>, held: &[(ObjectRef, bool, Vec<Account>)]) -> Users {
    let mut names: HashMap<&str, Vec<&str>> = HashMap::new();
    for (secret, _, _) in held {
        names.entry(&secret.namespace).or_default().push(&secret.name);
    }
    let mut found: Users = HashMap::new();
    let mut add = |namespace: &str, secret: &str, user: User| {
        if !secret.is_empty() {
            found.entry((namespace.to_owned(), secret.to_owned())).or_default().push(user);
        }
    };
    for workload in &inventory.workloads.workloads {
        let namespace = &workload.reference.namespace;
        let account = match workload.spec.service_account_name.as_str() {
            "" => "default",
            name => name,
        };
        let user = |via| User { r#ref: workload.reference.clone(), service_account: account.to_owned(), via };
        for volume in workload.spec.volumes.iter().filter_map(|volume| volume.secret.as_ref()) {
            add(namespace, &volume.secret_name, user("mount"));
        }
        for secret in &workload.spec.image_pull_secrets {
            add(namespace, &secret.name, user("pull"));
        }
        // Variables and projected volumes: worth a second look only where one of the names occurs.
        let named = names.get(namespace.as_str()).into_iter().flatten();
        if named.into_iter().any(|name| workload.object.json.contains(&format!("\"{name}\"")))
            && let Ok(value) = workload.object.parse::<Value>()
        {
            references(&value, &mut |secret, via| add(namespace, secret, user(via)));
        }
    }
    for object in inventory.snapshot.of("", "ServiceAccount") {
        let Ok(value) = object.parse::<Value>() else { continue };
        let r#ref = object.reference();
        for (key, via) in [("secrets", "account"), ("imagePullSecrets", "pull")] {
            for name in
                value.get(key).and_then(Value::as_array).into_iter().flatten().filter_map(|s| s.get("name")?.as_str())
            {
                let user = User { service_account: r#ref.name.clone(), r#ref: r#ref.clone(), via };
                add(&r#ref.namespace, name, user);
            }
        }
    }
    let builds = [
        ("build.openshift.io", "BuildConfig", "/spec/output/pushSecret/name"),
        ("shipwright.io", "Build", "/spec/output/pushSecret"),
        ("shipwright.io", "Build", "/spec/output/credentials/name"),
    ];
    for (group, kind, pointer) in builds {
        for object in inventory.snapshot.of(group, kind) {
            let Ok(value) = object.parse::<Value>() else { continue };
            let r#ref = object.reference();
            let secret = value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
            let account = value.pointer("/spec/serviceAccount").and_then(Value::as_str).unwrap_or("builder").to_owned();
            let namespace = r#ref.namespace.clone();
            add(&namespace, &secret, User { r#ref, service_account: account, via: "build" });
        }
    }
    // kpack pushes what it builds with the Secrets of the account that an Image names.
    let mut of_account: HashMap<(String, String), Vec<User>> = HashMap::new();
    for (group, kind) in [("kpack.io", "Image"), ("kpack.io", "Build")] {
        for object in inventory.snapshot.of(group, kind) {
            let Ok(value) = object.parse::<Value>() else { continue };
            let r#ref = object.reference();
            let name = value.pointer("/spec/serviceAccountName").or_else(|| value.pointer("/spec/serviceAccount"));
            let account = name.and_then(Value::as_str).unwrap_or("default").to_owned();
            let user = User { service_account: account.clone(), r#ref: r#ref.clone(), via: "build" };
            of_account.entry((r#ref.namespace, account)).or_default().push(user);
        }
    }
    for ((namespace, _), list) in &mut found {
        let builds: Vec<User> = list
            .iter()
            .filter(|user| user.via == "account")
            .filter_map(|user| of_account.get(&(namespace.clone(), user.service_account.clone())))
            .flatten()
            .cloned()
            .collect();
        list.extend(builds);
    }
    for list in found.values_mut() {
        list.sort();
        list.dedup();
    }
    found
}

/// Secrets that variables and projected volumes of an object name.
fn references(value: &Value, add: &mut impl FnMut(&str, &'static str)) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| references(item, add)),
        Value::Object(map) => {
            for (key, inner) in map {
                let via = match key.as_str() {
                    "secretKeyRef" | "secretRef" => "env",
                    // Of a projected volume; a volume of its own calls it secretName.
                    "secret" | "nodePublishSecretRef" => "mount",
                    _ => {
                        references(inner, add);
                        continue;
                    }
                };
                if let Some(name) = inner.get("name").and_then(Value::as_str) {
                    add(name, via);
                }
            }
        }
        _ => {}
    }
}
