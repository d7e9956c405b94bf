//! Everything that can go wrong on the other side: exit 6, a report that is printed and kept, a
//! message that says what to do, and no credential in it.

use std::{path::Path, process::Command};

use serde_json::Value;

use super::{
    Receiver,
    bucket::{Bucket, refusal},
    files, run, sinks,
};
use crate::{
    fake::http::{Manner, Request, Response},
    harness::{Run, text},
};

const KEYS: [(&str, &str); 3] = [
    ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
    ("AWS_SECRET_ACCESS_KEY", "s3cr3t-key"),
    ("AWS_SESSION_TOKEN", "s3cr3t-session"),
];

/// Nothing secret is told, and the report is out.
fn whole(done: &Run, what: &str) {
    let report: Value = serde_json::from_str(&done.out).unwrap_or_else(|_| panic!("{what}: {}", done.err));
    assert_eq!(report["gate"]["exit_code"], 1, "{what}");
    for word in ["AKIDEXAMPLE", "s3cr3t", "leak-of-the-server", "X-Amz-"] {
        assert!(!done.err.contains(word), "{what}: {}", done.err);
    }
}

fn audit(dir: &Path, yaml: &str) -> Run {
    let config = sinks(dir, yaml);
    run(&["audit", "--sample", "--deliver", &config, "--select", "network", "-o", "json", "--exit-zero"], &KEYS)
}

fn to_bucket(dir: &Path, bucket: &Bucket, more: &str) -> Run {
    let endpoint = bucket.endpoint();
    let file = text(&dir.join("reports"));
    audit(
        dir,
        &format!(
            "deliver:\n- s3: {{url: 's3://audits/x', endpoint: '{endpoint}'{more}}}\n- file: {{path: '{file}'}}\n"
        ),
    )
}

#[test]
fn an_object_store_that_refuses_is_told_in_our_words() {
    let cases: [(u16, &str, &str, usize); 12] = [
        (403, "AccessDenied", "may not do that", 1),
        (403, "SignatureDoesNotMatch", "wrong secret key", 1),
        (403, "InvalidAccessKeyId", "does not know this access key", 1),
        (403, "RequestTimeTooSkewed", "clocks", 1),
        (400, "ExpiredToken", "have expired", 1),
        (404, "NoSuchBucket", "there is no bucket audits", 1),
        (301, "PermanentRedirect", "another endpoint", 1),
        (307, "Whatever", "another endpoint", 1),
        (501, "NotImplemented", "cannot do that", 1),
        (500, "InternalError", "answers 500", 3),
        (503, "SlowDown", "go slower", 3),
        (418, "Teapot", "answers 418", 1),
    ];
    for (status, code, says, tries) in cases {
        let home = tempfile::tempdir().unwrap();
        let bucket = Bucket::start(move |_, _| Some(refusal(status, code).with("Location", "http://127.0.0.1:1/")));
        let done = to_bucket(home.path(), &bucket, ", retries: 2, deadline: 20s");
        assert_eq!(done.code, 6, "{code}: {}", done.err);
        whole(&done, code);
        assert!(done.err.contains(says), "{code}: {}", done.err);
        assert_eq!(bucket.asked().len(), tries, "{code}: {:?}", bucket.asked());
        assert!(files(home.path()).contains_key("reports/sample/latest.json"), "{code}: the next sink got its own");
    }
}

#[test]
fn an_object_store_that_stumbles_gets_it_on_a_later_try() {
    type Fault = fn(&Request) -> Response;
    let faults: [(&str, Fault); 4] = [
        ("500", |_| refusal(500, "InternalError")),
        ("429", |_| refusal(429, "SlowDown").with("Retry-After", "0")),
        ("409", |_| refusal(409, "ConditionalRequestConflict")),
        ("cut", |_| Response { manner: Manner::Cut, ..refusal(200, "half an answer") }),
    ];
    for (what, fault) in faults {
        let home = tempfile::tempdir().unwrap();
        let bucket = Bucket::start(move |number, request| (number % 2 == 1).then(|| fault(request)));
        let done = to_bucket(home.path(), &bucket, ", keep: 5");
        assert_eq!(done.code, 0, "{what}: {}", done.err);
        let held: Vec<String> = bucket.objects().into_keys().collect();
        assert_eq!(held.len(), 2, "{what}: {held:?}");
        let stored: Value = serde_json::from_slice(&bucket.objects()["x/sample/latest.json"]).unwrap();
        assert!(stored == serde_json::from_str::<Value>(&done.out).unwrap(), "{what}");
    }
}

/// The object came through, its answer did not: the second try finds it there, and is no second report.
#[test]
fn an_answer_that_is_lost_makes_no_second_report() {
    let home = tempfile::tempdir().unwrap();
    let inner = std::sync::Arc::new(Bucket::start(|_, _| None));
    let behind = inner.clone();
    let outer = Bucket::start(move |number, request| {
        let client = sextant::store::http::Client::new(None).unwrap();
        let url = format!("{}{}", behind.endpoint(), request.target);
        let headers: Vec<(&str, &str)> = match request.header("if-none-match") {
            "" => Vec::new(),
            value => vec![("if-none-match", value)],
        };
        let answer =
            client.send(&request.method, &url, &headers, &request.body, std::time::Duration::from_secs(10)).unwrap();
        let answer = Response::of(answer.status, "application/xml", answer.body);
        Some(if number == 1 { refusal(500, "InternalError") } else { answer })
    });
    let done = to_bucket(home.path(), &outer, "");
    assert_eq!(done.code, 0, "{}", done.err);
    let held: Vec<String> = inner.objects().into_keys().collect();
    assert_eq!(held.len(), 2, "{held:?}");
}

#[test]
fn servers_that_are_not_there_or_say_nothing() {
    let home = tempfile::tempdir().unwrap();
    let silent = Receiver::start(|_| Response { manner: Manner::Silent, ..Response::json(200, "") });
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let short = "retries: 1, deadline: 2s";
    for (sink, says) in [
        (format!("s3: {{url: 's3://audits/x', endpoint: '{}', {short}}}", silent.url()), "no answer in time"),
        (format!("s3: {{url: 's3://audits/x', endpoint: 'http://{closed}', {short}}}"), "connection refused"),
        (format!("pushgateway: {{url: 'http://{closed}', {short}}}"), "connection refused"),
        (format!("pushgateway: {{url: '{}', {short}}}", silent.url()), "no answer in time"),
        (format!("webhook: {{url: 'http://{closed}/s3cr3t', when: always, {short}}}"), "connection refused"),
        (
            "webhook: {url: 'http://nowhere.invalid/s3cr3t', when: always, retries: 0, deadline: 5s}".into(),
            "nowhere.invalid",
        ),
    ] {
        let done = audit(home.path(), &format!("deliver:\n- {sink}\n"));
        assert_eq!(done.code, 6, "{sink}: {}", done.err);
        whole(&done, &sink);
        assert!(done.err.contains(says) || done.err.contains("not within the deadline"), "{sink}: {}", done.err);
    }
}

#[test]
fn a_receiver_that_asks_for_patience_gets_it_within_the_deadline() {
    let home = tempfile::tempdir().unwrap();
    let busy = Receiver::start(|number| {
        if number == 1 { Response::json(429, "").with("Retry-After", "1") } else { Response::json(200, "") }
    });
    let hook = |receiver: &Receiver| {
        format!("deliver:\n- webhook: {{url: '{}/s3cr3t', when: always, deadline: 30s}}\n", receiver.url())
    };
    let done = audit(home.path(), &hook(&busy));
    assert_eq!((done.code, busy.got().len()), (0, 2), "{}", done.err);
    // The same message, and known as such.
    let ids: Vec<String> = busy.got().iter().map(|one| one.header("x-sextant-delivery").to_owned()).collect();
    assert_eq!(ids[0], ids[1]);
    let away = Receiver::start(|_| Response::json(429, "leak-of-the-server").with("Retry-After", "3600"));
    let done = audit(home.path(), &hook(&away));
    assert_eq!((done.code, away.got().len()), (6, 1), "{}", done.err);
    whole(&done, "3600");
    assert!(done.err.contains("asks to wait 3600 s, past the deadline"), "{}", done.err);
    // A redirect is not followed: the message would go to somebody else.
    let other = Receiver::start(|_| Response::json(200, ""));
    let to = format!("{}/elsewhere", other.url());
    let moved = Receiver::start(move |_| Response::json(302, "").with("Location", &to));
    let done = audit(home.path(), &hook(&moved));
    assert_eq!((done.code, moved.got().len(), other.got().len()), (6, 1, 0), "{}", done.err);
}

#[test]
fn a_place_that_cannot_be_written_is_exit_6() {
    let home = tempfile::tempdir().unwrap();
    let file = text(&home.path().join("file"));
    std::fs::write(&file, "in the way").unwrap();
    for sink in [
        format!("file: {{path: '{file}'}}"),
        format!("textfile: {{path: '{file}/sextant.prom'}}"),
        "file: {path: /proc/nowhere}".to_owned(),
    ] {
        let done = audit(home.path(), &format!("deliver:\n- {sink}\n"));
        assert_eq!(done.code, 6, "{sink}: {}", done.err);
        whole(&done, &sink);
    }
    assert_eq!(std::fs::read(&file).unwrap(), b"in the way");
    let done = run(&["audit", "--sample", "--history", &file, "--select", "network", "-o", "json"], &[]);
    assert_eq!(done.code, 6, "{}", done.err);
    whole(&done, "history");
}

/// A file system of a megabyte that fills up: what stood before still stands, whole.
#[test]
fn a_full_disk_takes_nothing_away() {
    let home = tempfile::tempdir().unwrap();
    let disk = home.path().join("disk");
    std::fs::create_dir(&disk).unwrap();
    let may = Command::new("unshare").args(["--mount", "true"]).output().is_ok_and(|done| done.status.success());
    if !may {
        eprintln!("SKIPPED: no right to mount a small file system");
        return;
    }
    let at = |name: &str| text(&disk.join(name));
    let (reports, history, prom) = (at("reports"), at("history"), at("sextant.prom"));
    let config =
        sinks(home.path(), &format!("deliver:\n- file: {{path: {reports}, keep: 20}}\n- textfile: {{path: {prom}}}\n"));
    let script = r#"
        mount -t tmpfs -o size=1m tmpfs "$1"
        for run in 1 2 3 4 5 6 7 8 9 10; do
          "$2" audit --sample --cluster-name c --deliver "$3" --history "$4" --select network -o json >"$6/out.$run" 2>"$6/err.$run"
          echo "$?" >>"$6/codes"
        done
        "$2" report history verify --history "$4"; echo "$?" >"$6/verified"
        cp -a "$1/." "$5/""#;
    let copy = home.path().join("copy");
    std::fs::create_dir(&copy).unwrap();
    let (disk, copied, out) = (text(&disk), text(&copy), text(home.path()));
    let words =
        ["--mount", "sh", "-c", script, "full", &disk, env!("CARGO_BIN_EXE_sextant"), &config, &history, &copied, &out];
    let done = Command::new("unshare").args(words).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let read = |name: &str| std::fs::read_to_string(home.path().join(name)).unwrap();
    let codes: Vec<String> = read("codes").lines().map(ToOwned::to_owned).collect();
    assert_eq!(
        (codes.first().map(String::as_str), codes.last().map(String::as_str)),
        (Some("1"), Some("6")),
        "{codes:?}"
    );
    let last = codes.len();
    serde_json::from_str::<Value>(&read(&format!("out.{last}"))).expect("the report is printed all the same");
    assert!(
        read(&format!("err.{last}")).contains("full") || read(&format!("err.{last}")).contains("storage"),
        "{}",
        read(&format!("err.{last}"))
    );
    // `files` finds every JSON file whole.
    let kept = files(&copy);
    assert!(kept.contains_key("reports/c/latest.json") && kept.len() > 4, "{:?}", kept.keys());
    assert!(kept["sextant.prom"].ends_with(b"# EOF\n"));
    assert_eq!(read("verified").trim(), "0", "{}", String::from_utf8_lossy(&done.stdout));
}
