//! Secrets planted where people put them occur in nothing that leaves the process: not raw, not
//! in base64, not in hex; not in snapshots, reports or messages; not in any mode.

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD},
};
use proptest::prelude::*;
use serde_json::{Value, json};
use sextant::snapshot::{file, slim::Secrets};

use crate::{
    cluster::{limits, read},
    fake::{Fault, World},
    harness::{sextant, text},
};

/// Everything that must not be seen of a planted value: itself, in hexadecimal digits of both cases, in
/// base64 of both alphabets, padded or not, alone or on any of three boundaries inside of a longer text.
fn traces(secret: &str) -> Vec<String> {
    let hex = |upper: bool| -> String {
        secret.bytes().map(|byte| if upper { format!("{byte:02X}") } else { format!("{byte:02x}") }).collect()
    };
    let mut found = vec![secret.to_owned(), hex(false), hex(true)];
    for engine in [&STANDARD, &URL_SAFE] {
        for shift in 0..3 {
            let encoded = engine.encode(format!("{}{secret}", "x".repeat(shift)));
            // The first and the last digits are shared with the neighbours.
            let core: String = encoded.chars().skip(if shift == 0 { 0 } else { 4 }).collect();
            let core = core.trim_end_matches('=');
            found.push(core[..core.len() - 4].to_owned());
        }
    }
    found
}

fn key_and_certificate() -> (String, String) {
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate =
        rcgen::CertificateParams::new(vec!["shop.example".to_owned()]).unwrap().self_signed(&key).unwrap();
    (key.serialize_pem(), certificate.pem())
}

/// Objects with the planted values, each value in places of its own.
fn objects(planted: &[String], key: &str, certificate: &str) -> Vec<Value> {
    let [data, string, applied, env, note, config, password, flag, word] = planted else { unreachable!() };
    let encode = |text: &str| STANDARD.encode(text);
    let pull = json!({"auths": {"harbor.bank.example": {"username": "robot", "password": password, "auth": encode(&format!("robot:{password}"))}}});
    let meta = |name: &str| {
        json!({"name": name, "namespace": "shop", "annotations": {
            "kubectl.kubernetes.io/last-applied-configuration": format!("{{\"data\":{{\"x\":\"{applied}\"}}}}"),
            "someone.example/token": note,
            "openshift.io/token-secret.value": note,
        }})
    };
    vec![
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": meta("opaque"), "type": "Opaque",
            "data": {"password": encode(data), "nested": encode(&format!("user: x\npassword: {data}\n"))},
            "stringData": {"token": string}}),
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": meta("web-tls"), "type": "kubernetes.io/tls",
            "data": {"tls.crt": encode(certificate), "tls.key": encode(key)}}),
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": meta("both-in-one"), "type": "kubernetes.io/tls",
            "data": {"tls.crt": encode(&format!("{certificate}{key}{data}")), "tls.key": encode(data)}}),
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": meta("pull"), "type": "kubernetes.io/dockerconfigjson",
            "data": {".dockerconfigjson": encode(&pull.to_string())}}),
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta("settings"), "data": {"app.conf": format!("pw={config}")},
            "binaryData": {"blob": encode(config)}}),
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta("web"), "spec": {"template": {
            "metadata": {"annotations": {"someone.example/token": note}},
            "spec": {"imagePullSecrets": [{"name": "pull"}], "containers": [{"name": "c", "image": "i:1",
                "env": [{"name": "DB_PASSWORD", "value": env}],
                "args": [format!("--db-password={flag}"), "--token", flag],
                "livenessProbe": {"httpGet": {"path": "/", "httpHeaders": [{"name": "Authorization", "value": format!("Basic {data}")}]}},
                "command": ["sh", "-c", format!("set -e\nexport X={flag}\n")]},
                {"name": "sync", "image": "i:2", "args": [format!("--repo=https://bot:{word}@git.bank.example/a.git"), format!("https://{word}@git.bank.example")],
                "env": [{"name": "REGISTRY_PROXY_REMOTEURL", "value": format!("https://bot:{word}@mirror.bank.example")}]}]}}}}),
        // What operators are told: environment as a map, whole objects inside of objects, addresses.
        json!({"apiVersion": "example.io/v1", "kind": "Widget", "metadata": meta("widget"), "spec": {
            "env": {"DB_PASSWORD": env, "NESTED": {"deep": env}},
            "source": {"url": format!("https://bot:{word}@git.bank.example/b.git"), "hosts": [format!("amqp://{word}:{word}@mq.bank.example:5672/v")]},
            "template": {"stringData": {"k": string}},
            "manifests": [{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "n"}, "data": {"k": encode(data)}},
                {"data": {"k": config}, "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "n"}}]}}),
        // What people write into custom resources: values of charts as a map, as a text and as
        // parameters, connection strings, whole files, machines with their first users.
        json!({"apiVersion": "example.io/v1", "kind": "Widget", "metadata": meta("values"), "spec": {
            "values": {"admin_password": data, "auth": {"clientSecret": word, "existingSecret": "kept-reference", "token": flag}, "s3": {"secret-key": word}},
            "valuesContent": format!("grafana:\n  adminPassword: {data}\n  smtp:\n    password: \"{word}\"\n  tokens:\n  - token: '{flag}'\n"),
            "helm": {"parameters": [{"name": "db.password", "value": word}, {"name": "replicas", "value": "kept-parameter"}],
                "values": format!("apiToken: {word}\n")},
            "params": [{"key": "git-token", "value": word}],
            "datasource": format!("Server=db;User Id=app;Password={word};Encrypt=true"),
            "connectionString": format!("AccountName=x;AccountKey={data}"),
            "dsn": format!("host=db user=app password={word} sslmode=require"),
            "files": [{"path": "/etc/k", "content": key}, {"path": "/root/.docker/config.json",
                "content": format!("{{\"auths\":{{\"h\":{{\"auth\":\"{}\"}}}}}}", encode(&format!("u:{password}")))}],
            "userData": URL_SAFE_NO_PAD.encode(format!("#cloud-config\npassword: {password}\n")),
            "apiKey": STANDARD_NO_PAD.encode(data), "psk": data.bytes().map(|b| format!("{b:02X}")).collect::<String>(),
            "headers": {"Authorization": format!("Bearer {word}")},
            "nested": {"password": {"value": data, "valueFrom": {"secretKeyRef": {"name": "kept-reference", "key": "p"}}}}}}),
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": meta("one-line"), "spec": {"serviceAccountToken": {"path": "kept-path"},
            "containers": [{"name": "c", "image": "i:1",
                "command": ["/bin/sh", "-c", format!("PGPASSWORD={word} pg_dump -h db && curl -u me:{word} -H 'Authorization: Bearer {word}' https://h && login --token {word}")],
                "args": ["-c", format!("psql 'host=db password={word}'")]}]},
            "status": {"containerStatuses": [{"name": "c", "lastState": {"terminated": {"exitCode": 1, "message": format!("panic: env {data}")}}}]}}),
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "sh.helm.release.v1.shop.v1", "namespace": "shop", "labels": {"owner": "helm"}},
            "type": "helm.sh/release.v1", "data": {"release": encode(&encode(&format!("{{\"config\":{{\"password\":\"{data}\"}}}}")))}}),
        // Its ConfigMap driver; the name would be kept for what is configured there.
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "sh.helm.release.v1.ingress-nginx.v1", "namespace": "ingress-nginx"},
            "data": {"release": encode(&format!("{{\"config\":{{\"password\":\"{data}\"}}}}"))}}),
        json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "snippet", "namespace": "shop", "annotations": {
            "nginx.ingress.kubernetes.io/configuration-snippet": format!("proxy_set_header Authorization \"Basic {}\";", URL_SAFE.encode(data))}}, "spec": {}}),
        json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": meta("web"),
            "spec": {"tls": [{"secretName": "web-tls"}, {"secretName": "both-in-one"}, {"secretName": "opaque"}]}}),
        json!({"apiVersion": "v1", "kind": "List", "items": [
            {"apiVersion": "v1", "kind": "Secret", "metadata": meta("in-a-list"), "data": {"x": encode(data)}}]}),
    ]
}

fn assert_clean(what: &str, text: &str, planted: &[String], key: &str) {
    let body: String = key.lines().filter(|line| !line.starts_with("--")).collect();
    for secret in planted.iter().chain([&body[8..40].to_owned(), &body[60..100].to_owned()]) {
        for trace in traces(secret) {
            assert!(!text.contains(&trace), "{what} holds {trace:?} of {secret:?}:\n{text}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]
    #[test]
    fn nothing_planted_is_ever_seen(
        mut planted in proptest::collection::vec("[A-Za-z0-9+/_.!-]{16,40}", 8),
        // An address takes no slash in its account.
        word in "[A-Za-z0-9+_.!-]{16,40}",
    ) {
        planted.push(word);
        let (key, certificate) = key_and_certificate();
        let objects = objects(&planted, &key, &certificate);
        let dir = tempfile::tempdir().unwrap();
        let manifest = text(&dir.path().join("all.json"));
        let lines: Vec<String> = objects.iter().map(Value::to_string).collect();
        std::fs::write(&manifest, lines.join("\n")).unwrap();
        let broken = text(&dir.path().join("broken.yaml"));
        let yaml = format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: s}}\nstringData: {{a: {:?}, b: [{}\n", planted[0], planted[1]);
        std::fs::write(&broken, yaml).unwrap();
        for mode in ["none", "metadata", "named", "list"] {
            let snapshot = text(&dir.path().join("out.sxs"));
            let run = sextant(&["snapshot", "-o", &snapshot, "--secrets", mode, &manifest, &broken]);
            assert_clean("the output", &(run.out + &run.err), &planted, &key);
            let file = std::fs::read(&snapshot).unwrap();
            let inside = String::from_utf8(zstd::decode_all(&file[..]).unwrap()).unwrap();
            assert_clean(mode, &inside, &planted, &key);
            for format in ["json", "table"] {
                let run = sextant(&["audit", "--all", "--secrets", mode, "-o", format, &manifest, &broken]);
                assert_clean(format, &(run.out + &run.err), &planted, &key);
            }
        }
        let mut world = World::small();
        world.add("example.io", "v1", "Widget", "widgets", true, &[]);
        for object in objects.into_iter().filter(|object| object["kind"] != "List") {
            let kind = object["kind"].as_str().unwrap().to_owned();
            world.push(&kind, object);
        }
        world.fault("nodes", None, usize::MAX, Fault::Html);
        world.fault("deployments", None, 1, Fault::CutBody);
        world.fault("configmaps", None, usize::MAX, Fault::CutJson);
        let fake = world.start();
        for mode in [Secrets::None, Secrets::Metadata, Secrets::Named, Secrets::List] {
            let snapshot = read(&fake, mode, &limits()).unwrap();
            let mut bytes = Vec::new();
            file::write(&snapshot, &mut bytes).unwrap();
            let inside = String::from_utf8(zstd::decode_all(&bytes[..]).unwrap()).unwrap();
            assert_clean("a live snapshot", &inside, &planted, &key);
            prop_assert!(!inside.contains("hunter2"));
            for kept in ["kept-reference", "kept-parameter", "kept-path"] {
                prop_assert!(inside.contains(kept), "{} is gone", kept);
            }
            if mode == Secrets::List || mode == Secrets::Named {
                prop_assert!(inside.contains("shop.example") && inside.contains("harbor.bank.example"), "{}", inside);
            }
        }
    }
}
