//! Report objects of both groups on a real API server: accepted as they are, in several objects of
//! less than 1 MiB, and nothing lost when the process is killed between two of them.

use std::{collections::BTreeSet, time::Duration};

use serde_json::{Value, json};

use super::{
    cluster::{KINDS, NS, fails, objects, prepared, said},
    killed::killed_at,
    run, sinks,
};
use crate::control_plane::{Plane, plane};

/// A name as long as names may be, nearly: with it a thousand results need several objects, however
/// many checks the rest of the cluster lets an Ingress fail.
fn name(number: usize) -> String {
    format!("shop-{number:04}-{}", "long-".repeat(45) + "x")
}

/// Ingresses without TLS: cheap for the cluster, and each one with several findings.
fn ingresses(plane: &Plane, namespace: &str, numbers: impl Iterator<Item = usize>) {
    plane.apply(None, &[json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})]);
    let one = |number: usize| {
        let backend = json!({"service": {"name": "nobody", "port": {"number": 80}}});
        json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": name(number)},
            "spec": {"ingressClassName": "nginx", "rules": [{"host": format!("shop-{number}.example"),
                "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}]}})
    };
    plane.apply(Some(namespace), &numbers.map(one).collect::<Vec<_>>());
}

fn of(objects: &[Value], namespace: &str) -> Vec<Value> {
    objects.iter().filter(|one| one["metadata"]["namespace"] == namespace).cloned().collect()
}

#[test]
fn nothing_is_lost_between_two_report_objects() {
    let Some((plane, _turn)) = plane() else { return };
    let Some(kubeconfig) = prepared(plane) else { return };
    let home = tempfile::tempdir().unwrap();
    let writer = format!("system:serviceaccount:{NS}:writer");
    ingresses(plane, "many", 300..900);
    for (api, kinds) in ["openreports.io", "wgpolicyk8s.io"].into_iter().zip(KINDS) {
        let config = sinks(
            home.path(),
            &format!(
                "deliver:\n- cluster: {{api: {api}, as: '{writer}'}}\n- configmap: {{namespace: {NS}, name: many, as: '{writer}'}}\n"
            ),
        );
        let fixed =
            ["audit", "--kubeconfig", &kubeconfig, "--max-qps", "0", "--select", "ingress", "-o", "json", "--quiet"];
        let words = [&fixed[..], &["--exit-zero", "--deliver", &config]].concat();
        let done = run(&words, &[]);
        assert_eq!(done.code, 0, "{}", done.err);
        let first: Value = serde_json::from_str(&done.out).unwrap();
        let before = of(&objects(plane, kinds), "many");
        assert!(before.len() > 1, "{api}: one object holds {} results", fails(&before).len());
        let ours = |report: &Value| -> BTreeSet<String> {
            let mut report = report.clone();
            let findings = report["findings"].as_array_mut().unwrap();
            findings.retain(|finding| finding["subject"]["namespace"] == "many");
            said(&report)
        };
        assert_eq!(fails(&before), ours(&first), "{api}");
        for object in &before {
            assert!(object.to_string().len() < 1 << 20, "{}", object["metadata"]["name"]);
            let managers = object["metadata"]["managedFields"].as_array().unwrap();
            let ours = |one: &Value| one["manager"] == "sextant" && one["operation"] == "Apply";
            assert!(managers.iter().all(ours), "{managers:?}");
        }
        // Some go, others come that stand before them: the results would shift, were they laid out anew.
        let gone = [300, 301, 500].map(name);
        let gone = gone.iter().map(String::as_str);
        plane
            .kubectl(&["delete", "ingress", "-n", "many", "--wait=true"].into_iter().chain(gone).collect::<Vec<_>>())
            .unwrap();
        ingresses(plane, "many", 100..160);
        // What is as old as the audit itself is unknown, not wrong.
        std::thread::sleep(Duration::from_secs(2));
        let wanted = run(&fixed, &[]);
        let wanted = ours(&serde_json::from_str(&wanted.out).unwrap());
        let still: BTreeSet<String> = fails(&before).intersection(&wanted).cloned().collect();
        assert!(still.len() > 1000 && still.len() < fails(&before).len());
        let mut number = 0;
        loop {
            number += 1;
            let survived = killed_at(&words, &[], number).is_none();
            let held = fails(&of(&objects(plane, kinds), "many"));
            let lost: Vec<&String> = still.difference(&held).collect();
            assert!(lost.is_empty(), "{api}, place {number}: {} of {} lost", lost.len(), still.len());
            if survived {
                assert_eq!(held, wanted, "{api}");
                break;
            }
        }
        eprintln!(
            "deliver: {api}: {} results in {} objects, killed at {} places",
            wanted.len(),
            before.len(),
            number - 1
        );
        assert!(number > 4, "{number}");
        // Unread, it stays as it is, to the last byte; and so it does where another aspect is asked.
        let stands = of(&objects(plane, kinds), "many");
        for more in [&["--namespace", NS][..], &["--skip", "ingress", "--select", "storage"]] {
            let other = [
                "audit",
                "--kubeconfig",
                &kubeconfig,
                "--max-qps",
                "0",
                "--exit-zero",
                "--deliver",
                &config,
                "--quiet",
            ];
            let done = run(&[&other[..], more].concat(), &[]);
            assert_eq!(done.code, 0, "{}", done.err);
            assert_eq!(fails(&of(&objects(plane, kinds), "many")), fails(&stands), "{api} {more:?}");
        }
        // Gone and read completely: settled, object by object.
        let all = "/apis/networking.k8s.io/v1/namespaces/many/ingresses";
        plane.kubectl(&["delete", "--raw", all]).unwrap();
        let mut number = 0;
        loop {
            number += 1;
            let survived = killed_at(&words, &[], number).is_none();
            // Whatever is left, the account of another namespace is not touched.
            assert!(!objects(plane, kinds).is_empty());
            if survived {
                break;
            }
        }
        assert_eq!(fails(&of(&objects(plane, kinds), "many")), BTreeSet::new(), "{api}");
        assert!(of(&objects(plane, kinds), "many").len() <= 1, "{api}: the others were removed");
        ingresses(plane, "many", 300..900);
    }
    // Gone before the next test reads: in a namespace that is going nothing can be written.
    plane.kubectl(&["delete", "namespace", "many", "--wait=true", "--timeout=300s"]).unwrap();
}

/// A namespace that is going takes nothing new, and keeps no other from getting its report.
#[test]
fn a_namespace_that_is_going_holds_nobody_up() {
    let Some((plane, _turn)) = plane() else { return };
    let Some(kubeconfig) = prepared(plane) else { return };
    ingresses(plane, "going", 0..2);
    let hold = |finalizers: Value| {
        let patch = json!({"metadata": {"finalizers": finalizers}}).to_string();
        plane.kubectl(&["patch", "ingress", "-n", "going", &name(0), "--type=merge", "-p", &patch]).unwrap();
    };
    hold(json!(["example.com/hold"]));
    plane.kubectl(&["delete", "namespace", "going", "--wait=false"]).unwrap();
    plane.wait("the namespace to be going", Duration::from_secs(30), |plane| {
        plane.json(&["get", "namespace", "going"]).is_some_and(|one| one["status"]["phase"] == "Terminating")
    });
    let home = tempfile::tempdir().unwrap();
    let config = sinks(home.path(), &format!("deliver:\n- cluster: {{as: 'system:serviceaccount:{NS}:writer'}}\n"));
    let done = run(
        &[
            "audit",
            "--kubeconfig",
            &kubeconfig,
            "--max-qps",
            "0",
            "--select",
            "ingress",
            "--exit-zero",
            "-o",
            "json",
            "--deliver",
            &config,
        ],
        &[],
    );
    hold(json!([]));
    plane.kubectl(&["wait", "--for=delete", "namespace/going", "--timeout=120s"]).unwrap();
    assert!(done.out.contains("\"going\""), "it is among the findings");
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(done.err.contains("objects written"), "{}", done.err);
}
