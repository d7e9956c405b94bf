# METADATA
# title: One engine decides on each layer
# description: >-
#   Two engines that enforce on the same layer give verdicts that nobody can foresee.
# custom:
#   id: NET-022
#   severity: medium
#   claim: presence
#   requires: [apps/DaemonSet]
#   optional:
#     - neuvector.com/NvClusterSecurityRule
#     - neuvector.com/NvSecurityRule
#     - security.istio.io/AuthorizationPolicy
#     - vpcresources.k8s.aws/SecurityGroupPolicy
#   rows: cluster
#   rules: network
#   controls: {nist-800-53: [CM-7, SC-7], iso-27001: [A.8.20], mlps-3: [8.1.3.2b]}
#   remediation: >-
#     Put the second engine into a mode that observes, take its policies away, or declare the combination
#     in rules/network.yaml engines.declared_combinations.
package sextant.network.one_engine

import data.sextant.lib.network as lib

violation contains {"ref": row.ref, "path": path, "message": message, "evidence": evidence} if {
	some row in input.rows
	some layer in ["l3-l4", "l7"]
	ids := _of(row, layer, {"enforce"})
	count(ids) > 1
	not _declared(ids)
	path := sprintf("engines[layer=%s]", [layer])
	message := sprintf("several engines enforce on layer %s: %s", [layer, concat(", ", sort(ids))])
	evidence := {"seen": [sprintf("%s: %s", [engine.id, engine.evidence]) | some engine in row.network.engines]}
}

unknown contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	some layer in ["l3-l4", "l7"]
	ids := _of(row, layer, {"enforce", "unknown"})
	count(ids) > 1
	count(_of(row, layer, {"enforce"})) < 2
	not _declared(ids)
	message := sprintf("whether %s enforces on layer %s beside the others is unknown", [concat(", ", sort(_of(row, layer, {"unknown"}))), layer])
}

subject contains row.ref if {
	some row in input.rows
	count(row.network.engines) > 0
}

_of(row, layer, modes) := {engine.id | some engine in row.network.engines; engine.layer == layer; engine.mode in modes}

_declared(ids) if {
	some combination in _rules.engines.declared_combinations
	count(ids - {id | some id in combination}) == 0
}

_rules := lib.norm(data.sx.rules.network)
