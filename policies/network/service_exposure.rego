# METADATA
# title: Services do not open the cluster past ingress and policies
# description: >-
#   Node ports, load balancers and external addresses put pods in reach of everybody; an external
#   address can take traffic that was meant for another.
# custom:
#   id: NET-023
#   severity: high
#   claim: presence
#   requires: [core/Service]
#   optional:
#     - apps/DaemonSet
#     - apps/Deployment
#   rows: exposures
#   rules: network
#   controls: {cis-1.11: ["1.2.3"], nsa-1.2: [network-policies], nist-800-190: ["4.3.3"], nist-800-53: [SC-7, CM-7], pci-4.0: ["1.3.1", "1.4.2"], iso-27001: [A.8.20], attack: [T1133], mlps-3: [8.1.3.1a, 8.1.4.4b]}
#   remediation: >-
#     Publish it through an ingress or a gateway, keep the load balancer internal or to
#     loadBalancerSourceRanges, and switch the admission plug-in DenyServiceExternalIPs on.
package sextant.network.service_exposure

import data.sextant.lib.network as lib

violation contains {"ref": row.ref, "path": "spec.externalIPs", "message": message} if {
	some row in input.rows
	not _allowed(row)
	count(row.external_ips) > 0
	message := sprintf("it claims external addresses: %s", [concat(", ", row.external_ips)])
}

violation contains {"ref": row.ref, "path": "spec.type", "message": message} if {
	some row in input.rows
	not _allowed(row)
	row.type == "NodePort"
	lib.named(row.ref.namespace, _rules.exposure.node_port_restricted)
	message := sprintf("it opens ports on every node: %s", [concat(", ", [sprintf("%d", [port]) | some port in row.node_ports])])
}

violation contains {"ref": row.ref, "path": "spec.loadBalancerSourceRanges", "message": message} if {
	some row in input.rows
	not _allowed(row)
	_public(row)
	message := sprintf("its load balancer is open to everybody on %s", [concat(", ", row.ports)])
}

violation contains {"ref": row.ref, "path": "spec.externalTrafficPolicy", "message": "its load balancer hides the addresses of clients, so that neither ranges nor policies can tell them apart", "severity": "medium"} if {
	some row in input.rows
	not _allowed(row)
	row.type == "LoadBalancer"
	row.external_traffic_policy == "Cluster"
	count(row.source_ranges) > 0
	count(row.fronts_ingress) == 0
}

_public(row) if {
	row.type == "LoadBalancer"
	not row.internal
	count(row.fronts_ingress) == 0
	row.gateway == ""
	_unbounded(row.source_ranges)
}

_unbounded(ranges) if count(ranges) == 0

_unbounded(ranges) if {
	some range in ranges
	range in {"0.0.0.0/0", "::/0"}
}

_allowed(row) if lib.selected(row, _rules.exposure.allow)

_rules := lib.norm(data.sx.rules.network)
