# METADATA
# title: The registry has room and can be written to
# description: >-
#   A full or read-only registry stops the build that recovery waits for.
# custom:
#   id: REG-026
#   severity: medium
#   claim: presence
#   requires: []
#   optional: [core/ConfigMap, core/Service, networking.k8s.io/Ingress, apps/Deployment, apps/StatefulSet]
#   rows: registries
#   rules: registry
#   controls: {nist-800-53: ["AU-4", "CP-2"], iso-27001: ["A.8.6"], attack: ["T1499"], mlps-3: ["8.1.5.4c"]}
#   remediation: >-
#     Collect garbage, enlarge the volume or the quota, and switch read-only off.
package sextant.registry.room_to_push

violation contains {"ref": row.ref, "message": "nothing can be pushed: it is read-only", "path": "read_only"} if {
	some row in input.rows
	row.settings.read_only == true
	not row.name in _norm.read_only
}

violation contains {"ref": row.ref, "message": message, "path": quota.scope} if {
	some row in input.rows
	some quota in row.quotas
	quota.hard > 0
	quota.used / quota.hard > _norm.max_used
	message := sprintf("%s has used %d%% of its quota", [quota.scope, round((quota.used * 100) / quota.hard)])
}

violation contains {"ref": row.ref, "message": message, "path": "volume"} if {
	some row in input.rows
	row.volume[0] > 0
	row.volume[1] / row.volume[0] < _norm.min_free
	message := sprintf("%d%% of its volume is free", [floor((row.volume[1] * 100) / row.volume[0])])
}

unknown contains {"ref": row.ref, "message": "whether it can be written to was not read"} if {
	some row in input.rows
	row.declared
	row.settings.read_only == null
}

unknown contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	row.type == "harbor"
	why := row.lacks.quotas
	message := sprintf("its quotas cannot be told: %s", [why])
}

_norm := data.sx.rules.registry.capacity
