//! The process dies at every stage of a delivery: what stood before still stands, and nothing is
//! half there.

use super::{Receiver, command, files, run, sinks, source};
use crate::{
    fake::http::{Manner, Response},
    harness::text,
};

const STAGES: [&str; 12] = [
    "history-before",
    "dir-half",
    "dir-written",
    "dir-renamed",
    "history-written",
    "history-removed",
    "publish-written",
    "publish-latest",
    "publish-removed",
    "webhook-send",
    "webhook-sent",
    "s3-put",
];

#[test]
fn no_stage_leaves_half_a_file_or_takes_an_earlier_one() {
    let home = tempfile::tempdir().unwrap();
    let receiver = Receiver::start(|_| Response::json(200, ""));
    let (reports, history) = (text(&home.path().join("reports")), text(&home.path().join("history")));
    let yaml = format!(
        "deliver:\n- file: {{path: {reports}, keep: 2}}\n- webhook: {{url: '{0}', on: always}}\n\
         - s3: {{url: 's3://bucket/x', endpoint: '{0}', keep: 5}}\n",
        receiver.url()
    );
    let config = sinks(home.path(), &yaml);
    let menagerie = source("menagerie");
    let arguments = [
        "audit",
        &menagerie,
        "--cluster-name",
        "prod",
        "--deliver",
        &config,
        "--history",
        &history,
        "--history-keep",
        "3",
        "-o",
        "json",
        "--quiet",
        "--select",
        "network",
    ];
    let keys = [("AWS_ACCESS_KEY_ID", "id"), ("AWS_SECRET_ACCESS_KEY", "s3cr3t")];
    for _ in 0..4 {
        run(&arguments, &keys);
    }
    let verify = || run(&["report", "history", "verify", "--history", &history], &[]);
    assert_eq!(verify().code, 0, "{}", verify().out);
    for stage in STAGES {
        let before = files(home.path());
        let done = command(&arguments, &[keys[0], keys[1], ("SEXTANT_TEST_DIES_AT", stage)]).output().unwrap();
        assert!(done.status.code().is_none(), "{stage}: it was to die: {:?}", done.status);
        serde_json::from_slice::<serde_json::Value>(&done.stdout)
            .unwrap_or_else(|_| panic!("{stage}: the report was out"));
        // Every JSON file is whole, by itself.
        let after = files(home.path());
        let count = |files: &std::collections::BTreeMap<String, Vec<u8>>, part: &str| {
            files.keys().filter(|name| name.contains(part)).count()
        };
        assert!(count(&after, "reports/prod/2") >= 2 && count(&after, ".run.zst") >= 3, "{stage}: {:?}", after.keys());
        for (name, bytes) in &before {
            let latest = name.contains("latest");
            if let Some(now) = after.get(name).filter(|_| !latest && !name.contains("told")) {
                assert_eq!(now, bytes, "{stage}: {name} was changed");
            }
        }
        let verified = verify();
        assert_eq!(verified.code, 0, "{stage}: {}", verified.out);
        // And the next run repairs what was left open.
        run(&arguments, &keys);
        let after = files(home.path());
        assert_eq!((count(&after, "reports/prod/2"), count(&after, ".run.zst")), (2, 3), "{stage}");
    }
}

#[cfg(unix)]
#[test]
fn killed_while_a_server_is_slow() {
    let home = tempfile::tempdir().unwrap();
    let silent = Receiver::start(|_| Response { manner: Manner::Silent, ..Response::json(200, "") });
    let reports = text(&home.path().join("reports"));
    let yaml = format!("deliver:\n- file: {{path: {reports}}}\n- webhook: {{url: '{}', on: always}}\n", silent.url());
    let config = sinks(home.path(), &yaml);
    let mut child = command(&["audit", "--sample", "--deliver", &config, "-o", "json"], &[])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let mut out = child.stdout.take().unwrap();
    let reader = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut out, &mut bytes).map(|_| bytes)
    });
    for _ in 0..500 {
        if !silent.got().is_empty() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    assert!(!silent.got().is_empty(), "it never came to the webhook");
    child.kill().unwrap();
    child.wait().unwrap();
    let bytes = reader.join().unwrap().unwrap();
    serde_json::from_slice::<serde_json::Value>(&bytes).expect("the report was printed before");
    assert!(files(home.path()).contains_key("reports/sample/latest.json"));
}

#[test]
fn a_silent_server_costs_its_deadline_and_no_more() {
    let home = tempfile::tempdir().unwrap();
    let silent = Receiver::start(|_| Response { manner: Manner::Silent, ..Response::json(200, "") });
    let config =
        sinks(home.path(), &format!("deliver:\n- webhook: {{url: '{}', on: always, deadline: 1s}}\n", silent.url()));
    let began = std::time::Instant::now();
    let done = run(&["audit", "--sample", "--deliver", &config, "--select", "NET-004"], &[]);
    assert_eq!(done.code, 6);
    assert!(done.err.contains("no answer in time") || done.err.contains("deadline"), "{}", done.err);
    assert!(began.elapsed() < std::time::Duration::from_secs(20), "{:?}", began.elapsed());
}
