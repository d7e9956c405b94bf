//! Where a detector goes wrong: names that several systems share, systems within systems, what is
//! left of one, what runs without doing anything. One test a case, each on a cluster of its own.

use sextant::inventory::catalog::Answer::{No, Unknown, Yes};

use crate::detected::{told, told_with};

// Networks

#[test]
fn case_01_canal_is_one_network() {
    let told = told("01", &["canal installed healthy v0.24.4, v3.32.1"]);
    assert_eq!((told.can("canal", "network-policy"), told.can("canal", "overlay")), (Yes, Yes));
    assert_eq!(told.can("canal", "encryption"), No);
}

#[test]
fn case_02_canal_as_rke2_names_it() {
    told("02", &["canal installed healthy v0.28.9, v3.32.1"]);
}

#[test]
fn case_03_calico_beside_the_network_of_a_cloud_only_enforces() {
    let told = told("03", &["aws-vpc-cni installed healthy v1.23.0", "calico installed healthy v3.32.1"]);
    assert_eq!((told.can("calico", "overlay"), told.can("calico", "network-policy")), (No, Yes));
    assert_eq!((told.can("aws-vpc-cni", "overlay"), told.can("aws-vpc-cni", "network-policy")), (Yes, No));
}

#[test]
fn case_04_an_operator_that_nobody_asked() {
    let told = told("04", &["calico operator-only healthy unknown"]);
    assert_eq!((told.can("calico", "overlay"), told.can("calico", "network-policy")), (No, No));
}

#[test]
fn case_05_the_tag_of_the_operator_is_not_the_version() {
    told("05", &["calico installed healthy v3.32.1"]);
}

#[test]
fn case_06_flannel_alone_enforces_nothing() {
    let told = told("06", &["flannel installed healthy v0.28.9"]);
    assert_eq!((told.can("flannel", "overlay"), told.can("flannel", "network-policy")), (Yes, No));
    assert_eq!(told.can("flannel", "encryption"), No);
}

#[test]
fn case_07_the_firewall_of_kube_router_under_flannel() {
    let told = told("07", &["flannel installed healthy v0.28.9", "kube-router installed healthy v2.11.1"]);
    assert_eq!((told.can("flannel", "overlay"), told.can("flannel", "network-policy")), (Yes, No));
    assert_eq!((told.can("kube-router", "overlay"), told.can("kube-router", "network-policy")), (No, Yes));
}

#[test]
fn case_08_an_image_without_a_tag_has_no_version() {
    let told = told("08", &["kube-router installed healthy unknown"]);
    assert_eq!(told.get("kube-router").version_source, "the image has no tag that names a version");
}

#[test]
fn case_09_a_fork_of_weave_without_its_policy_controller() {
    let told = told("09", &["weave-net installed healthy 2.9.0"]);
    assert_eq!((told.can("weave-net", "overlay"), told.can("weave-net", "network-policy")), (Yes, No));
    assert_eq!(told.can("weave-net", "encryption"), Yes);
    assert_eq!(told.get("weave-net").lifecycle.as_ref().unwrap().status, "unmaintained");
}

#[test]
fn case_10_a_list_is_unpacked() {
    let told = told("10", &["weave-net installed healthy 2.8.1"]);
    assert_eq!(told.can("weave-net", "network-policy"), Yes);
}

#[test]
fn case_11_a_policy_agent_that_is_switched_off() {
    let told = told("11", &["aws-vpc-cni installed healthy v1.23.0"]);
    assert_eq!(told.can("aws-vpc-cni", "network-policy"), No);
}

#[test]
fn case_12_a_migration_leaves_a_residue() {
    let told = told("12", &["calico installed healthy v3.32.1", "flannel residue - unknown"]);
    assert!(told.says("flannel", "wants no copy"));
    assert!(told.get("flannel").capabilities.is_empty());
}

#[test]
fn case_13_the_network_inside_the_binary_of_k3s() {
    let told = told("13", &["flannel managed unknown unknown"]);
    assert_eq!((told.can("flannel", "overlay"), told.can("flannel", "network-policy")), (Yes, Unknown));
}

#[test]
fn case_14_a_meta_plug_in_and_a_tracer_are_no_overlay() {
    let told = told("14", &["multus installed healthy v4.3.0"]);
    assert_eq!(told.can("multus", "overlay"), No);
    assert!(told.get("multus").roles.is_empty());
}

#[test]
fn case_15_the_data_plane_of_gke_is_not_cilium() {
    let told = told("15", &["gke-dataplane managed healthy v1.36.2-gke.1500"]);
    assert_eq!(told.can("gke-dataplane", "network-policy"), Yes);
}

#[test]
fn case_16_the_csi_driver_of_a_network_is_no_storage() {
    let told = told("16", &["calico installed healthy v3.32.1"]);
    assert!(told.get("calico").provisioners.is_empty());
}

// Storage

#[test]
fn case_17_crds_take_no_snapshots() {
    let told = told("17", &["snapshot-controller residue - unknown"]);
    assert!(told.get("snapshot-controller").capabilities.is_empty());
}

#[test]
fn case_18_a_snapshot_controller_within_another_system() {
    let told = told("18", &["portworx installed healthy 2.13.5", "snapshot-controller bundled - v6.3.0"]);
    assert_eq!(told.get("snapshot-controller").bundled_by.as_deref(), Some("portworx"));
    assert_eq!(told.can("snapshot-controller", "snapshots"), Yes);
}

#[test]
fn case_19_the_prefix_of_a_driver_says_whose_it_is() {
    let told = told("19", &["ceph-csi installed healthy v3.12.2", "rook-ceph installed healthy v1.20.6"]);
    assert!(
        told.says("rook-ceph", "CSIDriver rook-ceph.rbd") && told.says("rook-ceph", "CSIDriver openshift-storage.rbd")
    );
    assert!(told.says("ceph-csi", "CSIDriver rbd.csi.ceph.com"));
    assert!(!told.says("rook-ceph", "CSIDriver rbd.csi") && !told.says("ceph-csi", "rook-ceph.rbd"));
}

#[test]
fn case_20_rook_without_a_cluster() {
    told("20", &["ceph-csi bundled - unknown", "rook-ceph operator-only healthy v1.20.6"]);
}

#[test]
fn case_21_portworx_behind_pause_images() {
    let told = told("21", &["portworx installed healthy 3.1.0"]);
    assert_eq!(told.get("portworx").version_source, "StorageCluster status.version");
}

#[test]
fn case_22_the_prometheus_operator_of_a_storage_system() {
    told("22", &["portworx installed healthy 3.1.0", "prometheus-operator bundled - v0.75.0"]);
}

#[test]
fn case_23_in_tree_names_are_those_of_the_drivers() {
    told("23", &["aws-ebs-csi residue - unknown", "gcp-pd-csi residue - unknown", "portworx residue - unknown"]);
}

#[test]
fn case_24_names_of_classes_prove_nothing() {
    let told = told("24", &["longhorn residue - unknown"]);
    assert!(told.says("longhorn", "StorageClass fast"));
}

#[test]
fn case_25_sidecars_belong_to_their_system() {
    told("25", &["longhorn installed healthy v1.12.1"]);
}

#[test]
fn case_26_local_volumes_are_not_replicated() {
    let told = told("26", &["openebs installed healthy 4.0.0"]);
    assert_eq!(told.can("openebs", "replication"), No);
}

#[test]
fn case_27_a_crd_alone_is_a_residue() {
    told("27", &["portworx residue - unknown"]);
}

#[test]
fn case_28_schedulers_of_storage_systems_are_no_control_plane() {
    told("28", &["storageos installed healthy v2.4.0"]);
}

#[test]
fn case_29_a_driver_whose_controller_the_provider_hides() {
    told("29", &["gcp-pd-csi managed healthy v1.17.4"]);
}

#[test]
fn case_30_every_driver_has_its_own_word_for_encryption() {
    let snapshot = crate::detected::cluster("30", "");
    let inventory = sextant::inventory::Inventory::of(&snapshot, crate::detected::catalog(), Default::default());
    let rows = sextant::inventory::table(&inventory, "storage_classes");
    let told = |property: &str| -> std::collections::BTreeMap<String, String> {
        let rows = rows.iter().map(|row| serde_json::from_str::<serde_json::Value>(&row.json).unwrap());
        let value = |row: &serde_json::Value| row["properties"][property]["value"].to_string();
        rows.map(|row| (row["name"].as_str().unwrap().to_owned(), value(&row))).collect()
    };
    let said = told("encryption.at_rest");
    for class in ["ceph", "px", "lh", "ebs", "robin", "sos"] {
        assert_eq!(said[class], "true", "{class}: {said:?}");
    }
    assert_eq!((said["ceph-plain"].as_str(), said["vsphere"].as_str()), ("false", "null"));
    // How often a pool of Ceph or a policy of vCenter keeps the data stands outside of the cluster.
    let replicas = told("durability.copies");
    assert_eq!((replicas["ceph"].as_str(), replicas["vsphere"].as_str()), ("null", "null"));
    assert_eq!((replicas["px"].as_str(), replicas["lh"].as_str()), ("3", "3"));
}

// CI/CD

#[test]
fn case_31_one_crd_of_a_shared_group() {
    told("31", &["argo-rollouts installed healthy v1.9.1"]);
}

#[test]
fn case_32_another_release_in_another_namespace() {
    let told = told("32", &["argo-cd installed healthy v3.4.4"]);
    assert_eq!(told.get("argo-cd").instances[0].namespace, "platform");
}

#[test]
fn case_33_agents_without_a_controller_and_a_floating_tag() {
    told("33a", &["jenkins data-plane-only healthy unknown"]);
    let told = told("33b", &["jenkins installed healthy unknown"]);
    assert_eq!(told.get("jenkins").version_source, "image tag is lts (floating)");
}

#[test]
fn case_34_halyard_alone_and_services_without_its_prefix() {
    told("34a", &["spinnaker operator-only healthy unknown"]);
    told("34b", &["spinnaker installed healthy 1.32.4"]);
}

#[test]
fn case_35_a_chart_of_many_systems() {
    told(
        "35",
        &[
            "gitlab-runner installed healthy v16.3.0",
            "ingress-nginx installed healthy v1.3.1",
            "gitlab-registry installed healthy v3.83.0",
            "prometheus bundled - v2.38.0",
        ],
    );
}

#[test]
fn case_36_a_runner_set_without_a_controller() {
    told("36", &["github-arc residue - unknown"]);
}

// Security

#[test]
fn case_37_neuvector_left_over_and_on_some_nodes_only() {
    told("37a", &["neuvector residue - unknown"]);
    let told = told("37b", &["neuvector installed degraded 5.6.0"]);
    let agents = told.get("neuvector").agents.as_ref().unwrap();
    assert_eq!((agents.ready, agents.desired), (Some(3), Some(5)));
}

#[test]
fn case_38_the_label_tells_the_chart() {
    let told = told("38", &["kyverno installed healthy v1.19.0"]);
    assert_eq!(told.get("kyverno").instances[0].chart.as_deref(), Some("kyverno-3.9.0"));
}

#[test]
fn case_39_reports_belong_to_nobody() {
    told("39", &[]);
}

#[test]
fn case_40_policies_that_only_report_govern_nothing() {
    let told = told("40", &["gatekeeper installed healthy v3.23.0", "kyverno installed healthy v1.19.0"]);
    assert_eq!((told.can("gatekeeper", "admission-policy"), told.can("kyverno", "admission-policy")), (No, No));
}

#[test]
fn case_41_a_webhook_that_nobody_answers_blocks() {
    let told = told("41", &["kyverno residue - unknown"]);
    assert!(told.says("kyverno", "refuses writes"), "{:?}", told.get("kyverno").evidence);
}

#[test]
fn case_42_a_policy_that_came_along() {
    told("42", &["validating-admission-policy bundled - v1"]);
}

#[test]
fn case_43_labels_that_enforce_nothing() {
    told("43", &[]);
}

// Ingress

#[test]
fn case_44_three_systems_and_one_class_name() {
    told(
        "44",
        &[
            "f5-nginx-ingress installed healthy 5.5.4",
            "ingress-nginx installed healthy v1.15.1",
            "nginx-gateway-fabric installed healthy 2.6.7",
        ],
    );
}

#[test]
fn case_45_one_label_and_two_controllers() {
    told("45a", &["ingress-nginx installed healthy v0.34.1"]);
    told("45b", &["f5-nginx-ingress installed healthy 1.12.5"]);
}

#[test]
fn case_46_renamed_and_mirrored() {
    let told = told("46", &["ingress-nginx installed healthy v1.15.1"]);
    assert!(told.says("ingress-nginx", "IngressClass public") && told.says("ingress-nginx", "webhook validate.nginx"));
}

#[test]
fn case_47_crds_of_a_firewall_are_no_firewall() {
    let told = told("47", &["f5-nginx-ingress installed healthy 5.5.4"]);
    assert_eq!(told.can("f5-nginx-ingress", "waf"), No);
}

#[test]
fn case_48_crds_of_the_gateway_api_are_no_gateway() {
    let told = told("48", &["gateway-api installed degraded v1.6.1"]);
    assert!(!told.get("gateway-api").roles.contains(&"ingress".to_owned()));
}

#[test]
fn case_49_the_pod_of_a_gateway_tells_its_version() {
    let told_by_pod = told("49a", &["istio-gateway installed healthy 1.30.2", "istio installed healthy 1.30.3"]);
    assert_eq!(told_by_pod.get("istio-gateway").version_source, "image tag, running pod");
    let lent = told("49b", &["istio-gateway installed healthy 1.30.3", "istio installed healthy 1.30.3"]);
    assert_eq!(lent.get("istio-gateway").version_source, "version of Istio");
}

#[test]
fn case_50_a_proxy_is_evidence_for_none() {
    told("50", &[]);
}

#[test]
fn case_51_kong_without_its_controller_and_without_a_data_plane() {
    let gateway = told("51a", &["kong installed healthy 3.9"]);
    assert_eq!(gateway.can("kong", "ingress-controller"), No);
    assert!(gateway.get("kong").controllers.is_empty());
    told("51b", &["kong operator-only healthy unknown"]);
}

#[test]
fn case_52_two_projects_with_one_proxy() {
    told("52", &["haproxy installed healthy 3.2.12", "haproxy-ingress installed healthy v0.16.0"]);
}

#[test]
fn case_53_crds_of_a_paid_edition() {
    let told = told("53", &["traefik installed healthy 3.7.11"]);
    assert_eq!(told.get("traefik").instances[0].namespace, "kube-system");
}

// Serverless

#[test]
fn case_54_the_prometheus_of_openfaas() {
    let told = told("54", &["openfaas installed healthy 0.27.13", "prometheus bundled - v3.11.3"]);
    assert!(told.get("openfaas").lifecycle.as_ref().unwrap().note.contains("licensed"));
}

#[test]
fn case_55_digests_generic_names_and_no_networking_layer() {
    let told = told("55", &["knative installed degraded 1.23.0"]);
    assert!(told.get("knative").health_reason.contains("networking layer"));
    assert_eq!(told.get("knative").version_source, "label app.kubernetes.io/version");
}

#[test]
fn case_56_functions_outlive_their_controller() {
    told("56", &["kubeless residue - unknown"]);
}

#[test]
fn case_57_an_api_that_another_system_serves() {
    let told = told("57", &["keda installed healthy 2.20.2", "datadog installed healthy 7.81.1"]);
    assert!(!told.says("keda", "APIService"));
}

// Meshes

#[test]
fn case_58_crds_and_sidecars_without_a_control_plane() {
    told("58a", &["istio residue - unknown"]);
    told("58b", &["istio data-plane-only healthy 1.28.1"]);
}

#[test]
fn case_59_two_revisions_are_one_system() {
    told("59", &["istio installed healthy 1.29.2, 1.30.3"]);
}

#[test]
fn case_60_a_mesh_without_sidecars() {
    let told = told("60", &["istio installed healthy 1.30.3"]);
    assert_eq!(told.can("istio", "ambient"), Yes);
}

#[test]
fn case_61_a_key_value_store_is_no_mesh() {
    told("61a", &[]);
    let told = told("61b", &["consul installed healthy 2.0.3"]);
    assert_eq!(told.can("consul", "mtls"), Yes);
}

#[test]
fn case_62_an_interface_that_several_meshes_spoke() {
    told("62a", &[]);
    told("62b", &["osm installed healthy v1.2.4"]);
}

#[test]
fn case_63_annotated_and_not_meshed() {
    let told = told("63", &["linkerd installed healthy edge-26.8.3", "prometheus bundled - v2.55.1"]);
    assert_eq!(told.get("prometheus").bundled_by.as_deref(), Some("linkerd"));
    assert!(!told.says("linkerd", "Deployment shop/cart"));
}

#[test]
fn case_64_mtls_that_is_not_enforced() {
    let told = told("64", &["istio installed healthy 1.30.3", "kuma installed healthy 2.14.3"]);
    assert_eq!((told.can("istio", "mtls"), told.can("kuma", "mtls")), (No, No));
}

// Registries

#[test]
fn case_65_a_registry_made_of_registries() {
    told("65", &["chartmuseum bundled - v0.7.1", "harbor installed healthy v1.7.0"]);
}

#[test]
fn case_66_hosts_and_basenames_are_no_registries() {
    told("66", &["docker-registry installed healthy 3.0.0"]);
}

#[test]
fn case_67_the_chart_counts_otherwise() {
    told("67", &["artifactory installed healthy 7.161.15"]);
}

// Observability

#[test]
fn case_68_crds_and_an_operator_monitor_nothing() {
    told("68a", &["prometheus-operator residue - unknown"]);
    told("68b", &["prometheus-operator operator-only healthy v0.93.0"]);
}

#[test]
fn case_69_the_metrics_api_of_an_adapter() {
    told("69", &[]);
}

#[test]
fn case_70_crds_of_both_collectors() {
    told("70", &["fluent-bit installed healthy v5.1.1"]);
}

#[test]
fn case_71_around_loki() {
    told("71", &[]);
}

#[test]
fn case_72_a_sidecar_is_no_thanos() {
    told("72", &["prometheus installed healthy v3.14.0"]);
}

#[test]
fn case_73_log_stores_that_are_none() {
    told("73", &["elasticsearch operator-only healthy unknown"]);
}

#[test]
fn case_74_agents_for_no_node_do_not_count() {
    let told = told("74", &["aws-ebs-csi installed healthy v1.63.1"]);
    let agents = told.get("aws-ebs-csi").agents.as_ref().unwrap();
    assert_eq!((agents.ready, agents.desired), (Some(3), Some(3)));
    assert!(told.says("aws-ebs-csi", "ebs-csi-node-windows wants no copy"), "{:?}", told.get("aws-ebs-csi").evidence);
}

#[test]
fn case_75_what_was_not_read_is_unknown() {
    let unread = "coverage:\n  apps/DaemonSet: {state: forbidden, reason: may not list}\n";
    let told = told_with("75", unread);
    assert_eq!(told.systems(), ["calico unknown unknown unknown"]);
    assert_eq!(told.get("calico").missing_coverage, ["apps/DaemonSet"]);
    let read = told_with("75", "");
    assert_eq!(read.systems(), ["calico residue - unknown"]);
}

// What is none, and what is many

#[test]
fn decoys_find_nothing() {
    told("decoys", &[]);
}

#[test]
fn twenty_systems_are_each_told_once() {
    let told = told(
        "twenty",
        &[
            "canal installed healthy v0.24.4, v3.32.1",
            "longhorn installed degraded v1.12.1",
            "snapshot-controller installed healthy v8.5.0",
            "velero installed healthy v1.18.1",
            "argo-cd installed healthy v3.5.1",
            "jenkins installed degraded 2.568.2",
            "cert-manager installed healthy v1.21.1",
            "kyverno installed healthy v1.19.0",
            "neuvector residue - unknown",
            "pod-security-admission installed healthy v1.37.2",
            "gateway-api installed healthy v1.6.1",
            "ingress-nginx installed healthy v1.3.1",
            "istio installed healthy 1.30.3",
            "openfaas installed healthy 0.27.13",
            "gitlab-registry installed healthy v3.83.0",
            "harbor installed healthy v2.15.1",
            "fluent-bit installed healthy 5.1.1",
            "grafana installed healthy 13.2.0",
            "loki installed healthy 3.7.6",
            "metrics-server installed healthy v0.9.0",
            "prometheus installed healthy v3.14.0",
        ],
    );
    let copies: Vec<_> =
        told.get("prometheus").instances.iter().map(|i| (i.namespace.as_str(), i.bundled_by.as_deref())).collect();
    assert_eq!(copies, [("monitoring", None), ("openfaas", Some("openfaas"))]);
}
