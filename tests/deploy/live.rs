//! What a real API server says of every rendering.

use std::{path::Path, time::Duration};

use serde_json::json;

use super::{chart, rendered, rendered_in, root, run, text, tool, values};
use crate::{
    control_plane::{Plane, plane},
    harness::{audit, sextant, shared},
};

/// Namespaces in which only restricted pods may run, and the kinds of the Prometheus operator.
fn prepared(plane: &Plane) -> bool {
    let restricted =
        json!({"pod-security.kubernetes.io/enforce": "restricted", "pod-security.kubernetes.io/warn": "restricted"});
    let spaces: Vec<_> = ["sextant", "shop", "team-a", "audit"]
        .iter()
        .map(|name| json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": restricted}}))
        .collect();
    plane.apply(None, &spaces);
    let Some(operator) = shared("data/extensions/monitoring/prometheus-operator/prometheus-operator-v0.93.0.yaml")
    else {
        return false;
    };
    let bundle = std::fs::read_to_string(operator).unwrap();
    let wanted = |one: &&str| one.contains("kind: CustomResourceDefinition") && one.contains("name: prometheusrules.");
    let Some(crd) = bundle.split("\n---").find(wanted) else { return false };
    plane.kubectl_with(&["apply", "--server-side", "--force-conflicts", "-f", "-"], crd).unwrap();
    plane.kubectl(&["wait", "--for=condition=Established", "crd/prometheusrules.monitoring.coreos.com"]).unwrap();
    true
}

/// Applies without leaving anything behind; a warning is a failure.
fn accepts(plane: &Plane, name: &str, manifest: &Path) {
    let apply = ["apply", "--dry-run=server", "--validate=strict", "--warnings-as-errors", "-f", &text(manifest)];
    if let Err(error) = plane.kubectl(&apply) {
        panic!("{name}: {error}");
    }
}

#[test]
fn the_api_server_accepts_every_rendering() {
    let Some(helm) = tool("helm") else { return };
    let Some(kustomize) = tool("kustomize") else { return };
    let Some((plane, _turn)) = plane() else { return };
    if !prepared(plane) {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let mut tried = 0;
    let mut accept = |name: &str, manifest: &str| {
        let path = dir.path().join(format!("{name}.yaml"));
        std::fs::write(&path, manifest).unwrap();
        accepts(plane, name, &path);
        tried += 1;
    };
    // The pod of `helm test` is admitted only where its account exists.
    for account in ["sextant", "cluster-audit", "auditor", "audit"] {
        let _ = plane.kubectl(&["-n", "sextant", "create", "serviceaccount", account, "--save-config"]);
    }
    let _ = plane.kubectl(&["create", "priorityclass", "audit-low", "--value=-10"]);
    for (name, path) in values() {
        accept(&name, &rendered(&helm, &path));
    }
    for entry in std::fs::read_dir(root().join("deploy/kustomize/overlays")).unwrap() {
        let path = entry.unwrap().path();
        accept(
            &format!("kustomize-{}", text(Path::new(path.file_name().unwrap()))),
            &run(&kustomize, &["build", &text(&path)]),
        );
    }
    eprintln!("deploy: the API server accepts {tried} renderings");
}

#[test]
fn its_account_reads_everything_and_changes_nothing() {
    let Some(helm) = tool("helm") else { return };
    let Some((plane, _turn)) = plane() else { return };
    if !prepared(plane) {
        return;
    }
    let admin = text(&plane.kubeconfig("{token: admin-token}"));
    let release = |verb: &[&str], values: &str| {
        let values = text(&chart().join(format!("ci/{values}-values.yaml")));
        let place = ["sextant", &text(&chart()), "--namespace", "audit", "--kubeconfig", &admin, "--values", &values];
        run(&helm, &[verb, &place].concat());
    };
    // Twice, and with everything changed in between.
    release(&["upgrade", "--install"], "default");
    release(&["upgrade"], "history");
    release(&["upgrade"], "default");
    // A pod of the CronJob is admitted to a namespace of restricted pods.
    let _ = plane.kubectl(&["-n", "audit", "delete", "job", "now", "--ignore-not-found"]);
    plane.kubectl(&["-n", "audit", "create", "job", "--from=cronjob/sextant", "now"]).unwrap();
    plane.wait("a pod of the CronJob", Duration::from_secs(30), |plane| {
        plane
            .json(&["-n", "audit", "get", "pods", "-l", "job-name=now"])
            .is_some_and(|pods| !pods["items"].as_array().unwrap().is_empty())
    });

    let account = "system:serviceaccount:audit:sextant";
    for (verb, what) in [("create", "pods"), ("patch", "deployments.apps"), ("get", "secrets"), ("create", "pods/exec")]
    {
        let said = plane.kubectl(&["auth", "can-i", verb, what, "-A", "--as", account]);
        assert!(said.is_err() || said.as_deref().unwrap().starts_with("no"), "{verb} {what}: {said:?}");
    }
    let config = text(&plane.kubeconfig(&format!("{{token: {}}}", plane.token("audit", "sextant", 600))));
    let place = ["--kubeconfig", config.as_str(), "--max-qps", "0", "--quiet"];
    let preflight = sextant(&[&["preflight"], &place[..]].concat());
    assert_eq!(preflight.code, 0, "{}{}", preflight.out, preflight.err);
    let (_, report) = audit(&place);
    for entry in report["coverage"].as_array().unwrap() {
        assert_ne!(entry["state"], "forbidden", "{entry}");
    }
    plane.assert_read_only();
}

#[test]
fn only_the_writer_writes() {
    let Some(helm) = tool("helm") else { return };
    let Some((plane, _turn)) = plane() else { return };
    if !prepared(plane) {
        return;
    }
    let manifest = rendered_in(&helm, &chart().join("ci/reports-values.yaml"), "shop");
    plane.kubectl_with(&["apply", "--server-side", "--force-conflicts", "-f", "-"], &manifest).unwrap();
    let Some(crds) = shared("data/crds") else { return };
    for folder in ["openreports.io_v1alpha1", "wgpolicyk8s.io_v1alpha2"] {
        for entry in std::fs::read_dir(crds.join(folder)).unwrap() {
            let file = entry.unwrap().file_name().to_string_lossy().into_owned();
            if !file.starts_with("kyverno") && file.ends_with(".yaml") {
                let path = text(&crds.join(folder).join(file));
                plane.kubectl(&["apply", "--server-side", "--force-conflicts", "-f", &path]).unwrap();
            }
        }
    }
    plane.kubectl(&["wait", "--for=condition=Established", "crd", "--all", "--timeout=30s"]).unwrap();
    let config = text(&plane.kubeconfig(&format!("{{token: {}}}", plane.token("shop", "sextant", 600))));
    let writer = "--as=system:serviceaccount:shop:sextant-writer";
    let put = |name: &str, namespace: &str, more: &[&str]| {
        let summary =
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": namespace}});
        let words = ["apply", "--server-side", "--validate=false", "--kubeconfig", config.as_str(), "-f", "-"];
        plane.kubectl_with(&[&words[..], more].concat(), &summary.to_string())
    };
    assert!(put("sextant-summary", "shop", &[]).is_err(), "the reader writes");
    put("sextant-summary", "shop", &[writer]).unwrap();
    put("sextant-summary", "shop", &[writer]).unwrap();
    assert!(put("sextant-deliver", "shop", &[writer]).is_err(), "the writer changes what is not its own");
    assert!(put("sextant-summary", "team-a", &[writer]).is_err(), "the writer leaves its namespace");
    for other in
        ["--as=admin", "--as=system:serviceaccount:shop:default", "--as=system:serviceaccount:team-a:sextant-writer"]
    {
        assert!(put("sextant-summary", "shop", &[other]).is_err(), "the reader is {other}");
    }
    let can = |verb: &str, what: &str, more: &[&str]| {
        let words = ["auth", "can-i", verb, what, "-A", "--kubeconfig", config.as_str()];
        plane.kubectl(&[&words[..], more].concat()).is_ok_and(|said| said.starts_with("yes"))
    };
    for (verb, what) in [("patch", "reports.openreports.io"), ("delete", "clusterpolicyreports.wgpolicyk8s.io")] {
        assert!(can(verb, what, &[writer]) && !can(verb, what, &[]), "{verb} {what}");
    }
    assert!(!can("get", "pods", &[writer]) && !can("list", "secrets", &[writer]), "the writer reads");
}
