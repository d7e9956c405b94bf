# METADATA
# title: Every namespace denies ingress by default
# description: >-
#   Network policies only ever add: until one selects a pod, everything may reach it. A default deny
#   makes every admitted connection a decision that somebody wrote down, for pods to come as well.
# related_resources:
#   - https://kubernetes.io/docs/concepts/services-networking/network-policies/
# custom:
#   id: NET-004
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
#   controls: {cis-1.11: ["5.3.2"], nsa-1.2: [network-policies], nist-800-190: ["4.3.3"], nist-800-53: [SC-7(5), AC-4], pci-4.0: ["1.2.1", "1.3.1", "7.3.3"], iso-27001: [A.8.20, A.8.22], attack: [T1046], mlps-3: [8.1.3.2a, 8.2.3.1a, 8.2.4.2b]}
#   remediation: >-
#     Apply the namespace template, a NetworkPolicy with an empty podSelector, policyTypes [Ingress] and no
#     rules, through whatever creates namespaces; then admit what is needed by policies of their own.
package sextant.network.default_deny_ingress

import data.sextant.lib.network as lib

violation contains {"ref": row.ref, "message": fault.message, "severity": fault.severity, "evidence": fault.evidence} if {
	some row in input.rows
	_in_scope(row)
	fault := lib.default_deny_fault(row, "ingress", _rules, data.sx.inventory.cluster[0])
}

unknown contains {"ref": row.ref, "message": doubt} if {
	some row in input.rows
	_in_scope(row)
	doubt := lib.default_deny_doubt(row, "ingress", _rules, data.sx.inventory.cluster[0])
}

subject contains row.ref if {
	some row in input.rows
	_in_scope(row)
}

_in_scope(row) if {
	_rules.default_deny.ingress != "off"
	not row.terminating
	not lib.named(row.ref.name, _rules.exempt_namespaces)
}

_rules := lib.norm(data.sx.rules.network)
