# METADATA
# title: Something enforces NetworkPolicy on every node
# description: >-
#   The API server accepts NetworkPolicies that nothing enforces. On a plug-in without an enforcer
#   they protect nothing and look as if they did.
# custom:
#   id: NET-003
#   severity: critical
#   claim: absence
#   requires: [apps/DaemonSet, core/Node]
#   optional: [apps/Deployment]
#   rows: cluster
#   uses: [extensions]
#   rules: network
#   controls: {cis-1.11: ["5.3.1"], nsa-1.2: ["network-policies"], nist-800-190: ["4.3.3"], nist-800-53: ["SC-7", "AC-4"], pci-4.0: ["1.3.1", "1.4.1"], iso-27001: ["A.8.20", "A.8.22"], attack: ["T1046"], mlps-3: ["8.1.3.2a", "8.2.3.1a"]}
#   remediation: >-
#     Enable the enforcing component of the network plug-in on every node, or move to a plug-in
#     that enforces.
package sextant.network.policies_are_enforced

import data.sextant.lib.systems

violation contains {"ref": row.ref, "message": "nothing enforces NetworkPolicy", "evidence": _evidence} if {
	some row in input.rows
	count(_of("yes")) == 0
	count(_of("unknown")) == 0
}

violation contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	some system in _of("yes")
	system.agents.ready < system.agents.desired
	message := sprintf("%s enforces NetworkPolicy on %v of %v nodes only", [system.id, system.agents.ready, system.agents.desired])
}

unknown contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	count(_of("yes")) == 0
	some system in _of("unknown")
	message := sprintf("whether %s enforces NetworkPolicy cannot be told: %s", [system.id, system.capabilities["network-policy"].evidence])
}

_of(value) := [system |
	some system in data.sx.inventory.extensions
	system.aspect == "network"
	systems.runs(system)
	system.capabilities["network-policy"].value == value
]

_evidence := [line |
	some system in data.sx.inventory.extensions
	system.aspect == "network"
	line := concat(": ", [system.id, object.get(system.capabilities, ["network-policy", "evidence"], system.state)])
]
