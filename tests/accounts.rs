//! Who we are to a cluster: kubeconfigs and what is wrong with them, the account of a pod, and
//! credentials that end on the way.

use std::{
    cell::Cell,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::json;
use sextant::{
    collect::cluster::{self, Account, Limits, Target},
    object::Kind,
    snapshot::{State, slim::Secrets},
};

use crate::{
    cluster::{everything, limits, options, pods},
    fake::{Fake, World},
    harness::{sextant, text},
};

fn guarded(token: &str) -> World {
    let mut world = World::small();
    pods(&mut world, 40);
    world.token = Some(token.into());
    world
}

/// The folder that a kubelet mounts.
fn mounted(fake: &Fake, token: &str) -> (tempfile::TempDir, Account) {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("token"), token).unwrap();
    fs::write(dir.path().join("ca.crt"), fake.authority.as_deref().unwrap()).unwrap();
    fs::write(dir.path().join("namespace"), "sextant").unwrap();
    let (host, port) =
        fake.url().trim_start_matches("https://").rsplit_once(':').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    let account = Account { folder: dir.path().to_owned(), host: Some(host), port: Some(port) };
    (dir, account)
}

fn in_pod(account: &Account) -> Target {
    Target { in_cluster: true, account: Some(account.clone()), ..Target::default() }
}

fn told(target: &Target) -> String {
    let error = cluster::read(target, &everything(), &options(Secrets::None), &limits(), &|_| {}).unwrap_err();
    let line = error.to_string();
    assert!(!line.contains('\n') && !line.contains("SECRET"), "{line}");
    line
}

#[test]
fn a_pod_reads_with_its_own_account() {
    let fake = Fake::tls(guarded("the-right-token"), &["127.0.0.1"], (2020, 1, 1), (2099, 1, 1));
    let (dir, account) = mounted(&fake, "the-right-token");
    let snapshot =
        cluster::read(&in_pod(&account), &everything(), &options(Secrets::None), &limits(), &|_| {}).unwrap();
    assert_eq!(snapshot.of("", "Pod").len(), 40);
    assert_eq!(
        (snapshot.header.context.as_deref(), snapshot.header.uid.as_deref()),
        (None, Some("uid-of-kube-system"))
    );
    assert!(fake.state.most.load(std::sync::atomic::Ordering::SeqCst) <= 4);
    // What may be wrong with it, each with its remedy.
    fs::write(dir.path().join("token"), "SECRET").unwrap();
    assert!(told(&in_pod(&account)).contains("(401); log in again"));
    fs::remove_file(dir.path().join("token")).unwrap();
    let line = told(&in_pod(&account));
    assert!(
        line.contains("token: the pod has no service account token") && line.contains("automountServiceAccountToken"),
        "{line}"
    );
    fs::write(dir.path().join("token"), "").unwrap();
    assert!(told(&in_pod(&account)).contains("no service account token"));
    fs::write(dir.path().join("token"), "t").unwrap();
    fs::write(dir.path().join("ca.crt"), "SECRET").unwrap();
    assert!(told(&in_pod(&account)).contains("ca.crt: the certificate authority holds no certificate"));
    fs::remove_file(dir.path().join("ca.crt")).unwrap();
    assert!(told(&in_pod(&account)).contains("ca.crt: the pod has no certificate authority"));
    let nowhere = Account { host: None, ..account.clone() };
    assert!(told(&in_pod(&nowhere)).contains("KUBERNETES_SERVICE_HOST"));
    let odd = Account { port: Some("tcp://10.0.0.1:443".into()), ..account };
    assert!(told(&in_pod(&odd)).contains("no address"));
}

/// The mount and the environment that a pod has, for the program itself.
fn pod(account: &Account, home: &Path, arguments: &[&str]) -> Option<std::process::Output> {
    let possible = Command::new("unshare").args(["-Urm", "true"]).stderr(Stdio::null()).status();
    if !possible.is_ok_and(|status| status.success()) {
        eprintln!("SKIPPED: unshare -Urm is not possible here");
        return None;
    }
    // A folder of our own over /var/run, which nobody else sees, and the account in it.
    let script = "mount -t tmpfs none /run && mkdir -p /run/secrets/kubernetes.io && \
                  if [ ! /var/run -ef /run ]; then mount --bind /run /var/run; fi && \
                  cp -R \"$1\" /run/secrets/kubernetes.io/serviceaccount && shift && exec \"$@\"";
    let mut command = Command::new("unshare");
    command
        .args(["-Urm", "sh", "-c", script, "sh"])
        .arg(&account.folder)
        .arg(env!("CARGO_BIN_EXE_sextant"))
        .args(arguments)
        .env("HOME", home)
        .env_remove("KUBECONFIG")
        .env("KUBERNETES_SERVICE_HOST", account.host.as_deref().unwrap())
        .env("KUBERNETES_SERVICE_PORT", account.port.as_deref().unwrap());
    Some(command.output().unwrap())
}

#[test]
fn a_pod_without_a_kubeconfig_needs_no_word_and_with_a_stray_one_it_does() {
    let fake = Fake::tls(guarded("the-right-token"), &["127.0.0.1"], (2020, 1, 1), (2099, 1, 1));
    let (dir, account) = mounted(&fake, "the-right-token");
    let out = text(&dir.path().join("out.sxs"));
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    for words in
        [&["snapshot", "-o", &out, "--max-qps", "0"][..], &["snapshot", "-o", &out, "--max-qps", "0", "--in-cluster"]]
    {
        let Some(done) = pod(&account, home, words) else { return };
        let err = String::from_utf8_lossy(&done.stderr);
        assert_eq!(done.status.code(), Some(0), "{err}");
        assert!(err.contains("out.sxs: "), "{err}");
    }
    // A kubeconfig that lies about wins, unless it is said which of the two is meant.
    fs::create_dir(home.join(".kube")).unwrap();
    fs::write(home.join(".kube/config"), "kind: Config\n").unwrap();
    let Some(done) = pod(&account, home, &["snapshot", "-o", &out]) else { return };
    let err = String::from_utf8_lossy(&done.stderr);
    assert!(
        done.status.code() == Some(3) && err.contains(".kube/config: the kubeconfig has no current context"),
        "{err}"
    );
    let Some(done) = pod(&account, home, &["snapshot", "-o", &out, "--in-cluster", "--max-qps", "0"]) else { return };
    assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stderr));
    fs::remove_file(home.join(".kube/config")).unwrap();
    // Without the mount.
    fs::remove_file(dir.path().join("token")).unwrap();
    let Some(done) = pod(&account, home, &["audit"]) else { return };
    let err = String::from_utf8_lossy(&done.stderr);
    assert_eq!((done.status.code(), err.trim().lines().count()), (Some(3), 1), "{err}");
    assert!(
        err.contains("/var/run/secrets/kubernetes.io/serviceaccount/token: the pod has no service account token"),
        "{err}"
    );
}

#[test]
fn outside_of_a_pod_and_without_a_kubeconfig_there_is_no_cluster() {
    let home = tempfile::tempdir().unwrap();
    let run = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sextant"));
        command.args(words).env("HOME", home.path()).env_remove("KUBECONFIG").env_remove("KUBERNETES_SERVICE_HOST");
        let done = command.output().unwrap();
        (done.status.code(), String::from_utf8(done.stderr).unwrap())
    };
    let (code, err) = run(&["audit"]);
    assert_eq!(code, Some(3));
    assert!(err.contains("there is no kubeconfig, and this is no pod") && err.contains("--kubeconfig"), "{err}");
    let (code, err) = run(&["audit", "--in-cluster"]);
    assert_eq!(code, Some(3));
    assert!(err.contains("KUBERNETES_SERVICE_HOST") && err.trim().lines().count() == 1, "{err}");
}

/// Reads pods page by page; after the first page the server takes another token only.
fn rotated(fake: &Fake, target: &Target, rotate: &dyn Fn()) -> (State, u64, String) {
    let done = Cell::new(false);
    let limits = Limits { page_size: Some(10), in_flight: 1, ..limits() };
    let plan = sextant::collect::plan::Plan { kinds: [Kind::new("", "Pod")].into(), ..Default::default() };
    let snapshot = cluster::read(target, &plan, &options(Secrets::None), &limits, &|_| {
        if !done.replace(true) {
            fake.state.world.lock().unwrap().token = Some("second".into());
            rotate();
        }
    })
    .unwrap();
    let coverage = snapshot.coverage(&Kind::new("", "Pod"));
    (coverage.state, coverage.objects, coverage.reason)
}

#[test]
fn a_token_that_is_rotated_on_the_way_is_read_again() {
    let fake = Fake::tls(guarded("first"), &["127.0.0.1"], (2020, 1, 1), (2099, 1, 1));
    let (dir, account) = mounted(&fake, "first");
    let token = dir.path().join("token");
    let seen = rotated(&fake, &in_pod(&account), &|| fs::write(&token, "second").unwrap());
    assert_eq!(seen, (State::Complete, 40, String::new()));
    // One that is not rotated leaves the rest unread.
    fake.state.world.lock().unwrap().token = Some("first".into());
    fs::write(&token, "first").unwrap();
    let (state, objects, reason) = rotated(&fake, &in_pod(&account), &|| {});
    assert!(state == State::Partial && objects < 40 && reason.contains("401"), "{state:?} {objects} {reason}");
    // A kubeconfig may name a file as well, and the file may end in a newline.
    fake.state.world.lock().unwrap().token = Some("first".into());
    fs::write(&token, "first\n").unwrap();
    let path = fake.kubeconfig(&format!("{{tokenFile: {}}}", token.display()), fake.authority.as_deref());
    let target = Target { kubeconfig: Some(path), ..Target::default() };
    let seen = rotated(&fake, &target, &|| fs::write(&token, "second\n").unwrap());
    assert_eq!(seen, (State::Complete, 40, String::new()));
}

#[test]
fn a_plugin_is_asked_once_more_where_its_token_ended() {
    let fake = guarded("first").start();
    let dir = tempfile::tempdir().unwrap();
    let (credential, count) = (dir.path().join("credential.json"), dir.path().join("count"));
    let give = |token: &str| {
        let whole = json!({"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {"token": token}});
        fs::write(&credential, whole.to_string()).unwrap();
    };
    give("first");
    let user = format!(
        "{{exec: {{apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, command: sh, \
         args: [-c, 'echo x >> {}; cat {}']}}}}",
        count.display(),
        credential.display()
    );
    let target = Target { kubeconfig: Some(fake.kubeconfig(&user, None)), ..Target::default() };
    // kube asks twice for a client: for a header, and for a certificate.
    let asked = || fs::read_to_string(&count).unwrap().lines().count();
    let before = Cell::new(0);
    let seen = rotated(&fake, &target, &|| {
        before.set(asked());
        give("second");
    });
    assert_eq!(seen, (State::Complete, 40, String::new()));
    assert_eq!(asked(), 2 * before.get(), "one more client, and no more");
}

fn file(dir: &Path, text: &str) -> PathBuf {
    let path = dir.join("config");
    fs::write(&path, text).unwrap();
    path
}

#[test]
fn a_bad_kubeconfig_is_told_with_file_and_line() {
    let dir = tempfile::tempdir().unwrap();
    let whole = |server: &str, more: &str, user: &str, current: &str| {
        format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: {current}\nclusters:\n- name: c\n  cluster:\n    server: {server}\n{more}\
             contexts:\n- name: fake\n  context:\n    cluster: c\n    user: {user}\nusers:\n- name: u\n  user:\n    token: SECRET\n"
        )
    };
    let good = "https://127.0.0.1:1";
    let data = "    certificate-authority-data: '!SECRET'\n";
    let cases = [
        (
            "apiVersion: v1\nkind: Config\nusers:\n- name: u\n  user: {token: SECRET\n".to_owned(),
            ":5",
            "not a valid kubeconfig",
        ),
        ("apiVersion: v1\nkind: Config\nclusters:\n  name: SECRET\n".to_owned(), ":4", "not a valid kubeconfig"),
        ("apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n".to_owned(), ":2", "kind is Pod"),
        (whole("nowhere", "", "u", "fake"), ":7", "is no URL"),
        (whole(good, "", "u", "other"), ":3", "no context \"other\"; there are: fake"),
        (whole(good, "", "nobody", "fake"), ":12", "names a user that is not there"),
        (whole(good, data, "u", "fake"), ":8", "is not base64"),
        (whole(good, "    certificate-authority: /no/such/ca\n", "u", "fake"), ":8", "/no/such/ca: entity not found"),
        (whole(good, "    proxy-url: '::'\n", "u", "fake"), ":8", "proxy-url of the kubeconfig is no URL"),
        (
            whole(good, "", "u", "fake").replace("    cluster: c", "    cluster: d"),
            ":11",
            "names a cluster that is not there",
        ),
        (whole(good, "", "u", "''"), "", "no current context"),
        (String::new(), "", "no current context"),
    ];
    for (content, line, words) in cases {
        let path = file(dir.path(), &content);
        let run = sextant(&["audit", "--kubeconfig", &text(&path), "--timeout", "5s"]);
        assert_eq!((run.code, run.err.trim().lines().count()), (3, 1), "{}", run.err);
        assert!(
            run.err.contains(&format!("{}{line}", path.display())) && run.err.contains(words),
            "{words}: {}",
            run.err
        );
        assert!(!run.err.contains("SECRET"), "{}", run.err);
    }
}
