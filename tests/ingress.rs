//! The ingress cases of edge-case-fixtures.md, one test each, and the certificates against openssl.

use std::{
    fmt::Write as _,
    path::Path,
    process::{Command, Stdio},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, PKCS_ECDSA_P256_SHA256,
    PKCS_ECDSA_P384_SHA384, PKCS_ED25519, SanType, date_time_ymd,
};
use serde_json::{Value, json};

use crate::harness::{audit, text};

const CLUSTER: &str = "sextant: fixture/1\ntime: \"2026-11-20T09:00:00Z\"\nversion: v1.37.2\nserved: [cert-manager.io/Certificate, cert-manager.io/ClusterIssuer, gateway.networking.k8s.io/ReferenceGrant, gateway.networking.k8s.io/Gateway, gateway.networking.k8s.io/HTTPRoute, networking.gke.io/FrontendConfig]\n";

/// Audits objects as a small live cluster; answers `policy verdict name message`, findings first.
fn told(objects: &[Value], arguments: &[&str]) -> Vec<String> {
    let dir = tempfile::tempdir().unwrap();
    let mut stream = String::new();
    for object in objects {
        let _ = writeln!(stream, "---\n{object}");
    }
    std::fs::write(dir.path().join("cluster.yaml"), CLUSTER).unwrap();
    std::fs::write(dir.path().join("objects.yaml"), stream).unwrap();
    let path = text(dir.path());
    let (_, report) = audit(&[&["--all", "--select", "ingress", &path], arguments].concat());
    for policy in report["policies"].as_array().unwrap() {
        assert!(policy["error"].is_null(), "{policy}");
    }
    let line = |entry: &Value| {
        let part = |key: &str| entry[key].as_str().unwrap_or_default().to_owned();
        let name = entry["subject"]["name"].as_str().unwrap_or_default();
        format!("{} {} {name} {}", part("policy"), part("verdict"), part("message")).trim().to_owned()
    };
    let entries =
        report["findings"].as_array().unwrap().iter().chain(report["subjects"].as_array().into_iter().flatten());
    entries.map(line).filter(|line| !line.contains(" not_applicable ")).collect()
}

fn of<'t>(told: &'t [String], start: &str) -> Vec<&'t str> {
    told.iter().filter(|line| line.starts_with(start)).map(String::as_str).collect()
}

fn controller(arguments: &[&str]) -> Vec<Value> {
    vec![
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "nginx", "namespace": "edge"},
            "spec": {"replicas": 1, "template": {"metadata": {"labels": {"app": "nginx"}}, "spec": {"containers": [
                {"name": "c", "image": "registry.k8s.io/ingress-nginx/controller:v1.15.1", "args": arguments}]}}},
            "status": {"replicas": 1, "readyReplicas": 1}}),
        json!({"apiVersion": "networking.k8s.io/v1", "kind": "IngressClass", "metadata": {"name": "nginx"},
            "spec": {"controller": "k8s.io/ingress-nginx"}}),
    ]
}

fn ingress(name: &str, namespace: &str, spec: Value) -> Value {
    json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": name, "namespace": namespace}, "spec": spec})
}

fn rule(host: &str) -> Value {
    json!({"host": host, "http": {"paths": [{"path": "/", "pathType": "Prefix",
        "backend": {"service": {"name": "shop", "port": {"number": 80}}}}]}})
}

fn plain(name: &str, namespace: &str, host: &str) -> Value {
    ingress(name, namespace, json!({"ingressClassName": "nginx", "rules": [rule(host)]}))
}

fn with_tls(host: &str, secret: &str) -> Value {
    let tls = json!([{"hosts": [host], "secretName": secret}]);
    ingress("shop", "shop", json!({"ingressClassName": "nginx", "tls": tls, "rules": [rule(host)]}))
}

fn annotated(mut object: Value, annotations: Value) -> Value {
    object["metadata"]["annotations"] = annotations;
    object
}

fn params(name: &str, sans: &[&str]) -> CertificateParams {
    let sans: Vec<String> = sans.iter().map(ToString::to_string).collect();
    let mut params = CertificateParams::new(sans).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = date_time_ymd(2026, 11, 1);
    params.not_after = date_time_ymd(2027, 6, 1);
    params
}

fn secret(namespace: &str, name: &str, chain: &str, key: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls", "metadata": {"name": name, "namespace": namespace},
        "data": {"tls.crt": STANDARD.encode(chain), "tls.key": STANDARD.encode(key)}})
}

fn signed(names: &[&str]) -> Value {
    let key = KeyPair::generate().unwrap();
    let leaf = params("shop", names).self_signed(&key).unwrap();
    secret("shop", "cert", &leaf.pem(), &key.serialize_pem())
}

const READ: [&str; 2] = ["--secrets", "list"];

#[test]
fn case_26_only_a_default_backend_is_every_host() {
    let lone = ingress(
        "lone",
        "shop",
        json!({"ingressClassName": "nginx", "defaultBackend": {"service": {"name": "shop", "port": {"number": 80}}}}),
    );
    let told = told(&[controller(&[]), vec![lone]].concat(), &[]);
    assert_eq!(of(&told, "ING-014 fail"), ["ING-014 fail lone takes every host: default backend"]);
    assert_eq!(
        of(&told, "ING-005 fail lone"),
        ["ING-005 fail lone host * is served without TLS: no tls entry covers it"]
    );
}

#[test]
fn case_27_tls_without_a_secret_is_the_controllers_own_certificate() {
    let spec =
        json!({"ingressClassName": "nginx", "tls": [{"hosts": ["shop.example"]}], "rules": [rule("shop.example")]});
    let told = told(&[controller(&[]), vec![ingress("shop", "shop", spec)]].concat(), &READ);
    assert_eq!(of(&told, "ING-005 pass"), ["ING-005 pass shop"]);
    assert_eq!(
        of(&told, "ING-009 fail"),
        ["ING-009 fail shop names no certificate: its controller serves one that it made up"]
    );
}

#[test]
fn an_empty_tls_list_is_no_tls() {
    let spec = json!({"ingressClassName": "nginx", "tls": [], "rules": [rule("shop.example")]});
    let told = told(&[controller(&[]), vec![ingress("shop", "shop", spec)]].concat(), &[]);
    assert_eq!(of(&told, "ING-005").len(), 1);
    assert!(of(&told, "ING-005")[0].starts_with("ING-005 fail"), "{told:?}");
}

#[test]
fn case_28_a_secret_of_another_namespace_does_not_count() {
    let mut elsewhere = signed(&["shop.example"]);
    elsewhere["metadata"]["namespace"] = "other".into();
    let told = told(&[controller(&[]), vec![with_tls("shop.example", "cert"), elsewhere]].concat(), &READ);
    assert_eq!(of(&told, "ING-006 fail"), ["ING-006 fail shop Secret shop/cert does not exist"]);
}

#[test]
fn case_29_a_wildcard_covers_neither_the_apex_nor_two_levels() {
    for (host, fails) in
        [("a.shop.example", false), ("shop.example", true), ("a.b.shop.example", true), ("*.shop.example", false)]
    {
        let told = told(&[controller(&[]), vec![with_tls(host, "cert"), signed(&["*.shop.example"])]].concat(), &READ);
        assert_eq!(!of(&told, "ING-008 fail").is_empty(), fails, "{host}: {told:?}");
        assert_eq!(of(&told, "ING-008 pass").is_empty(), fails, "{host}");
    }
}

#[test]
fn case_30_an_expired_intermediate_fails_the_chain() {
    let mut root = params("root", &[]);
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    root.not_after = date_time_ymd(2026, 11, 10);
    let authority = CertifiedIssuer::self_signed(root, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let leaf = params("leaf", &["shop.example"]).signed_by(&key, &authority).unwrap();
    let chain = format!("{}{}", leaf.pem(), authority.pem());
    let objects =
        [controller(&[]), vec![with_tls("shop.example", "cert"), secret("shop", "cert", &chain, &key.serialize_pem())]]
            .concat();
    let told = told(&objects, &READ);
    let found = of(&told, "ING-007 fail");
    assert_eq!(found.len(), 1, "{told:?}");
    assert!(found[0].contains("CN=root") && found[0].ends_with("has expired"), "{found:?}");
}

#[test]
fn case_31_a_protocol_is_a_token() {
    let settings = |protocols: &str| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "ingress-nginx", "namespace": "edge"}, "data": {"ssl-protocols": protocols}});
    let judge = |protocols: &str| {
        told(&[controller(&["--configmap=$(POD_NAMESPACE)/ingress-nginx"]), vec![settings(protocols)]].concat(), &[])
    };
    assert_eq!(of(&judge("TLSv1.2"), "ING-011"), ["ING-011 pass nginx"]);
    assert_eq!(
        of(&judge("TLSv1 TLSv1.2"), "ING-011"),
        ["ING-011 fail nginx TLS 1.0 is offered: ssl-protocols of its ConfigMap"]
    );
}

#[test]
fn case_32_two_defaults_are_told_with_both_behaviours() {
    let class = |name: &str| {
        json!({"apiVersion": "networking.k8s.io/v1", "kind": "IngressClass", "spec": {"controller": "k8s.io/ingress-nginx"},
            "metadata": {"name": name, "annotations": {"ingressclass.kubernetes.io/is-default-class": "true"}}})
    };
    let told = told(&[class("a"), class("b")], &[]);
    let found = of(&told, "ING-003 fail");
    assert!(
        found[0].contains("2 default IngressClasses were found, only 1 allowed")
            && found[0].contains("silently take the newest"),
        "{told:?}"
    );
}

#[test]
fn case_33_one_host_in_two_namespaces_conflicts_and_a_canary_does_not() {
    let claims = [controller(&[]), vec![plain("a", "one", "shop.example"), plain("b", "two", "shop.example")]].concat();
    assert_eq!(of(&told(&claims, &[]), "ING-015 fail").len(), 2);
    let canary = annotated(plain("b", "one", "shop.example"), json!({"nginx.ingress.kubernetes.io/canary": "true"}));
    let pair = [controller(&[]), vec![plain("a", "one", "shop.example"), canary]].concat();
    let told = told(&pair, &[]);
    assert_eq!((of(&told, "ING-015 fail").len(), of(&told, "ING-015 pass").len()), (0, 2), "{told:?}");
}

fn gateway(hostname: &str, from: &str) -> Value {
    json!({"apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway", "metadata": {"name": "gw", "namespace": "infra"},
        "spec": {"gatewayClassName": "eg", "listeners": [{"name": "https", "port": 443, "protocol": "HTTPS", "hostname": hostname,
            "tls": {"certificateRefs": [{"name": "cert", "namespace": "certs"}]}, "allowedRoutes": {"namespaces": {"from": from}}}]}})
}

fn grant(name: Option<&str>) -> Value {
    let mut to = json!({"group": "", "kind": "Secret"});
    if let Some(name) = name {
        to["name"] = name.into();
    }
    json!({"apiVersion": "gateway.networking.k8s.io/v1", "kind": "ReferenceGrant", "metadata": {"name": "g", "namespace": "certs"},
        "spec": {"from": [{"group": "gateway.networking.k8s.io", "kind": "Gateway", "namespace": "infra"}], "to": [to]}})
}

#[test]
fn case_34_a_certificate_of_another_namespace_needs_a_grant() {
    let judge = |grants: Vec<Value>| told(&[vec![gateway("*.example", "Same")], grants].concat(), &[]);
    let without = judge(vec![]);
    assert_eq!(
        of(&without, "ING-018 fail"),
        ["ING-018 fail gw no ReferenceGrant in certs lets Gateway of infra refer to it"]
    );
    assert!(of(&judge(vec![grant(Some("cert"))]), "ING-018 fail").is_empty());
    assert!(of(&judge(vec![grant(None)]), "ING-018 fail").is_empty());
    assert_eq!(of(&judge(vec![grant(Some("other"))]), "ING-018 fail").len(), 1);
    assert_eq!(of(&judge(vec![grant(None)]), "ING-019 fail g grants the use").len(), 1);
    assert!(of(&judge(vec![grant(Some("cert"))]), "ING-019 fail g grants the use").is_empty());
}

#[test]
fn case_35_a_listener_narrows_a_route_without_hostnames() {
    let route = |hostnames: Value| {
        json!({"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "metadata": {"name": "r", "namespace": "infra"},
            "spec": {"parentRefs": [{"name": "gw"}], "hostnames": hostnames, "rules": [{"backendRefs": [{"name": "shop", "port": 80}]}]}})
    };
    let narrow = told(&[gateway("shop.example", "Same"), route(json!([]))], &[]);
    assert_eq!(of(&narrow, "ING-014 fail r"), Vec::<&str>::new());
    assert_eq!(of(&narrow, "ING-005 pass"), ["ING-005 pass r"]);
    let wide = told(&[gateway("", "Same"), route(json!([]))], &[]);
    assert_eq!(
        of(&wide, "ING-014 fail r"),
        ["ING-014 fail r takes every host: neither it nor its listener names a host"]
    );
    let apart = told(&[gateway("shop.example", "Same"), route(json!(["other.example"]))], &[]);
    assert_eq!(of(&apart, "ING-004 fail r"), ["ING-004 fail r no listener of Gateway infra/gw takes it"]);
}

#[test]
fn case_36_clouds_end_tls_outside_spec_tls() {
    let class = |name: &str, controller: &str| json!({"apiVersion": "networking.k8s.io/v1", "kind": "IngressClass", "metadata": {"name": name}, "spec": {"controller": controller}});
    let on = |name: &str, annotations: Value| {
        annotated(
            ingress("shop", "shop", json!({"ingressClassName": name, "rules": [rule("shop.example")]})),
            annotations,
        )
    };
    let alb = class("alb", "ingress.k8s.aws/alb");
    let judge = |class: &Value, ingress: Value| told(&[class.clone(), ingress], &[]);
    let arn = judge(&alb, on("alb", json!({"alb.ingress.kubernetes.io/certificate-arn": "arn:aws:acm:x"})));
    assert_eq!(of(&arn, "ING-005"), ["ING-005 pass shop"]);
    assert_eq!(of(&arn, "ING-012"), ["ING-012 pass shop"]);
    let none = judge(&alb, on("alb", json!({})));
    assert!(of(&none, "ING-005")[0].starts_with("ING-005 fail"), "{none:?}");
    let gce = class("gce", "networking.gke.io/ingress-gce");
    let managed = judge(&gce, on("gce", json!({"networking.gke.io/managed-certificates": "web"})));
    assert_eq!(of(&managed, "ING-005"), ["ING-005 pass shop"]);
    assert!(of(&managed, "ING-012")[0].starts_with("ING-012 fail"), "{managed:?}");
}

#[test]
fn case_37_acme_solvers_are_not_judged() {
    let mut solver = plain("cm-acme-http-solver-x", "shop", "shop.example");
    solver["metadata"]["labels"] = json!({"acme.cert-manager.io/http01-solver": "true"});
    solver["spec"].as_object_mut().unwrap().remove("ingressClassName");
    let told = told(&[controller(&[]), vec![solver]].concat(), &[]);
    for id in ["ING-004", "ING-005", "ING-012", "ING-014", "ING-015", "ING-021"] {
        let judged = of(&told, id);
        assert_eq!(judged, Vec::<&str>::new(), "{id}");
    }
}

#[test]
fn case_38_a_snippet_that_the_controller_ignores_is_told_as_that() {
    let snippet = annotated(
        plain("snip", "shop", "shop.example"),
        json!({"nginx.ingress.kubernetes.io/configuration-snippet": "x;"}),
    );
    let ignored = told(&[controller(&[]), vec![snippet.clone()]].concat(), &[]);
    let name = "nginx.ingress.kubernetes.io/configuration-snippet";
    assert_eq!(
        of(&ignored, "ING-017 fail"),
        [format!("ING-017 fail snip {name} is there, though the controller ignores it")]
    );
    let settings = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "ingress-nginx", "namespace": "edge"},
        "data": {"allow-snippet-annotations": "true", "annotations-risk-level": "Critical"}});
    let taken = told(&[controller(&["--configmap=edge/ingress-nginx"]), vec![snippet, settings]].concat(), &[]);
    assert_eq!(
        of(&taken, "ING-017 fail snip"),
        [format!("ING-017 fail snip {name} puts its author's code into the controller")]
    );
}

#[test]
fn case_39_without_the_contents_nothing_about_the_chain_passes() {
    let objects = [controller(&[]), vec![with_tls("shop.example", "cert"), signed(&["shop.example"])]].concat();
    for mode in ["none", "metadata"] {
        let told = told(&objects, &["--secrets", mode]);
        for id in ["ING-006", "ING-007", "ING-008", "ING-009", "ING-010"] {
            assert!(
                of(&told, id).iter().any(|line| line.starts_with(&format!("{id} unknown"))),
                "{mode} {id}: {told:?}"
            );
            assert!(of(&told, &format!("{id} pass")).is_empty(), "{mode} {id}");
        }
    }
    let read = told(&objects, &READ);
    for id in ["ING-006", "ING-007", "ING-008", "ING-010"] {
        assert_eq!(of(&read, id), [format!("{id} pass shop")], "{read:?}");
    }
    assert_eq!(of(&read, "ING-009 fail"), ["ING-009 fail shop Secret shop/cert: it is self-signed"]);
}

#[test]
fn case_40_the_status_of_a_certificate_stands_in() {
    let certificate = |not_after: &str, names: Value| {
        json!({"apiVersion": "cert-manager.io/v1", "kind": "Certificate", "metadata": {"name": "c", "namespace": "shop"},
            "spec": {"secretName": "cert", "dnsNames": names, "issuerRef": {"kind": "ClusterIssuer", "name": "le"}},
            "status": {"notBefore": "2026-11-01T00:00:00Z", "notAfter": not_after, "conditions": [{"type": "Ready", "status": "True"}]}})
    };
    let issuer = json!({"apiVersion": "cert-manager.io/v1", "kind": "ClusterIssuer", "metadata": {"name": "le"},
        "spec": {"acme": {"server": "https://acme-v02.api.letsencrypt.org/directory"}}});
    let judge = |certificate: Value| {
        told(&[controller(&[]), vec![with_tls("shop.example", "cert"), certificate, issuer.clone()]].concat(), &[])
    };
    let good = judge(certificate("2027-01-30T00:00:00Z", json!(["shop.example"])));
    for id in ["ING-006", "ING-007", "ING-008", "ING-009", "ING-010"] {
        assert_eq!(of(&good, id), [format!("{id} pass shop")], "{good:?}");
    }
    let old = judge(certificate("2026-11-19T00:00:00Z", json!(["other.example"])));
    assert_eq!(
        of(&old, "ING-007"),
        ["ING-007 fail shop Secret shop/cert: by the status of Certificate c it has expired"]
    );
    assert!(of(&old, "ING-008")[0].starts_with("ING-008 fail"), "{old:?}");
}

#[test]
fn a_key_of_another_certificate_fails_and_a_broken_file_too() {
    let key = KeyPair::generate().unwrap();
    let leaf = params("shop", &["shop.example"]).self_signed(&key).unwrap();
    let wrong = secret("shop", "cert", &leaf.pem(), &KeyPair::generate().unwrap().serialize_pem());
    let told_wrong = told(&[controller(&[]), vec![with_tls("shop.example", "cert"), wrong]].concat(), &READ);
    assert_eq!(
        of(&told_wrong, "ING-006 fail"),
        ["ING-006 fail shop the private key in Secret shop/cert is not that of its certificate"]
    );
    let garbage = secret("shop", "cert", "nonsense", "nonsense");
    let told_garbage = told(&[controller(&[]), vec![with_tls("shop.example", "cert"), garbage]].concat(), &READ);
    assert_eq!(
        of(&told_garbage, "ING-006 fail"),
        ["ING-006 fail shop Secret shop/cert holds no certificate that can be read"]
    );
}

/// Runs openssl; none where it is not there.
fn openssl(arguments: &[&str], input: &[u8]) -> Option<String> {
    use std::io::Write as _;
    let mut child = Command::new("openssl")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .ok()?;
    child.stdin.take().unwrap().write_all(input).unwrap();
    let out = child.wait_with_output().unwrap();
    assert!(out.status.success(), "openssl {arguments:?}: {}", String::from_utf8_lossy(&out.stderr));
    Some(String::from_utf8(out.stdout).unwrap())
}

/// What openssl makes: kinds of keys and signatures that rcgen does not.
fn by_openssl(dir: &Path, name: &str, key: &[&str], more: &[&str]) -> Option<String> {
    let (key_file, out) = (text(&dir.join(format!("{name}.key"))), text(&dir.join(format!("{name}.pem"))));
    let mut arguments = vec!["req", "-x509", "-nodes", "-subj", "/O=Bank/CN=shop", "-keyout", &key_file, "-out", &out];
    arguments.extend(key);
    arguments.extend(more);
    openssl(&arguments, b"")?;
    Some(std::fs::read_to_string(out).unwrap())
}

fn certificates(dir: &Path) -> Option<Vec<(String, String)>> {
    openssl(&["version"], b"")?;
    let mut made: Vec<(String, String)> = Vec::new();
    let keys: [(&str, &[&str]); 9] = [
        ("rsa1024", &["-newkey", "rsa:1024"]),
        ("rsa2048", &["-newkey", "rsa:2048"]),
        ("rsa3072", &["-newkey", "rsa:3072"]),
        ("rsa2048-sha512", &["-newkey", "rsa:2048", "-sha512"]),
        ("rsa2048-sha1", &["-newkey", "rsa:2048", "-sha1"]),
        ("rsa2048-pss", &["-newkey", "rsa:2048", "-sigopt", "rsa_padding_mode:pss", "-sha256"]),
        ("p256", &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]),
        ("p384", &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:secp384r1"]),
        ("ed25519", &["-newkey", "ed25519"]),
    ];
    for (name, key) in keys {
        let cases: [(&str, &[&str]); 3] = [
            ("plain", &["-days", "10"]),
            (
                "names",
                &[
                    "-days",
                    "400",
                    "-addext",
                    "subjectAltName=DNS:*.shop.example,DNS:shop.example,IP:10.0.0.1,IP:2001:db8::1",
                ],
            ),
            ("leaf", &["-days", "1", "-addext", "basicConstraints=critical,CA:FALSE"]),
        ];
        for (case, more) in cases {
            let called = format!("{name}-{case}");
            made.push((called.clone(), by_openssl(dir, &called, key, more)?));
        }
    }
    let mut authority = params("authority", &[]);
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    for (name, algorithm) in
        [("p256", &PKCS_ECDSA_P256_SHA256), ("p384", &PKCS_ECDSA_P384_SHA384), ("ed25519", &PKCS_ED25519)]
    {
        let key = KeyPair::generate_for(algorithm).unwrap();
        let leaf = |sans: &[&str], begin: i32, end: i32| {
            let mut params = params("Shop, Inc.", sans);
            params.not_before = date_time_ymd(begin, 1, 2);
            params.not_after = date_time_ymd(end, 3, 4);
            params
        };
        made.push((
            format!("{name}-expired"),
            leaf(&["a.example"], 2019, 2020).signed_by(&key, &authority).unwrap().pem(),
        ));
        made.push((
            format!("{name}-not-yet"),
            leaf(&["a.example"], 2049, 2051).signed_by(&key, &authority).unwrap().pem(),
        ));
        made.push((
            format!("{name}-two-level"),
            leaf(&["a.b.example", "*.b.example"], 2026, 2027).signed_by(&key, &authority).unwrap().pem(),
        ));
        made.push((format!("{name}-no-san"), leaf(&[], 2026, 2027).self_signed(&key).unwrap().pem()));
        let crlf = leaf(&["crlf.example"], 2026, 2027).signed_by(&key, &authority).unwrap().pem();
        made.push((format!("{name}-crlf"), crlf.replace("\r\n", "\n").replace('\n', "\r\n")));
        let mut address = leaf(&[], 2026, 2027);
        address.subject_alt_names.push(SanType::IpAddress("192.0.2.7".parse().unwrap()));
        made.push((format!("{name}-ip"), address.signed_by(&key, &authority).unwrap().pem()));
    }
    made.push(("authority".into(), authority.pem()));
    Some(made)
}

#[test]
fn certificate_facts_are_those_that_openssl_prints() {
    let dir = tempfile::tempdir().unwrap();
    let Some(made) = certificates(dir.path()) else {
        eprintln!("SKIPPED: openssl is not there");
        return;
    };
    assert!(made.len() >= 40, "{}", made.len());
    for (name, pem) in &made {
        let ours = sextant::snapshot::certificate::chain(pem.as_bytes());
        assert_eq!((ours.certs.len(), &ours.problem), (1, &None), "{name}");
        let ours = &ours.certs[0];
        let ask = |arguments: &[&str]| {
            openssl(&[&["x509", "-noout"], arguments].concat(), pem.as_bytes()).unwrap().trim().to_owned()
        };
        // Dates: openssl prints them as asked.
        let dates = ask(&["-startdate", "-enddate", "-dateopt", "iso_8601"]);
        let iso = |line: &str| line.split_once('=').unwrap().1.replace(' ', "T");
        let mut lines = dates.lines();
        assert_eq!(ours.not_before, iso(lines.next().unwrap()), "{name}");
        assert_eq!(ours.not_after, iso(lines.next().unwrap()), "{name}");
        // Fingerprint.
        let fingerprint = ask(&["-fingerprint", "-sha256"]);
        assert_eq!(ours.sha256, fingerprint.split_once('=').unwrap().1.replace(':', "").to_lowercase(), "{name}");
        // Names.
        let printed = ask(&["-text"]);
        let alternative =
            printed.lines().skip_while(|line| !line.contains("Subject Alternative Name")).nth(1).unwrap_or_default();
        let part = |kind: &str| -> Vec<String> {
            alternative.split(", ").filter_map(|entry| entry.trim().strip_prefix(kind).map(str::to_owned)).collect()
        };
        assert_eq!(ours.dns_names, part("DNS:"), "{name}");
        let address = |text: &String| text.parse::<std::net::IpAddr>().unwrap();
        assert_eq!(
            ours.ip_sans.iter().map(address).collect::<Vec<_>>(),
            part("IP Address:").iter().map(address).collect::<Vec<_>>(),
            "{name}"
        );
        for (dn, flag) in [(&ours.subject, "-subject"), (&ours.issuer, "-issuer")] {
            let theirs = ask(&[flag, "-nameopt", "multiline"]);
            let common = theirs
                .lines()
                .find_map(|l| l.trim().strip_prefix("commonName").map(|l| l.trim_start_matches([' ', '=']).to_owned()));
            assert!(dn.contains(&common.unwrap()), "{name}: {dn} {theirs}");
        }
        // Key and signature.
        let after = |word: &str| {
            printed.lines().find_map(|l| l.trim().strip_prefix(word)).unwrap_or_default().trim().to_owned()
        };
        let bits = after("Public-Key: (");
        if !bits.is_empty() {
            assert_eq!(format!("{} bit)", ours.key_bits), bits, "{name}");
        }
        let algorithm = match after("Public Key Algorithm:").as_str() {
            "rsaEncryption" => "RSA",
            "id-ecPublicKey" => "ECDSA",
            "ED25519" => "Ed25519",
            other => panic!("{name}: {other}"),
        };
        assert_eq!(ours.key_alg, algorithm, "{name}");
        let signature = match after("Signature Algorithm:").as_str() {
            "sha1WithRSAEncryption" => "SHA1-RSA",
            "sha256WithRSAEncryption" => "SHA256-RSA",
            "sha512WithRSAEncryption" => "SHA512-RSA",
            "rsassaPss" => "SHA256-RSAPSS",
            "ecdsa-with-SHA256" => "ECDSA-SHA256",
            "ecdsa-with-SHA384" => "ECDSA-SHA384",
            "ED25519" => "Ed25519",
            other => panic!("{name}: {other}"),
        };
        assert_eq!(ours.sig_alg, signature, "{name}");
        assert_eq!(ours.is_ca, printed.contains("CA:TRUE"), "{name}");
        let same = ask(&["-subject_hash"]) == ask(&["-issuer_hash"]);
        assert_eq!(ours.self_signed, same, "{name}");
        let public = openssl(&["x509", "-noout", "-pubkey"], pem.as_bytes()).unwrap();
        let hash = openssl(
            &["pkey", "-pubin", "-outform", "DER", "-out", &text(&dir.path().join("spki.der"))],
            public.as_bytes(),
        );
        assert!(hash.is_some());
        let digest = openssl(&["dgst", "-sha256", &text(&dir.path().join("spki.der"))], b"").unwrap();
        assert!(digest.trim().ends_with(&ours.spki_sha256), "{name}");
    }
    for garbage in ["", "nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        assert!(sextant::snapshot::certificate::chain(garbage.as_bytes()).certs.is_empty());
    }
    println!("{} certificates compared with openssl", made.len());
}
