# METADATA
# title: No policy is dead, and none is there twice
# description: >-
#   A policy that selects nothing, or names a peer or port that is not there, hides what was meant and
#   breaks at the next rollout. Redundant rules are to be removed.
# custom:
#   id: NET-009
#   severity: low
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
#   rows: network_policies
#   rules: network
#   controls: {nist-800-53: [CM-6, CM-7], pci-4.0: ["1.2.7"], iso-27001: [A.8.9], mlps-3: [8.1.3.2b]}
#   remediation: >-
#     Repair the selector or delete the policy; where it waits for pods that come and go, annotate it with
#     sextant.dev/expected-empty.
package sextant.network.no_dead_policies

import data.sextant.lib.network as lib

violation contains {"ref": row.ref, "path": "spec.podSelector", "message": "it selects no pod and no pod template", "severity": "low"} if {
	some row in input.rows
	_in_scope(row)
	row.selects == 0
	not row.opaque
	not row.selects_all # it waits for pods to come
}

violation contains {"ref": row.ref, "path": path, "message": "a peer matches no pod and no namespace", "severity": "low"} if {
	some row in input.rows
	_in_scope(row)
	some path in row.empty_peers
}

violation contains {"ref": row.ref, "path": sprintf("ports[%s]", [name]), "message": message, "severity": "medium"} if {
	some row in input.rows
	_in_scope(row)
	some name in row.unknown_ports
	message := sprintf("the named port %s is declared by no selected pod", [name])
}

violation contains {"ref": row.ref, "message": message, "severity": "low"} if {
	some row in input.rows
	_in_scope(row)
	row.duplicate_of != ""
	message := sprintf("its spec is the same as that of %s", [row.duplicate_of])
}

subject contains row.ref if {
	some row in input.rows
	_in_scope(row)
}

_in_scope(row) if {
	not row.staged
	not row.dead
	not row.annotations["sextant.dev/expected-empty"]
	not object.get(row.labels, "app.kubernetes.io/managed-by", "") in _rules.dangling.ignore_managed_by
	not lib.young(row.created, _rules.dangling.grace, data.sx.snapshot.time)
}

_rules := lib.norm(data.sx.rules.network)
