# METADATA
# title: The platform's guardrails stand above the policies of tenants
# description: >-
#   Whoever owns a namespace may edit its policies. What holds for everybody must stand in a tier that
#   is asked first, and that tenants cannot write.
# custom:
#   id: NET-011
#   severity: high
#   claim: absence
#   requires: [core/Namespace]
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
#   rows: cluster
#   rules: network
#   controls: {nsa-1.2: [network-policies], nist-800-190: ["4.3.3"], nist-800-53: [SC-7, AC-4], pci-4.0: ["1.3.1", "1.4.2"], iso-27001: [A.8.22], mlps-3: [8.1.3.2a, 8.1.5.4e]}
#   remediation: >-
#     Create the guardrail in the admin tier (AdminNetworkPolicy, a GlobalNetworkPolicy of an early tier,
#     a deny rule of a CiliumClusterwideNetworkPolicy) through GitOps, before any rule that allows the
#     same.
package sextant.network.guardrails_present

import data.sextant.lib.network as lib

violation contains {"ref": row.ref, "path": path, "message": message, "evidence": evidence} if {
	some row in input.rows
	some wanted in _rules.guardrails
	not _stands(row, wanted)
	not _maybe(row, wanted)
	path := sprintf("guardrails[id=%s]", [wanted.id])
	message := sprintf("no policy above those of tenants enforces the guardrail %s", [wanted.id])
	evidence := {"asked_first": [rail.policy.name | some rail in row.network.guardrails; rail.before_tenants]}
}

violation contains {"ref": row.ref, "path": path, "message": message} if {
	some row in input.rows
	some wanted in _rules.guardrails
	some index, rail in row.network.guardrails
	_covers(rail, wanted)
	some earlier in array.slice(row.network.guardrails, 0, index)
	some flow in earlier[wanted.direction]
	flow.action == "allow"
	_meets(flow, wanted)
	path := sprintf("guardrails[id=%s]", [wanted.id])
	message := sprintf("the guardrail %s is passed by: %s allows the same before %s denies it", [wanted.id, earlier.policy.name, rail.policy.name])
}

unknown contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	some wanted in _rules.guardrails
	not _stands(row, wanted)
	_maybe(row, wanted)
	message := sprintf("whom the policy for the guardrail %s selects cannot be read", [wanted.id])
}

subject contains row.ref if {
	some row in input.rows
	count(_rules.guardrails) > 0
}

_stands(row, wanted) if {
	some rail in row.network.guardrails
	_covers(rail, wanted)
}

_maybe(row, wanted) if {
	some rail in row.network.guardrails
	rail.opaque
	_denies(rail, wanted)
}

_covers(rail, wanted) if {
	not rail.opaque
	missed := [name | some name in rail.misses; lib.named(name, object.get(wanted, "namespaces", ["*"])); not lib.named(name, _rules.exempt_namespaces)]
	count(missed) == 0
	_denies(rail, wanted)
}

_denies(rail, wanted) if {
	rail.before_tenants
	some flow in rail[wanted.direction]
	flow.action == "deny"
	not flow.narrowed
	_ports(flow, object.get(wanted, "ports", []))
	_peers(flow, wanted)
}

_ports(flow, _) if flow.all_ports

_ports(flow, ports) if {
	count(ports) > 0
	every port in ports { _has(flow, port) }
}

_has(flow, port) if {
	some range in flow.ports
	range.protocol in {"TCP", "ANY"}
	range.from <= port
	port <= range.to
}

_peers(flow, _) if flow.reach == "everything"

_peers(flow, wanted) if {
	every part in _parts(wanted) { _holds(flow, wanted, part) }
}

_parts(wanted) := {part | some part in ["addresses", "nodes", "pods"]; wanted[part]}

_holds(flow, wanted, "addresses") if {
	every cidr in wanted.addresses { lib.reached(flow.addresses, cidr) }
}

_holds(flow, _, "nodes") if flow.nodes == "all"

_holds(flow, _, "pods") if {
	some peer in flow.pods
	peer.everyone
}

# An allow rule that takes some of what the guardrail denies.
_meets(flow, _) if {
	flow.reach in {"everything", "family", "world"}
}

_meets(flow, wanted) if {
	some cidr in object.get(wanted, "addresses", [])
	some own in flow.addresses
	_overlap(own, cidr)
}

_meets(flow, wanted) if {
	object.get(wanted, "nodes", false)
	flow.nodes in {"all", "some"}
}

_overlap(a, b) if net.cidr_contains(a, b)

_overlap(a, b) if net.cidr_contains(b, a)

_rules := lib.norm(data.sx.rules.network)
