# METADATA
# title: Nobody makes accounts or projects for themselves
# description: >-
#   Projects that anybody can make are repositories that nobody governs.
# custom:
#   id: REG-024
#   severity: medium
#   claim: presence
#   requires: []
#   optional: [core/ConfigMap, core/Service, networking.k8s.io/Ingress, apps/Deployment, apps/StatefulSet]
#   rows: registries
#   rules: registry
#   controls: {nist-800-190: ["4.2.3"], nist-800-53: ["AC-2", "CM-5"], pci-4.0: ["7.2.1"], iso-27001: ["A.5.18"], attack: ["T1136"], mlps-3: ["8.1.4.2a"]}
#   remediation: >-
#     Leave registration and new projects to administrators.
package sextant.registry.no_self_service

import data.sextant.lib.registry

violation contains {"ref": row.ref, "message": "anybody can make an account", "path": "self_registration"} if {
	some row in input.rows
	_judged
	row.settings.self_registration == true
}

violation contains {"ref": row.ref, "message": "everybody can make a project", "path": "project_creation"} if {
	some row in input.rows
	_judged
	row.settings.project_creation == "everyone"
}

violation contains {"ref": row.ref, "message": message, "path": grant.via} if {
	some row in input.rows
	_judged
	some grant in row.everywhere
	grant.principal.kind in {"anonymous", "authenticated"}
	"push" in grant.actions
	message := sprintf("%s can push into repositories that nobody named", [registry.told(grant.principal)])
}

unknown contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	_judged
	row.type == "harbor"
	some part in ["self_registration", "project_creation"]
	row.settings[part] == null
	message := sprintf("%s was not read", [part])
}

unknown contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	_judged
	row.type != "harbor"
	why := row.lacks.grants
	message := sprintf("who can make repositories cannot be told: %s", [why])
}

subject contains row.ref if {
	some row in input.rows
	_judged
}

_judged if not data.sx.rules.registry.self_service.allowed
