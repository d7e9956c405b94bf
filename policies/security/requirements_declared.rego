# METADATA
# title: Security requirements are declared before tools are judged
# description: >-
#   Tools are chosen to meet requirements. Without a declared set nobody can say what is missing,
#   and every installed tool looks like coverage.
# custom:
#   id: SEC-001
#   severity: high
#   claim: presence
#   rows: cluster
#   rules: security
#   controls: {nist-800-53: ["CA-7", "CM-2"], pci-4.0: ["12.4.1", "2.2.1"], iso-27001: ["A.5.36"], mlps-3: ["8.1.5.4e"]}
#   remediation: >-
#     Declare the capabilities that this organisation requires in rules/security.yaml, each with a
#     known id.
package sextant.security.requirements_declared

violation contains {"ref": row.ref, "message": "no security capability is required"} if {
	some row in input.rows
	count(_required) == 0
}

violation contains {"ref": row.ref, "message": message, "path": path} if {
	some row in input.rows
	some capability in data.sx.rules.security.capabilities
	not capability.id in data.sx.rules.security.known_capabilities
	message := sprintf("required capability %s is not a known one", [capability.id])
	path := sprintf("capabilities[id=%s]", [capability.id])
}

_required := [capability | some capability in data.sx.rules.security.capabilities; capability.required]
