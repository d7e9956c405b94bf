# METADATA
# title: No rule admits everything
# description: >-
#   Network policies add up: one rule without a peer and without a port undoes every deny of the
#   namespace.
# custom:
#   id: NET-008
#   severity: high
#   claim: presence
#   requires: [networking.k8s.io/NetworkPolicy]
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
#   controls: {cis-1.11: ["5.3.2"], nsa-1.2: [network-policies], nist-800-190: ["4.3.3"], nist-800-53: [SC-7(5), AC-4], pci-4.0: ["1.2.5", "1.2.7"], iso-27001: [A.8.22], mlps-3: [8.1.3.2a, 8.1.3.2b]}
#   remediation: >-
#     Name the peers by podSelector and namespaceSelector and the ports by number; cut private ranges out
#     of rules for the internet. Where a rule must stay, declare it in rules/network.yaml
#     allow_all.exempt.
package sextant.network.no_allow_all

import data.sextant.lib.network as lib

violation contains {"ref": row.ref, "path": flow.path, "message": fault[0], "severity": fault[1]} if {
	some row in input.rows
	_in_scope(row)
	some direction in ["ingress", "egress"]
	some flow in row[direction]
	flow.action == "allow"
	not _exempt(row, direction)
	fault := _fault(flow, direction)
}

subject contains row.ref if {
	some row in input.rows
	_in_scope(row)
}

_in_scope(row) if {
	not row.staged
	not row.dead
}

_fault(flow, direction) := [sprintf("a rule admits all %s on all ports", [direction]), "high"] if {
	flow.reach in {"everything", "family"}
	flow.all_ports
} else := [sprintf("a rule admits all %s from outside the cluster on all ports", [direction]), "high"] if {
	flow.reach == "world"
	flow.all_ports
	direction == "ingress"
} else := [sprintf("a rule admits all %s to outside the cluster on all ports", [direction]), "high"] if {
	flow.reach == "world"
	flow.all_ports
} else := [sprintf("a rule admits %s of nearly all addresses on all ports", [direction]), "high"] if {
	flow.all_ports
	lib.open_addresses(flow.addresses, _rules.open_probes, _rules.private_ranges)
} else := [sprintf("a rule admits %s of every pod of every namespace", [direction]), "medium"] if {
	some peer in flow.pods
	peer.everyone
}

_exempt(row, direction) if {
	some wanted in _rules.allow_all.exempt
	glob.match(object.get(wanted, "namespace", "*"), null, row.ref.namespace)
	glob.match(object.get(wanted, "name", "*"), null, row.ref.name)
	object.get(wanted, "direction", direction) == direction
}

_rules := lib.norm(data.sx.rules.network)
