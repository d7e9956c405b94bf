//! A real distribution registry: what our facts say of its configuration against what it does.
//!
//! SEXTANT_TEST_REGISTRY names the binary; `.ci/registry` builds it. Skipped loudly without.

use std::{
    collections::BTreeMap,
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sextant::facts::registry::{distribution::Config, docker_auth};

use super::issuer::{ACL, Issuer};

struct Server {
    child: Child,
    port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

struct Answer {
    status: u16,
    location: String,
    digest: String,
    challenge: String,
    body: String,
}

/// One request over a connection of its own.
fn exchange(port: u16, method: &str, path: &str, kind: &str, body: &[u8], login: &str) -> Answer {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n{login}Accept: application/vnd.oci.image.manifest.v1+json, */*\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body).unwrap();
    // Not every server closes when it is asked to: the length says where the answer ends.
    let (mut text, mut buffer) = (Vec::new(), [0; 4096]);
    while let Ok(read @ 1..) = stream.read(&mut buffer) {
        text.extend_from_slice(&buffer[..read]);
        let so_far = String::from_utf8_lossy(&text).to_ascii_lowercase();
        let Some((head, body)) = so_far.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.trim().parse::<usize>().ok());
        if method == "HEAD" || length.is_some_and(|length| body.len() >= length) {
            break;
        }
    }
    let text = String::from_utf8_lossy(&text);
    let header = |name: &str| {
        let lines = text.lines().take_while(|line| !line.is_empty());
        let mut found =
            lines.filter_map(|line| line.split_once(": ")).filter(|(key, _)| key.eq_ignore_ascii_case(name));
        found.next().map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
    };
    Answer {
        status: text.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0),
        location: header("Location"),
        digest: header("Docker-Content-Digest"),
        challenge: header("Www-Authenticate"),
        body: text.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default(),
    }
}

impl Server {
    fn start(binary: &Path, dir: &Path, config: &str) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let path = dir.join(format!("config-{port}.yml"));
        std::fs::write(&path, config).unwrap();
        let child = Command::new(binary)
            .args(["serve", &path.display().to_string()])
            .env("REGISTRY_HTTP_ADDR", format!("127.0.0.1:{port}"))
            .env("OTEL_TRACES_EXPORTER", "none")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let server = Self { child, port };
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(began.elapsed() < Duration::from_secs(20), "the registry did not start with\n{config}");
            std::thread::sleep(Duration::from_millis(50));
        }
        server
    }

    /// Asks as a client does: where the registry sends it to a token server, it goes there first.
    fn ask(&self, who: &str, method: &str, path: &str, kind: &str, body: &[u8]) -> Answer {
        let basic = match who {
            "anonymous" => String::new(),
            who => format!("Authorization: Basic {}\r\n", STANDARD.encode(format!("{who}:secret"))),
        };
        let answer = exchange(self.port, method, path, kind, body, &basic);
        let Some(challenge) = answer.challenge.strip_prefix("Bearer ").filter(|_| answer.status == 401) else {
            return answer;
        };
        let part = |name: &str| {
            let rest = challenge.split_once(&format!("{name}=\"")).map_or("", |(_, rest)| rest);
            rest.split('"').next().unwrap_or_default().to_owned()
        };
        let (realm, service, scopes) = (part("realm"), part("service"), part("scope"));
        let (port, at) = realm.rsplit_once(':').and_then(|(_, rest)| rest.split_once('/')).unwrap();
        let scopes: String = scopes.split(' ').map(|scope| format!("&scope={scope}")).collect();
        let given = exchange(
            port.parse().unwrap(),
            "GET",
            &format!("/{at}?service={service}{scopes}"),
            "application/json",
            b"",
            &basic,
        );
        let token: serde_json::Value = serde_json::from_str(&given.body).unwrap();
        let bearer = format!("Authorization: Bearer {}\r\n", token["token"].as_str().unwrap());
        exchange(self.port, method, path, kind, body, &bearer)
    }

    /// Pushes an empty image; the status of the first step that is refused, or of the last.
    fn push(&self, who: &str, repository: &str, tag: &str) -> Answer {
        let octets = "application/octet-stream";
        let begun = self.ask(who, "POST", &format!("/v2/{repository}/blobs/uploads/"), octets, b"");
        if begun.status != 202 {
            return begun;
        }
        // The location may be absolute.
        let path = begun.location.split_once("/v2/").map(|(_, rest)| format!("/v2/{rest}")).unwrap_or_default();
        let joint = if path.contains('?') { '&' } else { '?' };
        let put = self.ask(who, "PUT", &format!("{path}{joint}digest={EMPTY}"), octets, b"{}");
        if put.status != 201 {
            return put;
        }
        let kind = "application/vnd.oci.image.manifest.v1+json";
        let manifest = format!(
            r#"{{"schemaVersion":2,"mediaType":"{kind}","config":{{"mediaType":"application/vnd.oci.empty.v1+json","digest":"{EMPTY}","size":2}},"layers":[],"annotations":{{"by":"{who}-{tag}"}}}}"#
        );
        self.ask(who, "PUT", &format!("/v2/{repository}/manifests/{tag}"), kind, manifest.as_bytes())
    }
}

/// The digest of `{}`.
const EMPTY: &str = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";

/// bcrypt of `secret`, for two users.
const USERS: &str = "alice:$2y$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a\nbob:$2y$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a\n";

#[test]
fn distribution_allows_what_its_facts_say() {
    let Some(binary) = std::env::var_os("SEXTANT_TEST_REGISTRY").map(PathBuf::from) else {
        eprintln!("SKIPPED: no registry; export SEXTANT_TEST_REGISTRY=$(.ci/registry)");
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let users = dir.path().join("htpasswd");
    std::fs::write(&users, USERS).unwrap();
    let issuer = Issuer::start();
    let issues: docker_auth::Config = sextant::yaml::parse(ACL).unwrap();
    let bundle = dir.path().join("bundle.pem");
    std::fs::write(&bundle, &issuer.certificate).unwrap();
    let upstream_root = dir.path().join("upstream");
    let base = |root: &Path, more: &str, storage: &str| {
        format!(
            "version: 0.1\nlog: {{accesslog: {{disabled: true}}}}\nstorage:\n  filesystem: {{rootdirectory: {}}}\n{storage}http: {{addr: ':0'}}\n{more}",
            root.display()
        )
    };
    let upstream = Server::start(&binary, dir.path(), &base(&upstream_root, "", "  delete: {enabled: true}\n"));
    assert_eq!(upstream.push("anonymous", "t/seed", "v1").status, 201);
    let htpasswd = format!("auth: {{htpasswd: {{realm: r, path: {}}}}}\n", users.display());
    let token = format!(
        "auth: {{token: {{realm: '{}', service: registry, issuer: sextant-test, rootcertbundle: {}}}}}\n",
        issuer.realm(),
        bundle.display()
    );
    let proxy = format!("proxy: {{remoteurl: 'http://127.0.0.1:{}'}}\n", upstream.port);
    let delete = "  delete: {enabled: true}\n";
    let frozen = "  delete: {enabled: true}\n  maintenance: {readonly: {enabled: true}}\n";
    let configurations = [
        ("no auth", String::new(), ""),
        ("no auth, deletion", String::new(), delete),
        ("htpasswd", htpasswd.clone(), ""),
        ("htpasswd, deletion", htpasswd.clone(), delete),
        ("htpasswd, read-only", htpasswd, frozen),
        ("token auth", token.clone(), ""),
        ("token auth, deletion", token.clone(), delete),
        ("token auth, read-only", token, frozen),
        ("read-only", String::new(), frozen),
        ("pull-through", proxy.clone(), ""),
        ("pull-through, deletion", proxy, delete),
    ];
    let mut asked = 0;
    println!("{:<24}{:<12}{:<8}{:<8}{:<8}", "configuration", "who", "pull", "push", "delete");
    for (index, (name, more, storage)) in configurations.iter().enumerate() {
        let root = dir.path().join(format!("root-{index}"));
        // What is there before, as nobody may be able to push.
        let seed = Server::start(&binary, dir.path(), &base(&root, "", ""));
        for who in ["anonymous", "alice", "bob"] {
            assert_eq!(seed.push("anonymous", "t/seed", who).status, 201);
        }
        drop(seed);
        let text = base(&root, more, storage);
        let facts = Config::of(Some(&text), &BTreeMap::new()).unwrap().facts("r", "config.yml");
        let server = Server::start(&binary, dir.path(), &text);
        let by_token = name.starts_with("token");
        let config = Config::of(Some(&text), &BTreeMap::new()).unwrap();
        for who in ["anonymous", "alice", "bob", "forger"] {
            if who == "forger" && !by_token {
                continue;
            }
            let tag = match who {
                _ if more.contains("remoteurl") => "v1",
                "forger" => "anonymous",
                who => who,
            };
            // As somebody who may look, to know what to delete.
            let seed = format!("/v2/t/seed/manifests/{tag}");
            let known = server.ask(if by_token { "alice" } else { who }, "GET", &seed, "", b"").digest;
            let digest = if known.is_empty() { EMPTY.to_owned() } else { known };
            let pull = server.ask(who, "GET", &seed, "", b"");
            let push = server.push(who, "t/new", who);
            let delete = server.ask(who, "DELETE", &format!("/v2/t/seed/manifests/{digest}"), "", b"");
            // What the registry can do at all, and what the issuer's list gives.
            let ours = |action: &str, repository: &str| {
                let issued = issues.grants(repository, "");
                let grants = if by_token { &issued } else { &facts.grants };
                let can = !by_token || config.actions().contains(&action);
                can && grants.iter().any(|grant| {
                    let is = match grant.principal.kind.as_str() {
                        "anonymous" => !by_token || who == "anonymous",
                        "authenticated" => who != "anonymous",
                        // Whoever forges has no account that anybody believes.
                        _ => grant.principal.name == who,
                    };
                    is && grant.actions.iter().any(|a| a == action)
                })
            };
            println!("{name:<24}{who:<12}{:<8}{:<8}{:<8}", pull.status, push.status, delete.status);
            for (action, repository, done, answer) in [
                ("pull", "t/seed", pull.status == 200, &pull),
                ("push", "t/new", push.status == 201, &push),
                ("delete", "t/seed", delete.status == 202, &delete),
            ] {
                assert_eq!(ours(action, repository), done, "{name}: {who} {action} answered {}", answer.status);
                asked += 1;
            }
        }
        // The registry's own file names no one whom its issuer lets in: nothing is claimed of them.
        assert_eq!(facts.lacks("grants").is_some(), by_token, "{name}");
        assert!(!by_token || facts.grants.is_empty(), "{name}");
    }
    println!("distribution: {asked} answers, all as the facts say");
}
