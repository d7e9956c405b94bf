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
use sextant::facts::registry::distribution::Config;

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

    fn ask(&self, who: &str, method: &str, path: &str, kind: &str, body: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let account = match who {
            "anonymous" => String::new(),
            who => format!("Authorization: Basic {}\r\n", STANDARD.encode(format!("{who}:secret"))),
        };
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\n{account}Accept: application/vnd.oci.image.manifest.v1+json, */*\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n",
            self.port,
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body).unwrap();
        let mut text = Vec::new();
        let _ = stream.read_to_end(&mut text);
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
        }
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
    let certificate = rcgen::generate_simple_self_signed(["issuer.example".to_owned()]).unwrap();
    let bundle = dir.path().join("bundle.pem");
    std::fs::write(&bundle, certificate.cert.pem()).unwrap();
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
        "auth: {{token: {{realm: 'https://issuer.example/token', service: s, issuer: i, rootcertbundle: {}}}}}\n",
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
        ("token auth", token, delete),
        ("read-only", String::new(), frozen),
        ("pull-through", proxy.clone(), ""),
        ("pull-through, deletion", proxy, delete),
    ];
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
        for who in ["anonymous", "alice", "bob"] {
            let tag = if more.contains("remoteurl") { "v1" } else { who };
            let pull = server.ask(who, "GET", &format!("/v2/t/seed/manifests/{tag}"), "", b"");
            let push = server.push(who, "t/new", who);
            let digest = if pull.digest.is_empty() { EMPTY.to_owned() } else { pull.digest.clone() };
            let delete = server.ask(who, "DELETE", &format!("/v2/t/seed/manifests/{digest}"), "", b"");
            let ours = |action: &str| {
                facts.grants.iter().any(|grant| {
                    let is = grant.principal.kind == "anonymous"
                        || (grant.principal.kind == "authenticated" && who != "anonymous");
                    is && grant.actions.iter().any(|a| a == action)
                })
            };
            println!("{name:<24}{who:<12}{:<8}{:<8}{:<8}", pull.status, push.status, delete.status);
            for (action, done, answer) in [
                ("pull", pull.status == 200, &pull),
                ("push", push.status == 201, &push),
                ("delete", delete.status == 202, &delete),
            ] {
                assert_eq!(ours(action), done, "{name}: {who} {action} answered {}", answer.status);
            }
        }
        // Who holds a token may do what its issuer says: nothing is claimed of that.
        assert_eq!(facts.lacks("grants").is_some(), *name == "token auth", "{name}");
    }
}
