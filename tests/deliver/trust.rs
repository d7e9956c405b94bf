//! Whom a delivery trusts: an authority of one's own, and nobody else; and by which credentials an
//! object store knows us: keys, or a pod's web identity.

use std::{path::Path, sync::Arc};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

use super::{Receiver, files, run, servers, sinks, source};
use crate::{
    fake::http::{Request, Response, Server},
    harness::text,
};

/// An authority, and a server's certificate by it: `ca.pem`, `other.pem`, `server.pem`, `server.key`.
fn certificates(dir: &Path) -> Arc<rustls::ServerConfig> {
    let authority = |name: &str| {
        let mut authority = CertificateParams::new(Vec::new()).unwrap();
        authority.distinguished_name.push(rcgen::DnType::CommonName, name);
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap()
    };
    let (ours, other) = (authority("bank"), authority("stranger"));
    let key = KeyPair::generate().unwrap();
    let server = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap().signed_by(&key, &ours).unwrap();
    for (name, pem) in [
        ("ca.pem", ours.pem()),
        ("other.pem", other.pem()),
        ("server.pem", server.pem()),
        ("server.key", key.serialize_pem()),
        ("empty.pem", "no certificate here\n".to_owned()),
    ] {
        std::fs::write(dir.join(name), pem).unwrap();
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(key.serialize_der()).into();
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![server.der().clone()], key)
        .unwrap();
    Arc::new(config)
}

const KEYS: [(&str, &str); 2] = [("AWS_ACCESS_KEY_ID", "id"), ("AWS_SECRET_ACCESS_KEY", "s3cr3t")];

#[test]
fn an_authority_of_ones_own_is_trusted_where_it_is_named() {
    let home = tempfile::tempdir().unwrap();
    let tls = certificates(home.path());
    let server = Server::start(Arc::new(|_: &Request| Response::json(200, "")), Some(tls));
    let url = format!("https://{}", server.address);
    let pem = |name: &str| text(&home.path().join(name));
    let deliver = |ca: &str, env: &[(&str, &str)]| {
        let ca = if ca.is_empty() { String::new() } else { format!(", ca: '{}'", pem(ca)) };
        let yaml = format!(
            "deliver:\n- webhook: {{url: '{url}', when: always{ca}}}\n- pushgateway: {{url: '{url}'{ca}}}\n\
             - s3: {{url: 's3://audits/x', endpoint: '{url}'{ca}}}\n"
        );
        let config = sinks(home.path(), &yaml);
        run(
            &["audit", "--sample", "--select", "NET-004", "--exit-zero", "--deliver", &config],
            &[&KEYS[..], env].concat(),
        )
    };
    let refused = |ca: &str, env: &[(&str, &str)], says: &str| {
        let done = deliver(ca, env);
        assert_eq!((done.code, done.err.matches(says).count()), (6, 3), "{ca} {env:?}: {}", done.err);
    };
    let trusted = |ca: &str, env: &[(&str, &str)]| {
        let done = deliver(ca, env);
        assert_eq!((done.code, done.err.matches("delivered to").count()), (0, 3), "{ca} {env:?}: {}", done.err);
    };
    let (ours, other) = (pem("ca.pem"), pem("other.pem"));
    trusted("ca.pem", &[]);
    trusted("", &[("SSL_CERT_FILE", &ours)]);
    // What is named in the file of sinks holds.
    trusted("ca.pem", &[("SSL_CERT_FILE", &other), ("AWS_CA_BUNDLE", &other)]);
    let stranger = "the certificate is by an authority that is not trusted";
    refused("", &[], stranger);
    refused("other.pem", &[], stranger);
    refused("", &[("SSL_CERT_FILE", &other)], stranger);
    // A file that is wrong is no reason to trust the web instead.
    refused("empty.pem", &[], "holds no certificate");
    refused("gone.pem", &[], "gone.pem");
    refused("", &[("SSL_CERT_FILE", "/nowhere.pem")], "SSL_CERT_FILE /nowhere.pem");
    // The history, which no file of sinks speaks of.
    let history = |env: &[(&str, &str)]| {
        let env = [&KEYS[..], &[("AWS_ENDPOINT_URL_S3", url.as_str())], env].concat();
        run(&["audit", "--sample", "--select", "NET-004", "--history", "s3://audits/h"], &env).err
    };
    assert!(history(&[]).contains("that is not trusted"));
    assert!(!history(&[("AWS_CA_BUNDLE", &ours)]).contains("that is not trusted"));
}

/// The answer of the token service, by hand: what is asked, and that the keys of the answer sign.
#[test]
fn a_web_identity_becomes_keys_that_sign() {
    let home = tempfile::tempdir().unwrap();
    let token = text(&home.path().join("token"));
    std::fs::write(&token, "a.b+c/d=\n").unwrap();
    let answer = "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>\
        <AccessKeyId>ASIATEMPORARY</AccessKeyId><SecretAccessKey>temporary</SecretAccessKey><SessionToken>the/session==</SessionToken>\
        </Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>";
    let sts = Receiver::start(move |_| Response::of(200, "text/xml", answer));
    let bucket = super::bucket::Bucket::start(|_, _| None);
    let (sts_url, endpoint) = (sts.url(), bucket.endpoint());
    let deliver = |role: &str, sts: &str| {
        let config = sinks(
            home.path(),
            &format!("deliver:\n- s3: {{url: 's3://audits/x', endpoint: '{endpoint}', retries: 0}}\n"),
        );
        let env =
            [("AWS_WEB_IDENTITY_TOKEN_FILE", token.as_str()), ("AWS_ROLE_ARN", role), ("AWS_ENDPOINT_URL_STS", sts)];
        run(&["audit", "--sample", "--select", "NET-004", "--exit-zero", "--deliver", &config], &env)
    };
    let done = deliver("arn:aws:iam::000000000000:role/audit", &sts_url);
    assert_eq!(done.code, 0, "{}", done.err);
    let asked = String::from_utf8(sts.got()[0].body.clone()).unwrap();
    assert!(asked.contains("WebIdentityToken=a.b%2Bc%2Fd%3D") && asked.contains("RoleArn=arn%3Aaws%3Aiam"), "{asked}");
    assert_eq!(bucket.objects().len(), 2);
    // Refused: told, without the token.
    let refusing = Receiver::start(|_| super::bucket::refusal(400, "InvalidIdentityToken"));
    let done = deliver("arn:aws:iam::000000000000:role/audit", &refusing.url());
    assert!(done.code == 6 && done.err.contains("web identity") && !done.err.contains("a.b"), "{}", done.err);
    std::fs::remove_file(&token).unwrap();
    let done = deliver("arn:aws:iam::000000000000:role/audit", &sts_url);
    assert!(done.code == 6 && done.err.contains("cannot be read"), "{}", done.err);
}

/// A real S3 server and token service behind TLS of an authority that nobody else knows.
#[test]
fn a_web_identity_and_an_authority_of_ones_own_at_a_real_server() {
    let home = tempfile::tempdir().unwrap();
    let _ = certificates(home.path());
    let pem = |name: &str| text(&home.path().join(name));
    let (certificate, key, ca) = (pem("server.pem"), pem("server.key"), pem("ca.pem"));
    let start = |port: u16| {
        let port = port.to_string();
        ["-H", "127.0.0.1", "-p", &port, "-s", "-c", &certificate, "-k", &key].map(ToOwned::to_owned).to_vec()
    };
    let Some((_server, port)) = servers::start("moto_server", &start) else { return };
    let endpoint = format!("https://127.0.0.1:{port}");
    let client = sextant::store::http::Client::new(Some(Path::new(&ca))).unwrap();
    let send = |method: &str, path: &str| {
        client.send(method, &format!("{endpoint}{path}"), &[], b"", std::time::Duration::from_secs(20)).unwrap()
    };
    assert_eq!(send("PUT", "/audits").status, 200);
    let token = pem("token");
    std::fs::write(&token, "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhdWRpdCJ9.").unwrap();
    let config = sinks(home.path(), "deliver:\n- s3: {url: 's3://audits/reports', keep: 3}\n");
    let env = [
        ("AWS_WEB_IDENTITY_TOKEN_FILE", token.as_str()),
        ("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/audit"),
        ("AWS_ENDPOINT_URL", endpoint.as_str()),
        ("AWS_CA_BUNDLE", ca.as_str()),
    ];
    let tidy = source("tidy");
    let fixed = ["audit", &tidy, "--select", "NET-004", "--cluster-name", "prod", "--deliver", &config];
    let audit = |env: &[(&str, &str)]| run(&[&fixed[..], &["--history", "s3://audits/history"]].concat(), env);
    for _ in 0..2 {
        let done = audit(&env);
        assert_eq!(done.code, 0, "{}", done.err);
    }
    let verify = run(&["report", "history", "verify", "--history", "s3://audits/history"], &env);
    assert!(verify.code == 0 && verify.out.contains("prod: 2 records, unbroken"), "{}{}", verify.out, verify.err);
    let list = String::from_utf8(send("GET", "/audits?list-type=2").body).unwrap();
    assert!(list.contains("reports/prod/latest.json"), "{list}");
    // Without the authority neither is spoken to.
    let done = audit(&env[..3]);
    assert!(done.code == 6 && done.err.contains("that is not trusted"), "{}", done.err);
    assert!(files(home.path()).is_empty() || !files(home.path()).keys().any(|name| name.contains("prod")));
}
