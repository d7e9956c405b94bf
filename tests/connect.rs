//! Ways to an API server: without a socket, over TLS, through a proxy, compressed; and none at all.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use sextant::{
    collect::cluster,
    snapshot::{Snapshot, State, slim::Secrets},
};

use crate::{
    cluster::{everything, limits, lines, options, pods, read},
    fake::{Fake, World, kubeconfig},
    harness,
};

fn world() -> World {
    let mut world = World::small();
    pods(&mut world, 60);
    world
}

fn read_at(target: &cluster::Target) -> Snapshot {
    let snapshot = cluster::read(target, &everything(), &options(Secrets::None), &limits(), &|_| {}).unwrap();
    assert!(snapshot.kinds.values().all(|coverage| coverage.state != State::Unavailable), "{:?}", snapshot.kinds);
    snapshot
}

#[test]
fn without_a_socket_and_over_tls_the_same_is_read() {
    let fake = world().start();
    let direct = read_at(&fake.in_process());
    let tls = Fake::tls(world(), &["127.0.0.1"], (2020, 1, 1), (2099, 1, 1));
    let over_tls = read(&tls, Secrets::None, &limits()).unwrap();
    let plain = read(&fake, Secrets::None, &limits()).unwrap();
    assert_eq!(lines(&direct), lines(&plain));
    assert_eq!(lines(&direct), lines(&over_tls));
    assert_eq!(direct.of("", "Pod").len(), 60);
}

/// A proxy that tunnels every host to one address, and counts.
fn tunnel(to: SocketAddr) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let count = Arc::new(AtomicUsize::new(0));
    let counted = count.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let counted = counted.clone();
            std::thread::spawn(move || -> std::io::Result<()> {
                let mut reader = BufReader::new(stream.try_clone()?);
                let mut first = String::new();
                reader.read_line(&mut first)?;
                let mut line = String::new();
                while line.trim() != "" || line.is_empty() {
                    line.clear();
                    reader.read_line(&mut line)?;
                }
                let mut back = stream.try_clone()?;
                if !first.starts_with("CONNECT api.fake.example:443 ") {
                    return back.write_all(b"HTTP/1.1 405 Method Not Allowed\r\n\r\n");
                }
                counted.fetch_add(1, Ordering::SeqCst);
                back.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
                let server = TcpStream::connect(to)?;
                let (mut up, mut down) = (server.try_clone()?, server);
                let sends = std::thread::spawn(move || std::io::copy(&mut reader, &mut up));
                std::io::copy(&mut down, &mut back)?;
                let _ = sends.join();
                Ok(())
            });
        }
    });
    (address, count)
}

#[test]
fn a_proxy_is_gone_through_and_answers_may_be_compressed() {
    let mut packed = world();
    packed.gzip = true;
    let fake = Fake::tls(packed, &["api.fake.example"], (2020, 1, 1), (2099, 1, 1));
    let address = fake.url().trim_start_matches("https://").parse().unwrap();
    let (proxy, tunnelled) = tunnel(address);
    let dir = tempfile::tempdir().unwrap();
    let server = format!("https://api.fake.example\", proxy-url: \"http://{proxy}");
    let path = kubeconfig(dir.path(), &server, "{}", fake.authority.as_deref());
    let through = read_at(&cluster::Target { kubeconfig: Some(path), ..Default::default() });
    assert!(tunnelled.load(Ordering::SeqCst) > 0, "nobody came through the proxy");
    assert!(fake.state.packed.load(Ordering::SeqCst) > 3, "nothing was compressed");
    let plain = read(&world().start(), Secrets::None, &limits()).unwrap();
    assert_eq!(lines(&through), lines(&plain));
}

#[test]
fn a_snapshot_has_a_size_beyond_which_nothing_is_read() {
    let fake = world().start();
    let few = cluster::Limits { total_bytes: 900, page_size: Some(5), ..limits() };
    let snapshot = read(&fake, Secrets::None, &few).unwrap();
    let coverage = &snapshot.kinds[&sextant::object::Kind::new("", "Pod")];
    assert_eq!(coverage.state, State::Partial, "{coverage:?}");
    assert!(coverage.reason.contains("size limit"), "{coverage:?}");
    assert!(snapshot.of("", "Pod").len() < 60);
}

#[test]
fn whatever_keeps_us_out_ends_with_exit_code_3_in_one_line() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let mut guarded = World::small();
    guarded.token = Some("the-right-token".into());
    let guarded = guarded.start();
    let tls = Fake::tls(World::small(), &["127.0.0.1"], (2020, 1, 1), (2099, 1, 1));
    let other = Fake::tls(World::small(), &["127.0.0.1"], (2020, 1, 1), (2099, 1, 1));
    std::fs::write(dir.path().join("broken"), "users: [{token: SECRET\n  :").unwrap();
    let exec = "{exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, command: sh, \
                args: [-c, 'echo SECRET; exit 3']}}";
    let at = |server: &str, user: &str, authority: Option<&str>| kubeconfig(dir.path(), server, user, authority);
    let cases = [
        ("unreachable", at(&format!("https://{closed}"), "{}", None), "connection refused"),
        ("no kubeconfig", dir.path().join("missing"), "cannot be read"),
        ("bad kubeconfig", dir.path().join("broken"), "not a valid kubeconfig"),
        ("expired token", at(&guarded.url(), "{token: SECRET}", None), "log in again"),
        ("wrong CA", at(&tls.url(), "{}", other.authority.as_deref()), "signed by an authority"),
        ("exec plugin", at(&guarded.url(), exec, None), "exec plugin"),
        ("proxy", at(&format!("{}\", proxy-url: \"http://{closed}", guarded.url()), "{}", None), "the proxy"),
    ];
    for (case, path, word) in cases {
        let path = path.display().to_string();
        let out = dir.path().join("out.sxs").display().to_string();
        for command in [&["audit"][..], &["inventory"], &["preflight"], &["snapshot", "-o", &out]] {
            let words = [command, &["--kubeconfig", &path, "--timeout", "5s"]].concat();
            let started = std::time::Instant::now();
            let done = harness::sextant(&words);
            assert_eq!(done.code, 3, "{case} {command:?}: {}", done.err);
            assert_eq!(done.err.trim().lines().count(), 1, "{case} {command:?}: {}", done.err);
            assert!(done.err.contains(word), "{case} {command:?}: {}", done.err);
            assert!(!done.err.contains("SECRET") && done.out.is_empty(), "{case} {command:?}: {}", done.err);
            assert!(started.elapsed().as_secs() < 20, "{case} {command:?} went on beyond its deadline");
        }
    }
}
