//! Storage: every provisioner of the catalogue, the edge cases of storage as named tests, default
//! classes, the starter set, and the real storage classes of the corpus.

use std::{collections::BTreeMap, fmt::Write as _, path::Path};

use serde_json::{Map, Value, json};

use crate::harness::{audit, root, sextant, shared, text};

/// A cluster of a few objects, audited under rules laid over the default set.
struct Case {
    dir: tempfile::TempDir,
}

impl Case {
    fn new(objects: &[Value]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut cluster = String::from("sextant: fixture/1\ntime: 2026-11-23T09:00:00Z\nversion: v1.37.2\nserved:\n");
        for kind in SERVED {
            writeln!(cluster, "- {kind}").unwrap();
        }
        std::fs::write(dir.path().join("cluster.yaml"), cluster).unwrap();
        let lines: String = objects.iter().map(|object| format!("---\n{object}\n")).collect();
        std::fs::write(dir.path().join("objects.yaml"), lines).unwrap();
        Self { dir }
    }

    /// Verdict, subject's name and message of every finding of these policies.
    fn findings(&self, select: &str, rules: &Value) -> Vec<(String, String, String)> {
        let mut whole: Value = default_rules();
        lay(&mut whole, rules);
        let path = self.dir.path().join("rules");
        std::fs::create_dir_all(&path).unwrap();
        std::fs::write(path.join("storage.yaml"), whole.to_string()).unwrap();
        let (_, report) = audit(&["--select", select, "--rules", &text(&path), &text(self.dir.path())]);
        let word = |value: &Value| value.as_str().unwrap().to_owned();
        report["findings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|f| {
                (
                    format!("{} {}", word(&f["policy"]), word(&f["verdict"])),
                    word(&f["subject"]["name"]),
                    word(&f["message"]),
                )
            })
            .collect()
    }

    fn messages(&self, select: &str, rules: &Value) -> Vec<String> {
        self.findings(select, rules)
            .into_iter()
            .map(|(verdict, name, message)| format!("{verdict} {name}: {message}"))
            .collect()
    }
}

/// Kinds that every case serves, empty or not.
const SERVED: [&str; 14] = [
    "snapshot.storage.k8s.io/VolumeSnapshotClass",
    "snapshot.storage.k8s.io/VolumeSnapshot",
    "velero.io/Schedule",
    "velero.io/Backup",
    "velero.io/BackupStorageLocation",
    "velero.io/VolumeSnapshotLocation",
    "velero.io/Restore",
    "ceph.rook.io/CephCluster",
    "ceph.rook.io/CephBlockPool",
    "ceph.rook.io/CephFilesystem",
    "longhorn.io/Setting",
    "openebs.io/DiskPool",
    "trident.netapp.io/TridentBackendConfig",
    "core.libopenstorage.org/StorageCluster",
];

fn default_rules() -> Value {
    sextant::rules::Rules::embedded().unwrap().get("storage").unwrap().clone()
}

fn lay(below: &mut Value, above: &Value) {
    match (below, above) {
        (Value::Object(below), Value::Object(above)) => {
            for (key, value) in above {
                lay(below.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (below, above) => *below = above.clone(),
    }
}

fn object(api: &str, kind: &str, name: &str, namespace: &str, rest: Value) -> Value {
    let mut object = json!({"apiVersion": api, "kind": kind, "metadata": {"name": name, "creationTimestamp": "2026-06-01T08:00:00Z"}});
    if !namespace.is_empty() {
        object["metadata"]["namespace"] = namespace.into();
    }
    lay(&mut object, &rest);
    object
}

fn class(name: &str, provisioner: &str, rest: Value) -> Value {
    let mut class = object("storage.k8s.io/v1", "StorageClass", name, "", json!({"provisioner": provisioner}));
    lay(&mut class, &rest);
    class
}

fn default_class() -> Value {
    json!({"metadata": {"annotations": {"storageclass.kubernetes.io/is-default-class": "true"}}})
}

fn claim(name: &str, class: Value, rest: Value) -> Value {
    let spec = json!({"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "100Gi"}}, "storageClassName": class});
    let mut claim =
        object("v1", "PersistentVolumeClaim", name, "payments", json!({"spec": spec, "status": {"phase": "Pending"}}));
    lay(&mut claim, &rest);
    claim
}

fn nodes() -> Vec<Value> {
    let node = |i: u32| {
        object(
            "v1",
            "Node",
            &format!("n{i}"),
            "",
            json!({"metadata": {"labels": {"topology.kubernetes.io/zone": format!("z{i}")}}}),
        )
    };
    (1..=3).map(node).collect()
}

const RBD: &str = "rook-ceph.rbd.csi.ceph.com";

fn gold(rest: Value) -> Value {
    let mut rules = json!({"tiers": {"gold": {"classes": ["gold"]}}});
    lay(&mut rules["tiers"]["gold"], &rest);
    rules
}

#[test]
fn case_13_two_default_classes() {
    let case = Case::new(&[class("a", RBD, default_class()), class("b", RBD, default_class())]);
    assert_eq!(
        case.messages("STO-003", &json!({})),
        ["STO-003 fail : 2 storage classes are the default: a, b; the newest wins in silence"]
    );
    // The beta annotation counts as well, and only the string "true".
    let beta = json!({"metadata": {"annotations": {"storageclass.beta.kubernetes.io/is-default-class": "true"}}});
    let other = json!({"metadata": {"annotations": {"storageclass.kubernetes.io/is-default-class": "True"}}});
    let case = Case::new(&[class("a", RBD, beta), class("b", RBD, other)]);
    assert_eq!(case.messages("STO-003", &json!({})), [""; 0]);
}

#[test]
fn no_default_class_and_no_class_at_all() {
    let case = Case::new(&[class("a", RBD, json!({}))]);
    assert_eq!(
        case.messages("STO-003", &json!({})),
        ["STO-003 fail : no storage class is the default: a claim without a class waits for ever"]
    );
    let case = Case::new(&nodes());
    assert_eq!(case.messages("STO-003", &json!({})), ["STO-003 fail : there is no storage class, so no default"]);
}

#[test]
fn a_class_whose_driver_is_not_installed() {
    let case =
        Case::new(&[class("fast", "ebs.csi.aws.com", json!({})), class("old", "kubernetes.io/aws-ebs", json!({}))]);
    assert_eq!(
        case.messages("STO-004", &json!({})),
        [
            "STO-004 fail fast: provisioner ebs.csi.aws.com is not in the cluster: there is no CSIDriver ebs.csi.aws.com and no workload of it",
            "STO-004 fail old: in-tree provisioner kubernetes.io/aws-ebs is gone: there is no CSIDriver ebs.csi.aws.com",
        ]
    );
}

#[test]
fn case_14_replicas_of_storageos_leave_the_primary_out() {
    let class = |replicas: &str| {
        class("gold", "csi.storageos.com", json!({"parameters": {"storageos.com/replicas": replicas}}))
    };
    let rules = gold(json!({"durability": {"min_copies": 3}}));
    let nodes = nodes();
    assert_eq!(Case::new(&[&nodes[..], &[class("2")]].concat()).messages("STO-007", &rules), [""; 0]);
    assert_eq!(
        Case::new(&[&nodes[..], &[class("1")]].concat()).messages("STO-007", &rules),
        [
            "STO-007 fail gold: copies is 2, and tier gold asks for 3 (parameter storageos.com/replicas=1: replicas and the primary)"
        ]
    );
}

#[test]
fn case_15_a_data_pool_of_ceph_is_erasure_coded() {
    let pool = |name: &str, spec: Value| {
        object(
            "ceph.rook.io/v1",
            "CephBlockPool",
            name,
            "rook-ceph",
            json!({"spec": spec, "status": {"phase": "Ready"}}),
        )
    };
    let parameters = json!({"parameters": {"clusterID": "rook-ceph", "pool": "meta", "dataPool": "ec"}});
    let mut objects = nodes();
    objects.extend([
        class("gold", RBD, parameters),
        pool("meta", json!({"replicated": {"size": 3}, "failureDomain": "host"})),
        pool("ec", json!({"erasureCoded": {"dataChunks": 2, "codingChunks": 1}, "failureDomain": "host"})),
    ]);
    let rules = gold(json!({"durability": {"min_copies": 3, "erasure_coding": {"min_parity": 2}}}));
    // The metadata pool has its copies; the data does not have its parity.
    assert_eq!(
        Case::new(&objects).messages("STO-007", &rules),
        [
            "STO-007 fail gold: parity of erasure coding is 1, and tier gold asks for 2 (CephBlockPool rook-ceph/ec spec.erasureCoded.codingChunks=1)"
        ]
    );
    objects[4]["spec"]["replicated"]["size"] = 1.into();
    assert_eq!(Case::new(&objects).messages("STO-007", &rules).len(), 2);
}

fn volume(rest: Value) -> Value {
    let spec = json!({"capacity": {"storage": "100Gi"}, "accessModes": ["ReadWriteOnce"], "storageClassName": "gold",
        "persistentVolumeReclaimPolicy": "Delete", "claimRef": {"namespace": "payments", "name": "data"},
        "csi": {"driver": RBD, "volumeHandle": "pv", "volumeAttributes": {"pool": "gold", "encrypted": "true"}}});
    let annotations = json!({"annotations": {"pv.kubernetes.io/provisioned-by": RBD}});
    let mut volume = object(
        "v1",
        "PersistentVolume",
        "pv",
        "",
        json!({"metadata": annotations, "spec": spec, "status": {"phase": "Bound"}}),
    );
    lay(&mut volume, &rest);
    volume
}

#[test]
fn case_16_a_class_made_anew_leaves_its_volumes_behind() {
    let class = class(
        "gold",
        RBD,
        json!({"metadata": {"creationTimestamp": "2026-07-01T08:00:00Z"}, "parameters": {"pool": "gold", "encrypted": "true"}}),
    );
    let mut older = volume(json!({}));
    older["spec"]["csi"]["volumeAttributes"] = json!({"pool": "gold"});
    assert_eq!(
        Case::new(&[class.clone(), older]).messages("STO-025", &json!({})),
        ["STO-025 fail pv: differs from class gold: encrypted=true is missing; the class was made anew after it"]
    );
    assert_eq!(Case::new(&[class.clone(), volume(json!({}))]).messages("STO-025", &json!({})), [""; 0]);
    let mut silent = volume(json!({}));
    silent["spec"]["csi"].as_object_mut().unwrap().remove("volumeAttributes");
    assert_eq!(
        Case::new(&[class, silent]).messages("STO-025", &json!({})),
        [
            "STO-025 unknown pv: it keeps no attributes, so nothing shows whether it is what class gold says; the class was made anew after it"
        ]
    );
}

#[test]
fn case_17_a_null_class_and_an_empty_one_differ() {
    let claims = |extra: &[Value]| {
        let claims = [
            claim("null", Value::Null, json!({})),
            claim("empty", "".into(), json!({})),
            claim("gone", "no-such".into(), json!({})),
        ];
        Case::new(&[&claims[..], extra].concat()).messages("STO-017", &json!({}))
    };
    let empty = "STO-017 fail empty: asks for no storage class (\"\"), so for a volume made by hand, and has none";
    let gone = "STO-017 fail gone: names storage class no-such, which does not exist";
    assert_eq!(claims(&[class("gold", RBD, default_class())]), [empty, gone]);
    let null = "STO-017 fail null: names no storage class, and none is the default: it waits for ever";
    assert_eq!(claims(&[class("gold", RBD, json!({}))]), [empty, gone, null]);
}

#[test]
fn case_18_waiting_for_a_consumer_is_no_fault() {
    let class = class("gold", RBD, json!({"volumeBindingMode": "WaitForFirstConsumer"}));
    let waiting = claim("data", "gold".into(), json!({}));
    assert_eq!(Case::new(&[class.clone(), waiting.clone()]).messages("STO-023", &json!({})), [""; 0]);
    let pod = object(
        "v1",
        "Pod",
        "db",
        "payments",
        json!({"spec": {"volumes": [{"name": "d", "persistentVolumeClaim": {"claimName": "data"}}]}}),
    );
    assert_eq!(
        Case::new(&[class, waiting, pod]).messages("STO-023", &json!({})),
        ["STO-023 fail data: pending for 175 days"]
    );
}

#[test]
fn case_19_gp3_has_a_baseline() {
    let class = |parameters: Value| class("gold", "ebs.csi.aws.com", json!({"parameters": parameters}));
    let rules = gold(json!({"performance": {"min_iops": 3000, "min_throughput_mibps": 125}}));
    for parameters in [json!({"type": "gp3"}), json!({"Type": "GP3"}), json!({})] {
        assert_eq!(Case::new(&[class(parameters)]).messages("STO-006", &rules), [""; 0]);
    }
    let rules = gold(json!({"performance": {"min_iops": 10000}}));
    assert_eq!(
        Case::new(&[class(json!({"type": "gp3"}))]).messages("STO-006", &rules),
        ["STO-006 fail gold: iops is 3000, and tier gold asks for 10000 (baseline of gp3)"]
    );
    // By the GiB: 100 GiB at 50 are 5000, whatever the tier hoped for.
    let by_size = class(json!({"type": "io1", "iopsPerGB": "50"}));
    assert_eq!(
        Case::new(&[by_size, claim("data", "gold".into(), json!({}))]).messages("STO-006", &rules),
        ["STO-006 fail gold: iops is 5000, and tier gold asks for 10000 (parameter iopsPerGB=50, for 100 GiB)"]
    );
}

#[test]
fn case_20_mayastor_needs_an_encrypted_pool() {
    let pool = |spec: Value| object("openebs.io/v1beta3", "DiskPool", "p1", "openebs", json!({"spec": spec}));
    let class = class("gold", "io.openebs.csi-mayastor", json!({"parameters": {"repl": "3", "encrypted": "true"}}));
    let rules = gold(json!({"encryption": {"at_rest": "required"}}));
    assert_eq!(
        Case::new(&[class.clone(), pool(json!({"disks": ["/dev/sdb"]}))]).messages("STO-008", &rules),
        [
            "STO-008 fail gold: encryption at rest is false, and tier gold asks for true (parameter encrypted=true, but no DiskPool is encrypted)"
        ]
    );
    assert_eq!(
        Case::new(&[class, pool(json!({"encryptionConfig": {"source": {}}}))]).messages("STO-008", &rules),
        [""; 0]
    );
}

fn schedule(template: Value) -> Value {
    object(
        "velero.io/v1",
        "Schedule",
        "daily",
        "velero",
        json!({"spec": {"schedule": "0 1 * * *", "template": template}}),
    )
}

fn backed_up(extra: &[Value]) -> Vec<String> {
    let snapshot_class = object(
        "snapshot.storage.k8s.io/v1",
        "VolumeSnapshotClass",
        "snap",
        "",
        json!({"driver": RBD, "deletionPolicy": "Retain", "metadata": {"labels": {"velero.io/csi-volumesnapshot-class": "true"}}}),
    );
    let mut objects = vec![
        class("gold", RBD, json!({})),
        claim(
            "data",
            "gold".into(),
            json!({"metadata": {"labels": {"app": "db"}}, "spec": {"volumeName": "pv"}, "status": {"phase": "Bound"}}),
        ),
        volume(json!({})),
    ];
    if !extra.iter().any(|object| object["kind"] == "VolumeSnapshotClass") {
        objects.push(snapshot_class);
    }
    objects.extend(extra.iter().filter(|object| object["driver"] != "none").cloned());
    Case::new(&objects).messages("STO-014", &gold(json!({"protection": {"backup_rpo": "24h"}})))
}

#[test]
fn case_21_a_label_selector_leaves_the_claim_out() {
    assert_eq!(backed_up(&[schedule(json!({"includedNamespaces": ["payments"]}))]), [""; 0]);
    assert_eq!(
        backed_up(&[schedule(json!({"labelSelector": {"matchLabels": {"tier": "gold"}}}))]),
        [
            "STO-014 fail data: tier gold promises a backup every 24h, and Schedule velero/daily does not take it: its label selector does not match the claim"
        ]
    );
    assert_eq!(
        backed_up(&[schedule(
            json!({"orLabelSelectors": [{"matchLabels": {"tier": "x"}}, {"matchLabels": {"app": "db"}}]})
        )]),
        [""; 0]
    );
    assert_eq!(
        backed_up(&[schedule(json!({"excludedNamespaces": ["payments"]}))]),
        ["STO-014 fail data: tier gold promises a backup every 24h, and no schedule names it"]
    );
}

#[test]
fn case_22_snapshots_need_a_snapshot_class() {
    let none = object("snapshot.storage.k8s.io/v1", "VolumeSnapshotClass", "x", "", json!({"driver": "none"}));
    assert_eq!(
        backed_up(&[none, schedule(json!({"snapshotVolumes": true}))]),
        [format!(
            "STO-014 fail data: tier gold promises a backup every 24h, and Schedule velero/daily does not take it: there is no VolumeSnapshotClass for {RBD}"
        )]
    );
    assert_eq!(
        backed_up(&[schedule(json!({"snapshotVolumes": false}))]),
        [
            "STO-014 fail data: tier gold promises a backup every 24h, and Schedule velero/daily does not take it: it takes objects only: no snapshot and no file-system backup of volumes"
        ]
    );
    assert_eq!(
        backed_up(&[schedule(json!({"defaultVolumesToFsBackup": true}))]),
        [
            "STO-014 fail data: tier gold promises a backup every 24h, and Schedule velero/daily does not take it: file-system backup needs the node agent, which is not installed"
        ]
    );
}

#[test]
fn case_23_a_bucket_in_the_same_cluster_is_not_off_site() {
    let location = |url: &str| {
        object(
            "velero.io/v1",
            "BackupStorageLocation",
            "default",
            "velero",
            json!({"spec": {"provider": "aws", "config": {"s3Url": url}}, "status": {"phase": "Available"}}),
        )
    };
    let backup = object(
        "velero.io/v1",
        "Backup",
        "b1",
        "velero",
        json!({"spec": {"includedNamespaces": ["*"], "storageLocation": "default"},
        "status": {"phase": "Completed", "completionTimestamp": "2026-11-23T02:00:00Z", "expiration": "2026-12-23T02:00:00Z"}}),
    );
    let rules = gold(json!({"protection": {"backup_rpo": "24h", "offsite": true}}));
    let told = |url: &str| {
        let objects =
            [class("gold", RBD, json!({})), claim("data", "gold".into(), json!({})), location(url), backup.clone()];
        Case::new(&objects).messages("STO-015", &rules)
    };
    let here = "STO-015 fail data: tier gold promises backups, and BackupStorageLocation velero/default is served by this cluster";
    assert_eq!(told("https://minio.velero.svc:9000"), [here]);
    assert_eq!(told("https://minio.velero.svc.cluster.local"), [here]);
    assert_eq!(told("https://s3.eu-west-1.amazonaws.com"), [""; 0]);
    assert_eq!(
        told("http://s3.example.org"),
        [
            "STO-015 fail data: tier gold promises backups, and BackupStorageLocation velero/default is reached without a verified certificate"
        ]
    );
}

#[test]
fn case_24_a_quota_of_zero_keeps_namespaces_out() {
    let namespace = |name: &str| object("v1", "Namespace", name, "", json!({}));
    let quota = |hard: &str| {
        object(
            "v1",
            "ResourceQuota",
            "q",
            "web",
            json!({"spec": {"hard": {"gold.storageclass.storage.k8s.io/requests.storage": hard}}}),
        )
    };
    let mut rules = gold(json!({"access": {"namespaces": {"match_names": ["payments"]}}}));
    rules["preventive"] = "required".into();
    let told = |extra: &[Value]| {
        Case::new(&[&[class("gold", RBD, json!({})), namespace("payments"), namespace("web")], extra].concat())
            .messages("STO-018", &rules)
    };
    let open = "STO-018 fail gold: nothing keeps 1 other namespaces from using tier gold: no quota of zero, no admission policy";
    assert_eq!(told(&[]), [open]);
    assert_eq!(told(&[quota("10Gi")]), [open]);
    assert_eq!(told(&[quota("0")]), [""; 0]);
}

#[test]
fn case_25_a_generic_ephemeral_volume_is_a_claim() {
    let template = json!({"volumeClaimTemplate": {"spec": {"accessModes": ["ReadWriteOnce"], "storageClassName": "gone", "resources": {"requests": {"storage": "1Gi"}}}}});
    let pod = json!({"spec": {"volumes": [{"name": "scratch", "ephemeral": template}]}});
    let deployment = object("apps/v1", "Deployment", "web", "payments", json!({"spec": {"template": pod}}));
    assert_eq!(
        Case::new(&[class("gold", RBD, json!({})), deployment]).messages("STO-017", &json!({})),
        ["STO-017 fail web: the ephemeral volume scratch names storage class gone, which does not exist"]
    );
}

/// What one property of a tier is judged by.
fn policy_of(property: &str) -> &'static str {
    match property.split('.').collect::<Vec<_>>()[..] {
        ["performance", _] => "STO-006",
        ["durability", _] => "STO-007",
        ["encryption", "at_rest"] => "STO-008",
        ["encryption", "in_transit"] => "STO-028",
        _ => panic!("{property} is judged by nobody"),
    }
}

const JUDGES: &str = "STO-006,STO-007,STO-008,STO-028";

#[test]
fn every_provisioner_meets_fails_and_cannot_be_proven() {
    let rules = gold(json!({
        "performance": {"media": ["nvme", "ssd"]},
        "durability": {"min_copies": 3, "failure_domain": "host"},
        "encryption": {"at_rest": "required", "in_transit": "required"},
    }));
    let list = std::fs::read_to_string(root().join("tests/storage/provisioners.yaml")).unwrap();
    let list: Vec<Value> = sextant::yaml::parse(&list).unwrap();
    let mut seen = Vec::new();
    for entry in &list {
        let provisioner = entry["provisioner"].as_str().unwrap();
        seen.push(provisioner);
        let base = entry["gold"].as_object().cloned().unwrap_or_default();
        let run = |change: &Value, attest: &Map<String, Value>, mount_options: bool| {
            let mut parameters = Value::Object(base.clone());
            lay(&mut parameters, change);
            parameters.as_object_mut().unwrap().retain(|_, value| !value.is_null());
            let mut class = class("gold", provisioner, json!({"parameters": parameters}));
            if mount_options && entry["mount_options"].is_array() {
                class["mountOptions"] = entry["mount_options"].clone();
            }
            let mut objects = nodes();
            objects.extend(entry["objects"].as_array().into_iter().flatten().cloned());
            objects.push(class);
            let mut rules = rules.clone();
            let attestations: Vec<Value> = attest
                .iter()
                .map(|(property, value)| json!({"class": "gold", "property": property, "value": value, "evidence": "report", "owner": "storage", "expires": "2027-01-01"}))
                .collect();
            rules["attestations"] = attestations.into();
            Case::new(&objects).findings(JUDGES, &rules)
        };
        let attest = entry["attest"].as_object().cloned().unwrap_or_default();
        let none = json!({});
        if !entry["gold"].is_null() {
            assert_eq!(run(&none, &attest, true), [], "{provisioner} meets gold");
        }
        let has = |findings: &[(String, String, String)], property: &str, verdict: &str| {
            let wanted = format!("{} {verdict}", policy_of(property));
            let what = match property.rsplit('.').next().unwrap() {
                "failure_domain" => "failure domain",
                "at_rest" => "encryption at rest",
                "in_transit" => "encryption in transit",
                other => other,
            };
            findings.iter().any(|(head, _, message)| *head == wanted && message.starts_with(what))
        };
        if let Some(never) = entry["never"].as_str() {
            // No attestation stands against what the provisioner plainly is.
            let claimed: Map<String, Value> = [(never.to_owned(), json!(3))].into_iter().collect();
            assert!(has(&run(&none, &claimed, true), never, "fail"), "{provisioner} can never have {never}");
        }
        let listed =
            |key: &str, property: &str| entry[key].as_array().is_some_and(|list| list.contains(&property.into()));
        for (property, change) in entry["fails"].as_object().into_iter().flatten() {
            let mut attest = attest.clone();
            if listed("fails_without", property) {
                attest.remove(property);
            }
            let findings = run(change, &attest, !listed("no_mount_options", property));
            assert!(has(&findings, property, "fail"), "{provisioner} fails {property} with {change}: {findings:#?}");
        }
        let (property, change) = (entry["unknown"]["property"].as_str().unwrap(), &entry["unknown"]["parameters"]);
        let mut without = attest.clone();
        without.remove(property);
        let findings = run(change, &without, true);
        assert!(
            has(&findings, property, "unknown"),
            "{provisioner}: {property} with {change} is unknown: {findings:#?}"
        );
        without.insert(property.to_owned(), entry["unknown"]["attest"].clone());
        let findings = run(change, &without, true);
        assert!(
            !has(&findings, property, "unknown") && !has(&findings, property, "fail"),
            "{provisioner}: attested {property}: {findings:#?}"
        );
    }
    println!("{} provisioners: {}", seen.len(), seen.join(", "));
}

/// A tier that its own cluster breaks would be a promise that nobody made.
#[test]
fn the_starter_set_passes_its_own_check_and_audit() {
    let mut sources: Vec<(String, bool)> =
        ["tidy", "menagerie"].map(|name| (text(&root().join("fixtures/clusters").join(name)), false)).into();
    for case in ["STO-010", "STO-013", "STO-014", "STO-020", "STO-022"] {
        sources.push((text(&root().join("fixtures/cases").join(case).join("fires")), false));
    }
    if let Some(data) = shared("data/clusters") {
        sources.extend([(text(&data.join("bank")), false), (text(&data.join("edge/kubectl-get-all.json")), true)]);
    }
    for (source, complete) in sources {
        let dir = tempfile::tempdir().unwrap();
        let into = text(&dir.path().join("rules"));
        let mut arguments = vec!["rules", "init", &source, "--into", &into];
        if complete {
            arguments.push("--complete");
        }
        let run = sextant(&arguments);
        assert_eq!(run.code, 0, "{source}: {}", run.err);
        let check = sextant(&["rules", "check", &into]);
        assert_eq!(check.code, 0, "{source}: {}", check.err);
        let written = std::fs::read_to_string(Path::new(&into).join("storage.yaml")).unwrap();
        let rules: Value = sextant::yaml::parse(&written).unwrap();
        for (name, tier) in rules["tiers"].as_object().unwrap() {
            for (section, promises) in tier.as_object().unwrap() {
                for promise in promises.as_object().into_iter().flatten().map(|(key, _)| key) {
                    let at = sextant::yaml::steps_of_pointer(&format!("/tiers/{name}/{section}/{promise}"));
                    let line = sextant::yaml::line_of(&written, &at).unwrap() as usize - 1;
                    assert!(
                        written.lines().nth(line).unwrap().contains("  # "),
                        "{source}: {name} {promise} says not where it was seen"
                    );
                }
            }
        }
        let mut arguments = vec!["--select", "storage", "--rules", &into, &source];
        if complete {
            arguments.push("--complete");
        }
        let (_, report) = audit(&arguments);
        for finding in report["findings"].as_array().unwrap() {
            let message = finding["message"].as_str().unwrap();
            let from_a_tier = message.contains("tier ") && finding["verdict"] == "fail";
            assert!(!from_a_tier, "{source}: {} {message}", finding["policy"]);
        }
        // What is there is never overwritten.
        assert_eq!(sextant(&["rules", "init", &source, "--into", &into]).code, 2);
    }
}

/// Real storage classes, as their makers ship them, under a tier that asks for everything.
#[test]
fn the_real_classes_of_the_corpus_are_judged() {
    let Some(corpus) = shared("data/extensions/storage") else { return };
    let mut files: Vec<_> = walk(&corpus);
    files.sort();
    let mut told = String::new();
    for file in files {
        let source = text(&file);
        let dir = tempfile::tempdir().unwrap();
        let mut rules = default_rules();
        lay(
            &mut rules,
            &json!({"tiers": {"gold": {"classes": ["*"],
                "durability": {"min_copies": 3, "failure_domain": "host"},
                "encryption": {"at_rest": "required"},
                "lifecycle": {"reclaim": "Retain", "expansion": "required"},
            }}}),
        );
        std::fs::write(dir.path().join("storage.yaml"), rules.to_string()).unwrap();
        let select = "STO-003,STO-004,STO-007,STO-008,STO-010,STO-011,STO-012,STO-027";
        let arguments = ["--select", select, "--rules", &text(dir.path()), "--complete", "--all", &source];
        let run = sextant(&[&["audit", "-o", "json"], &arguments[..]].concat());
        let Ok(report) = serde_json::from_str::<Value>(&run.out) else { continue };
        let mut verdicts: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let subject = |value: &Value| value["subject"]["name"].as_str().unwrap_or_default().to_owned();
        for passed in report["subjects"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|s| s["subject"]["kind"] == "StorageClass" && s["verdict"] == "pass")
        {
            verdicts.entry(subject(passed)).or_default().push(format!("{} pass", passed["policy"].as_str().unwrap()));
        }
        for finding in report["findings"].as_array().unwrap().iter().filter(|f| f["subject"]["kind"] == "StorageClass")
        {
            let line = format!(
                "{} {} {}",
                finding["policy"].as_str().unwrap(),
                finding["verdict"].as_str().unwrap(),
                finding["message"].as_str().unwrap()
            );
            verdicts.entry(subject(finding)).or_default().push(line);
        }
        for (class, mut lines) in verdicts {
            lines.sort();
            writeln!(told, "{} {class}", file.strip_prefix(&corpus).unwrap().display()).unwrap();
            for line in lines {
                writeln!(told, "  {line}").unwrap();
            }
        }
    }
    let golden = root().join("tests/storage/corpus.txt");
    if std::env::var_os("SNAPSHOTS").is_some_and(|value| value == "overwrite") {
        std::fs::write(&golden, &told).unwrap();
    }
    let expected = std::fs::read_to_string(&golden).unwrap_or_default();
    for (index, (a, b)) in told.lines().zip(expected.lines()).enumerate() {
        assert_eq!(a, b, "line {} of tests/storage/corpus.txt", index + 1);
    }
    assert_eq!(told.lines().count(), expected.lines().count());
}

fn walk(dir: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(walk(&path)) } else { found.push(path) }
    }
    found
}
