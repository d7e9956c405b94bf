//! A real control plane for tests: etcd, kube-apiserver, kube-controller-manager, kube-scheduler
//! and kwok on free ports, from the binaries that KUBEBUILDER_ASSETS names.
//!
//! One a test binary, started by the first test that asks and ended with the process. Without the
//! variable its tests are skipped, loudly; `.ci/control-plane` builds the binaries.

mod tests;

use std::{
    fs,
    io::Write as _,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use serde_json::{Value, json};
use sextant::collect::cluster::Target;

/// The running control plane.
pub struct Plane {
    assets: PathBuf,
    dir: tempfile::TempDir,
    port: u16,
    etcd: u16,
    authority: String,
    service_account_key: KeyPair,
    _children: Vec<Child>,
}

static PLANE: OnceLock<Option<Plane>> = OnceLock::new();
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// The control plane, for one test at a time; `None` where there are no binaries.
pub fn plane() -> Option<(&'static Plane, MutexGuard<'static, ()>)> {
    let turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    static FAILED: AtomicBool = AtomicBool::new(false);
    assert!(!FAILED.load(Ordering::SeqCst), "the control plane did not start");
    let plane = PLANE.get_or_init(|| {
        FAILED.store(true, Ordering::SeqCst);
        let assets = std::env::var_os("KUBEBUILDER_ASSETS").map(PathBuf::from);
        let complete = |dir: &PathBuf| {
            ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl", "kwok", "stages.yaml"]
                .iter()
                .all(|name| dir.join(name).exists())
        };
        match assets {
            Some(dir) if complete(&dir) => Some(Plane::start(dir)),
            Some(dir) => {
                eprintln!(
                    "SKIPPED: {} lacks binaries of the control plane (.ci/control-plane builds them)",
                    dir.display()
                );
                None
            }
            None => {
                eprintln!("SKIPPED: no control plane; export KUBEBUILDER_ASSETS=$(.ci/control-plane)");
                None
            }
        }
    });
    FAILED.store(false, Ordering::SeqCst);
    plane.as_ref().map(|plane| (plane, turn))
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Plane {
    fn start(assets: PathBuf) -> Self {
        let began = Instant::now();
        let dir = tempfile::tempdir().unwrap();
        let (port, etcd) = (free_port(), free_port());
        let mut authority = CertificateParams::new(Vec::new()).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.distinguished_name.push(DnType::CommonName, "kubernetes");
        let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
        let names = ["127.0.0.1", "localhost"].map(ToOwned::to_owned);
        let key = KeyPair::generate().unwrap();
        let server = CertificateParams::new(names).unwrap().signed_by(&key, &authority).unwrap();
        let service_account_key = KeyPair::generate().unwrap();
        let put = |name: &str, text: &str| fs::write(dir.path().join(name), text).unwrap();
        put("ca.crt", &authority.pem());
        put("ca.key", &authority.key().serialize_pem());
        put("server.crt", &server.pem());
        put("server.key", &key.serialize_pem());
        put("sa.key", &service_account_key.serialize_pem());
        put("sa.pub", &service_account_key.public_key_pem());
        put("tokens.csv", "admin-token,admin,admin,\"system:masters\"\n");
        put(
            "audit.yaml",
            "apiVersion: audit.k8s.io/v1\nkind: Policy\nomitStages: [RequestReceived]\nrules: [{level: Metadata}]\n",
        );
        let mut plane =
            Self { assets, port, etcd, authority: authority.pem(), service_account_key, dir, _children: Vec::new() };
        put_admin(&plane);
        let peer = format!("http://127.0.0.1:{}", free_port());
        let client = format!("http://127.0.0.1:{etcd}");
        plane.spawn(
            "etcd",
            &[
                "--data-dir=etcd",
                &format!("--listen-client-urls={client}"),
                &format!("--advertise-client-urls={client}"),
                &format!("--listen-peer-urls={peer}"),
                &format!("--initial-advertise-peer-urls={peer}"),
                &format!("--initial-cluster=default={peer}"),
                "--unsafe-no-fsync",
                "--log-level=error",
            ],
        );
        plane.spawn(
            "kube-apiserver",
            &[
                &format!("--etcd-servers={client}"),
                "--bind-address=127.0.0.1",
                &format!("--secure-port={port}"),
                "--tls-cert-file=server.crt",
                "--tls-private-key-file=server.key",
                "--cert-dir=certs",
                "--client-ca-file=ca.crt",
                "--token-auth-file=tokens.csv",
                "--authorization-mode=RBAC",
                "--service-cluster-ip-range=10.0.0.0/16",
                "--allow-privileged=true",
                "--service-account-issuer=https://kubernetes.default.svc",
                "--service-account-key-file=sa.pub",
                "--service-account-signing-key-file=sa.key",
                "--audit-policy-file=audit.yaml",
                "--audit-log-path=audit.log",
                // Pages come from etcd, as on older servers, so that a compaction is felt.
                "--feature-gates=ListFromCacheSnapshot=false",
            ],
        );
        plane.wait("the API server", Duration::from_secs(60), |plane| {
            plane.kubectl(&["get", "--raw", "/readyz"]).is_ok()
        });
        plane.spawn(
            "kube-controller-manager",
            &[
                "--kubeconfig=admin.kubeconfig",
                "--service-account-private-key-file=sa.key",
                "--root-ca-file=ca.crt",
                "--leader-elect=false",
                &format!("--secure-port={}", free_port()),
                "--cert-dir=kcm",
                "--cluster-signing-cert-file=ca.crt",
                "--cluster-signing-key-file=ca.key",
            ],
        );
        plane.spawn(
            "kube-scheduler",
            &[
                "--kubeconfig=admin.kubeconfig",
                "--leader-elect=false",
                &format!("--secure-port={}", free_port()),
                "--cert-dir=scheduler",
            ],
        );
        plane.nodes();
        let stages = plane.assets.join("stages.yaml").display().to_string();
        plane.spawn(
            "kwok",
            &[
                "--kubeconfig=admin.kubeconfig",
                "--manage-all-nodes=true",
                "--node-lease-duration-seconds=40",
                "--cidr=10.244.0.0/16",
                &format!("--config={stages}"),
            ],
        );
        plane.wait("nodes", Duration::from_secs(60), |plane| {
            plane
                .json(&["get", "nodes"])
                .is_some_and(|nodes| nodes["items"].as_array().unwrap().iter().filter(|node| ready(node)).count() == 4)
        });
        eprintln!("control plane: ready after {:.1?}", began.elapsed());
        plane
    }

    /// Starts a program that ends with this process: its keeper waits on a pipe that we hold.
    fn spawn(&mut self, program: &str, arguments: &[&str]) {
        let log = fs::File::create(self.dir.path().join(format!("{program}.log"))).unwrap();
        let child = Command::new("sh")
            .args(["-c", "exec 3<&0; \"$@\" </dev/null 3<&- & p=$!; cat <&3 >/dev/null; kill -9 $p", "keeper"])
            .arg(self.assets.join(program))
            .args(arguments)
            .current_dir(self.dir.path())
            .stdin(Stdio::piped())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        self._children.push(child);
    }

    /// Waits until something holds.
    pub fn wait(&self, what: &str, patience: Duration, holds: impl Fn(&Self) -> bool) {
        let until = Instant::now() + patience;
        while !holds(self) {
            if Instant::now() > until {
                for log in ["etcd", "kube-apiserver", "kube-controller-manager", "kwok"] {
                    let text = fs::read_to_string(self.dir.path().join(format!("{log}.log"))).unwrap_or_default();
                    let tail: Vec<&str> = text.lines().rev().take(5).collect();
                    eprintln!("--- {log}: {tail:#?}");
                }
                panic!("{what}: not within {patience:?}");
            }
            std::thread::sleep(Duration::from_millis(300));
        }
    }

    /// Runs kubectl as the administrator.
    pub fn kubectl(&self, arguments: &[&str]) -> Result<String, String> {
        self.kubectl_with(arguments, "")
    }

    /// Runs kubectl with something on its standard input.
    pub fn kubectl_with(&self, arguments: &[&str], input: &str) -> Result<String, String> {
        let mut child = Command::new(self.assets.join("kubectl"))
            .args(arguments)
            .env("KUBECONFIG", self.dir.path().join("admin.kubeconfig"))
            .env("HOME", self.dir.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_owned();
        let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
        let done = child.wait_with_output().unwrap();
        let _ = writer.join();
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        if done.status.success() { Ok(text(done.stdout)) } else { Err(text(done.stderr)) }
    }

    /// Runs kubectl with `-o json`.
    pub fn json(&self, arguments: &[&str]) -> Option<Value> {
        let text = self.kubectl(&[arguments, &["-o", "json"]].concat()).ok()?;
        serde_json::from_str(&text).ok()
    }

    /// Applies objects; what the server refuses is told, and no more.
    pub fn apply(&self, namespace: Option<&str>, objects: &[Value]) {
        if objects.is_empty() {
            return;
        }
        for try_number in 0..4 {
            let error = self.try_apply(namespace, objects);
            let unknown =
                error.contains("no matches for kind") || error.contains("could not find the requested resource");
            if unknown && try_number < 3 {
                // Discovery learns of new CRDs a moment later, and kubectl remembers the old one.
                let _ = fs::remove_dir_all(self.dir.path().join(".kube"));
                std::thread::sleep(Duration::from_secs(1));
                continue;
            }
            for line in error.lines().filter(|line| !line.starts_with("Warning")).take(3) {
                eprintln!("control plane: {}", line.chars().take(160).collect::<String>());
            }
            return;
        }
    }

    fn try_apply(&self, namespace: Option<&str>, objects: &[Value]) -> String {
        let list = json!({"apiVersion": "v1", "kind": "List", "items": objects}).to_string();
        let mut arguments = vec!["apply", "--server-side", "--force-conflicts", "--validate=false", "-f", "-"];
        arguments.extend(namespace.map(|_| "-n"));
        arguments.extend(namespace);
        self.kubectl_with(&arguments, &list).err().unwrap_or_default()
    }

    /// Waits until no workload changes any more.
    pub fn settle(&self) {
        let seen = std::cell::RefCell::new(String::new());
        self.wait("a quiet cluster", Duration::from_secs(90), |plane| {
            std::thread::sleep(Duration::from_secs(2));
            let kinds = "pods,deployments,replicasets,daemonsets,statefulsets,jobs,services,persistentvolumeclaims";
            let now = plane
                .kubectl(&["get", kinds, "-A", "-o", "jsonpath={.items[*].metadata.resourceVersion}"])
                .unwrap_or_default();
            std::mem::replace(&mut *seen.borrow_mut(), now.clone()) == now
        });
    }

    /// Four nodes that kwok keeps ready.
    fn nodes(&self) {
        let size = json!({"cpu": "64", "memory": "256Gi", "pods": "500", "ephemeral-storage": "500Gi"});
        let nodes: Vec<Value> = (1..=4)
            .map(|number| {
                json!({"apiVersion": "v1", "kind": "Node",
                    "metadata": {"name": format!("node-{number}"), "annotations": {"kwok.x-k8s.io/node": "fake"},
                        "labels": {"kubernetes.io/arch": "amd64", "kubernetes.io/os": "linux", "kubernetes.io/hostname": format!("node-{number}")}},
                    "status": {"allocatable": size, "capacity": size,
                        "nodeInfo": {"architecture": "amd64", "operatingSystem": "linux", "kubeletVersion": "v1.37.2",
                            "osImage": "Debian", "kernelVersion": "6.1.0", "containerRuntimeVersion": "containerd://2.1.4"}}})
            })
            .collect();
        self.apply(None, &nodes);
    }

    /// Manifests as their makers publish them: namespaces and CRDs first, no webhooks, no tests.
    pub fn install(&self, systems: &[(&str, PathBuf)]) {
        let mut first = Vec::new();
        let mut crds = Vec::new();
        let mut rest: Vec<(String, Value)> = Vec::new();
        for (namespace, path) in systems {
            first.push(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}));
            for object in documents(path) {
                let is_test = object["metadata"]["annotations"]["helm.sh/hook"]
                    .as_str()
                    .is_some_and(|hook| hook.contains("test"));
                match object["kind"].as_str().unwrap_or_default() {
                    _ if is_test => {}
                    "Namespace" => first.push(object),
                    "CustomResourceDefinition" => crds.push(object),
                    kind if kind.ends_with("WebhookConfiguration") => {}
                    _ => rest.push(((*namespace).to_owned(), object)),
                }
            }
        }
        self.apply(None, &first);
        self.apply(None, &crds);
        self.wait("CRDs", Duration::from_secs(60), |plane| {
            plane.json(&["get", "customresourcedefinitions"]).is_some_and(|list| {
                list["items"].as_array().unwrap().iter().all(|crd| {
                    crd["status"]["conditions"].as_array().is_some_and(|all| {
                        all.iter().any(|one| one["type"] == "Established" && one["status"] == "True")
                    })
                })
            })
        });
        let (own, bare): (Vec<_>, Vec<_>) =
            rest.into_iter().partition(|(_, object)| object["metadata"]["namespace"].is_string());
        for (namespace, _) in systems {
            let of = |list: &[(String, Value)]| -> Vec<Value> {
                list.iter().filter(|(name, _)| name == namespace).map(|(_, object)| object.clone()).collect()
            };
            self.apply(Some(namespace), &of(&bare));
            self.apply(None, &of(&own));
        }
    }

    /// A kubeconfig for a user, given as YAML.
    pub fn kubeconfig(&self, user: &str) -> PathBuf {
        let server = format!("https://127.0.0.1:{}", self.port);
        crate::fake::kubeconfig(self.dir.path(), &server, user, Some(&self.authority))
    }

    /// PEM of the authority that signed the server's certificate.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// Host and port of the API server.
    pub fn address(&self) -> (String, String) {
        ("127.0.0.1".into(), self.port.to_string())
    }

    /// The administrator.
    pub fn target(&self) -> Target {
        Target { kubeconfig: Some(self.kubeconfig("{token: admin-token}")), ..Target::default() }
    }

    #[expect(clippy::disallowed_methods, reason = "the server's clock is the real one")]
    /// A token of a service account that ends so many seconds from now.
    pub fn token(&self, namespace: &str, name: &str, seconds: i64) -> String {
        use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
        use rcgen::SigningKey as _;
        let account = self.json(&["get", "serviceaccount", "-n", namespace, name]).unwrap();
        // The server grants a minute of leeway.
        let now = i64::try_from(std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs())
            .unwrap();
        let head = json!({"alg": "ES256", "typ": "JWT"});
        let claims = json!({"iss": "https://kubernetes.default.svc", "aud": ["https://kubernetes.default.svc"],
            "sub": format!("system:serviceaccount:{namespace}:{name}"), "exp": now + seconds - 60, "iat": now - 300, "nbf": now - 300,
            "kubernetes.io": {"namespace": namespace, "serviceaccount": {"name": name, "uid": account["metadata"]["uid"]}}});
        let text =
            format!("{}.{}", URL_SAFE_NO_PAD.encode(head.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()));
        let signature = raw_signature(&self.service_account_key.sign(text.as_bytes()).unwrap());
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// Forgets every revision but the newest, as etcd does every five minutes.
    pub fn compact(&self) {
        let run = |arguments: &[&str]| {
            let done = Command::new(self.assets.join("etcdctl"))
                .arg(format!("--endpoints=127.0.0.1:{}", self.etcd))
                .args(arguments)
                .output()
                .unwrap();
            assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
            String::from_utf8(done.stdout).unwrap()
        };
        let status: Value = serde_json::from_str(&run(&["endpoint", "status", "-w", "json"])).unwrap();
        run(&["compact", &status[0]["Status"]["header"]["revision"].to_string()]);
    }

    /// Verbs and resources that sextant used under its own name, by the API server's own log: what a
    /// delivery writes, it writes as the account that was made for it.
    pub fn seen(&self) -> Vec<(String, String)> {
        let text = fs::read_to_string(self.dir.path().join("audit.log")).unwrap();
        text.lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .filter(|event| event["impersonatedUser"].is_null())
            .filter(|event| event["userAgent"].as_str().is_some_and(|agent| agent.starts_with("sextant/")))
            .map(|event| {
                let resource = event["objectRef"]["resource"].as_str().unwrap_or_default();
                (event["verb"].as_str().unwrap_or_default().to_owned(), resource.to_owned())
            })
            .collect()
    }

    /// It only ever read, and asked what it may read.
    pub fn assert_read_only(&self) {
        let seen = self.seen();
        assert!(!seen.is_empty());
        for (verb, resource) in seen {
            let review = verb == "create" && resource.starts_with("selfsubject");
            assert!(review || ["get", "list"].contains(&verb.as_str()), "{verb} {resource}");
        }
    }
}

fn put_admin(plane: &Plane) {
    let path = plane.kubeconfig("{token: admin-token}");
    fs::rename(path, plane.dir.path().join("admin.kubeconfig")).unwrap();
}

pub fn ready(object: &Value) -> bool {
    object["status"]["conditions"]
        .as_array()
        .is_some_and(|all| all.iter().any(|one| one["type"] == "Ready" && one["status"] == "True"))
}

fn documents(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap();
    let mut found = Vec::new();
    for document in format!("\n{text}").split("\n---") {
        let Ok(value) = sextant::yaml::parse::<Value>(document.trim_start_matches(['-', ' '])) else { continue };
        if value["kind"] == "List" {
            found.extend(value["items"].as_array().into_iter().flatten().cloned());
        } else if value["kind"].is_string() {
            found.push(value);
        }
    }
    found
}

/// JWTs want the two numbers of an ECDSA signature side by side, not in DER.
pub fn raw_signature(der: &[u8]) -> Vec<u8> {
    let mut raw = Vec::new();
    let mut at = 2;
    for _ in 0..2 {
        let length = usize::from(der[at + 1]);
        let number = &der[at + 2..at + 2 + length];
        let number = &number[number.len().saturating_sub(32)..];
        raw.extend(std::iter::repeat_n(0, 32 - number.len()));
        raw.extend_from_slice(number);
        at += 2 + length;
    }
    raw
}
