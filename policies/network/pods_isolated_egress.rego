# METADATA
# title: Every pod is isolated for egress
# description: >-
#   A pod that no egress policy selects may reach the whole cluster and the internet, whatever its
#   neighbours may.
# custom:
#   id: NET-007
#   severity: medium
#   claim: absence
#   requires: [core/Namespace, core/Pod, networking.k8s.io/NetworkPolicy, apps/DaemonSet, apps/Deployment, apps/StatefulSet, batch/CronJob, batch/Job]
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
#   rows: pods_network
#   uses: [cluster]
#   rules: network
#   controls: {cis-1.11: ["5.3.2"], nsa-1.2: [network-policies], nist-800-190: ["4.4.2"], nist-800-53: [SC-7(5)], pci-4.0: ["1.3.2"], iso-27001: [A.8.22], attack: [T1496], mlps-3: [8.1.3.1c]}
#   remediation: >-
#     Add an egress policy that admits the destinations the pod needs; controllers need the API server's
#     addresses.
package sextant.network.pods_isolated_egress

import data.sextant.lib.network as lib

violation contains {"ref": row.ref, "message": message, "evidence": {"pods": row.names, "template": row.template}} if {
	some row in input.rows
	_in_scope(row)
	message := lib.isolation_fault(row.egress, "egress", _enforced)
}

unknown contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	_in_scope(row)
	message := lib.isolation_doubt(row.egress, _enforced)
}

subject contains row.ref if {
	some row in input.rows
	_in_scope(row)
}

_in_scope(row) if {
	_rules.isolation.egress
	not row.host_network
	not row.ref.namespace in _exempt
	not lib.selected(row, _rules.isolation.exclude)
	not lib.selected(row, _rules.isolation.egress_exempt)
}

# Asked once for each namespace, not for each row.
_exempt := {name | some name in {row.ref.namespace | some row in input.rows}; lib.named(name, _rules.exempt_namespaces)}

_enforced := lib.enforced(data.sx.inventory.cluster[0].network, _rules)

_rules := lib.norm(data.sx.rules.network)
