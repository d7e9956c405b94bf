# METADATA
# title: An approved overlay network is installed, and there is exactly one
# description: >-
#   Every other network control depends on which engine runs. No overlay, an unapproved one, or
#   two at once leave the rest of the network checks without ground.
# custom:
#   id: NET-001
#   severity: critical
#   claim: absence
#   requires: [apps/DaemonSet, apiextensions.k8s.io/CustomResourceDefinition]
#   optional: [apps/Deployment, operator.tigera.io/Installation]
#   rows: cluster
#   uses: [extensions]
#   rules: network
#   controls: {cis-1.11: ["5.3.1"], nsa-1.2: ["network-policies"], nist-800-190: ["4.3.3"], nist-800-53: ["SC-7", "CM-2"], iso-27001: ["A.8.20"], mlps-3: ["8.1.2.1c", "8.2.2.1b"]}
#   remediation: >-
#     Install the approved network plug-in through the platform's own automation, and remove the
#     second one.
package sextant.network.overlay_network

import data.sextant.lib.systems

violation contains {"ref": row.ref, "message": "no overlay network is installed", "evidence": _leftovers} if {
	some row in input.rows
	count(_primary) == 0
}

violation contains {"ref": row.ref, "message": message, "evidence": _seen(id)} if {
	some row in input.rows
	some id in _primary
	not _approved(id)
	message := sprintf("overlay network %s is not approved", [id])
}

violation contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	count(_primary) > 1
	not _chained
	message := sprintf("more than one overlay network runs: %s", [concat(", ", _primary)])
}

# Systems of the network aspect that carry the pods' traffic.
_primary := {system.id |
	some system in data.sx.inventory.extensions
	system.aspect == "network"
	systems.runs(system)
	system.capabilities.overlay.value != "no"
}

_leftovers := [systems.why(system) | some system in data.sx.inventory.extensions; system.aspect == "network"]

_seen(id) := [evidence.what | some system in data.sx.inventory.extensions; system.id == id; some evidence in system.evidence]

_approved(id) if count(data.sx.rules.network.approved) == 0

_approved(id) if id in data.sx.rules.network.approved

# A plug-in that enforces nothing by itself may be approved only together with an enforcer.
_approved(id) if {
	concat("", [id, "+netpol"]) in data.sx.rules.network.approved
	some system in data.sx.inventory.extensions
	system.id == id
	system.capabilities["network-policy"].value == "yes"
}

_chained if {
	some chain in data.sx.rules.network.chains
	every id in _primary {
		id in chain
	}
}
