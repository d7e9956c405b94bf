# METADATA
# title: Every namespace denies egress by default
# description: >-
#   Egress is the path of exfiltration and of command and control. Without a default deny a pod that
#   was taken over reaches every other pod and the internet.
# related_resources:
#   - https://kubernetes.io/docs/concepts/services-networking/network-policies/
# custom:
#   id: NET-005
#   severity: high
#   claim: absence
#   requires: [core/Namespace, core/Pod, networking.k8s.io/NetworkPolicy, apps/DaemonSet]
#   optional:
#     - cilium.io/CiliumClusterwideNetworkPolicy
#     - cilium.io/CiliumNetworkPolicy
#     - crd.antrea.io/ClusterNetworkPolicy
#     - crd.antrea.io/NetworkPolicy
#     - crd.antrea.io/Tier
#     - crd.projectcalico.org/GlobalNetworkPolicy
#     - crd.projectcalico.org/NetworkPolicy
#     - crd.projectcalico.org/Tier
#     - projectcalico.org/GlobalNetworkPolicy
#     - projectcalico.org/NetworkPolicy
#     - projectcalico.org/Tier
#     - policy.networking.k8s.io/AdminNetworkPolicy
#     - policy.networking.k8s.io/BaselineAdminNetworkPolicy
#     - policy.networking.k8s.io/ClusterNetworkPolicy
#   rows: namespaces
#   uses: [cluster]
#   rules: network
#   controls: {cis-1.11: ["5.3.2"], nsa-1.2: [network-policies], nist-800-190: ["4.4.2"], nist-800-53: [SC-7(5), AC-4], pci-4.0: ["1.3.2"], iso-27001: [A.8.20, A.8.22], attack: [T1496], mlps-3: [8.1.3.2a, 8.1.3.1c]}
#   remediation: >-
#     Apply a NetworkPolicy with an empty podSelector, policyTypes [Egress] and no rules, beside one that admits
#     DNS; then admit each destination by policies of their own.
package sextant.network.default_deny_egress

import data.sextant.lib.network as lib

violation contains {"ref": row.ref, "message": fault.message, "severity": fault.severity, "evidence": fault.evidence} if {
	some row in input.rows
	_in_scope(row)
	fault := lib.default_deny_fault(row, "egress", _rules, data.sx.inventory.cluster[0])
}

unknown contains {"ref": row.ref, "message": doubt} if {
	some row in input.rows
	_in_scope(row)
	doubt := lib.default_deny_doubt(row, "egress", _rules, data.sx.inventory.cluster[0])
}

subject contains row.ref if {
	some row in input.rows
	_in_scope(row)
}

_in_scope(row) if {
	_rules.default_deny.egress != "off"
	not row.terminating
	not lib.named(row.ref.name, _rules.exempt_namespaces)
}

_rules := lib.norm(data.sx.rules.network)
