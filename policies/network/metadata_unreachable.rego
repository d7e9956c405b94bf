# METADATA
# title: Pods cannot reach the cloud's metadata endpoint
# description: >-
#   The credentials that the metadata endpoint hands out turn one forged request into access to the
#   cloud account.
# custom:
#   id: NET-012
#   severity: high
#   claim: absence
#   requires: [core/Namespace, core/Node, core/Pod, networking.k8s.io/NetworkPolicy, apps/DaemonSet, apps/Deployment, apps/StatefulSet, batch/CronJob, batch/Job]
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
#   controls: {nsa-1.2: [protecting-sensitive-cloud-infrastructure], nist-800-190: ["4.4.2"], nist-800-53: [SC-7, AC-4], pci-4.0: ["1.3.2"], iso-27001: [A.8.22], attack: [T1552.005], mlps-3: [8.1.3.2a, 8.1.3.2c]}
#   remediation: >-
#     Cut 169.254.169.254/32 out of the rules for the internet with except, or deny it above the policies
#     of tenants; attest it where the hop limit or workload identity blocks it below the cluster.
package sextant.network.metadata_unreachable

import data.sextant.lib.network as lib

violation contains {"ref": row.ref, "message": message, "path": path} if {
	some row in input.rows
	_in_scope(row)
	some ip in _rules.metadata.probe_ips
	_verdict(row, ip) == "allow"
	path := sprintf("egress[%s]", [ip])
	message := sprintf("it may reach the metadata endpoint %s: %s", [ip, _why(row)])
}

unknown contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	_in_scope(row)
	verdicts := {_verdict(row, ip) | some ip in _rules.metadata.probe_ips}
	not "allow" in verdicts
	"unknown" in verdicts
	message := "whether a policy keeps it from the metadata endpoint cannot be told"
}

subject contains row.ref if {
	some row in input.rows
	_in_scope(row)
}

_in_scope(row) if {
	_has_endpoint
	not _rules.metadata.attested
	not row.host_network
	not lib.selected(row, _rules.metadata.exempt)
}

_has_endpoint if _rules.metadata.forced

_has_endpoint if {
	some provider in data.sx.inventory.cluster[0].network.providers
	provider in _rules.metadata.providers
}

_verdict(row, ip) := lib.settled(lib.to_address(row.egress_flows, ip, "TCP", 80), row.egress, _enforced)

_why(row) := "nothing enforces network policies" if {
	_enforced == "no"
} else := "no policy isolates its egress" if {
	row.egress.isolated != "yes"
} else := "its policies admit the address"

_enforced := lib.enforced(data.sx.inventory.cluster[0].network, _rules)

_rules := lib.norm(data.sx.rules.network)
