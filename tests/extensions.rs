//! Governance of the systems themselves: every check on cases of its own, what was not read, and the
//! edge cases that a case of its own would be too large for.

use serde_json::Value;

use crate::harness::{audit, root, text};

/// Checks of this aspect that have two cases.
fn checks() -> Vec<String> {
    let library = sextant::policy::Library::embedded().unwrap();
    library.policies.iter().filter(|p| p.aspect == "extensions").map(|p| p.id().to_owned()).collect()
}

/// Few checks read Secrets; the others are held as most people run them.
fn secrets(id: &str) -> &'static str {
    match id {
        "EXT-017" => "metadata",
        "EXT-018" => "list",
        _ => "none",
    }
}

fn case(id: &str, side: &str) -> (Vec<String>, Value) {
    let case = root().join("fixtures/cases").join(id).join(side);
    assert!(case.join("cluster.yaml").exists(), "{} is not there", case.display());
    let (path, rules) = (text(&case), text(&case.join("rules")));
    let mut arguments = vec!["--select", id, "--secrets", secrets(id), &path];
    if case.join("rules").exists() {
        arguments.extend(["--rules", &rules]);
    }
    told(id, &arguments)
}

fn told(id: &str, arguments: &[&str]) -> (Vec<String>, Value) {
    let (_, report) = audit(arguments);
    let policy = report["policies"].as_array().unwrap().iter().find(|p| p["id"] == id).unwrap();
    assert!(policy["error"].is_null(), "{id}: {}", policy["error"]);
    let findings = report["findings"].as_array().unwrap().iter().filter(|f| f["policy"] == id);
    let line = |f: &Value| {
        let part = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (kind, name) = (part(&f["subject"]["kind"]), part(&f["subject"]["name"]));
        format!("{} {} {kind} {name}: {}", part(&f["verdict"]), part(&f["severity"]), part(&f["message"]))
    };
    (findings.map(line).collect(), policy["counts"].clone())
}

/// One policy over these objects, with lines of `cluster.yaml` and of `rules/extensions.yaml`.
fn world(id: &str, cluster: &str, objects: &str, rules: &str) -> (Vec<String>, Value) {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, content: &str| std::fs::write(dir.path().join(name), content).unwrap();
    write("cluster.yaml", &format!("sextant: fixture/1\ntime: 2026-11-20T09:00:00Z\nversion: v1.37.2\n{cluster}"));
    write("objects.yaml", objects);
    let norms = tempfile::tempdir().unwrap();
    std::fs::write(norms.path().join("extensions.yaml"), format!("{rules}\n")).unwrap();
    let (path, norms) = (text(dir.path()), text(norms.path()));
    told(id, &["--select", id, "--secrets", secrets(id), &path, "--rules", &norms])
}

#[test]
fn every_check_has_cases_that_fire_and_that_are_silent() {
    for id in checks() {
        let (found, fires) = case(&id, "fires");
        assert!(fires["fail"].as_u64().unwrap() > 0, "{id} fires: {found:?}");
        let (found, silent) = case(&id, "silent");
        assert!(silent["fail"] == 0 && silent["unknown"] == 0, "{id} silent: {found:?}");
        assert!(silent["pass"].as_u64().unwrap() > 0, "{id} silent judges nothing: {silent}");
    }
}

/// A kind that a check reads and that was denied: nothing passes.
#[test]
fn nothing_passes_on_what_was_denied() {
    let library = sextant::policy::Library::embedded().unwrap();
    for id in checks() {
        let policy = library.get(&id).unwrap();
        let folder = root().join("fixtures/cases").join(&id).join("silent");
        let objects = std::fs::read_to_string(folder.join("objects.yaml")).unwrap();
        let rules = std::fs::read_to_string(folder.join("rules/extensions.yaml")).unwrap_or_default();
        for kind in policy.kinds() {
            let denied = format!("coverage: {{{kind}: {{state: forbidden, reason: denied}}}}\n");
            let (found, counts) = world(&id, &denied, &objects, &rules);
            assert_eq!(counts["pass"], 0, "{id} passes without {kind}: {found:?}");
            assert!(counts["unknown"].as_u64().unwrap() > 0, "{id} is silent without {kind}: {found:?}");
        }
    }
}

fn crd(name: &str, kind: &str, more: &str) -> String {
    let (plural, group) = name.split_once('.').unwrap();
    format!(
        "---\napiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {{name: {name}}}\n\
         spec: {{group: {group}, names: {{kind: {kind}, plural: {plural}}}, scope: Namespaced, \
         versions: [{{name: v1, served: true, storage: true}}]{more}}}\n"
    )
}

fn deployment(namespace: &str, name: &str, image: &str) -> String {
    format!(
        "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, namespace: {namespace}}}\n\
         spec: {{replicas: 1, selector: {{matchLabels: {{app: {name}}}}}, template: {{metadata: {{labels: {{app: {name}}}}}, \
         spec: {{containers: [{{name: c, image: \"{image}\"}}]}}}}}}\nstatus: {{replicas: 1, readyReplicas: 1}}\n"
    )
}

const NOTHING_REQUIRED: &str = "required: {overlay-network: {min: 0}, storage: {min: 0}, ingress: {min: 0}, registry: {min: 0}, logging: {min: 0}, monitoring: {min: 0}, metrics: {min: 0}, security-framework: {min: 0}}";

#[test]
fn one_system_in_two_namespaces_is_there_twice_and_its_parts_are_not() {
    let image = "quay.io/prometheus-operator/prometheus-operator:v0.93.0";
    let twice = deployment("a", "operator", image) + &deployment("b", "operator", image);
    let (found, _) = world("EXT-001", "", &twice, NOTHING_REQUIRED);
    assert_eq!(
        found,
        ["fail medium Cluster : Prometheus Operator / kube-prometheus(-stack) is installed 2 times, in a, b"]
    );
    // The parts of Tekton lie in namespaces of their own, and are one installation.
    let parts = deployment("tekton-pipelines", "controller", "ghcr.io/tektoncd/pipeline/controller:v1.3.0")
        + &deployment("tekton-chains", "controller", "ghcr.io/tektoncd/chains/controller:v0.25.0");
    assert_eq!(world("EXT-001", "", &parts, NOTHING_REQUIRED).0, Vec::<String>::new());
}

#[test]
fn a_group_is_known_by_its_system_by_its_crd_or_by_the_rules() {
    let all = crd("rollouts.argoproj.io", "Rollout", "")
        + &crd("objectbuckets.objectbucket.io", "ObjectBucket", "")
        + &crd("nodepools.compute.gke.io", "NodePool", "")
        + &crd("things.gke.io.evil.example", "Thing", "");
    let (found, _) = world("EXT-001", "", &all, NOTHING_REQUIRED);
    assert_eq!(
        found,
        ["fail medium Cluster : API group gke.io.evil.example belongs to no system that is known or declared"]
    );
}

#[test]
fn versions_are_read_through_what_vendors_append() {
    let image = "mirror.example/jetstack/cert-manager-controller:v1.19.4-rancher2";
    let (found, _) = world("EXT-004", "", &deployment("cert-manager", "cert-manager", image), "");
    assert_eq!(
        found,
        [
            "fail high Extension cert-manager: cert-manager v1.19.4 in cert-manager: line 1.19 ended on 2026-07-08 (endoflife.date, as of 2026-08-22, 90 days before the snapshot)"
        ]
    );
    // Nobody can say of a digest which version it is, nor of a line that the catalogue has not heard of.
    let digest = "quay.io/jetstack/cert-manager-controller@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    let (found, counts) = world("EXT-004", "", &deployment("cert-manager", "cert-manager", digest), "");
    assert!(found[0].starts_with("unknown ") && counts["pass"] == 0, "{found:?}");
    let ahead = "quay.io/jetstack/cert-manager-controller:v9.0.0";
    let (found, _) = world("EXT-004", "", &deployment("cert-manager", "cert-manager", ahead), "");
    assert!(found[0].contains("the catalogue knows no line for version v9.0.0"), "{found:?}");
}

#[test]
fn objects_that_nobody_obeys_are_high_and_those_of_shared_kinds_are_obeyed() {
    let policy = "---\napiVersion: crd.projectcalico.org/v1\nkind: GlobalNetworkPolicy\nmetadata: {name: deny}\nspec: {selector: all()}\n";
    let left = crd("globalnetworkpolicies.crd.projectcalico.org", "GlobalNetworkPolicy", "") + policy;
    let (found, _) = world("EXT-011", "", &left, "");
    assert_eq!(
        found,
        [
            "fail low APIGroup crd.projectcalico.org: 1 CRD of calico or canal, and no controller that answers; 1 object left",
            "fail high APIGroup crd.projectcalico.org: 1 object of crd.projectcalico.org/GlobalNetworkPolicy, and nobody obeys them",
        ]
    );
    // Cluster network policies are Calico's or another's: Calico runs, and answers.
    let shared = crd("clusternetworkpolicies.policy.networking.k8s.io", "ClusterNetworkPolicy", "")
        + &deployment("calico-system", "calico-kube-controllers", "quay.io/calico/kube-controllers:v3.32.1")
        + "---\napiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: calico-node, namespace: calico-system}\n\
           spec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: calico-node, image: \"quay.io/calico/node:v3.32.1\"}]}}}\n\
           status: {desiredNumberScheduled: 1, numberReady: 1}\n";
    assert_eq!(world("EXT-011", "", &shared, "").0, Vec::<String>::new());
    // Who answers the house's own is the house's to say.
    let own = crd("ledgers.house.example", "Ledger", "");
    let (_, counts) = world("EXT-011", "", &own, "");
    assert_eq!((&counts["pass"], &counts["not_applicable"]), (&Value::from(0), &Value::from(1)));
    let (found, _) = world("EXT-011", "", &own, "crds: {unattributed: unknown}");
    assert_eq!(
        found,
        ["unknown low APIGroup house.example: nobody knows which controller answers ledgers.house.example"]
    );
}

#[test]
fn an_empty_selector_of_a_budget_is_every_pod_and_a_missing_one_is_none() {
    let budget = |name: &str, spec: &str| {
        format!(
            "---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {{name: {name}, namespace: shop}}\nspec: {spec}\n"
        )
    };
    let workload = deployment("shop", "d", "r.example/a:v1.0.0");
    let (found, _) =
        world("EXT-007", "", &(workload.clone() + &budget("all", "{maxUnavailable: 1, selector: {}}")), "");
    assert_eq!(found, Vec::<String>::new());
    let (found, _) = world("EXT-007", "", &(workload.clone() + &budget("none", "{maxUnavailable: 1}")), "");
    assert_eq!(found, ["fail medium PodDisruptionBudget none: selects no pod and no workload"]);
    let old = budget("old", "{maxUnavailable: 1, selector: {}}").replace("policy/v1", "policy/v1beta1");
    let (found, _) = world("EXT-007", "", &(workload + &old), "");
    assert_eq!(found, ["fail medium PodDisruptionBudget old: selects no pod and no workload"]);
}

/// Whether endpoints were not read, and whether nothing is there, are two things.
#[test]
fn endpoints_that_were_not_read_are_unknown() {
    let folder = root().join("fixtures/cases/EXT-009/silent");
    let objects = std::fs::read_to_string(folder.join("objects.yaml")).unwrap();
    let denied = "coverage: {discovery.k8s.io/EndpointSlice: {state: forbidden, reason: denied}, core/Endpoints: {state: skipped}}\n";
    // Nobody reads the older kind unasked, so that it proves nothing either.
    let objects: String =
        objects.split("---\n").filter(|o| !o.contains("EndpointSlice")).collect::<Vec<_>>().join("---\n");
    let (found, counts) = world("EXT-009", denied, &objects, "");
    assert!(
        found.iter().any(|f| f.contains("whether anything is ready behind Service guard/guard was not read")),
        "{found:?}"
    );
    assert_eq!(counts["fail"], 0, "{found:?}");
    let (found, _) = world("EXT-009", "", &objects, "");
    assert!(found.iter().any(|f| f.contains("nothing is ready behind Service guard/guard")), "{found:?}");
}

/// What the profiles ask of a cluster is more than the default, and every key of theirs is known.
#[test]
fn profiles_are_stricter() {
    let cluster = text(&root().join("fixtures/clusters/tidy"));
    let counts = |profile: &str| {
        let norms = tempfile::tempdir().unwrap();
        let rules = if profile.is_empty() { "{}\n".to_owned() } else { format!("extends: {profile}\n") };
        std::fs::write(norms.path().join("extensions.yaml"), rules).unwrap();
        let (_, report) = audit(&["--select", "extensions", &cluster, "--rules", &text(norms.path())]);
        assert!(report["policies"].as_array().unwrap().iter().all(|policy| policy["error"].is_null()));
        report["counts"]["fail"].as_u64().unwrap()
    };
    let (default, strict, bank) = (counts(""), counts("strict"), counts("bank"));
    assert!(default == 0 && strict > 10 && bank > strict, "{default} {strict} {bank}");
    for profile in ["strict", "bank"] {
        let path = root().join(format!("rules/profiles/{profile}/extensions.yaml"));
        let schema = std::fs::read_to_string(root().join("rules/schema/extensions.schema.json")).unwrap();
        let schema: Value = serde_json::from_str(&schema).unwrap();
        let value: Value = sextant::yaml::parse(&std::fs::read_to_string(path).unwrap()).unwrap();
        let errors: Vec<String> =
            jsonschema::validator_for(&schema).unwrap().iter_errors(&value).map(|e| e.to_string()).collect();
        assert!(errors.is_empty(), "{profile}: {errors:?}");
    }
}
