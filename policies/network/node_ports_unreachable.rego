# METADATA
# title: Pods cannot reach the management ports of nodes
# description: >-
#   The kubelet, etcd and the exporters of a node are a way up for whoever took over a pod.
# custom:
#   id: NET-015
#   severity: medium
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
#   controls: {nsa-1.2: [worker-node-segmentation], nist-800-190: ["4.3.5"], nist-800-53: [SC-7, AC-4], pci-4.0: ["1.3.1"], iso-27001: [A.8.22], attack: [T1609], mlps-3: [8.1.3.2a]}
#   remediation: >-
#     Deny the addresses of nodes above the policies of tenants, but for DNS and what controllers need, or
#     cut them out of egress rules with except.
package sextant.network.node_ports_unreachable

import data.sextant.lib.network as lib

violation contains {"ref": row.ref, "path": path, "message": message} if {
	some index, row in _scoped
	ports := _reached(index, row)
	count(ports) > 0
	path := "egress[nodes]"
	message := sprintf("it may reach nodes on %s: %s", [concat(", ", [sprintf("%d", [port]) | some port in ports]), _why(row)])
}

unknown contains {"ref": row.ref, "message": "whether a policy keeps it from management ports of nodes cannot be told"} if {
	some index, row in _scoped
	not _is_open(row)
	verdicts := {verdict | some verdict in _verdicts[index]}
	not "allow" in verdicts
	"unknown" in verdicts
}

subject contains row.ref if some row in _scoped

# Asked once, for three rules.
_scoped := [row | some row in input.rows; _in_scope(row)]

_in_scope(row) if {
	count(_rules.nodes.protected_ports) > 0
	not row.host_network
	not row.ref.namespace in _exempt
	not lib.selected(row, _rules.nodes.exempt)
}

_reached(index, row) := _rules.nodes.protected_ports if {
	_is_open(row)
} else := [port | some port in _rules.nodes.protected_ports; _verdicts[index][port] == "allow"]

# Nothing to follow port by port.
_is_open(_) if _enforced == "no"

_is_open(row) if {
	row.egress.isolated == "no"
	count(row.egress_flows) == 0
}

# What becomes of a connection to each port, by place of the row.
_verdicts[index] := verdicts if {
	some index, row in _scoped
	not _is_open(row)
	flows := lib.toward_nodes(row.egress_flows)
	verdicts := {port: verdict |
		some port in _rules.nodes.protected_ports
		verdict := lib.settled(lib.to_nodes(flows, "TCP", port), row.egress, _enforced)
	}
}

_why(row) := "nothing enforces network policies" if {
	_enforced == "no"
} else := "no policy isolates its egress" if {
	row.egress.isolated != "yes"
} else := "its policies admit addresses of nodes"

# Asked once for each namespace, not for each row.
_exempt := {name | some name in {row.ref.namespace | some row in input.rows}; lib.named(name, _rules.exempt_namespaces)}

_enforced := lib.enforced(data.sx.inventory.cluster[0].network, _rules)

_rules := lib.norm(data.sx.rules.network)
