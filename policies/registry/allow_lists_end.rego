# METADATA
# title: Lists of tolerated vulnerabilities are short and end
# description: >-
#   A waiver that never ends is a policy.
# custom:
#   id: REG-012
#   severity: low
#   claim: presence
#   requires: []
#   optional: [core/ConfigMap, core/Service, networking.k8s.io/Ingress, apps/Deployment, apps/StatefulSet]
#   rows: repositories
#   rules: registry
#   controls: {nist-800-53: ["RA-5"], pci-4.0: ["6.3.1"], iso-27001: ["A.8.8"], mlps-3: ["8.1.10.5"]}
#   remediation: >-
#     Give the list an end, and take out what is fixed.
package sextant.registry.allow_lists_end

import data.sextant.lib.registry

violation contains {"ref": row.ref, "message": "its list of tolerated vulnerabilities never ends", "path": "expires_at"} if {
	some [row, list] in _lists
	object.get(list, "expires_at", null) in {null, 0}
}

violation contains {"ref": row.ref, "message": "its list of tolerated vulnerabilities has ended", "path": "expires_at"} if {
	some [row, list] in _lists
	list.expires_at > 0
	list.expires_at <= _now
}

violation contains {"ref": row.ref, "message": message, "path": "expires_at"} if {
	some [row, list] in _lists
	most := object.get(registry.rule_of(row), ["scanning", "allowlist_max_age_days"], 0)
	most > 0
	list.expires_at != null
	days := floor((list.expires_at - _now) / 86400)
	days > most
	message := sprintf("its list of tolerated vulnerabilities lasts %d days more", [days])
}

violation contains {"ref": row.ref, "message": message, "path": "items"} if {
	some [row, list] in _lists
	most := object.get(registry.rule_of(row), ["scanning", "allowlist_max_items"], 0)
	most > 0
	list.items > most
	message := sprintf("it tolerates %d vulnerabilities", [list.items])
}

unknown contains {"ref": row.ref, "message": "the source has no clock: whether its list of tolerated vulnerabilities has ended cannot be told", "path": "expires_at"} if {
	some [row, list] in _lists
	not object.get(list, "expires_at", null) in {null, 0}
	not registry.dated(data.sx.snapshot)
}

subject contains row.ref if some [row, _] in _lists

_lists := [[row, row.scope.allow_list] |
	some row in input.rows
	row.probe == "scope"
	row.scope.allow_list != null
	row.scope.allow_list.items > 0
]

_now := time.parse_rfc3339_ns(data.sx.snapshot.time) / 1000000000
