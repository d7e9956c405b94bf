# METADATA
# title: Who pushed what is written down, and leaves the registry
# description: >-
#   Without its trail a registry cannot say who put an image there.
# custom:
#   id: REG-025
#   severity: medium
#   claim: presence
#   requires: []
#   optional: [core/ConfigMap, core/Service, networking.k8s.io/Ingress, apps/Deployment, apps/StatefulSet]
#   rows: registries
#   uses: [extensions]
#   rules: registry
#   controls: {nsa-1.2: ["logging"], nist-800-53: ["AU-2", "AU-9", "AU-12"], pci-4.0: ["10.2.1", "10.3.3", "10.5.1"], iso-27001: ["A.8.15"], attack: ["T1070"], mlps-3: ["8.1.4.3a", "8.1.4.3c"]}
#   remediation: >-
#     Forward the audit log, and keep pushes and deletions in it.
package sextant.registry.audit_trail

import data.sextant.lib.systems

violation contains {"ref": row.ref, "message": "its audit log leaves it by no way", "path": "audit_forward"} if {
	some row in input.rows
	_norm.required
	row.settings.audit_forward == ""
	not _shipped(row)
}

violation contains {"ref": row.ref, "message": "its audit log is kept nowhere", "path": "audit_skip_database"} if {
	some row in input.rows
	row.settings.audit_skip_database == true
	row.settings.audit_forward == ""
}

violation contains {"ref": row.ref, "message": "it writes no audit log", "path": "audit_enabled"} if {
	some row in input.rows
	_norm.required
	row.settings.audit_enabled == false
}

violation contains {"ref": row.ref, "message": message, "path": "audit_disabled"} if {
	some row in input.rows
	row.settings.audit_disabled != null
	some event in row.settings.audit_disabled
	regex.match("(push|create|delete)_?(artifact|tag|repository)|artifact|repository", event)
	message := sprintf("its audit log leaves out %s", [event])
}

violation contains {"ref": row.ref, "message": message, "path": "audit_purge_hours"} if {
	some row in input.rows
	_norm.min_hours > 0
	row.settings.audit_purge_hours != null
	row.settings.audit_purge_hours > 0
	row.settings.audit_purge_hours < _norm.min_hours
	message := sprintf("its audit log is purged after %d hours", [row.settings.audit_purge_hours])
}

unknown contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	_judged(row)
	row.settings.audit_forward == null
	row.settings.audit_enabled == null
	message := sprintf("its audit settings were not read%s", [_why(row)])
}

subject contains row.ref if {
	some row in input.rows
	_judged(row)
}

_why(row) := sprintf(": %s", [row.lacks.settings]) if row.lacks.settings

_why(row) := "" if not row.lacks.settings

_judged(_) if _norm.required

_judged(row) if row.settings.audit_skip_database != null

# Logs of pods are collected where a collector runs beside them.
_shipped(row) if {
	row.workload != null
	some system in data.sx.inventory.extensions
	"logging" in system.roles
	systems.works(system)
}

_norm := data.sx.rules.registry.audit
