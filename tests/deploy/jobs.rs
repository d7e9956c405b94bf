//! What a real Job controller makes of the chart's Jobs. Nobody runs containers here: the pods wait,
//! sextant is run by hand with their words and their index, and its exit code is told as a kubelet
//! would tell it.

use std::{collections::BTreeMap, fs, path::Path, time::Duration};

use serde_json::{Value, json};

use super::{rendered_in, text, tool};
use crate::{
    control_plane::{Plane, plane},
    deliver::{bucket::Bucket, command, source},
    harness::Run,
};

const NS: &str = "jobs";

/// Installs the chart in a namespace of its own, on nodes that do not exist, and starts a Job.
fn started(plane: &Plane, helm: &Path, dir: &Path, name: &str, values: &Value) {
    let restricted = json!({"pod-security.kubernetes.io/enforce": "restricted"});
    plane.apply(
        None,
        &[json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NS, "labels": restricted}})],
    );
    let mut values = values.clone();
    values["nodeSelector"] = json!({"nobody.example/runs-this": "true"});
    let file = dir.join("values.yaml");
    fs::write(&file, values.to_string()).unwrap();
    let manifest = rendered_in(helm, &file, NS);
    plane.kubectl_with(&["apply", "--server-side", "--force-conflicts", "-f", "-"], &manifest).unwrap();
    let _ = plane.kubectl(&["-n", NS, "delete", "job", name, "--ignore-not-found", "--wait=true"]);
    plane.kubectl(&["-n", NS, "create", "job", "--from=cronjob/sextant", name]).unwrap();
}

/// Pods of a Job that have not ended.
fn waiting(plane: &Plane, job: &str) -> Vec<Value> {
    let list = plane.json(&["-n", NS, "get", "pods", "-l", &format!("job-name={job}")]).unwrap_or_default();
    let pods = list["items"].as_array().cloned().unwrap_or_default();
    pods.into_iter().filter(|pod| pod["status"]["phase"] == "Pending").collect()
}

/// Says of a pod what a kubelet would say of a container that ended so.
fn ended(plane: &Plane, pod: &Value, code: u8) {
    let name = pod["metadata"]["name"].as_str().unwrap();
    let state = json!({"terminated": {"exitCode": code, "reason": "Ended", "startedAt": "2026-11-23T12:00:00Z", "finishedAt": "2026-11-23T12:00:01Z"}});
    let status = json!({"status": {"phase": if code == 0 { "Succeeded" } else { "Failed" }, "containerStatuses": [{
        "name": "sextant", "image": "sextant", "imageID": "", "ready": false, "restartCount": 0, "state": state}]}});
    plane
        .kubectl(&["-n", NS, "patch", "pod", name, "--subresource=status", "--type=merge", "-p", &status.to_string()])
        .unwrap();
}

fn job(plane: &Plane, name: &str) -> Value {
    plane.json(&["-n", NS, "get", "job", name]).unwrap()
}

fn failed_because(job: &Value) -> Option<String> {
    let conditions = job["status"]["conditions"].as_array()?;
    let failed = conditions.iter().find(|one| one["type"] == "Failed" && one["status"] == "True")?;
    failed["reason"].as_str().map(ToOwned::to_owned)
}

#[test]
fn a_job_is_tried_again_where_that_may_help() {
    let Some(helm) = tool("helm") else { return };
    let Some((plane, _turn)) = plane() else { return };
    let dir = tempfile::tempdir().unwrap();
    // Wrong configuration, and findings without --exit-zero: a second try would be the same.
    for code in [2, 1, 4, 5] {
        let name = format!("ends-with-{code}");
        started(plane, &helm, dir.path(), &name, &json!({}));
        plane.wait("a pod", Duration::from_secs(30), |plane| waiting(plane, &name).len() == 1);
        ended(plane, &waiting(plane, &name)[0], code);
        plane.wait("the Job to fail", Duration::from_secs(30), |plane| failed_because(&job(plane, &name)).is_some());
        assert_eq!(failed_because(&job(plane, &name)).unwrap(), "PodFailurePolicy", "{code}");
    }
    // Nothing could be read, or a delivery failed: once more, and then it is a failure.
    for code in [3, 6] {
        let name = format!("ends-with-{code}");
        started(plane, &helm, dir.path(), &name, &json!({}));
        for _ in 0..2 {
            plane.wait("a pod", Duration::from_secs(90), |plane| waiting(plane, &name).len() == 1);
            ended(plane, &waiting(plane, &name)[0], code);
        }
        plane.wait("the Job to fail", Duration::from_secs(60), |plane| failed_because(&job(plane, &name)).is_some());
        assert_eq!(failed_because(&job(plane, &name)).unwrap(), "BackoffLimitExceeded", "{code}");
    }
}

/// A share of the fleet as its pod would run it: the pod's own words, its index, its mounts.
fn share(pod: &Value, mounted: &Path, env: &[(&str, &str)]) -> (usize, Run) {
    let index = pod["metadata"]["annotations"]["batch.kubernetes.io/job-completion-index"].as_str().unwrap();
    let container = &pod["spec"]["containers"][0];
    let by_controller = container["env"].as_array().unwrap().iter().any(|one| one["name"] == "JOB_COMPLETION_INDEX");
    assert!(by_controller, "{}", container["env"]);
    let at = text(mounted);
    let words: Vec<String> = container["args"]
        .as_array()
        .unwrap()
        .iter()
        .map(|word| word.as_str().unwrap().replace("/etc/sextant/fleet", &at))
        .chain(["--max-qps=0".to_owned(), "--timeout=20s".to_owned(), "-o=json".to_owned()])
        .collect();
    // The chart's own limits are for a cluster of its own.
    let words: Vec<&str> = words
        .iter()
        .map(String::as_str)
        .enumerate()
        .filter(|(at, word)| {
            let flag = word.split('=').next().unwrap();
            !words.iter().skip(at + 1).any(|later| later.starts_with(&format!("{flag}=")))
        })
        .map(|(_, word)| word)
        .collect();
    let done = command(&words, &[env, &[("JOB_COMPLETION_INDEX", index)]].concat()).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let code = u8::try_from(done.status.code().unwrap()).unwrap();
    (index.parse().unwrap(), Run { code, out: text(done.stdout), err: text(done.stderr) })
}

#[test]
fn an_indexed_job_reads_a_fleet_and_the_matrix_keeps_states_apart() {
    let Some(helm) = tool("helm") else { return };
    let Some((plane, _turn)) = plane() else { return };
    let dir = tempfile::tempdir().unwrap();
    let bucket = Bucket::start(|_, _| None);
    let endpoint = bucket.endpoint();
    let env =
        [("AWS_ACCESS_KEY_ID", "id"), ("AWS_SECRET_ACCESS_KEY", "s3cr3t"), ("AWS_ENDPOINT_URL_S3", endpoint.as_str())];
    // One cluster that is read whole, one of which little may be read, one that does not answer, one that
    // answered once, one that was frozen long ago.
    let mounted = dir.path().join("fleet");
    fs::create_dir(&mounted).unwrap();
    let put = |name: &str, from: &Path| {
        fs::copy(from, mounted.join(name)).unwrap();
    };
    put("whole", &plane.kubeconfig("{token: admin-token}"));
    let reads = json!([{"apiGroups": [""], "resources": ["namespaces"], "verbs": ["list"]}]);
    plane.apply(
        None,
        &[
            json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NS}}),
            json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "half", "namespace": NS}}),
            json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "half"}, "rules": reads}),
            json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": "half"},
                "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "half"},
                "subjects": [{"kind": "ServiceAccount", "name": "half", "namespace": NS}]}),
        ],
    );
    put("half", &plane.kubeconfig(&format!("{{token: {}}}", plane.token(NS, "half", 600))));
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let nobody = crate::fake::kubeconfig(dir.path(), &format!("https://{closed}"), "{token: x}", None);
    put("closed", &nobody);
    let list = |once: &str| {
        let live = |name: &str, file: &str| format!("- {{name: {name}, kubeconfig: {}/{file}}}\n", text(&mounted));
        format!(
            "clusters:\n{}{}{}{}- {{name: frozen, source: {}}}\n",
            live("whole", "whole"),
            live("half", "half"),
            live("closed", "closed"),
            live("once", once),
            source("tidy")
        )
    };
    let fleet = mounted.join("fleet.yaml");
    fs::write(&fleet, list("whole")).unwrap();
    let fleet = text(&fleet);
    let earlier = command(
        &["audit", "--fleet", &fleet, "--shard", "3", "--into", "s3://audits/fleet", "--max-qps", "0", "--quiet"],
        &env,
    );
    assert!({ earlier }.output().unwrap().status.code().is_some_and(|code| code != 6));
    fs::write(&fleet, list("closed")).unwrap();

    let values = json!({"fleet": {"enabled": true, "secret": "fleet", "into": "s3://audits/fleet", "shards": 5, "parallelism": 5},
        "rbac": {"create": false}});
    started(plane, &helm, dir.path(), "fleet", &values);
    plane.wait("five pods", Duration::from_secs(60), |plane| waiting(plane, "fleet").len() == 5);
    let mut codes = BTreeMap::new();
    for pod in waiting(plane, "fleet") {
        let (index, done) = share(&pod, &mounted, &env);
        assert!(!done.err.contains("s3cr3t"), "{}", done.err);
        codes.insert(index, done.code);
        ended(plane, &pod, done.code);
    }
    // Findings and gaps are in the reports; what nobody could read is tried again, and fails its index.
    assert_eq!(codes.into_values().collect::<Vec<_>>(), [0, 0, 3, 3, 0]);
    plane.wait("a second try", Duration::from_secs(90), |plane| waiting(plane, "fleet").len() == 2);
    for pod in waiting(plane, "fleet") {
        let (_, done) = share(&pod, &mounted, &env);
        ended(plane, &pod, done.code);
    }
    plane.wait("the Job to end", Duration::from_secs(60), |plane| failed_because(&job(plane, "fleet")).is_some());
    let status = &job(plane, "fleet")["status"];
    let indexes = (status["completedIndexes"].as_str(), status["failedIndexes"].as_str());
    assert_eq!(indexes, (Some("0,1,4"), Some("2,3")), "{status}");

    let merged =
        command(&["report", "merge", "s3://audits/fleet", "--fleet", &fleet, "--max-age", "26h", "-o", "json"], &env)
            .output()
            .unwrap();
    assert_eq!(merged.status.code(), Some(5), "{}", String::from_utf8_lossy(&merged.stderr));
    let matrix: Value = serde_json::from_slice(&merged.stdout).unwrap();
    let row = |name: &str| matrix["clusters"].as_array().unwrap().iter().find(|row| row["cluster"] == name).unwrap();
    let states = ["whole", "half", "closed", "once", "frozen"].map(|name| row(name)["state"].as_str().unwrap());
    assert_eq!(states, ["fresh", "fresh", "missing", "stale", "stale"]);
    assert!(row("once")["reason"].as_str().unwrap().contains("could not be audited"), "{}", row("once"));
    let verdicts = |name: &str| -> Vec<String> {
        let cells = row(name)["cells"].as_object().unwrap();
        cells.values().map(|cell| cell["verdict"].as_str().unwrap_or("not_asked").to_owned()).collect()
    };
    assert!(verdicts("whole").contains(&"fail".to_owned()), "{:?}", verdicts("whole"));
    assert!(verdicts("half").contains(&"unknown".to_owned()), "{:?}", verdicts("half"));
    assert!(verdicts("closed").is_empty() && !verdicts("once").is_empty());
    for (aspect, totals) in matrix["totals"].as_object().unwrap() {
        let of = |word: &str| totals[word].as_u64().unwrap();
        assert_eq!((of("missing"), of("stale")), (1, 2), "{aspect}: {totals}");
        let sum: u64 = totals.as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum();
        assert_eq!(sum, 5, "{aspect}: every cluster is in one column: {totals}");
    }
    let columns: Vec<&str> = ["fail", "unknown", "not_applicable"]
        .into_iter()
        .filter(|word| matrix["totals"].as_object().unwrap().values().any(|totals| totals[*word].as_u64() > Some(0)))
        .collect();
    assert_eq!(columns, ["fail", "unknown", "not_applicable"], "{}", matrix["totals"]);
}
