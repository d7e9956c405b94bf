# METADATA
# title: Addresses of pods and services are disjoint and not used up
# description: >-
#   Ranges that overlap, or that are full, are an outage at the moment of a recovery, when new pods are
#   needed most.
# custom:
#   id: NET-019
#   severity: medium
#   claim: absence
#   requires: [core/Node]
#   optional:
#     - cilium.io/CiliumNode
#     - core/Pod
#     - core/Service
#     - crd.projectcalico.org/IPPool
#     - networking.k8s.io/ServiceCIDR
#     - projectcalico.org/IPPool
#   rows: address_plan
#   rules: network
#   controls: {nist-800-53: [SC-6, CP-2], iso-27001: [A.8.6], mlps-3: [8.1.2.1a, 8.1.2.1c]}
#   remediation: >-
#     Give the range to one of them, add a pool, or make the blocks of nodes larger.
package sextant.network.address_plan

import data.sextant.lib.network as lib

violation contains {"ref": row.ref, "path": path, "message": message} if {
	some row in input.rows
	some other in row.overlaps
	path := sprintf("overlaps[%s/%s]", [other.with.kind, other.with.name])
	message := sprintf("%s overlaps %s of %s %s", [concat(", ", row.cidrs), concat(", ", other.cidrs), other.with.kind, other.with.name])
}

violation contains {"ref": row.ref, "path": "overlaps[nodes]", "message": message} if {
	some row in input.rows
	count(row.node_addresses) > 0
	message := sprintf("addresses of nodes lie in %s: %s", [concat(", ", row.cidrs), concat(", ", row.node_addresses)])
}

violation contains {"ref": row.ref, "path": path, "message": message} if {
	some row in input.rows
	some reserved in _rules.addresses.reserved_ranges
	some cidr in row.cidrs
	_overlap(cidr, reserved)
	path := sprintf("overlaps[%s]", [reserved])
	message := sprintf("%s overlaps the reserved range %s", [cidr, reserved])
}

violation contains {"ref": row.ref, "path": "used", "message": message, "evidence": {"used": row.used, "size": row.size}} if {
	some row in input.rows
	row.size > 0
	row.used / row.size > _rules.addresses.usage_max
	message := sprintf("%d of %d addresses are in use", [row.used, row.size])
}

_overlap(a, b) if net.cidr_contains(a, b)

_overlap(a, b) if net.cidr_contains(b, a)

_rules := lib.norm(data.sx.rules.network)
