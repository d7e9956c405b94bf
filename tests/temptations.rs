//! No ambiguity case is empty: each fixture bears the trap that it is about. Where the catalogue
//! falls into the trap, the detector says something else; a fixture that comes out the same either
//! way would prove nothing.

use serde_json::{Value, json};
use sextant::{
    inventory::{
        Inventory,
        catalog::Catalog,
        detect::{Extension, detect},
        table,
        workload::Workloads,
    },
    snapshot::Snapshot,
};

use crate::{
    detected::{catalog, changed, cluster},
    harness::root,
};

/// What the fixture tempts to: a fixture, the file that falls for it, where, and what it says then.
/// A place ending in `/-` adds to a list; `null` takes away.
fn temptations() -> Vec<(&'static str, &'static str, &'static str, Value)> {
    let yes = || json!([{"value": "yes", "note": "it is there"}]);
    vec![
        ("01", "canal", "/claims", Value::Null),
        ("02", "canal", "/claims", Value::Null),
        ("03", "calico", "/capabilities/overlay", yes()),
        ("03", "aws-vpc-cni", "/capabilities/network-policy", yes()),
        ("04", "calico", "/images/main/-", json!("tigera/operator$")),
        ("05", "calico", "/images/main/-", json!("tigera/operator$")),
        ("06", "flannel", "/capabilities/network-policy", yes()),
        ("07", "kube-router", "/capabilities/overlay", yes()),
        ("08", "kube-router", "/version", json!({"labels": ["app.kubernetes.io/version"]})),
        ("09", "weave-net", "/capabilities/network-policy", yes()),
        ("10", "weave-net", "/images/main", json!(["nobody/nothing$"])),
        ("11", "aws-vpc-cni", "/capabilities/network-policy", yes()),
        ("12", "flannel", "/images/main", json!(["nobody/nothing$"])),
        ("13", "flannel", "/managed", Value::Null),
        ("14", "cilium", "/images/main/-", json!("cilium/tetragon$")),
        ("14", "multus", "/roles/-", json!("overlay-network")),
        ("15", "gke-dataplane", "/claims", Value::Null),
        ("16", "calico", "/identity/csi_drivers", json!(["csi.tigera.io"])),
        ("17", "snapshot-controller", "/identity/api_only", json!(true)),
        ("18", "snapshot-controller", "/bundled_by", Value::Null),
        ("19", "ceph-csi", "/identity/csi_drivers/-", json!("*.rbd.csi.ceph.com")),
        ("20", "ceph-csi", "/bundled_by", Value::Null),
        ("20", "rook-ceph", "/images/main/-", json!("rook/ceph$")),
        ("21", "portworx", "/pods", Value::Null),
        ("22", "prometheus-operator", "/bundled_by", Value::Null),
        ("23", "aws-ebs-csi", "/identity/provisioners", Value::Null),
        ("24", "longhorn", "/identity/provisioners", Value::Null),
        ("25", "csi-driver-nfs", "/images/main/-", json!("csi-(attacher|provisioner|resizer|snapshotter)$")),
        ("26", "openebs", "/capabilities/replication", yes()),
        ("27", "portworx", "/identity/api_only", json!(true)),
        ("28", "storageos", "/images/main", json!(["nobody/nothing$"])),
        ("29", "gcp-pd-csi", "/managed", Value::Null),
        ("31", "argo-cd", "/identity/crd_groups", json!(["argoproj.io"])),
        ("32", "argo-cd", "/images/main", json!(["nobody/nothing$"])),
        ("33a", "jenkins", "/images/main/-", json!("jenkins/inbound-agent$")),
        ("34a", "spinnaker", "/images/main/-", json!("halyard$")),
        ("34b", "spinnaker", "/images/main", json!(["nobody/nothing$"])),
        ("35", "prometheus", "/bundled_by", Value::Null),
        ("36", "github-arc", "/identity/api_only", json!(true)),
        ("37a", "neuvector", "/identity/api_only", json!(true)),
        ("37b", "neuvector", "/images/agents", Value::Null),
        ("38", "kyverno", "/version/labels", json!(["app.kubernetes.io/version"])),
        ("39", "kyverno", "/identity/crd_groups/-", json!("wgpolicyk8s.io")),
        ("40", "gatekeeper", "/capabilities/admission-policy", yes()),
        ("40", "kyverno", "/capabilities/admission-policy", yes()),
        ("42", "validating-admission-policy", "/bundled_by", Value::Null),
        (
            "43",
            "pod-security-admission",
            "/identity/namespace_labels",
            json!({"pod-security.kubernetes.io/warn": ["restricted"]}),
        ),
        (
            "43",
            "pod-security-admission",
            "/identity/namespace_labels",
            json!({"pod-security.kubernetes.io/enforce": ["privileged"]}),
        ),
        ("44", "f5-nginx-ingress", "/identity/ingress_controllers/-", json!("k8s.io/ingress-nginx")),
        ("45a", "f5-nginx-ingress", "/pods", json!([{"labels": {"app": "nginx-ingress"}}])),
        ("45b", "ingress-nginx", "/pods", json!([{"labels": {"app": "nginx-ingress"}}])),
        ("46", "ingress-nginx", "/identity/webhooks", Value::Null),
        ("47", "f5-nginx-ingress", "/capabilities/waf", yes()),
        ("48", "contour", "/identity/crd_groups/-", json!("gateway.networking.k8s.io")),
        ("49b", "istio-gateway", "/version/of", Value::Null),
        ("50", "contour", "/images/main/-", json!("envoyproxy/envoy$")),
        ("51a", "kong", "/capabilities/ingress-controller", yes()),
        ("51b", "kong", "/images/main/-", json!("kong/kong-operator$")),
        ("52", "haproxy", "/images/main/-", json!("haproxy-ingress$")),
        ("53", "traefik", "/identity/crd_groups", Value::Null),
        ("54", "prometheus", "/bundled_by", Value::Null),
        ("55", "knative", "/needs", Value::Null),
        ("55", "knative", "/version/labels", Value::Null),
        ("56", "kubeless", "/pods", json!([{"labels": {"created-by": "kubeless"}, "part": "main"}])),
        ("57", "keda", "/images/main/-", json!("datadoghq/cluster-agent$")),
        ("58a", "istio", "/identity/api_only", json!(true)),
        ("58b", "istio", "/images/main/-", json!("istio/proxyv2$")),
        ("59", "istio", "/images/main", json!(["nobody/nothing$"])),
        ("60", "istio", "/images/agents", Value::Null),
        ("61a", "consul", "/images/main/-", json!("hashicorp/consul$")),
        ("62a", "osm", "/identity/crd_groups/-", json!("split.smi-spec.io")),
        ("62b", "osm", "/version/labels", Value::Null),
        ("63", "prometheus", "/bundled_by", Value::Null),
        ("64", "istio", "/capabilities/mtls", yes()),
        ("64", "kuma", "/capabilities/mtls", yes()),
        ("65", "chartmuseum", "/bundled_by", Value::Null),
        ("65", "docker-registry", "/images/main/-", json!("registry-photon$")),
        ("66", "docker-registry", "/images/main/-", json!("registry$")),
        ("66", "nexus", "/images/main/-", json!("sonatype/nexus")),
        ("66", "artifactory", "/images/main/-", json!("jfrog/")),
        ("66", "quay", "/images/main/-", json!("^quay\\.io/")),
        ("67", "artifactory", "/version/labels", json!(["chart"])),
        ("68a", "prometheus-operator", "/identity/api_only", json!(true)),
        ("68b", "prometheus-operator", "/images/main", json!(["prometheus-operator/prometheus-operator$"])),
        ("69", "metrics-server", "/images/main/-", json!("prometheus-adapter$")),
        ("70", "fluentd", "/identity", json!({"crd_groups": ["fluentd.fluent.io"]})),
        ("71", "loki", "/images/main/-", json!("grafana/loki-canary$")),
        ("71", "loki", "/images/main/-", json!("grafana/promtail$")),
        ("72", "thanos", "/images/sidecars", Value::Null),
        ("73", "elasticsearch", "/images/main/-", json!("opensearch$")),
        ("decoys", "docker-registry", "/images/main/-", json!("registry$")),
        ("decoys", "kong", "/images/main/-", json!("kong$")),
        ("decoys", "argo-cd", "/images/main/-", json!("argocd-")),
        ("decoys", "cert-manager", "/images/main/-", json!("[^/]*cert-manager-controller")),
        ("decoys", "flannel", "/images/main/-", json!("[^/]*flannel-io/flannel$")),
    ]
}

/// The embedded catalogue in which one file falls for it.
fn fallen(system: &str, place: &str, value: &Value) -> Catalog {
    let mut files: Vec<(String, String)> = std::fs::read_dir(root().join("rules/catalog/extensions"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.file_stem().unwrap().to_string_lossy().into_owned(), std::fs::read_to_string(path).unwrap()))
        .collect();
    files.sort();
    let file = files.iter_mut().find(|(id, _)| id == system).unwrap_or_else(|| panic!("no file {system}"));
    let mut whole: Value = sextant::yaml::parse(&file.1).unwrap();
    let (into, last) = place.rsplit_once('/').unwrap();
    let mut at = &mut whole;
    for step in into.split('/').skip(1) {
        at = &mut at[step];
    }
    if last == "-" {
        if at.is_null() {
            *at = json!([]);
        }
        at.as_array_mut().unwrap_or_else(|| panic!("{system} {place} is no list")).push(value.clone());
    } else if value.is_null() {
        let taken = at.as_object_mut().and_then(|map| map.remove(last));
        assert!(taken.is_some(), "{system} has no {place}: the temptation is stale");
    } else {
        at[last] = value.clone();
    }
    file.1 = whole.to_string();
    Catalog::load(&files).unwrap_or_else(|error| panic!("{system} {place}: {error}"))
}

/// Where the trap is one for the code, not for the catalogue: the fixture without it (a text of it
/// and what stands in its place) comes out otherwise.
const WITHOUT: [(&str, &str, &str); 14] = [
    // The image has a tag after all.
    ("08", "/kube-router\n", "/kube-router:v2.11.1\n"),
    // The word of another driver, or a value that is not the one.
    ("30", "encrypted: 'true', encryptionKMSID: vault", "secure: 'true', encryptionKMSID: vault"),
    ("30", "encrypted: 'false'", "encrypted: 'true'"),
    ("30", "secure: 'true'", "encrypted: 'true'"),
    ("30", "encrypted: 'true', numberOfReplicas: '3'", "secure: 'true', numberOfReplicas: '3'"),
    ("30", "repl: '3'", "numberOfReplicas: '3'"),
    ("30", "provisioner: ebs.csi.aws.com\nparameters: {encrypted", "provisioner: ebs.csi.aws.com\nparameters: {secure"),
    ("30", "encryption: AES256", "encrypted: 'true'"),
    ("30", "storageos.com/encryption", "encrypted"),
    ("30", "csi.vsphere.vmware.com\nparameters: {storagepolicyname: gold}", "rbd.csi.ceph.com"),
    // Somebody answers the webhook, or nobody has to.
    (
        "41",
        "# What is left of it refuses every write.\n",
        "---\napiVersion: v1\nkind: Service\nmetadata: {namespace: kyverno, name: kyverno-svc}\nspec: {}\n",
    ),
    ("41", "failurePolicy: Fail", "failurePolicy: Ignore"),
    // There is a node for the agents.
    (
        "74",
        "desiredNumberScheduled: 0, currentNumberScheduled: 0",
        "desiredNumberScheduled: 1, currentNumberScheduled: 1",
    ),
    (
        "74",
        "desiredNumberScheduled: 3, currentNumberScheduled: 3, numberReady: 3",
        "desiredNumberScheduled: 3, numberReady: 2",
    ),
];

/// What a case is told without: the kind was read.
const UNREAD: [(&str, &str); 1] = [("75", "coverage:\n  apps/DaemonSet: {state: forbidden, reason: may not list}\n")];

/// What is told of systems and of the classes that they serve.
fn told_of(snapshot: &Snapshot, catalog: &Catalog) -> Vec<Value> {
    let workloads = Workloads::of(snapshot);
    let systems = detect(snapshot, &workloads, catalog);
    let inventory = Inventory::of(snapshot, catalog, Default::default());
    let classes = table(&inventory, "storage_classes").into_iter().map(|row| json!(row.json));
    systems.iter().map(|extension: &Extension| json!(extension)).chain(classes).collect()
}

fn told(name: &str, catalog: &Catalog) -> Vec<Value> {
    told_of(&cluster(name, ""), catalog)
}

#[test]
fn whoever_falls_for_a_case_is_found_out() {
    let mut same = Vec::new();
    for (fixture, system, place, value) in temptations() {
        if told(fixture, catalog()) == told(fixture, &fallen(system, place, &value)) {
            same.push(format!("{fixture}: {system} {place} {value}"));
        }
    }
    assert!(same.is_empty(), "fixtures without their trap:\n{}", same.join("\n"));
}

#[test]
fn without_its_trap_a_case_comes_out_otherwise() {
    let mut same = Vec::new();
    for (fixture, trap, instead) in WITHOUT {
        let without = changed(fixture, "", |text| {
            assert_eq!(text.matches(trap).count(), 1, "{fixture} has not one {trap:?}: the temptation is stale");
            text.replace(trap, instead)
        });
        if told(fixture, catalog()) == told_of(&without, catalog()) {
            same.push(format!("{fixture}: {instead:?} instead of {trap:?}"));
        }
    }
    for (fixture, unread) in UNREAD {
        if told(fixture, catalog()) == told_of(&cluster(fixture, unread), catalog()) {
            same.push(format!("{fixture}: {unread:?}"));
        }
    }
    assert!(same.is_empty(), "fixtures without their trap:\n{}", same.join("\n"));
}

/// Every case has a fixture that is tempted.
#[test]
fn every_case_is_tempted() {
    let of_catalog = temptations().into_iter().map(|(name, ..)| name);
    let names = of_catalog.chain(WITHOUT.map(|(name, ..)| name)).chain(UNREAD.map(|(name, _)| name));
    let tempted: Vec<&str> = names.map(|name| name.trim_end_matches(char::is_alphabetic)).collect();
    for case in 1..=75 {
        let case = format!("{case:02}");
        assert!(tempted.contains(&case.as_str()), "case {case} is not tempted");
    }
}
