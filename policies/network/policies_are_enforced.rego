# METADATA
# title: Network policies are enforced on every node
# description: >-
#   The API server takes NetworkPolicies whatever runs below. Under a plug-in that does not enforce
#   them, or on a node without a ready agent, they are text: the classic false pass of an audit.
# related_resources:
#   - https://kubernetes.io/docs/concepts/services-networking/network-policies/#prerequisites
# custom:
#   id: NET-003
#   severity: critical
#   claim: absence
#   requires: [apps/DaemonSet]
#   optional: [core/ConfigMap, core/Node, core/Pod]
#   rows: cluster
#   rules: network
#   controls: {cis-1.11: ["5.3.1"], nsa-1.2: [network-policies], nist-800-190: ["4.3.3"], nist-800-53: [SC-7, AC-4], pci-4.0: ["1.3.1", "1.4.1"], iso-27001: [A.8.20, A.8.22], attack: [T1046], mlps-3: [8.1.3.2a, 8.2.3.1a]}
#   remediation: >-
#     Turn on the enforcing part (netpol.enabled for Flannel, --run-firewall=true for kube-router,
#     policyEnforcementMode for Cilium), let its agents run on every node, or move to a plug-in that enforces.
package sextant.network.policies_are_enforced

import data.sextant.lib.network as lib

violation contains {"ref": row.ref, "message": message, "evidence": evidence} if {
	some row in input.rows
	lib.enforced(row.network, _rules) == "no"
	message := _message(row)
	evidence := {"seen": row.network.evidence, "policies": row.network.policies}
}

violation contains {"ref": row.ref, "message": message, "path": path, "evidence": evidence} if {
	some row in input.rows
	lib.enforced(row.network, _rules) == "yes"
	not lib.extra_enforcer(row.network, _rules.enforcers.extra)
	some os in {_os(node) | some node in row.network.nodes_without}
	nodes := [node.name | some node in row.network.nodes_without; _os(node) == os; _counts(node)]
	count(nodes) > 0
	path := sprintf("nodes[os=%s]", [os])
	message := sprintf("no enforcer of network policies is ready on %d %s nodes", [count(nodes), os])
	evidence := {"nodes": array.slice(sort(nodes), 0, 20), "enforcers": row.network.enforcers}
}

unknown contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	lib.enforced(row.network, _rules) == "unknown"
	message := sprintf("whether anything enforces network policies is unknown: %s", [concat("; ", row.network.evidence)])
}

_message(row) := "network policies are audited and not enforced" if {
	row.network.audit_only
} else := sprintf("nothing enforces network policies: %s", [concat("; ", row.network.evidence)])

_os(node) := object.get(node.labels, "kubernetes.io/os", "linux")

_counts(node) if {
	node.ready != "no"
	not lib.labelled(node.labels, _rules.exclude_nodes)
	not _young(node)
}

_young(node) if {
	age := time.parse_rfc3339_ns(data.sx.snapshot.time) - time.parse_rfc3339_ns(node.created)
	age < time.parse_duration_ns(_rules.node_grace)
}

_rules := lib.norm(data.sx.rules.network)
