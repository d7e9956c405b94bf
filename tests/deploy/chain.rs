//! The whole chain, from what Helm renders: its roles on a real API server, its file of sinks, its
//! words, by the token of its account.

use std::{fs, path::Path};

use hmac::{Hmac, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

use super::{documents, rendered_in, text, tool};
use crate::{
    control_plane::plane,
    deliver::{
        Receiver,
        cluster::{KINDS, fails, objects, prepared, said},
        run, servers,
    },
    fake::http::Response,
};

const NS: &str = "chain";

/// Words of the CronJob's container, for a cluster that is reached from outside.
fn words(manifest: &[Value], kubeconfig: &str, etc: &Path, data: &Path) -> Vec<String> {
    let cron = manifest.iter().find(|one| one["kind"] == "CronJob").unwrap();
    let container = &cron["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0];
    let words = container["args"].as_array().unwrap().iter().map(|word| word.as_str().unwrap().to_owned());
    words
        .filter(|word| word != "--in-cluster" && !word.starts_with("--max-qps"))
        .map(|word| word.replace("/etc/sextant/deliver", &text(etc)).replace("/var/lib/sextant", &text(data)))
        .chain([format!("--kubeconfig={kubeconfig}"), "--max-qps=0".into(), "-o=json".into()])
        .collect()
}

#[test]
fn what_helm_installs_reads_writes_and_tells() {
    let Some(helm) = tool("helm") else { return };
    let Some((plane, _turn)) = plane() else { return };
    // The kinds of both groups of report objects.
    if prepared(plane).is_none() {
        return;
    }
    let Some((_s3, endpoint)) = servers::s3() else { return };
    let Some((_gateway, gateway)) = servers::pushgateway() else { return };
    let receiver = Receiver::start(|_| Response::json(200, ""));
    let home = tempfile::tempdir().unwrap();
    let (etc, data) = (home.path().join("etc"), home.path().join("data"));
    fs::create_dir(&etc).unwrap();
    let values = json!({
        "cluster": {"name": "chain"}, "persistence": {"enabled": true}, "history": {"enabled": true},
        "deliver": [
            {"cluster": {"api": "openreports.io"}}, {"cluster": {"api": "wgpolicyk8s.io", "name": "policy"}}, {"configmap": {}},
            {"file": {"path": "/var/lib/sextant/reports", "keep": 3}},
            {"s3": {"url": "s3://audits/reports", "endpoint": endpoint}},
            {"webhook": {"url": {"env": "HOOK"}, "key": {"env": "HOOK_KEY"}}},
            {"pushgateway": {"url": gateway}}],
    });
    let file = home.path().join("values.yaml");
    fs::write(&file, values.to_string()).unwrap();
    let rendered = rendered_in(&helm, &file, NS);
    plane.apply(
        None,
        &[json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NS,
        "labels": {"pod-security.kubernetes.io/enforce": "restricted"}}})],
    );
    plane.kubectl_with(&["apply", "--server-side", "--force-conflicts", "-f", "-"], &rendered).unwrap();
    let manifest = documents(&rendered);
    let map = manifest.iter().find(|one| one["metadata"]["name"] == "sextant-deliver").unwrap();
    let sinks = map["data"]["delivery.yaml"].as_str().unwrap();
    fs::write(etc.join("delivery.yaml"), sinks.replace("/var/lib/sextant", &text(&data))).unwrap();

    let kubeconfig = text(&plane.kubeconfig(&format!("{{token: {}}}", plane.token(NS, "sextant", 600))));
    let words = words(&manifest, &kubeconfig, &etc, &data);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let hook = format!("{}/s3cr3t-path", receiver.url());
    let env = [
        ("AWS_ACCESS_KEY_ID", "id"),
        ("AWS_SECRET_ACCESS_KEY", "s3cr3t"),
        ("HOOK", hook.as_str()),
        ("HOOK_KEY", "s3cr3t-key"),
    ];
    let done = run(&words, &env);
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(!done.err.contains("s3cr3t"), "{}", done.err);
    let report: Value = serde_json::from_str(&done.out).unwrap();
    assert!(report["coverage"].as_array().unwrap().iter().all(|one| one["state"] != "forbidden"), "{}", done.err);
    let wanted = said(&report);
    assert!(wanted.len() > 10);

    for kinds in KINDS {
        let held = objects(plane, kinds);
        assert_eq!(fails(&held), wanted, "{kinds}");
        assert!(held.iter().all(|one| one["metadata"]["managedFields"][0]["manager"] == "sextant"));
    }
    let map = plane.json(&["get", "configmap", "-n", NS, "sextant-summary"]).unwrap();
    let summary: Value = serde_json::from_str(map["data"]["summary.json"].as_str().unwrap()).unwrap();
    assert_eq!((&summary["counts"], summary["cluster"].as_str()), (&report["counts"], Some("chain")));

    let client = sextant::store::http::Client::new(None).unwrap();
    let get = |url: &str| client.send("GET", url, &[], &[], std::time::Duration::from_secs(20)).unwrap().body;
    let kept: Value = serde_json::from_slice(&fs::read(data.join("reports/chain/latest.json")).unwrap()).unwrap();
    assert!(kept == report);
    let s3 = [env[0], env[1], ("AWS_ENDPOINT_URL_S3", endpoint.as_str())];
    let merged = run(&["report", "merge", "s3://audits/reports", "-o", "json"], &s3);
    let matrix: Value = serde_json::from_str(&merged.out).unwrap_or_else(|_| panic!("{}", merged.err));
    for aspect in report["aspects"].as_array().unwrap() {
        let name = aspect["aspect"].as_str().unwrap();
        assert_eq!(matrix["clusters"][0]["cells"][name]["counts"], aspect["counts"], "{name}");
    }
    let metrics = String::from_utf8(get(&format!("{gateway}/metrics"))).unwrap();
    for sink in ["cluster", "policy", "sextant-summary", "file", "s3", "webhook"] {
        let told = metrics
            .lines()
            .find(|line| line.contains("sextant_delivery_success") && line.contains(&format!("sink=\"{sink}\"")));
        assert!(told.is_some_and(|line| line.ends_with(" 1")), "{sink}: {metrics}");
    }
    assert!(metrics.contains("sextant_history_record_number{cluster=\"chain\""), "{metrics}");

    let message = receiver.got().pop().unwrap();
    let (time, mac) = message.header("x-sextant-signature").split_once(",v1=").unwrap();
    let mut hmac = Hmac::<Sha256>::new_from_slice(b"s3cr3t-key").unwrap();
    hmac.update(format!("{}.", time.strip_prefix("t=").unwrap()).as_bytes());
    hmac.update(&message.body);
    let ours: String = hmac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(mac, ours);
    let body: Value = serde_json::from_slice(&message.body).unwrap();
    let fails = report["findings"].as_array().unwrap().iter().filter(|finding| finding["verdict"] == "fail").count();
    assert_eq!(body["findings_total"], fails);
    // What the log and the message say of the record proves it.
    let record = format!("{}:{}", body["record"]["seq"], body["record"]["sha256"].as_str().unwrap());
    assert!(done.err.contains(&record), "{}", done.err);
    let history = text(&data.join("history"));
    let proven = run(&["report", "history", "verify", "--history", &history, "--expect", &record], &[]);
    assert_eq!(proven.code, 0, "{}", proven.out);
    plane.assert_read_only();
}
