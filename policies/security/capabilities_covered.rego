# METADATA
# title: Every required security capability has a provider that runs and enforces
# description: >-
#   A framework that is installed with its feature switched off protects nothing: an admission
#   controller without a policy admits everything.
# custom:
#   id: SEC-002
#   severity: critical
#   claim: absence
#   requires: [apps/DaemonSet, apps/Deployment, apps/StatefulSet, core/Namespace, apiextensions.k8s.io/CustomResourceDefinition]
#   rows: cluster
#   uses: [extensions]
#   rules: security
#   controls: {cis-1.11: ["5.2.1"], nsa-1.2: ["threat-detection"], nist-800-190: ["4.4.3"], nist-800-53: ["SI-4", "CM-6"], pci-4.0: ["5.2.1", "11.5.1", "10.7.2"], iso-27001: ["A.8.7", "A.8.16"], attack: ["T1610"], mlps-3: ["8.1.5.4e", "8.1.4.4f"]}
#   remediation: >-
#     Deploy a provider of the capability, or switch on the feature of the one that is there.
package sextant.security.capabilities_covered

import data.sextant.lib.systems

violation contains {"ref": row.ref, "message": message, "path": capability.id, "evidence": _seen(capability.id)} if {
	some row in input.rows
	some capability in _required
	count(_providers(capability)) < capability.min
	count(_unclear(capability.id)) == 0
	message := sprintf("capability %s has %v effective providers, %v required", [capability.id, count(_providers(capability)), capability.min])
}

unknown contains {"ref": row.ref, "message": message, "path": capability.id} if {
	some row in input.rows
	some capability in _required
	count(_providers(capability)) < capability.min
	some id in _unclear(capability.id)
	message := sprintf("whether %s provides %s cannot be told", [id, capability.id])
}

subject contains row.ref if {
	some row in input.rows
	count(_required) > 0
}

_required := [capability | some capability in data.sx.rules.security.capabilities; capability.required]

# Effective: it runs, nothing says it is broken, and the capability is proven in use. Where the rule
# asks for enforcement, what only tells does not count.
_providers(capability) := {system.id |
	some system in data.sx.inventory.extensions
	systems.works(system)
	system.capabilities[capability.id].value == "yes"
	not _weaker(capability, system.capabilities[capability.id])
}

_weaker(capability, told) if {
	capability.mode == "enforce"
	told.mode == "detect"
}

_unclear(id) := {system.id |
	some system in data.sx.inventory.extensions
	systems.unclear(system)
	system.capabilities[id].value == "yes"
} | {system.id |
	some system in data.sx.inventory.extensions
	systems.runs(system)
	system.capabilities[id].value == "unknown"
}

_seen(id) := [line |
	some system in data.sx.inventory.extensions
	line := concat(": ", [systems.why(system), system.capabilities[id].evidence])
]
