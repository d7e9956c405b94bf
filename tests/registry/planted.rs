//! Credentials planted where every kind of registry keeps them occur in nothing that leaves the
//! process, whatever is broken about the source. Harbor's live API has a test of its own.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::harness::{sextant, text};

const SECRET: &str = "pLant3d.9f3c7be1-Zq";

fn assert_clean(what: &str, shown: &str) {
    let whole = STANDARD.encode(SECRET);
    let inner = STANDARD.encode(format!("u:{SECRET}"));
    let hex: String = SECRET.bytes().map(|byte| format!("{byte:02x}")).collect();
    for needle in [SECRET, &whole[..20], &inner[4..20], &hex, "9f3c7be1"] {
        assert!(!shown.contains(needle), "{what} shows {needle}:\n{shown}");
    }
}

/// Every product's answers, with the secret wherever that product has one, and in fields nobody knows.
fn exports() -> Vec<(&'static str, Vec<(&'static str, Value)>)> {
    let url = format!("https://u:{SECRET}@elsewhere.example/v2");
    vec![
        (
            "harbor",
            vec![
                ("/api/v2.0/users/current", json!({"username": "admin", "sysadmin_flag": true, "comment": SECRET})),
                (
                    "/api/v2.0/projects",
                    json!([{"project_id": 1, "name": "p", "owner_name": "admin", "registry_id": 7, "metadata": {"public": "false", "x": SECRET}}]),
                ),
                (
                    "/api/v2.0/robots",
                    json!([{"id": 1, "name": "robot$x", "level": "system", "secret": SECRET, "permissions": []}]),
                ),
                (
                    "/api/v2.0/registries",
                    json!([{"id": 7, "url": url, "credential": {"access_key": "k", "access_secret": SECRET}}]),
                ),
                (
                    "/api/v2.0/replication/policies",
                    json!([{"id": 1, "name": "r", "enabled": true, "dest_registry": {"id": 7, "url": url, "credential": {"access_secret": SECRET}}}]),
                ),
                (
                    "/api/v2.0/configurations",
                    json!({"auth_mode": {"value": "ldap_auth"}, "ldap_search_password": {"value": SECRET}, "audit_log_forward_endpoint": {"value": url}}),
                ),
            ],
        ),
        (
            "quay",
            vec![
                (
                    "/api/v1/organization/pay/robots?permissions=true&token=false",
                    json!({"robots": [{"name": "pay+ci", "token": SECRET, "repositories": ["api"]}]}),
                ),
                (
                    "/api/v1/repository?namespace=pay",
                    json!({"repositories": [{"namespace": "pay", "name": "api", "is_public": false, "description": SECRET}]}),
                ),
                (
                    "/api/v1/repository/pay/api/permissions/user/",
                    json!({"permissions": {"pay+ci": {"role": "write", "is_robot": true, "token": SECRET}}}),
                ),
            ],
        ),
        (
            "nexus",
            vec![
                (
                    "/service/rest/v1/repositorySettings",
                    json!([{"name": "far", "format": "docker", "type": "proxy", "proxy": {"remoteUrl": url}, "httpClient": {"authentication": {"username": "u", "password": SECRET}}}]),
                ),
                (
                    "/service/rest/v1/security/users",
                    json!([{"userId": "ci", "source": "default", "status": "active", "roles": ["nx-admin"], "password": SECRET}]),
                ),
                (
                    "/service/rest/v1/security/anonymous",
                    json!({"enabled": true, "userId": "anonymous", "realmName": SECRET}),
                ),
            ],
        ),
        (
            "artifactory",
            vec![
                (
                    "/artifactory/api/repositories",
                    json!([{"key": "far", "type": "REMOTE", "packageType": "Docker", "url": url, "description": SECRET}]),
                ),
                ("/access/api/v2/users/ann", json!({"username": "ann", "admin": true, "password": SECRET})),
                (
                    "/access/api/v2/permissions/p",
                    json!({"name": "p", "token": SECRET, "resources": {"artifact": {"actions": {"users": {"ann": ["WRITE"]}}, "targets": {"far": {"include_patterns": ["**"]}}}}}),
                ),
            ],
        ),
        (
            "gitlab",
            vec![
                (
                    "/api/v4/projects/1",
                    json!({"path_with_namespace": "pay/api", "visibility": "private", "runners_token": SECRET, "import_url": url}),
                ),
                (
                    "/api/v4/projects/1/members/all",
                    json!([{"username": "ann", "access_level": 40, "private_token": SECRET}]),
                ),
                (
                    "/api/v4/projects/1/deploy_tokens",
                    json!([{"username": "gitlab+deploy-token-1", "scopes": ["write_registry"], "token": SECRET}]),
                ),
            ],
        ),
    ]
}

/// What is wrong with a file: a name, and what it makes of the lines.
type Fault = (&'static str, fn(&[(&str, Value)]) -> String);

const FAULTS: [Fault; 9] = [
    ("nothing", |calls| calls.iter().map(|(call, body)| line(call, 200, body)).collect()),
    ("401", |calls| calls.iter().map(|(call, body)| line(call, 401, body)).collect()),
    ("403 of the last", |calls| {
        let last = calls.len() - 1;
        calls
            .iter()
            .enumerate()
            .map(|(at, (call, body))| line(call, if at == last { 403 } else { 200 }, body))
            .collect()
    }),
    ("429", |calls| calls.iter().map(|(call, body)| line(call, 429, body)).collect()),
    ("500 of a later page", |calls| {
        calls.iter().map(|(call, body)| line(call, 200, body) + &line(call, 500, &json!(SECRET))).collect()
    }),
    ("bodies that are texts", |calls| {
        calls.iter().map(|(call, _)| line(call, 200, &json!(format!("<p>{SECRET}</p>")))).collect()
    }),
    ("a line that is no JSON", |calls| line(calls[0].0, 200, &calls[0].1) + &format!("curl: (22) {SECRET}\n")),
    ("a line that is cut", |calls| {
        let whole = line(calls[0].0, 200, &calls[0].1);
        whole.clone() + &whole[..whole.len() - 9]
    }),
    ("other shapes", |calls| {
        calls.iter().map(|(call, body)| line(call, 200, &json!({"x": [body, SECRET], SECRET: SECRET}))).collect()
    }),
];

fn line(call: &str, status: u16, body: &Value) -> String {
    format!("{}\n", json!({"call": call, "status": status, "body": body}))
}

#[test]
fn no_credential_of_an_export_is_shown_whatever_is_broken() {
    let dir = tempfile::tempdir().unwrap();
    let (file, snapshot) = (text(&dir.path().join("x.jsonl")), text(&dir.path().join("x.sxs")));
    for (product, calls) in exports() {
        for (fault, broken) in FAULTS {
            let what = format!("{product}, {fault}");
            std::fs::write(&file, broken(&calls)).unwrap();
            let _ = std::fs::remove_file(&snapshot);
            let named = format!("bank={file}");
            let run = sextant(&["snapshot", "--sample", "--registry", &named, "-o", &snapshot]);
            assert_clean(&what, &(run.out + &run.err));
            if run.code == 2 {
                assert!(fault.starts_with("a line"), "{what} is no usage error");
                continue;
            }
            let stored = zstd::decode_all(std::fs::File::open(&snapshot).unwrap()).unwrap();
            let stored = String::from_utf8(stored).unwrap();
            assert!(stored.contains("RegistryFacts"), "{what}");
            assert_clean(&what, &stored);
            // The formats say the same: one of them for each fault, both for the whole file.
            for format in if fault == "nothing" { &["json", "table"][..] } else { &["json"][..] } {
                let run = sextant(&["audit", &snapshot, "--all", "-o", format, "--select", "registry"]);
                assert_clean(&what, &(run.out + &run.err));
            }
        }
    }
}

/// Configurations of registries in the cluster, each with the secret where that product has one.
fn configured() -> Vec<(&'static str, &'static str, &'static str, String)> {
    let zot = json!({"distSpecVersion": "1.1.1", "storage": {"rootDirectory": "/d", "storageDriver": {"name": "s3", "secretkey": SECRET}},
        "http": {"auth": {"htpasswd": {"path": "/h"}, "ldap": {"bindPassword": SECRET}, "openid": {"providers": {"x": {"clientsecret": SECRET}}}},
            "accessControl": {"repositories": {"**": {"policies": [{"users": ["ci"], "actions": ["create"], "conditions": [{"expression": SECRET}]}]}}}},
        "extensions": {"sync": {"enable": true, "registries": [{"urls": [format!("https://u:{SECRET}@far.example")]}]}}});
    let docker_auth = format!(
        "server: {{addr: ':5001', key: {SECRET}}}\ntoken: {{issuer: x, key: {SECRET}}}\nusers:\n  admin: {{password: {SECRET}}}\nldap_auth: {{bind_password: {SECRET}}}\nacl:\n- {{match: {{account: admin}}, actions: ['*'], comment: {SECRET}}}\n"
    );
    let distribution = format!(
        "version: 0.1\nstorage: {{s3: {{accesskey: {SECRET}, secretkey: {SECRET}}}}}\nhttp: {{secret: {SECRET}}}\nproxy: {{remoteurl: 'https://u:{SECRET}@docker.io', password: {SECRET}}}\nauth: {{htpasswd: {{realm: r, path: /{SECRET}}}}}\nredis: {{password: {SECRET}}}\n"
    );
    vec![
        ("zot", "ghcr.io/project-zot/zot:v2.1.9", "config.json", zot.to_string()),
        ("docker-auth", "cesanta/docker_auth:1.13", "auth_config.yml", docker_auth),
        ("registry", "docker.io/library/registry:3", "config.yml", distribution),
        ("chartmuseum", "ghcr.io/helm/chartmuseum:v0.16.2", "none.yaml", String::new()),
    ]
}

#[test]
fn no_credential_of_a_configuration_is_shown_wherever_it_lies() {
    for (name, image, key, config) in configured() {
        let lies: [(&str, &str, String); 4] = [
            ("whole, in a ConfigMap", "ConfigMap", config.clone()),
            ("cut, in a ConfigMap", "ConfigMap", config.chars().take(config.len() * 2 / 3).collect()),
            ("no configuration at all", "ConfigMap", format!("acl storage accessControl {SECRET} [")),
            ("in a Secret", "Secret", config.clone()),
        ];
        for (place, kind, config) in lies {
            let held = if kind == "Secret" { json!({key: STANDARD.encode(&config)}) } else { json!({key: config}) };
            let volume = if kind == "Secret" {
                json!({"name": "c", "secret": {"secretName": "c"}})
            } else {
                json!({"name": "c", "configMap": {"name": "c"}})
            };
            let labels = json!({"app": name});
            let workload = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "namespace": "r"}, "spec": {
                "replicas": 1, "selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": {"volumes": [volume],
                "containers": [{"name": "c", "image": image, "args": [format!("--basic-auth-pass={SECRET}"), "--storage-password", SECRET],
                    "env": [{"name": "BASIC_AUTH_USER", "value": "u"}, {"name": "BASIC_AUTH_PASS", "value": SECRET}, {"name": "REGISTRY_HTTP_SECRET", "value": SECRET},
                        {"name": "REGISTRY_PROXY_REMOTEURL", "value": format!("https://u:{SECRET}@docker.io")}, {"name": "REGISTRY_STORAGE_S3_SECRETKEY", "value": SECRET}]}]}}}});
            let pull = json!({"auths": {"h.example": {"username": "u", "password": SECRET, "auth": STANDARD.encode(format!("u:{SECRET}"))}}}).to_string();
            let objects = [
                workload,
                json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": "c", "namespace": "r"}, "data": held}),
                json!({"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/dockerconfigjson", "metadata": {"name": "p", "namespace": "r",
                    "annotations": {"tekton.dev/docker-0": format!("https://u:{SECRET}@h.example")}}, "data": {".dockerconfigjson": STANDARD.encode(&pull)}}),
                json!({"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/dockerconfigjson", "metadata": {"name": "broken", "namespace": "r"}, "data": {".dockerconfigjson": STANDARD.encode(&pull[..pull.len() - 4])}}),
            ];
            let dir = tempfile::tempdir().unwrap();
            let (file, snapshot) = (text(&dir.path().join("x.json")), text(&dir.path().join("x.sxs")));
            std::fs::write(&file, json!({"apiVersion": "v1", "kind": "List", "items": objects}).to_string()).unwrap();
            let modes = if place.starts_with("whole") {
                &["none", "metadata", "named", "list"][..]
            } else {
                &["none", "list"][..]
            };
            for mode in modes {
                let what = format!("{name}, {place}, {mode}");
                let run = sextant(&["snapshot", &file, "--complete", "--secrets", mode, "-o", &snapshot]);
                assert_clean(&what, &(run.out + &run.err));
                let stored = zstd::decode_all(std::fs::File::open(&snapshot).unwrap()).unwrap();
                assert_clean(&what, &String::from_utf8(stored).unwrap());
                let run = sextant(&["audit", &snapshot, "--all", "-o", "json", "--select", "registry"]);
                assert_clean(&what, &(run.out + &run.err));
            }
        }
    }
}
