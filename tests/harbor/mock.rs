//! A Harbor in this process: its questions and answers are held against Harbor's own description.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex},
};

use serde_json::{Value, json};

use crate::fake::http::{Manner, Request, Response, Server};

/// Harbor's OpenAPI description, as JSON.
pub struct Contract {
    root: Value,
    validators: Mutex<HashMap<String, Arc<jsonschema::Validator>>>,
}

impl Contract {
    pub fn load() -> Option<Self> {
        let path = crate::harness::shared("data/registry/harbor-swagger.yaml")?;
        let mut root: Value = sextant::yaml::parse(&std::fs::read_to_string(path).unwrap()).unwrap();
        for (_, definition) in root["definitions"].as_object_mut().unwrap() {
            close(definition);
        }
        Some(Self { root, validators: Mutex::default() })
    }

    /// The template and the description of a GET; panics where Harbor has no such call.
    fn operation(&self, path: &str) -> (String, &Value) {
        let parts: Vec<&str> = path.split('/').collect();
        let fits = |template: &str| {
            let of: Vec<&str> = template.split('/').collect();
            of.len() == parts.len() && of.iter().zip(&parts).all(|(t, p)| t.starts_with('{') || t == p)
        };
        let paths = self.root["paths"].as_object().unwrap();
        let found = paths.get_key_value(path).or_else(|| paths.iter().find(|(template, _)| fits(template)));
        let (template, item) = found.unwrap_or_else(|| panic!("Harbor has no {path}"));
        (template.clone(), item.get("get").unwrap_or_else(|| panic!("Harbor has no GET {path}")))
    }

    /// Panics where a question or its answer is not Harbor's.
    pub fn hold(&self, path: &str, query: &[(String, String)], status: u16, body: &Value) {
        let (template, operation) = self.operation(path);
        let known: Vec<&str> = operation["parameters"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| match one["$ref"].as_str() {
                Some(to) => self.root.pointer(&to[1..]).unwrap()["name"].as_str().unwrap(),
                None => one["name"].as_str().unwrap(),
            })
            .collect();
        for (name, _) in query {
            assert!(known.contains(&name.as_str()), "{template} has no parameter {name}");
        }
        if status != 200 {
            return;
        }
        let mut cache = self.validators.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let validator = cache.entry(template.clone()).or_insert_with(|| {
            let mut schema = operation["responses"]["200"]["schema"].clone();
            schema["definitions"] = self.root["definitions"].clone();
            // A `$ref` stands alone in old drafts: keep it beside nothing.
            let schema = match schema.get("$ref").cloned() {
                Some(to) => json!({"allOf": [{"$ref": to}], "definitions": schema["definitions"]}),
                None => schema,
            };
            Arc::new(jsonschema::options().with_draft(jsonschema::Draft::Draft4).build(&schema).unwrap())
        });
        let wrong: Vec<String> =
            validator.iter_errors(body).map(|e| format!("{} at {}", e, e.instance_path())).collect();
        assert!(wrong.is_empty(), "{template}: {wrong:?}");
    }
}

/// A field that Harbor's description does not know is a mistake of the mock.
fn close(schema: &mut Value) {
    let Some(map) = schema.as_object_mut() else { return };
    if map.get("properties").is_some_and(|p| p.as_object().is_some_and(|p| !p.is_empty()))
        && !map.contains_key("additionalProperties")
    {
        map.insert("additionalProperties".into(), false.into());
    }
    if map.remove("x-nullable") == Some(true.into())
        && let Some(kind) = map.get("type").cloned()
    {
        map.insert("type".into(), json!([kind, "null"]));
    }
    for key in ["properties", "items", "additionalProperties"] {
        match map.get_mut(key) {
            Some(Value::Object(inner)) if key == "properties" => inner.values_mut().for_each(close),
            // go-swagger makes `interface{}` of a bare object here, and Harbor does send texts and
            // numbers (`extra_attrs.created`, `params.latestPushedK`): any value is allowed.
            Some(inner) if key == "additionalProperties" && *inner == json!({"type": "object"}) => *inner = json!({}),
            Some(inner) => close(inner),
            None => {}
        }
    }
}

/// What a call answers instead.
#[derive(Clone)]
pub struct Fault {
    /// The call without paging.
    pub call: String,
    /// From this page on; 0 for any.
    pub page: usize,
    /// How often; then it goes well.
    pub times: usize,
    pub response: Response,
}

#[derive(Default)]
pub struct Log {
    pub asked: Vec<String>,
    pub logins: Vec<String>,
    pub broken: Vec<String>,
}

/// Serves these answers over TLS; returns the authority too.
pub struct Mock {
    pub server: Server,
    pub authority: String,
    pub log: Arc<Mutex<Log>>,
}

impl Mock {
    pub fn start(answers: BTreeMap<String, Value>, faults: Vec<Fault>, contract: Option<Arc<Contract>>) -> Self {
        let log = Arc::new(Mutex::new(Log::default()));
        let (seen, faults) = (log.clone(), Mutex::new(faults));
        let handler = move |request: &Request| {
            let target = request.target.strip_prefix("/api/v2.0").unwrap_or("/not-the-api");
            let target = target.replace("%3D", "=").replace("%2C", ",");
            let (path, query) = target.split_once('?').unwrap_or((&target, ""));
            let query: Vec<(String, String)> = query
                .split('&')
                .filter(|one| !one.is_empty())
                .map(|one| one.split_once('=').map(|(k, v)| (k.to_owned(), v.to_owned())).unwrap())
                .collect();
            let call = sextant::facts::registry::answers::without_paging(&target);
            let number = |name: &str| query.iter().find(|(k, _)| k == name).map_or(0, |(_, v)| v.parse().unwrap());
            let (page, size): (usize, usize) = (number("page"), number("page_size"));
            let mut log = seen.lock().unwrap();
            log.asked.push(format!("{} {target}", request.method));
            log.logins.push(request.header("authorization").to_owned());
            drop(log);
            let mut faults = faults.lock().unwrap();
            let hit = faults.iter_mut().find(|f| f.times > 0 && (f.call == call || f.call == "*") && page >= f.page);
            if let Some(fault) = hit {
                fault.times -= 1;
                return fault.response.clone();
            }
            drop(faults);
            let (status, body, total) = match answers.get(&call) {
                None => (404, json!({"errors": [{"code": "NOT_FOUND", "message": "no such thing"}]}), None),
                Some(Value::Array(items)) => {
                    let page: Vec<Value> =
                        items.iter().skip(page.max(1).saturating_sub(1) * size).take(size).cloned().collect();
                    (200, Value::Array(page), Some(items.len()))
                }
                Some(body) => (200, body.clone(), None),
            };
            if let Some(contract) = &contract {
                let held = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                    contract.hold(path, &query, status, &body)
                }));
                if let Err(told) = held {
                    let told = told.downcast_ref::<String>().cloned().unwrap_or_default();
                    seen.lock().unwrap().broken.push(format!("{call}: {told}"));
                }
            }
            let response = Response::json(status, body.to_string());
            match total {
                Some(total) => response.with("X-Total-Count", &total.to_string()),
                None => response,
            }
        };
        let (config, authority) = tls();
        Self { server: Server::start(Arc::new(handler), Some(config)), authority, log }
    }

    pub fn url(&self) -> String {
        format!("https://localhost:{}", self.server.address.port())
    }
}

fn tls() -> (Arc<rustls::ServerConfig>, String) {
    use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let leaf = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
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

/// A response that says nothing.
pub fn silent() -> Response {
    Response { manner: Manner::Silent, ..Response::json(200, "{}") }
}
