//! Report objects on a real API server, written by an account of their own.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Receiver, files, run, servers, sinks};
use crate::{
    control_plane::{Plane, plane},
    fake::http::Response,
    harness::{sextant, shared, text},
};

pub const NS: &str = "sextant-system";

/// CRDs, a reader that may impersonate the writer, and the writer; kubeconfig of the reader.
pub fn prepared(plane: &Plane) -> Option<String> {
    let crds = shared("data/crds")?;
    for file in [
        "openreports.io_v1alpha1/openreports.io_reports.yaml",
        "openreports.io_v1alpha1/openreports.io_clusterreports.yaml",
        "wgpolicyk8s.io_v1alpha2/wgpolicyk8s.io_policyreports.yaml",
        "wgpolicyk8s.io_v1alpha2/wgpolicyk8s.io_clusterpolicyreports.yaml",
    ] {
        plane.kubectl(&["apply", "--server-side", "--force-conflicts", "-f", &text(&crds.join(file))]).unwrap();
    }
    plane.wait("the CRDs", std::time::Duration::from_secs(60), |plane| {
        let kinds = [KINDS[0], KINDS[1]].join(",");
        plane.kubectl(&["get", &kinds, "-A"]).is_ok()
    });
    let role = sextant(&["rbac", "--name", "sextant-reader"]).out;
    let role: Value = sextant::yaml::parse(&role).unwrap();
    let account =
        |name: &str| json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": NS}});
    let rbac = |kind: &str, name: &str, rest: Value| {
        let mut object =
            json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind, "metadata": {"name": name}});
        object.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        object
    };
    let bind = |role: &str, account: &str| {
        rbac(
            "ClusterRoleBinding",
            role,
            json!({"roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
            "subjects": [{"kind": "ServiceAccount", "name": account, "namespace": NS}]}),
        )
    };
    plane.apply(
        None,
        &[
            json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NS}}),
            account("reader"),
            account("writer"),
            role,
            bind("sextant-reader", "reader"),
            rbac("ClusterRole", "sextant-impersonate", json!({"rules": [{"apiGroups": [""], "resources": ["serviceaccounts"],
                "resourceNames": ["writer"], "verbs": ["impersonate"]}]})),
            bind("sextant-impersonate", "reader"),
            rbac("ClusterRole", "sextant-write", json!({"rules": [
                {"apiGroups": ["openreports.io"], "resources": ["reports", "clusterreports"], "verbs": ["get", "list", "create", "patch", "delete"]},
                {"apiGroups": ["wgpolicyk8s.io"], "resources": ["policyreports", "clusterpolicyreports"], "verbs": ["get", "list", "create", "patch", "delete"]},
                {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["create", "patch"]}]})),
            bind("sextant-write", "writer"),
        ],
    );
    let token = plane.token(NS, "reader", 600);
    Some(text(&plane.kubeconfig(&format!("{{token: {token}}}"))))
}

/// Report objects of each group, as kubectl names them.
pub const KINDS: [&str; 2] = [
    "reports.openreports.io,clusterreports.openreports.io",
    "policyreports.wgpolicyk8s.io,clusterpolicyreports.wgpolicyk8s.io",
];

pub fn objects(plane: &Plane, kinds: &str) -> Vec<Value> {
    let list = plane.json(&["get", kinds, "-A", "--show-managed-fields"]).unwrap();
    list["items"].as_array().unwrap().clone()
}

fn reports(plane: &Plane) -> Vec<Value> {
    objects(plane, KINDS[0])
}

/// Fingerprints of the violations that objects hold, or that a report tells of.
pub fn fails(objects: &[Value]) -> BTreeSet<String> {
    let results = objects.iter().flat_map(|object| object["results"].as_array().cloned().unwrap_or_default());
    let fails = results.filter(|result| result["result"] == "fail");
    fails.map(|result| result["properties"]["resultID"].as_str().unwrap()[..32].to_owned()).collect()
}

pub fn said(report: &Value) -> BTreeSet<String> {
    let fails = report["findings"].as_array().unwrap().iter().filter(|finding| finding["verdict"] == "fail");
    fails.map(|finding| finding["fingerprint"].as_str().unwrap().to_owned()).collect()
}

fn results(plane: &Plane, namespace: &str) -> BTreeSet<String> {
    let of = |object: &&Value| object["metadata"]["namespace"].as_str().unwrap_or_default() == namespace;
    let reports = reports(plane);
    let all = reports.iter().filter(of).flat_map(|object| object["results"].as_array().cloned().unwrap_or_default());
    all.map(|result| format!("{} {}", result["policy"], result["resources"][0]["name"])).collect()
}

#[test]
fn the_whole_chain_by_a_service_account() {
    let Some((plane, _turn)) = plane() else { return };
    let Some(kubeconfig) = prepared(plane) else { return };
    for name in ["shop", "bank"] {
        plane.apply(None, &[json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})]);
        let pod =
            json!({"containers": [{"name": "app", "image": "nginx:latest", "securityContext": {"privileged": true}}]});
        plane.apply(Some(name), &[json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
            "spec": {"replicas": 1, "selector": {"matchLabels": {"a": "b"}}, "template": {"metadata": {"labels": {"a": "b"}}, "spec": pod}}})]);
    }
    let home = tempfile::tempdir().unwrap();
    let receiver = Receiver::start(|_| Response::json(200, ""));
    let (s3, push) = (servers::s3(), servers::pushgateway());
    let writer = format!("system:serviceaccount:{NS}:writer");
    let (dir, history) = (text(&home.path().join("reports")), text(&home.path().join("history")));
    let mut yaml = format!(
        "deliver:\n- cluster: {{as: '{writer}'}}\n- configmap: {{namespace: {NS}, name: summary, as: '{writer}'}}\n\
         - file: {{path: {dir}}}\n- webhook: {{url: '{}', when: new}}\n",
        receiver.url()
    );
    if let Some((_, endpoint)) = &s3 {
        yaml += &format!("- s3: {{url: 's3://audits/chain', endpoint: '{endpoint}'}}\n");
    }
    if let Some((_, url)) = &push {
        yaml += &format!("- pushgateway: {{url: '{url}'}}\n");
    }
    let config = sinks(home.path(), &yaml);
    let keys = [("AWS_ACCESS_KEY_ID", "id"), ("AWS_SECRET_ACCESS_KEY", "s3cr3t")];
    let audit = |more: &[&str], env: &[(&str, &str)]| {
        let fixed = [
            "audit",
            "--kubeconfig",
            &kubeconfig,
            "--max-qps",
            "0",
            "--cluster-name",
            "real",
            "--deliver",
            &config,
            "--history",
            &history,
            "-o",
            "json",
            "--exit-zero",
        ];
        run(&[&fixed[..], more].concat(), &[&keys[..], env].concat())
    };
    let done = audit(&[], &[]);
    assert_eq!(done.code, 0, "{}", done.err);
    let report: Value = serde_json::from_str(&done.out).unwrap();
    // What the server holds is what the report says.
    assert_eq!(fails(&reports(plane)), said(&report));
    assert!(!results(plane, "shop").is_empty() && !results(plane, "bank").is_empty());
    for object in reports(plane) {
        assert!(object.to_string().len() < 1 << 20, "{}", object["metadata"]["name"]);
    }
    let map = plane.json(&["get", "configmap", "-n", NS, "summary"]).unwrap();
    let summary: Value = serde_json::from_str(map["data"]["summary.json"].as_str().unwrap()).unwrap();
    assert_eq!(summary["counts"], report["counts"]);
    assert!(files(home.path()).contains_key("reports/real/latest.json"));
    assert_eq!(receiver.got().len(), 1);
    if let Some((_, url)) = &push {
        let client = sextant::store::http::Client::new(None).unwrap();
        let metrics =
            client.send("GET", &format!("{url}/metrics"), &[], &[], std::time::Duration::from_secs(10)).unwrap();
        let metrics = String::from_utf8(metrics.body).unwrap();
        assert!(metrics.contains("sextant_delivery_success{cluster=\"real\""), "{metrics}");
    }
    // The reader itself may write nothing.
    let direct = sinks(home.path(), "deliver:\n- cluster: {}\n");
    let refused = run(
        &["audit", "--kubeconfig", &kubeconfig, "--max-qps", "0", "--deliver", &direct, "--select", "network"],
        &[],
    );
    assert_eq!(refused.code, 6, "{}", refused.err);
    assert!(refused.err.contains("not allowed (403)"), "{}", refused.err);
    // Killed on the way, nothing that stood is gone.
    let before = results(plane, "shop");
    let config = sinks(home.path(), &yaml);
    assert_eq!(text(&home.path().join("deliver.yaml")), config);
    let died = audit(&[], &[("SEXTANT_TEST_DIES_AT", "cluster-applied")]);
    assert_eq!(died.code, 255);
    assert_eq!(results(plane, "shop"), before);
    // One namespace alone is read: the other's report stays as it is.
    let bank = results(plane, "bank");
    let done = audit(&["--namespace", "shop"], &[]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(
        results(plane, "bank").is_superset(&bank),
        "{:?}",
        bank.difference(&results(plane, "bank")).collect::<Vec<_>>()
    );
    // And so does what fewer policies did not ask.
    audit(&["--select", "network"], &[]);
    assert!(results(plane, "bank").is_superset(&bank));
    // Gone, and read completely: the report follows.
    plane.kubectl(&["delete", "deployment", "-n", "shop", "web", "--wait=true"]).unwrap();
    plane.wait("the pods to go", std::time::Duration::from_secs(60), |plane| {
        plane
            .json(&["get", "pods,replicasets", "-n", "shop"])
            .is_some_and(|list| list["items"].as_array().unwrap().is_empty())
    });
    let done = audit(&[], &[]);
    assert_eq!(done.code, 0, "{}", done.err);
    let report: Value = serde_json::from_str(&done.out).unwrap();
    let still = report["findings"].as_array().unwrap().iter().any(|finding| {
        finding["verdict"] == "fail" && finding["subject"]["namespace"] == "shop" && finding["subject"]["name"] == "web"
    });
    let held = results(plane, "shop").iter().any(|result| result.ends_with("\"web\"") && !result.contains("unknown"));
    assert!(!still, "the deployment is gone");
    eprintln!("deliver: shop held {} results, now {}", before.len(), results(plane, "shop").len());
    assert!(results(plane, "shop").len() < before.len() && (!held || report["gate"]["incomplete"] == true));
    // A snapshot of another cluster is not written here.
    let other = run(
        &[
            "audit",
            "--sample",
            "--kubeconfig",
            &kubeconfig,
            "--deliver",
            &sinks(home.path(), "deliver:\n- cluster: {}\n"),
        ],
        &[],
    );
    assert_eq!(other.code, 6, "{}", other.err);
}
