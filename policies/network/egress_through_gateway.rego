# METADATA
# title: Traffic to the internet leaves through an approved gateway
# description: >-
#   Partners and investigators need one address that is known and logged. Traffic that leaves from any
#   node has none.
# custom:
#   id: NET-014
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
#     - cilium.io/CiliumEgressGatewayPolicy
#     - k8s.ovn.org/EgressFirewall
#     - k8s.ovn.org/EgressIP
#     - networking.istio.io/Sidecar
#   rows: namespaces
#   rules: network
#   controls: {nsa-1.2: [network-policies], nist-800-190: ["4.4.2"], nist-800-53: [SC-7(4), SC-7], pci-4.0: ["1.3.2", "1.4.1"], iso-27001: [A.8.20, A.8.23], mlps-3: [8.1.3.1a, 8.1.3.1c]}
#   remediation: >-
#     Bind the namespace to the egress gateway, and narrow the rule to the gateway or the proxy.
package sextant.network.egress_through_gateway

import data.sextant.lib.network as lib

violation contains {"ref": row.ref, "path": path, "message": message} if {
	some row in input.rows
	_in_scope(row)
	count(row.network.egress_gateways) == 0
	some flow in row.network.egress_admitted
	_to_internet(flow)
	path := sprintf("%s:%s", [flow.policy.name, flow.path])
	message := sprintf("%s admits the internet directly, and no egress gateway is bound", [flow.policy.name])
}

violation contains {"ref": row.ref, "message": "nothing restricts its egress, and no egress gateway is bound"} if {
	some row in input.rows
	_in_scope(row)
	count(row.network.egress_gateways) == 0
	row.network.egress.isolated == "no"
}

violation contains {"ref": row.ref, "path": path, "message": message, "severity": "low"} if {
	some row in input.rows
	_in_scope(row)
	some flow in row.network.egress_admitted
	some name in flow.names
	name in {"*", "*.*", "**"}
	path := sprintf("%s:%s", [flow.policy.name, flow.path])
	message := sprintf("%s admits every DNS name", [flow.policy.name])
}

subject contains row.ref if {
	some row in input.rows
	_in_scope(row)
}

_in_scope(row) if {
	not _rules.egress.attested
	not row.terminating
	lib.named(row.ref.name, _rules.egress.restricted)
	not lib.named(row.ref.name, _rules.exempt_namespaces)
}

_to_internet(flow) if flow.reach in {"everything", "family", "world"}

_to_internet(flow) if {
	some ip in _rules.egress.probe_public_ips
	some cidr in flow.addresses
	net.cidr_contains(cidr, ip)
	not lib.reached(_rules.egress.gateways, cidr)
}

_rules := lib.norm(data.sx.rules.network)
