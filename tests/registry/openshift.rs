//! Grants on imagestreams/layers against `kubectl auth can-i` of a real API server.

use serde_json::json;
use sextant::facts::registry::{
    openshift::{Binding, Role, grants, rules_of},
    pattern,
};

use crate::control_plane::plane;

#[test]
fn openshift_grants_are_what_the_api_server_says() {
    let Some((plane, _turn)) = plane() else { return };
    let rule = |verbs: &[&str], groups: &[&str], resources: &[&str], names: &[&str]| json!({"apiGroups": groups, "resources": resources, "verbs": verbs, "resourceNames": names});
    let crd = json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "imagestreams.image.openshift.io"},
        "spec": {"group": "image.openshift.io", "scope": "Namespaced",
            "names": {"kind": "ImageStream", "plural": "imagestreams", "singular": "imagestream", "listKind": "ImageStreamList"},
            "versions": [{"name": "v1", "served": true, "storage": true,
                "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}}]}});
    let kinds = ["image.openshift.io"];
    let roles = [
        ("t-pusher", rule(&["get", "update"], &kinds, &["imagestreams/layers"], &[])),
        ("t-puller", rule(&["get"], &["", "image.openshift.io"], &["imagestreams/layers"], &[])),
        ("t-any", rule(&["*"], &["*"], &["*"], &[])),
        ("t-parent", rule(&["update"], &kinds, &["imagestreams"], &[])),
        ("t-all-layers", rule(&["update"], &kinds, &["*/layers"], &[])),
        ("t-named", rule(&["update"], &kinds, &["imagestreams/layers"], &["api"])),
        ("t-core", rule(&["update"], &["apps"], &["imagestreams/layers"], &[])),
    ];
    let mut objects = vec![crd];
    for namespace in ["reg-a", "reg-b"] {
        objects.push(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}));
    }
    let api = "rbac.authorization.k8s.io";
    let mut made: Vec<(Role, Binding, &str)> = Vec::new();
    for (name, rule) in &roles {
        let role = json!({"apiVersion": format!("{api}/v1"), "kind": "ClusterRole", "metadata": {"name": name}, "rules": [rule]});
        let place = json!({"apiVersion": format!("{api}/v1"), "kind": "RoleBinding", "metadata": {"name": name, "namespace": "reg-a"},
            "roleRef": {"apiGroup": api, "kind": "ClusterRole", "name": name},
            "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": "reg-b"}, {"kind": "User", "apiGroup": api, "name": format!("{name}-user")}]});
        let all = json!({"apiVersion": format!("{api}/v1"), "kind": "ClusterRoleBinding", "metadata": {"name": name},
            "roleRef": {"apiGroup": api, "kind": "ClusterRole", "name": name},
            "subjects": [{"kind": "User", "apiGroup": api, "name": format!("{name}-everywhere")}]});
        for (binding, namespace) in [(&place, "reg-a"), (&all, "")] {
            made.push((
                serde_json::from_value(role.clone()).unwrap(),
                serde_json::from_value(binding.clone()).unwrap(),
                namespace,
            ));
        }
        objects.extend([role, place, all]);
    }
    plane.apply(None, &objects);
    std::thread::sleep(std::time::Duration::from_secs(3));
    let found: Vec<_> =
        made.iter().flat_map(|(role, binding, namespace)| grants(binding, &rules_of(role, &[]), namespace)).collect();
    let (mut asked, mut allowed) = (0, 0);
    for (name, _) in &roles {
        let principals = [
            ("service-account", format!("reg-b/{name}"), format!("system:serviceaccount:reg-b:{name}")),
            ("user", format!("{name}-user"), format!("{name}-user")),
            ("user", format!("{name}-everywhere"), format!("{name}-everywhere")),
        ];
        for (kind, principal, who) in principals {
            for namespace in ["reg-a", "reg-b"] {
                for (verb, action) in [("get", "pull"), ("update", "push")] {
                    let ours = found.iter().any(|grant| {
                        grant.principal.kind == kind
                            && grant.principal.name == principal
                            && grant.actions.iter().any(|a| a == action)
                            && pattern::matches(&grant.pattern, &format!("{namespace}/api"))
                    });
                    let theirs = plane
                        .kubectl(&[
                            "auth",
                            "can-i",
                            verb,
                            "imagestreams.image.openshift.io/api",
                            "--subresource=layers",
                            "-n",
                            namespace,
                            "--as",
                            &who,
                        ])
                        .is_ok_and(|answer| answer.contains("yes"));
                    assert_eq!(ours, theirs, "{who} {verb} in {namespace}");
                    asked += 1;
                    allowed += usize::from(theirs);
                }
            }
        }
    }
    assert!(allowed > 10, "{allowed} of {asked}");
    println!("openshift: {asked} questions, {allowed} allowed, all the same");
}
