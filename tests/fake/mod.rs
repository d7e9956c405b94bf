//! A fake API server: discovery in both forms, lists in pages, RBAC, reviews, and faults on demand.
//!
//! It serves what it is given, or a folder of raw answers, over loopback.

pub mod http;

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write as _,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use serde_json::{Value, json};

use http::{Manner, Request, Response, Server};

/// One kind that is served.
#[derive(Clone, Debug)]
pub struct Resource {
    pub group: String,
    pub version: String,
    pub kind: String,
    pub plural: String,
    pub namespaced: bool,
    /// `(namespace, name, JSON)`, in the order of etcd.
    pub items: Vec<(String, String, String)>,
}

/// A fault, and the requests that it befalls.
#[derive(Clone, Debug)]
pub struct FaultRule {
    /// Plural of the list.
    pub plural: String,
    /// First page, or later ones; both without it.
    pub later: Option<bool>,
    /// Lists of one namespace, or of the whole cluster; both without it.
    pub namespaced: Option<bool>,
    /// How often.
    pub times: usize,
    pub fault: Fault,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A Status with this code.
    Status(u16),
    /// Plain text with this code, as load balancers and flow control answer.
    Text(u16),
    /// 429 as flow control sends it: text, and Retry-After.
    Throttle,
    /// 410; with a token that continues inconsistently, or without.
    Expired {
        resume: bool,
    },
    /// A login page, with 200.
    Html,
    /// JSON that ends too early, in a body that does not.
    CutJson,
    /// JSON of something else.
    Alien,
    /// The connection ends in the middle.
    CutBody,
    Silent,
    Drip,
    /// The server goes away.
    Gone,
    /// It comes back with the certificate of somebody else.
    Recertified,
    /// It comes back without TLS.
    Undressed,
}

/// One rule of a role.
#[derive(Clone, Debug)]
pub struct Rule {
    pub groups: Vec<String>,
    pub resources: Vec<String>,
    pub verbs: Vec<String>,
    /// Only in this namespace.
    pub namespace: Option<String>,
}

/// What the server is made of.
#[derive(Clone, Debug, Default)]
pub struct World {
    pub resources: Vec<Resource>,
    /// Group and version of APIs whose server does not answer.
    pub stale: BTreeSet<(String, String)>,
    /// Answers discovery in the older form only.
    pub legacy: bool,
    /// Nobody may read more than this.
    pub rules: Option<Vec<Rule>>,
    /// The only token that is accepted.
    pub token: Option<String>,
    /// After so many requests the token has expired.
    pub token_lasts: Option<usize>,
    pub faults: Vec<FaultRule>,
    /// Every list comes with this much delay.
    pub delay: std::time::Duration,
    /// Lists come in the opposite order, as from servers that are no etcd.
    pub backwards: bool,
    /// Paths that are answered with this, whatever else is served.
    pub canned: BTreeMap<String, Response>,
    /// Answers are compressed for whoever takes that.
    pub gzip: bool,
    /// Versions of groups whose lists fail, as under a conversion webhook that is down.
    pub broken: BTreeSet<(String, String)>,
    /// The server's clock, as HTTP writes it.
    pub date: Option<String>,
}

const BUILT_IN: fn(&str) -> bool = |group| !group.contains('.') || group.ends_with(".k8s.io");

impl World {
    /// A cluster of a few kinds, enough to be one.
    pub fn small() -> Self {
        let mut world = Self::default();
        world.add("", "v1", "Namespace", "namespaces", false, &[]);
        for name in ["default", "kube-system", "shop", "team-a"] {
            let uid = format!("uid-of-{name}");
            world.push(
                "Namespace",
                json!({"metadata": {"name": name, "uid": uid, "creationTimestamp": "2026-01-01T00:00:00Z"}}),
            );
        }
        world.add("", "v1", "Pod", "pods", true, &[]);
        world.add("", "v1", "Secret", "secrets", true, &[]);
        world.add("", "v1", "ConfigMap", "configmaps", true, &[]);
        world.add("", "v1", "Node", "nodes", false, &[]);
        world.add("apps", "v1", "Deployment", "deployments", true, &[]);
        world.add("networking.k8s.io", "v1", "Ingress", "ingresses", true, &[]);
        world.add("networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies", true, &[]);
        world.add("apiextensions.k8s.io", "v1", "CustomResourceDefinition", "customresourcedefinitions", false, &[]);
        world
    }

    pub fn add(&mut self, group: &str, version: &str, kind: &str, plural: &str, namespaced: bool, items: &[Value]) {
        self.resources.push(Resource {
            group: group.into(),
            version: version.into(),
            kind: kind.into(),
            plural: plural.into(),
            namespaced,
            items: Vec::new(),
        });
        for item in items {
            self.push(kind, item.clone());
        }
    }

    /// Adds an object of a kind that is served.
    pub fn push(&mut self, kind: &str, mut item: Value) {
        let resource = self.resources.iter_mut().find(|resource| resource.kind == kind).unwrap();
        if BUILT_IN(&resource.group) {
            // Typed lists of built-in kinds carry no types per item.
            let map = item.as_object_mut().unwrap();
            map.remove("apiVersion");
            map.remove("kind");
        }
        let text = |key: &str| item["metadata"][key].as_str().unwrap_or_default().to_owned();
        let entry = (text("namespace"), text("name"), item.to_string());
        let key = |entry: &(String, String, String)| format!("{}/{}", entry.0, entry.1);
        let at = resource.items.partition_point(|other| key(other) < key(&entry));
        resource.items.insert(at, entry);
    }

    /// A folder of raw answers.
    pub fn folder(dir: &Path) -> Self {
        let mut world = Self::default();
        for name in ["api.json", "apis.json"] {
            let text = std::fs::read_to_string(dir.join("discovery").join(name)).unwrap();
            let list: Value = serde_json::from_str(&text).unwrap();
            for group in list["items"].as_array().unwrap() {
                let name = group["metadata"]["name"].as_str().unwrap_or_default();
                for version in group["versions"].as_array().unwrap() {
                    let of = version["version"].as_str().unwrap();
                    if version["freshness"] == "Stale" {
                        world.stale.insert((name.into(), of.into()));
                    }
                    for resource in version["resources"].as_array().into_iter().flatten() {
                        let verbs = resource["verbs"].as_array().unwrap();
                        if !verbs.iter().any(|verb| verb == "list") {
                            continue;
                        }
                        let (kind, plural) = (&resource["responseKind"]["kind"], &resource["resource"]);
                        let (kind, plural) = (kind.as_str().unwrap(), plural.as_str().unwrap());
                        world.add(name, of, kind, plural, resource["scope"] == "Namespaced", &[]);
                        let of_core = if name.is_empty() { "core" } else { name };
                        let file = dir.join("lists").join(format!("{of_core}_{of}_{plural}.json"));
                        let Ok(text) = std::fs::read_to_string(file) else { continue };
                        let list: Value = serde_json::from_str(&text).unwrap();
                        let last = world.resources.last_mut().unwrap();
                        for item in list["items"].as_array().into_iter().flatten() {
                            let text = |key: &str| item["metadata"][key].as_str().unwrap_or_default().to_owned();
                            last.items.push((text("namespace"), text("name"), item.to_string()));
                        }
                        last.items.sort_by_key(|(namespace, name, _)| format!("{namespace}/{name}"));
                    }
                }
            }
        }
        world
    }

    pub fn fault(&mut self, plural: &str, later: Option<bool>, times: usize, fault: Fault) {
        self.faults.push(FaultRule { plural: plural.into(), later, namespaced: None, times, fault });
    }

    pub fn start(self) -> Fake {
        Fake::start(self, None)
    }
}

/// A running server and what it saw.
pub struct Fake {
    pub state: Arc<State>,
    server: Server,
    /// PEM of the authority that signed the server's certificate, with TLS.
    pub authority: Option<String>,
    dir: tempfile::TempDir,
}

pub struct State {
    pub world: Mutex<World>,
    /// Method and target of every request.
    pub log: Mutex<Vec<(String, String)>>,
    pub agents: Mutex<BTreeSet<String>>,
    /// Indexes of the rules that allowed something.
    pub used: Mutex<BTreeSet<usize>>,
    pub denied: AtomicUsize,
    now: AtomicUsize,
    pub most: AtomicUsize,
    count: AtomicUsize,
    /// Answers that went out compressed.
    pub packed: AtomicUsize,
}

impl Fake {
    fn start(world: World, tls: Option<(Arc<rustls::ServerConfig>, String)>) -> Self {
        let state = Arc::new(State {
            world: Mutex::new(world),
            log: Mutex::default(),
            agents: Mutex::default(),
            used: Mutex::default(),
            denied: AtomicUsize::new(0),
            now: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
            count: AtomicUsize::new(0),
            packed: AtomicUsize::new(0),
        });
        let handles = state.clone();
        let (config, authority) = tls.unzip();
        let server = Server::start(Arc::new(move |request: &Request| handles.handle(request)), config);
        Self { state, server, authority, dir: tempfile::tempdir().unwrap() }
    }

    /// With a certificate for these names, signed by an authority of its own.
    pub fn tls(world: World, names: &[&str], from: (i32, u8, u8), to: (i32, u8, u8)) -> Self {
        Self::start(world, Some(certified(names, from, to)))
    }

    pub fn url(&self) -> String {
        let scheme = if self.authority.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.server.address)
    }

    /// A kubeconfig for it; `user` is the YAML of the user.
    pub fn kubeconfig(&self, user: &str, authority: Option<&str>) -> PathBuf {
        kubeconfig(self.dir.path(), &self.url(), user, authority)
    }

    /// The same handler without a socket: a client that asks it directly.
    pub fn in_process(&self) -> sextant::collect::cluster::Target {
        use http_body_util::BodyExt as _;
        let state = self.state.clone();
        let service = tower::service_fn(move |request: ::http::Request<kube::client::Body>| {
            let state = state.clone();
            async move {
                let (head, body) = request.into_parts();
                let headers = head.headers.iter().map(|(k, v)| (k.to_string(), v.to_str().unwrap_or("").to_owned()));
                let request = Request {
                    method: head.method.to_string(),
                    target: head.uri.to_string(),
                    headers: headers.collect(),
                    body: body.collect().await?.to_bytes().to_vec(),
                };
                let response = state.handle(&request);
                let mut built = ::http::Response::builder().status(response.status);
                for (name, value) in &response.headers {
                    built = built.header(name, value);
                }
                Ok::<_, kube::Error>(built.body(kube::client::Body::from(response.body)).unwrap())
            }
        });
        let make = move || kube::Client::new(service.clone(), "default");
        let client = sextant::collect::cluster::Given(Arc::new(make));
        sextant::collect::cluster::Target { client: Some(client), ..Default::default() }
    }

    /// A kubeconfig with the right authority and a token.
    pub fn target(&self) -> sextant::collect::cluster::Target {
        let path = self.kubeconfig("{token: the-right-token}", self.authority.as_deref());
        sextant::collect::cluster::Target { kubeconfig: Some(path), ..Default::default() }
    }

    pub fn log(&self) -> Vec<(String, String)> {
        self.state.log.lock().unwrap().clone()
    }
}

/// A server's side of TLS, and the PEM of the authority that signed it.
fn certified(names: &[&str], from: (i32, u8, u8), to: (i32, u8, u8)) -> (Arc<rustls::ServerConfig>, String) {
    use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.distinguished_name.push(rcgen::DnType::CommonName, "fake-authority");
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    let mut leaf = CertificateParams::new(names).unwrap();
    leaf.not_before = rcgen::date_time_ymd(from.0, from.1, from.2);
    leaf.not_after = rcgen::date_time_ymd(to.0, to.1, to.2);
    let key = KeyPair::generate().unwrap();
    let leaf = leaf.signed_by(&key, &authority).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], rustls::pki_types::PrivateKeyDer::Pkcs8(key.serialize_der().into()))
        .unwrap();
    (Arc::new(config), authority.pem())
}

/// A certificate that nobody trusts.
fn stranger() -> Arc<rustls::ServerConfig> {
    certified(&["127.0.0.1"], (2020, 1, 1), (2099, 1, 1)).0
}

/// Writes a kubeconfig.
pub fn kubeconfig(dir: &Path, server: &str, user: &str, authority: Option<&str>) -> PathBuf {
    use base64::Engine as _;
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let path = dir.join(format!("kubeconfig-{}", NUMBER.fetch_add(1, Ordering::SeqCst)));
    let mut file = std::fs::File::create(&path).unwrap();
    let authority = authority
        .map(|pem| format!(", certificate-authority-data: {}", base64::engine::general_purpose::STANDARD.encode(pem)));
    writeln!(
        file,
        "apiVersion: v1\nkind: Config\ncurrent-context: fake\n\
         clusters: [{{name: c, cluster: {{server: \"{server}\"{}}}}}]\n\
         users: [{{name: u, user: {user}}}]\n\
         contexts: [{{name: fake, context: {{cluster: c, user: u}}}}]",
        authority.unwrap_or_default()
    )
    .unwrap();
    path
}

fn status(code: u16, reason: &str) -> Response {
    let body = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "reason": reason,
        "message": format!("{reason}, says the fake"), "code": code});
    Response::json(code, body.to_string())
}

impl State {
    fn handle(&self, request: &Request) -> Response {
        let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        let mut response = self.answer(request);
        if let Some(date) = self.world.lock().unwrap().date.clone() {
            response = response.with("Date", &date);
        }
        let gzip = self.world.lock().unwrap().gzip && request.header("accept-encoding").contains("gzip");
        if gzip && response.manner == Manner::Whole {
            let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            packed.write_all(&response.body).unwrap();
            response.body = packed.finish().unwrap();
            response = response.with("Content-Encoding", "gzip");
            self.packed.fetch_add(1, Ordering::SeqCst);
        }
        self.now.fetch_sub(1, Ordering::SeqCst);
        response
    }

    fn answer(&self, request: &Request) -> Response {
        self.log.lock().unwrap().push((request.method.clone(), request.target.clone()));
        self.agents.lock().unwrap().insert(request.header("user-agent").to_owned());
        let count = self.count.fetch_add(1, Ordering::SeqCst);
        let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
        let query: BTreeMap<String, String> = query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(k, v)| (k.into(), v.replace("%3D", "=")))
            .collect();
        let mut world = self.world.lock().unwrap();
        if let Some(token) = &world.token
            && (request.header("authorization") != format!("Bearer {token}")
                || world.token_lasts.is_some_and(|lasts| count >= lasts))
        {
            return status(401, "Unauthorized");
        }
        if let Some(response) = world.canned.get(path) {
            return response.clone();
        }
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        match parts.as_slice() {
            ["version"] => Response::json(200, r#"{"major":"1","minor":"37","gitVersion":"v1.37.2"}"#),
            ["apis", "authorization.k8s.io", "v1", "selfsubjectaccessreviews"] if request.method == "POST" => {
                self.review(&world, &request.body)
            }
            _ if request.method != "GET" => status(405, "MethodNotAllowed"),
            ["api" | "apis"] => discovery_root(&world, parts[0] == "api", request.header("accept")),
            ["api", version] => legacy_resources(&world, "", version),
            ["apis", group, version] => legacy_resources(&world, group, version),
            ["api", version, rest @ ..] => self.objects(&mut world, "", version, rest, &query, request),
            ["apis", group, version, rest @ ..] => self.objects(&mut world, group, version, rest, &query, request),
            _ => Response::of(404, "text/plain", "404 page not found\n"),
        }
    }

    fn allows(&self, world: &World, verb: &str, group: &str, plural: &str, namespace: Option<&str>) -> bool {
        let Some(rules) = &world.rules else { return true };
        let has = |list: &[String], word: &str| list.iter().any(|entry| entry == word || entry == "*");
        let found = rules.iter().position(|rule| {
            has(&rule.groups, group)
                && has(&rule.resources, plural)
                && has(&rule.verbs, verb)
                && rule.namespace.as_deref().is_none_or(|of| Some(of) == namespace)
        });
        if let Some(index) = found {
            self.used.lock().unwrap().insert(index);
        }
        found.is_some()
    }

    fn review(&self, world: &World, body: &[u8]) -> Response {
        let review: Value = serde_json::from_slice(body).unwrap();
        let attributes = &review["spec"]["resourceAttributes"];
        let text = |key: &str| attributes[key].as_str().unwrap_or_default();
        let namespace = attributes["namespace"].as_str();
        let allowed = self.allows(world, text("verb"), text("group"), text("resource"), namespace);
        Response::json(201, json!({"kind": "SelfSubjectAccessReview", "status": {"allowed": allowed}}).to_string())
    }

    fn objects(
        &self,
        world: &mut World,
        group: &str,
        version: &str,
        rest: &[&str],
        query: &BTreeMap<String, String>,
        request: &Request,
    ) -> Response {
        if world.stale.contains(&(group.into(), version.into())) {
            return Response::of(503, "text/plain", "service unavailable\n");
        }
        let (namespace, plural, name) = match rest {
            ["namespaces", namespace, plural] => (Some(*namespace), *plural, None),
            ["namespaces", namespace, plural, name] => (Some(*namespace), *plural, Some(*name)),
            [plural] => (None, *plural, None),
            [plural, name] => (None, *plural, Some(*name)),
            _ => return Response::of(404, "text/plain", "404 page not found\n"),
        };
        let later = query.contains_key("continue");
        let verb = if name.is_some() { "get" } else { "list" };
        if !self.allows(world, verb, group, plural, namespace) {
            self.denied.fetch_add(1, Ordering::SeqCst);
            return status(403, "Forbidden");
        }
        let Some(at) =
            world.resources.iter().position(|r| r.group == group && r.version == version && r.plural == plural)
        else {
            return Response::of(404, "text/plain", "404 page not found\n");
        };
        let mut manner = Manner::Whole;
        let matching = world.faults.iter_mut().find(|rule| {
            rule.times > 0
                && rule.plural == plural
                && name.is_none()
                && rule.later.is_none_or(|of| of == later)
                && rule.namespaced.is_none_or(|of| of == namespace.is_some())
        });
        let mut cut_json = false;
        if let Some(rule) = matching {
            rule.times -= 1;
            match rule.fault {
                Fault::Status(code) => return status(code, "Fault"),
                Fault::Text(code) => return Response::of(code, "text/plain", "upstream says no\n"),
                Fault::Throttle => {
                    return Response::of(429, "text/plain", "Too many requests, please try again later.\n")
                        .with("Retry-After", "1");
                }
                Fault::Expired { resume } => {
                    let token = if resume { query.get("continue").map(String::as_str).unwrap_or_default() } else { "" };
                    let body = json!({"kind": "Status", "apiVersion": "v1", "metadata": {"continue": token},
                        "status": "Failure", "reason": "Expired", "code": 410});
                    return Response::json(410, body.to_string());
                }
                Fault::Html => return Response::of(200, "text/html", "<html>password=hunter2-in-login-page</html>"),
                Fault::Alien => return Response::json(200, r#"{"hello":"world"}"#),
                Fault::CutJson => cut_json = true,
                Fault::CutBody => manner = Manner::Cut,
                Fault::Silent => manner = Manner::Silent,
                Fault::Drip => manner = Manner::Drip,
                Fault::Gone => manner = Manner::Leave,
                Fault::Recertified => manner = Manner::Recertify,
                Fault::Undressed => manner = Manner::Undress,
            }
        }
        if world.broken.contains(&(group.into(), version.into())) {
            return status(500, "InternalError");
        }
        let resource = &world.resources[at];
        if let Some(name) = name {
            let found = resource.items.iter().find(|item| item.1 == name && namespace.is_none_or(|of| of == item.0));
            return match found {
                Some((_, _, text)) => {
                    let mut object: Value = serde_json::from_str(text).unwrap();
                    object["kind"] = resource.kind.as_str().into();
                    object["apiVersion"] = api_version(group, version).into();
                    Response::json(200, object.to_string())
                }
                None => status(404, "NotFound"),
            };
        }
        let selected = query.get("fieldSelector").map(|selector| selector.trim_start_matches("metadata.name="));
        let of_name = |name: &str| selected.is_none_or(|selected| selected == name);
        let all: Vec<&(String, String, String)> =
            resource.items.iter().filter(|item| namespace.is_none_or(|of| of == item.0) && of_name(&item.1)).collect();
        let mut all = all;
        if world.backwards {
            all.reverse();
        }
        let limit: usize = query.get("limit").and_then(|limit| limit.parse().ok()).unwrap_or(usize::MAX);
        let from: usize =
            query.get("continue").and_then(|token| token.strip_prefix("from-")?.parse().ok()).unwrap_or(0);
        let to = from.saturating_add(limit).min(all.len());
        let page = &all[from.min(to)..to];
        let metadata = if to < all.len() {
            json!({"resourceVersion": "100", "continue": format!("from-{to}"), "remainingItemCount": all.len() - to})
        } else {
            json!({"resourceVersion": "100"})
        };
        let mut body;
        if request.header("accept").contains("as=Table") {
            let rows: Vec<Value> = page
                .iter()
                .map(|(_, name, text)| {
                    let object: Value = serde_json::from_str(text).unwrap();
                    json!({"cells": [name, object["type"], 1, "1d"], "object": {"kind": "PartialObjectMetadata",
                        "apiVersion": "meta.k8s.io/v1", "metadata": object["metadata"]}})
                })
                .collect();
            body = json!({"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": metadata, "rows": rows,
                "columnDefinitions": [{"name": "Name"}, {"name": "Type"}, {"name": "Data"}, {"name": "Age"}]})
            .to_string();
        } else {
            body = format!(
                r#"{{"kind":"{}List","apiVersion":"{}","metadata":{metadata},"items":["#,
                resource.kind,
                api_version(group, version)
            );
            for (index, (_, _, text)) in page.iter().enumerate() {
                if index > 0 {
                    body.push(',');
                }
                body.push_str(text);
            }
            body.push_str("]}");
        }
        if cut_json {
            body.truncate(body.len() - 5);
        }
        if !world.delay.is_zero() {
            std::thread::sleep(world.delay);
        }
        Response { manner, ..Response::json(200, body) }
    }
}

fn api_version(group: &str, version: &str) -> String {
    if group.is_empty() { version.into() } else { format!("{group}/{version}") }
}

const VERBS: [&str; 8] = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

fn groups(world: &World) -> Vec<(String, Vec<String>)> {
    let mut found: Vec<(String, Vec<String>)> = Vec::new();
    let pairs = world.resources.iter().map(|r| (&r.group, &r.version)).chain(world.stale.iter().map(|(g, v)| (g, v)));
    for (group, version) in pairs {
        match found.iter_mut().find(|(name, _)| name == group) {
            Some((_, versions)) if !versions.contains(version) => versions.push(version.clone()),
            Some(_) => {}
            None => found.push((group.clone(), vec![version.clone()])),
        }
    }
    found
}

fn discovery_root(world: &World, core: bool, accept: &str) -> Response {
    let groups: Vec<_> = groups(world).into_iter().filter(|(name, _)| name.is_empty() == core).collect();
    if world.legacy || !accept.contains("as=APIGroupDiscoveryList") {
        if core {
            return Response::json(200, json!({"kind": "APIVersions", "versions": groups[0].1}).to_string());
        }
        let list: Vec<Value> = groups
            .iter()
            .map(|(name, versions)| {
                let versions: Vec<Value> = versions
                    .iter()
                    .map(|version| json!({"groupVersion": format!("{name}/{version}"), "version": version}))
                    .collect();
                json!({"name": name, "preferredVersion": versions[0], "versions": versions})
            })
            .collect();
        return Response::json(200, json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": list}).to_string());
    }
    let items: Vec<Value> = groups
        .iter()
        .map(|(name, versions)| {
            let versions: Vec<Value> =
                versions.iter().map(|version| aggregated_version(world, name, version)).collect();
            json!({"metadata": {"name": name}, "versions": versions})
        })
        .collect();
    let body = json!({"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "items": items});
    Response::of(200, "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList", body.to_string())
}

fn aggregated_version(world: &World, group: &str, version: &str) -> Value {
    if world.stale.contains(&(group.into(), version.into())) {
        return json!({"version": version, "freshness": "Stale", "resources": []});
    }
    let resources: Vec<Value> = world
        .resources
        .iter()
        .filter(|r| r.group == group && r.version == version)
        .map(|r| {
            json!({"resource": r.plural, "responseKind": {"group": "", "version": "", "kind": r.kind},
                "scope": if r.namespaced { "Namespaced" } else { "Cluster" }, "verbs": VERBS})
        })
        .collect();
    json!({"version": version, "freshness": "Current", "resources": resources})
}

fn legacy_resources(world: &World, group: &str, version: &str) -> Response {
    if world.stale.contains(&(group.into(), version.into())) {
        return Response::of(503, "text/plain", "service unavailable\n");
    }
    let resources: Vec<Value> = world
        .resources
        .iter()
        .filter(|r| r.group == group && r.version == version)
        .map(|r| json!({"name": r.plural, "namespaced": r.namespaced, "kind": r.kind, "verbs": VERBS}))
        .collect();
    if resources.is_empty() {
        return Response::of(404, "text/plain", "404 page not found\n");
    }
    let body = json!({"kind": "APIResourceList", "groupVersion": api_version(group, version), "resources": resources});
    Response::json(200, body.to_string())
}
