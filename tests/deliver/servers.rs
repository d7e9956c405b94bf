//! Real servers of others: an S3 server (moto) and Prometheus' Pushgateway. `.ci/servers` gets them.

use std::{
    net::{TcpListener, TcpStream},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

use rusty_s3::S3Action as _;
use serde_json::Value;

use super::{run, sinks, source};
use crate::harness::text;

/// A program that ends with its test.
pub struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Starts a server on a free port; `None`, loudly, where it is not there.
pub fn start(name: &str, arguments: &dyn Fn(u16) -> Vec<String>) -> Option<(Program, u16)> {
    let Some(home) = std::env::var_os("SEXTANT_SERVERS").map(PathBuf::from) else {
        eprintln!("SKIPPED: no {name}; export SEXTANT_SERVERS=$(.ci/servers)");
        return None;
    };
    let program = home.join("bin").join(name);
    if !program.exists() {
        eprintln!("SKIPPED: {} is not there (.ci/servers)", program.display());
        return None;
    }
    let port = free_port();
    let child = Command::new(program)
        .args(arguments(port))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let running = Program(child);
    for _ in 0..300 {
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return Some((running, port));
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("{name} does not listen");
}

/// An S3 server with an empty bucket `audits`; its endpoint.
pub fn s3() -> Option<(Program, String)> {
    let (program, port) =
        start("moto_server", &|port| ["-H", "127.0.0.1", "-p", &port.to_string()].map(ToOwned::to_owned).to_vec())?;
    let endpoint = format!("http://127.0.0.1:{port}");
    let client = sextant::store::http::Client::new(None).unwrap();
    let made = client.send("PUT", &format!("{endpoint}/audits"), &[], b"", Duration::from_secs(20)).unwrap();
    assert_eq!(made.status, 200);
    Some((program, endpoint))
}

/// A Pushgateway; its address.
pub fn pushgateway() -> Option<(Program, String)> {
    let listen = |port: u16| vec![format!("--web.listen-address=127.0.0.1:{port}")];
    let (program, port) = start("prometheus-pushgateway", &listen)?;
    Some((program, format!("http://127.0.0.1:{port}")))
}

fn get(url: &str) -> String {
    let client = sextant::store::http::Client::new(None).unwrap();
    String::from_utf8(client.send("GET", url, &[], &[], Duration::from_secs(20)).unwrap().body).unwrap()
}

#[test]
fn reports_history_and_fleets_live_in_a_real_object_store() {
    let Some((_server, endpoint)) = s3() else { return };
    let home = tempfile::tempdir().unwrap();
    let config = sinks(
        home.path(),
        &format!(
            "deliver:\n- s3: {{url: 's3://audits/reports', endpoint: '{endpoint}', keep: 2, encryption: AES256}}\n"
        ),
    );
    let env =
        [("AWS_ACCESS_KEY_ID", "id"), ("AWS_SECRET_ACCESS_KEY", "s3cr3t"), ("AWS_ENDPOINT_URL_S3", endpoint.as_str())];
    let menagerie = source("menagerie");
    for _ in 0..3 {
        let arguments = [
            "audit",
            &menagerie,
            "--cluster-name",
            "prod",
            "--deliver",
            &config,
            "--history",
            "s3://audits/history",
            "--select",
            "network",
            "-o",
            "json",
        ];
        let done = run(&arguments, &env);
        assert!(done.code != 6 && !done.err.contains("s3cr3t"), "{}", done.err);
    }
    let verify = run(&["report", "history", "verify", "--history", "s3://audits/history"], &env);
    assert_eq!(verify.code, 0, "{}{}", verify.out, verify.err);
    assert!(verify.out.contains("prod: 3 records, unbroken"), "{}", verify.out);
    let trend = run(&["report", "history", "trend", "--history", "s3://audits/history"], &env);
    assert_eq!(trend.out.lines().count(), 4, "{}", trend.out);
    // Two reports and the latest, which is one.
    let merge = run(&["report", "merge", "s3://audits/reports", "-o", "json"], &env);
    let matrix: Value = serde_json::from_str(&merge.out).unwrap_or_else(|_| panic!("{}", merge.err));
    assert_eq!(matrix["clusters"][0]["cluster"], "prod");
    let bucket = sextant::store::Bucket::open(
        "s3://audits/reports",
        &sextant::store::BucketOptions { endpoint: Some(endpoint.clone()), ..Default::default() },
        sextant::store::Patience::default(),
    );
    // Without credentials nothing is asked at all.
    assert!(bucket.is_err_and(|failure| failure.message.contains("AWS_ACCESS_KEY_ID")));
    let fleet = text(&home.path().join("fleet.yaml"));
    std::fs::write(
        &fleet,
        format!("clusters:\n- {{name: a, source: {menagerie}}}\n- {{name: b, source: {}}}\n", source("tidy")),
    )
    .unwrap();
    for index in ["0", "1"] {
        let done = run(
            &["audit", "--fleet", &fleet, "--into", "s3://audits/fleet", "--select", "network"],
            &[env[0], env[1], env[2], ("JOB_COMPLETION_INDEX", index)],
        );
        assert!(done.code != 6, "{}", done.err);
    }
    let merge = run(&["report", "merge", "s3://audits/fleet", "--fleet", &fleet, "-o", "json"], &env);
    let matrix: Value = serde_json::from_str(&merge.out).unwrap();
    assert_eq!(matrix["clusters"].as_array().unwrap().len(), 2);
    let wrong = run(&["audit", &menagerie, "--history", "s3://no-such-bucket/x", "--select", "network"], &env);
    assert_eq!(wrong.code, 6, "{}", wrong.err);
}

/// A report of many megabytes arrives as it was, and runs that write to one history at the same time
/// make one chain.
#[test]
fn a_bucket_takes_much_at_once_and_from_many() {
    let Some((_server, endpoint)) = s3() else { return };
    let home = tempfile::tempdir().unwrap();
    let manifests = home.path().join("many.yaml");
    let one = |number: usize| format!("apiVersion: v1\nkind: Namespace\nmetadata: {{name: team-{number}}}\n");
    std::fs::write(&manifests, (0..20_000).map(one).collect::<Vec<_>>().join("---\n")).unwrap();
    let manifests = text(&manifests);
    let config = sinks(home.path(), &format!("deliver:\n- s3: {{url: 's3://audits/big', endpoint: '{endpoint}'}}\n"));
    let env =
        [("AWS_ACCESS_KEY_ID", "id"), ("AWS_SECRET_ACCESS_KEY", "s3cr3t"), ("AWS_ENDPOINT_URL_S3", endpoint.as_str())];
    let fixed = ["audit", "--complete", "--select", "NET-004", "-o", "json", "--time", "2026-11-23T09:00:00Z"];
    let more = ["--cluster-name", "big", "--deliver", &config, &manifests];
    let done = run(&[&fixed[..], &more].concat(), &env);
    assert!(done.code != 6, "{}", done.err);
    assert!(done.out.len() > 8 << 20, "{} bytes are not much", done.out.len());
    let merge = run(&["report", "merge", "s3://audits/big", "-o", "json"], &env);
    let matrix: Value = serde_json::from_str(&merge.out).unwrap_or_else(|_| panic!("{}", merge.err));
    assert_eq!(matrix["clusters"][0]["cluster"], "big");
    let printed: Value = serde_json::from_str(&done.out).unwrap();
    let style = rusty_s3::UrlStyle::Path;
    let bucket = rusty_s3::Bucket::new(endpoint.parse().unwrap(), style, "audits", "us-east-1").unwrap();
    let keys = rusty_s3::Credentials::new("id", "s3cr3t");
    let kept = bucket.get_object(Some(&keys), "big/big/latest.json").sign(Duration::from_secs(60));
    let kept: Value = serde_json::from_str(&get(kept.as_str())).unwrap();
    assert!(printed["findings"].as_array().unwrap().len() >= 20_000 && kept["findings"] == printed["findings"]);
    let tidy = source("tidy");
    let keeps = ["audit", &tidy, "--cluster-name", "prod", "--history", "s3://audits/history", "--select", "NET-004"];
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                for _ in 0..2 {
                    let done = run(&keeps, &env);
                    assert!(done.code != 6, "{}", done.err);
                }
            });
        }
    });
    let verify = run(&["report", "history", "verify", "--history", "s3://audits/history"], &env);
    assert_eq!(verify.code, 0, "{}{}", verify.out, verify.err);
    assert!(verify.out.contains("prod: 12 records, unbroken"), "{}", verify.out);
}

#[test]
fn a_real_pushgateway_keeps_the_last_success() {
    let Some((_server, url)) = pushgateway() else { return };
    let home = tempfile::tempdir().unwrap();
    let config = sinks(home.path(), &format!("deliver:\n- pushgateway: {{url: '{url}', job: sextant}}\n"));
    let audit =
        |more: &[&str]| run(&[&["audit", "--cluster-name", "prod/eu \"1\"", "--deliver", &config], more].concat(), &[]);
    let tidy = source("tidy");
    let done = audit(&[&tidy, "--select", "NET-004"]);
    assert!(done.code != 6, "{}", done.err);
    let line = |metrics: &str, name: &str| {
        let found = metrics.lines().find(|line| line.starts_with(&format!("{name}{{")));
        found.unwrap_or_else(|| panic!("{name}: {metrics}")).to_owned()
    };
    let first = get(&format!("{url}/metrics"));
    let success = line(&first, "sextant_last_success_timestamp_seconds");
    assert!(line(&first, "sextant_scan_complete").ends_with(" 1"), "{first}");
    assert!(success.contains("job=\"sextant\""), "{success}");
    // An incomplete run, and one without a result, leave it as it was.
    assert!(audit(&["--sample", "--max-age", "1h"]).code != 6);
    let second = get(&format!("{url}/metrics"));
    assert_eq!(line(&second, "sextant_last_success_timestamp_seconds"), success);
    assert!(line(&second, "sextant_scan_complete").ends_with(" 0"));
    assert_eq!(audit(&["/nothing/here"]).code, 3);
    let third = get(&format!("{url}/metrics"));
    assert!(line(&third, "sextant_scan_exit_code").ends_with(" 3"), "{third}");
    assert_eq!(line(&third, "sextant_last_success_timestamp_seconds"), success);
}
