# METADATA
# title: People do not publish where only pipelines may
# description: >-
#   What a person pushes was built nowhere that anybody could look at.
# custom:
#   id: REG-005
#   severity: high
#   claim: presence
#   requires: []
#   optional: [core/ConfigMap, core/Service, networking.k8s.io/Ingress, apps/Deployment, apps/StatefulSet]
#   rows: repositories
#   rules: registry
#   controls: {nist-800-190: ["4.2.3"], nist-800-53: ["AC-5", "AC-6(5)"], pci-4.0: ["6.5.4", "7.2.5"], iso-27001: ["A.5.3", "A.8.31"], attack: ["T1525"], mlps-3: ["8.1.4.2d"]}
#   remediation: >-
#     Make the person a guest, and let a robot publish from the pipeline.
package sextant.registry.no_human_publishers

import data.sextant.lib.registry

violation contains {"ref": row.ref, "message": message, "path": grant.via, "evidence": grant} if {
	some row in input.rows
	humans := _humans(row)
	some grant in row.grants
	"push" in grant.actions
	registry.person(grant.principal, _machines, data.sx.rules.registry.human_regex)
	not _tolerated(humans, grant)
	message := sprintf("%s can push, where people %s", [registry.told(grant.principal), _norms[humans]])
}

unknown contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	_humans(row)
	why := row.lacks.grants
	message := sprintf("which people can push cannot be told: %s", [why])
}

subject contains row.ref if {
	some row in input.rows
	_humans(row)
}

_norms := {"never": "never may", "break-glass": "may for a while only"}

# A grant that ends by itself is the broken glass.
_tolerated("break-glass", grant) if grant.expires_at > 0

_humans(row) := humans if {
	humans := object.get(registry.rule_of(row), ["publish", "humans"], "allowed")
	humans != "allowed"
}

_machines := registry.machines(data.sx.rules.registry.principals)
