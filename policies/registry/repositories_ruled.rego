# METADATA
# title: Every repository matches a rule and has an owner
# description: >-
#   What no rule speaks of is governed by nobody.
# custom:
#   id: REG-008
#   severity: medium
#   claim: presence
#   requires: []
#   optional: [core/ConfigMap, core/Service, networking.k8s.io/Ingress, apps/Deployment, apps/StatefulSet]
#   rows: repositories
#   rules: registry
#   controls: {nist-800-190: ["4.2.2"], nist-800-53: ["CM-8"], pci-4.0: ["6.3.2"], iso-27001: ["A.5.9"], mlps-3: ["8.1.10.2"]}
#   remediation: >-
#     Add a rule, name an owner, or archive the repository.
package sextant.registry.repositories_ruled

import data.sextant.lib.registry

violation contains {"ref": row.ref, "message": "no rule matches it"} if {
	some row in input.rows
	_in_scope(row)
	not registry.rule_of(row)
}

violation contains {"ref": row.ref, "message": message, "path": "owner"} if {
	some row in input.rows
	_in_scope(row)
	row.scope != null
	object.get(row.scope, "owner_active", null) == false
	message := sprintf("its owner %s is no active user", [row.scope.owner])
}

violation contains {"ref": row.ref, "message": "it has no owner", "path": "owner"} if {
	some row in input.rows
	_in_scope(row)
	row.scope != null
	row.scope.owner == ""
}

violation contains {"ref": row.ref, "message": "a rule speaks of it, and it is not there", "severity": "info"} if {
	some row in input.rows
	row.probe == "rule"
	not contains(row.path, "sextant-probe")
	not row.lacks.repositories
}

unknown contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	_in_scope(row)
	row.probe != ""
	why := row.lacks.repositories
	message := sprintf("which repositories there are cannot be told: %s", [why])
}

subject contains row.ref if {
	some row in input.rows
	_in_scope(row)
}

_in_scope(_) if count(data.sx.rules.registry.repositories) > 0
