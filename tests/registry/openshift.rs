//! Grants on imagestreams/layers against what a real API server answers.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sextant::{
    cli::SourceArgs,
    command,
    inventory::{Inventory, catalog::Catalog},
    snapshot::slim::Secrets,
};

use crate::{control_plane::plane, harness::text};

const API: &str = "rbac.authorization.k8s.io";
const STREAMS: &str = "image.openshift.io";

/// Name, whether it is a Role of `reg-a` instead of a ClusterRole, groups, resources, verbs, names.
type Case = (
    &'static str,
    bool,
    &'static [&'static str],
    &'static [&'static str],
    &'static [&'static str],
    &'static [&'static str],
);

const CASES: [Case; 18] = [
    ("t-pusher", false, &[STREAMS], &["imagestreams/layers"], &["get", "update"], &[]),
    ("t-puller", false, &["", STREAMS], &["imagestreams/layers"], &["get"], &[]),
    ("t-any", false, &["*"], &["*"], &["*"], &[]),
    ("t-parent", false, &[STREAMS], &["imagestreams"], &["update"], &[]),
    ("t-deleter", false, &[STREAMS], &["imagestreams"], &["get", "delete"], &[]),
    ("t-all-layers", false, &[STREAMS], &["*/layers"], &["update"], &[]),
    ("t-all-streams", false, &[STREAMS], &["*"], &["update"], &[]),
    ("t-star-star", false, &[STREAMS], &["*/*"], &["*"], &[]),
    ("t-below", false, &[STREAMS], &["imagestreams/*"], &["*"], &[]),
    ("t-verbs", false, &[STREAMS], &["imagestreams/layers"], &["*"], &[]),
    ("t-other-verbs", false, &[STREAMS], &["imagestreams/layers"], &["create", "patch", "list", "watch"], &[]),
    ("t-named", false, &[STREAMS], &["imagestreams/layers"], &["update"], &["api"]),
    ("t-two-names", false, &[STREAMS], &["imagestreams/layers"], &["get", "update"], &["web", "job"]),
    ("t-other-group", false, &["apps"], &["imagestreams/layers"], &["update"], &[]),
    ("t-any-group", false, &["*"], &["imagestreams/layers"], &["update"], &[]),
    ("t-local", true, &[STREAMS], &["imagestreams/layers"], &["get", "update"], &[]),
    ("t-local-named", true, &[STREAMS], &["imagestreams/layers"], &["update"], &["web"]),
    ("t-local-delete", true, &[STREAMS], &["imagestreams"], &["delete"], &[]),
];

fn rule(groups: &[&str], resources: &[&str], verbs: &[&str], names: &[&str]) -> Value {
    json!({"apiGroups": groups, "resources": resources, "verbs": verbs, "resourceNames": names})
}

/// A binding of a role to an account, a user and a group of its name.
fn binding(role: &str, kind: &str, namespace: Option<&str>) -> Value {
    let end = if namespace.is_some() { "" } else { "-everywhere" };
    let mut object = json!({"apiVersion": format!("{API}/v1"),
        "kind": if namespace.is_some() { "RoleBinding" } else { "ClusterRoleBinding" },
        "metadata": {"name": role}, "roleRef": {"apiGroup": API, "kind": kind, "name": role},
        "subjects": [{"kind": "ServiceAccount", "name": format!("{role}{end}"), "namespace": "reg-b"},
            {"kind": "User", "apiGroup": API, "name": format!("{role}{end}-user")},
            {"kind": "Group", "apiGroup": API, "name": format!("{role}{end}-group")}]});
    if let Some(namespace) = namespace {
        object["metadata"]["namespace"] = json!(namespace);
    }
    object
}

fn objects() -> Vec<Value> {
    let mut objects = Vec::new();
    for (name, local, groups, resources, verbs, names) in CASES {
        let kind = if local { "Role" } else { "ClusterRole" };
        let mut role = json!({"apiVersion": format!("{API}/v1"), "kind": kind, "metadata": {"name": name},
            "rules": [rule(groups, resources, verbs, names)]});
        if local {
            role["metadata"]["namespace"] = json!("reg-a");
        } else {
            objects.push(binding(name, kind, None));
        }
        objects.extend([role, binding(name, kind, Some("reg-a"))]);
    }
    // Aggregated: by labels, by expressions, and one that takes what another takes.
    let part = |name: &str, labels: Value, verbs: &[&str]| {
        json!({"apiVersion": format!("{API}/v1"), "kind": "ClusterRole", "metadata": {"name": name, "labels": labels},
            "rules": [rule(&[STREAMS], &["imagestreams/layers"], verbs, &[])]})
    };
    let whole = |name: &str, labels: Value, selector: Value| {
        json!({"apiVersion": format!("{API}/v1"), "kind": "ClusterRole", "metadata": {"name": name, "labels": labels},
            "rules": [], "aggregationRule": {"clusterRoleSelectors": [selector]}})
    };
    objects.extend([
        part("t-part-push", json!({"reg/push": "yes"}), &["update"]),
        part("t-part-pull", json!({"reg/pull": "yes"}), &["get"]),
        whole("t-by-labels", json!({"reg/inner": "yes"}), json!({"matchLabels": {"reg/push": "yes"}})),
        whole(
            "t-by-expressions",
            json!({}),
            json!({"matchExpressions": [{"key": "reg/pull", "operator": "In", "values": ["yes", "no"]}]}),
        ),
        whole("t-nested", json!({}), json!({"matchExpressions": [{"key": "reg/inner", "operator": "Exists"}]})),
        whole("t-nothing", json!({}), json!({"matchLabels": {"reg/push": "no"}})),
    ]);
    for name in AGGREGATED {
        objects.extend([binding(name, "ClusterRole", None), binding(name, "ClusterRole", Some("reg-a"))]);
    }
    // A binding to a role that is not there, and one to a role that is in another namespace.
    objects.push(binding("t-absent", "ClusterRole", Some("reg-a")));
    objects.push(binding("t-local", "Role", Some("reg-b")));
    // Groups that everybody of a kind is in.
    for (name, group) in [("t-of-namespace", "system:serviceaccounts:reg-b"), ("t-of-all", "system:serviceaccounts")] {
        let mut one = binding("t-puller", "ClusterRole", Some("reg-b"));
        one["metadata"]["name"] = json!(name);
        one["subjects"] = json!([{"kind": "Group", "apiGroup": API, "name": group}]);
        objects.push(one);
    }
    objects
}

const AGGREGATED: [&str; 4] = ["t-by-labels", "t-by-expressions", "t-nested", "t-nothing"];

/// One who asks: as the server knows it, and every principal of ours that it is.
struct Asker {
    user: String,
    groups: Vec<String>,
    principals: Vec<(&'static str, String)>,
}

fn askers(role: &str, end: &str) -> [Asker; 3] {
    let account = format!("{role}{end}");
    let everybody = ("authenticated", "*".to_owned());
    let group = format!("{role}{end}-group");
    [
        Asker {
            user: format!("system:serviceaccount:reg-b:{account}"),
            groups: ["system:serviceaccounts", "system:serviceaccounts:reg-b", "system:authenticated"]
                .map(str::to_owned)
                .into(),
            principals: vec![
                ("service-account", format!("reg-b/{account}")),
                ("group", "system:serviceaccounts:reg-b".into()),
                ("group", "system:serviceaccounts".into()),
                everybody.clone(),
            ],
        },
        Asker {
            user: format!("{account}-user"),
            groups: vec!["system:authenticated".into()],
            principals: vec![("user", format!("{account}-user")), everybody.clone()],
        },
        Asker {
            user: "someone".into(),
            groups: vec![group.clone(), "system:authenticated".into()],
            principals: vec![("group", group), ("user", "someone".into()), everybody],
        },
    ]
}

/// Namespace, stream, verb, subresource, and our word for it.
const QUESTIONS: [(&str, &str, &str); 3] =
    [("get", "layers", "pull"), ("update", "layers", "push"), ("delete", "", "delete")];

#[test]
fn openshift_grants_are_what_the_api_server_says() {
    let Some((plane, _turn)) = plane() else { return };
    let crd = json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "imagestreams.image.openshift.io"},
        "spec": {"group": STREAMS, "scope": "Namespaced",
            "names": {"kind": "ImageStream", "plural": "imagestreams", "singular": "imagestream", "listKind": "ImageStreamList"},
            "versions": [{"name": "v1", "served": true, "storage": true,
                "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}}]}});
    let namespaces =
        ["reg-a", "reg-b"].map(|n| json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": n}}));
    let stream = json!({"apiVersion": "image.openshift.io/v1", "kind": "ImageStream", "metadata": {"name": "api", "namespace": "reg-a"}});
    let objects = objects();
    plane.apply(None, &[vec![crd], namespaces.to_vec()].concat());
    plane.apply(None, &objects);
    // The controller fills aggregated roles in.
    let filled = (0..60).any(|_| {
        let nested = plane.json(&["get", "clusterrole", "t-nested"]);
        let is = nested.is_some_and(|role| role["rules"].as_array().is_some_and(|rules| !rules.is_empty()));
        if !is {
            std::thread::sleep(std::time::Duration::from_millis(500));
        }
        is
    });
    assert!(filled, "the controller did not aggregate");

    // From the manifests, where nobody has aggregated yet.
    let dir = tempfile::tempdir().unwrap();
    let mark = "sextant: fixture/1\ntime: 2026-11-20T09:00:00Z\nversion: v1.37.2\n";
    std::fs::write(dir.path().join("cluster.yaml"), mark).unwrap();
    let all = [objects.clone(), namespaces.to_vec(), vec![stream]].concat();
    let list = json!({"apiVersion": "v1", "kind": "List", "items": all});
    std::fs::write(dir.path().join("all.json"), list.to_string()).unwrap();
    let snapshot = command::snapshot(&SourceArgs {
        paths: vec![text(dir.path())],
        sample: false,
        complete: true,
        time: None,
        secrets: Secrets::None,
    })
    .unwrap();
    let catalog = Catalog::embedded().unwrap();
    let inventory = Inventory::of(&snapshot, &catalog, Default::default());
    let registry = inventory.registries().registries.iter().find(|registry| registry.kind == "openshift").unwrap();
    let ours = |asker: &Asker, path: &str, action: &str| {
        registry.grants(path, None).iter().any(|grant| {
            let is = |(kind, name): &(&str, String)| grant.principal.kind == *kind && grant.principal.name == *name;
            asker.principals.iter().any(is) && grant.actions.iter().any(|a| a == action)
        })
    };

    let roles: Vec<&str> = CASES.iter().map(|case| case.0).chain(AGGREGATED).chain(["t-absent"]).collect();
    let mut asked: Vec<(String, bool)> = Vec::new();
    let mut reviews = Vec::new();
    for role in &roles {
        for end in ["", "-everywhere"] {
            for asker in askers(role, end) {
                for namespace in ["reg-a", "reg-b"] {
                    for stream in ["api", "web"] {
                        for (verb, subresource, action) in QUESTIONS {
                            reviews.push(json!({"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview",
                                "spec": {"user": asker.user, "groups": asker.groups, "resourceAttributes": {"group": STREAMS, "version": "v1",
                                    "resource": "imagestreams", "subresource": subresource, "namespace": namespace, "name": stream, "verb": verb}}}));
                            let told = format!("{} {verb} {namespace}/{stream} by {role}{end}", asker.user);
                            asked.push((told, ours(&asker, &format!("{namespace}/{stream}"), action)));
                        }
                    }
                }
            }
        }
    }
    let list = json!({"apiVersion": "v1", "kind": "List", "items": reviews});
    let answered = plane.kubectl_with(&["create", "-f", "-", "-o", "json"], &list.to_string()).unwrap();
    let answered = serde_json::Deserializer::from_str(&answered).into_iter::<Value>();
    let answers: Vec<bool> = answered.map(|one| one.unwrap()["status"]["allowed"] == true).collect();
    assert_eq!(answers.len(), asked.len());
    let mut table: BTreeMap<(bool, bool), usize> = BTreeMap::new();
    for ((told, ours), theirs) in asked.iter().zip(&answers) {
        assert_eq!(ours, theirs, "{told}");
        *table.entry((*ours, *theirs)).or_default() += 1;
    }
    // The same by the words of the command line, for one of each.
    let mut words = 0;
    for role in &roles {
        let [account, user, group] = askers(role, "");
        for (asker, more) in [(account, vec![]), (user, vec![]), (group, vec!["--as-group", "GROUP"])] {
            let own: Vec<String> = more
                .iter()
                .map(|word| if *word == "GROUP" { asker.groups[0].clone() } else { (*word).to_owned() })
                .collect();
            let mut arguments: Vec<&str> = vec![
                "auth",
                "can-i",
                "update",
                "imagestreams.image.openshift.io/api",
                "--subresource=layers",
                "-n",
                "reg-a",
                "--as",
                &asker.user,
            ];
            arguments.extend(own.iter().map(String::as_str));
            let theirs = plane.kubectl(&arguments).is_ok_and(|answer| answer.contains("yes"));
            assert_eq!(ours(&asker, "reg-a/api", "push"), theirs, "can-i: {} by {role}", asker.user);
            words += 1;
        }
    }
    assert!(answers.iter().filter(|yes| **yes).count() > 200, "{table:?}");
    println!("openshift: {} questions ({table:?}), {words} more by can-i, all the same", asked.len());
}
