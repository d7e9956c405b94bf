# METADATA
# title: Namespaces that deny egress admit DNS, to approved resolvers only
# description: >-
#   A default deny without DNS breaks applications, so that teams take it away; DNS to anywhere is a way
#   out for data.
# custom:
#   id: NET-013
#   severity: medium
#   claim: absence
#   requires: [core/Namespace, networking.k8s.io/NetworkPolicy]
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
#   rules: network
#   controls: {nsa-1.2: [network-policies], nist-800-190: ["4.4.2"], nist-800-53: [SC-7(5), SC-22], pci-4.0: ["1.2.5", "1.3.2"], iso-27001: [A.8.21], mlps-3: [8.1.3.2c]}
#   remediation: >-
#     Apply the platform's DNS rule: UDP and TCP 53 to the resolver's pods, by namespaceSelector and
#     podSelector, and to the address of the node's cache where there is one.
package sextant.network.dns_egress

import data.sextant.lib.network as lib

violation contains {"ref": row.ref, "message": message, "severity": "medium"} if {
	some row in input.rows
	_in_scope(row)
	message := _lacks(row)
}

violation contains {"ref": row.ref, "message": message, "severity": "high", "path": path} if {
	some row in input.rows
	_in_scope(row)
	some flow in row.network.egress_admitted
	_on(flow, "UDP", 53)
	_anywhere(flow)
	path := sprintf("%s:%s", [flow.policy.name, flow.path])
	message := sprintf("%s admits DNS to any address", [flow.policy.name])
}

subject contains row.ref if {
	some row in input.rows
	_in_scope(row)
}

_in_scope(row) if {
	count(_rules.dns.targets) > 0
	count(row.network.egress.default_deny_by) > 0
	not row.terminating
	not lib.named(row.ref.name, _rules.exempt_namespaces)
}

_lacks(row) := "it denies egress, and no rule admits DNS over TCP: long answers are cut off" if {
	not _served(row, ["UDP", "TCP"])
	_served(row, ["UDP"])
} else := "it denies egress, and no rule admits DNS to an approved resolver" if {
	not _served(row, ["UDP", "TCP"])
}

_served(row, protocols) if {
	some target in _rules.dns.targets
	every protocol in protocols { _admitted(row, target, protocol) }
}

_admitted(row, target, protocol) if {
	some flow in row.network.egress_admitted
	_on(flow, protocol, target.port)
	_to(flow, target)
}

_on(flow, _, _) if flow.all_ports

_on(flow, protocol, port) if {
	some range in flow.ports
	range.protocol in {protocol, "ANY"}
	range.from <= port
	port <= range.to
}

_to(flow, _) if flow.reach in {"everything", "family"}

_to(flow, target) if lib.reached(flow.addresses, target.address)

_to(flow, target) if {
	target.namespace
	some peer in flow.pods
	peer.namespace in {"", target.namespace}
	lib.matches(peer.namespaces, _namespace_labels(target))
	lib.matches(peer.pods, _pod_labels(target))
}

_namespace_labels(target) := object.union({"kubernetes.io/metadata.name": target.namespace, "projectcalico.org/name": target.namespace}, object.get(target, "namespace_labels", {}))

_pod_labels(target) := object.union({"io.kubernetes.pod.namespace": target.namespace, "projectcalico.org/namespace": target.namespace}, object.get(target, "pod_labels", {}))

_anywhere(flow) if flow.reach in {"everything", "family", "world"}

_anywhere(flow) if lib.open_addresses(flow.addresses, _rules.open_probes, [])

_rules := lib.norm(data.sx.rules.network)
