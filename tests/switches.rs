//! What a running system does depends on its switches: each is read, and told with its reason.

use sextant::inventory::catalog::Answer::{self, No, Unknown, Yes};

use crate::detected::{told, told_with};

/// What a network does: enforces, carries the traffic, encrypts it.
fn network(fixture: &str, id: &str, does: [Answer; 3]) {
    let told = told_with(&format!("switch-{fixture}"), "");
    let can = ["network-policy", "overlay", "encryption"].map(|capability| told.can(id, capability));
    assert_eq!(can, does, "{fixture}: {:?}", told.get(id).capabilities);
}

#[test]
fn calico_as_told_by_its_environment_its_config_and_felix() {
    network("calico-wireguard", "calico", [Yes, Yes, Yes]);
    network("calico-backend-none", "calico", [Yes, No, No]);
    network("canal-wireguard", "canal", [Yes, Yes, Yes]);
}

#[test]
fn cilium_as_told_by_its_config_map() {
    network("cilium-never", "cilium", [No, Yes, Yes]);
    network("cilium-audit", "cilium", [No, Yes, Yes]);
    network("cilium-no-k8s", "cilium", [No, Yes, No]);
    let told = told_with("switch-cilium", "");
    assert_eq!((told.can("cilium", "network-policy"), told.can("cilium", "encryption")), (Yes, No));
    let unread =
        told_with("switch-cilium-unread", "coverage:\n  core/ConfigMap: {state: forbidden, reason: may not}\n");
    assert_eq!((unread.can("cilium", "network-policy"), unread.can("cilium", "encryption")), (Unknown, Unknown));
}

#[test]
fn antrea_as_told_by_its_agents_file() {
    network("antrea-wireguard", "antrea", [Yes, Yes, Yes]);
    network("antrea-policy-only", "antrea", [Yes, No, No]);
}

#[test]
fn a_policy_agent_needs_its_flag_and_its_controller() {
    for (fixture, enforces) in [("aws-enforcing", Yes), ("aws-no-controller", No)] {
        assert_eq!(
            told_with(&format!("switch-{fixture}"), "").can("aws-vpc-cni", "network-policy"),
            enforces,
            "{fixture}"
        );
    }
}

#[test]
fn flannel_enforces_only_beside_a_policy_controller() {
    network("flannel-netpol", "flannel", [Yes, Yes, Yes]);
}

#[test]
fn what_arguments_switch_off_is_off() {
    network("kindnet", "kindnet", [Yes, Yes, No]);
    network("kindnet-off", "kindnet", [No, Yes, No]);
    network("kube-router-no-firewall", "kube-router", [No, Yes, No]);
    network("weave-expect-no-npc", "weave-net", [No, Yes, No]);
}

#[test]
fn engines_that_always_enforce() {
    assert_eq!(told_with("switch-ovn", "").can("ovn-kubernetes", "network-policy"), Yes);
    let npm = told("switch-azure-npm", &["azure-cni data-plane-only healthy v1.6.29"]);
    assert_eq!(npm.can("azure-cni", "network-policy"), Yes);
}

#[test]
fn a_security_system_governs_where_its_policies_deny() {
    let told = told_with("governing", "");
    for (id, capability) in [
        ("kyverno", "admission-policy"),
        ("kyverno", "image-signature"),
        ("gatekeeper", "admission-policy"),
        ("kubewarden", "admission-policy"),
        ("sigstore-policy-controller", "image-signature"),
        ("validating-admission-policy", "admission-policy"),
        ("istio", "mtls"),
        ("kuma", "mtls"),
        ("f5-nginx-ingress", "waf"),
        ("kong", "ingress-controller"),
        ("openebs", "replication"),
        ("cert-manager", "certificates"),
        ("external-secrets", "secrets-management"),
    ] {
        assert_eq!(told.can(id, capability), Yes, "{id} {capability}: {:?}", told.get(id).capabilities);
    }
    assert_eq!(told.get("kong").controllers.len(), 3);
    assert!(told.get("knative").health_reason.is_empty(), "{}", told.get("knative").health_reason);
}

/// What a policy of it would say was not read: nobody knows whether it governs.
#[test]
fn a_system_whose_policies_were_not_read_may_govern() {
    let unread = "coverage:\n  kyverno.io/ClusterPolicy: {state: forbidden, reason: may not}\n";
    assert_eq!(told_with("40", unread).can("kyverno", "admission-policy"), Unknown);
}
