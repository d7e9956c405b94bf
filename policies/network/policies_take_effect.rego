# METADATA
# title: Policies that look enforced are enforced
# description: >-
#   Staged policies, audit mode, policies that the agent refused, and kinds that the plug-in does not
#   know all look like protection and are none.
# custom:
#   id: NET-010
#   severity: high
#   claim: presence
#   requires: [networking.k8s.io/NetworkPolicy, apps/DaemonSet]
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
#     - crd.projectcalico.org/StagedGlobalNetworkPolicy
#     - crd.projectcalico.org/StagedKubernetesNetworkPolicy
#     - crd.projectcalico.org/StagedNetworkPolicy
#     - projectcalico.org/StagedGlobalNetworkPolicy
#     - projectcalico.org/StagedKubernetesNetworkPolicy
#     - projectcalico.org/StagedNetworkPolicy
#     - core/ConfigMap
#     - core/Namespace
#     - core/Pod
#   rows: network_policies
#   uses: [cluster]
#   rules: network
#   controls: {cis-1.11: ["5.3.1", "5.3.2"], nsa-1.2: [network-policies], nist-800-53: [CM-6, SI-6], pci-4.0: ["1.2.7"], iso-27001: [A.8.20], mlps-3: [8.1.3.2a]}
#   remediation: >-
#     Promote the staged policy, turn audit mode off, mend what the agent refuses, or upgrade the plug-in
#     to a version that knows the kind.
package sextant.network.policies_take_effect

import data.sextant.lib.network as lib

violation contains {"ref": row.ref, "message": message, "evidence": {"subjects": subjects}} if {
	some row in input.rows
	row.staged
	count(row.only_staged) > 0
	subjects := [sprintf("%s %s", [subject.kind, trim_prefix(sprintf("%s/%s", [subject.namespace, subject.name]), "/")]) | some subject in row.only_staged]
	message := sprintf("it is staged, and nothing else isolates what it selects (%d subjects)", [count(subjects)])
}

violation contains {"ref": row.ref, "message": "the plug-in audits policies and does not enforce them"} if {
	some row in input.rows
	not row.staged
	_cluster.audit_only
}

violation contains {"ref": row.ref, "message": "nothing that runs here reads this kind of policy"} if {
	some row in input.rows
	not row.staged
	row.dead
}

violation contains {"ref": row.ref, "message": message, "path": path} if {
	some row in input.rows
	not row.staged
	some condition in row.conditions
	_bad(condition)
	not lib.young(row.created, _rules.propagation_grace, data.sx.snapshot.time)
	path := sprintf("status.conditions[type=%s]", [condition.type])
	message := sprintf("the agent does not enforce it: %s is %s: %s", [condition.type, condition.status, condition.message])
}

violation contains {"ref": row.ref, "message": "the network plug-in does not know this kind of policy"} if {
	some row in input.rows
	row.engine == "admin"
	lib.admin_support(_cluster.plugins, _rules.admin_policy_support) == "no"
}

unknown contains {"ref": row.ref, "message": "whether the version of the network plug-in knows this kind of policy is unknown"} if {
	some row in input.rows
	row.engine == "admin"
	lib.admin_support(_cluster.plugins, _rules.admin_policy_support) == "unknown"
}

_bad(condition) if {
	condition.type == "Valid"
	condition.status == "False"
}

_bad(condition) if {
	startswith(condition.type, "Ready")
	condition.status == "False"
}

_cluster := data.sx.inventory.cluster[0].network

_rules := lib.norm(data.sx.rules.network)
