# METADATA
# title: Volumes can grow where the tier promises it
# description: >-
#   A volume that cannot grow forces a migration in the middle of an incident. The class must
#   allow it, the driver must be able to do it, and a resize that was begun must end.
# custom:
#   id: STO-012
#   severity: low
#   claim: presence
#   requires: [storage.k8s.io/StorageClass, core/PersistentVolumeClaim]
#   optional: [apps/Deployment, apps/StatefulSet]
#   rows: storage_items
#   rules: storage
#   controls: {nist-800-53: ["SC-6"], iso-27001: ["A.8.6"]}
#   remediation: >-
#     Set allowVolumeExpansion to true, run the csi-resizer, and look at claims whose resize does
#     not end.
package sextant.storage.expansion

import data.sextant.lib.storage as lib

violation contains {"ref": row.ref, "message": message, "path": "allowVolumeExpansion"} if {
	some row in input.rows
	row.class != null
	some tier in _promising(row.class.name, row.class.labels)
	some fault in _faults(row.class)
	message := sprintf("%s, and tier %s promises growth", [fault, tier])
}

violation contains {"ref": row.ref, "message": message, "path": "status.conditions"} if {
	some row in input.rows
	row.claim != null
	some message in _stuck(row.claim)
}

subject contains row.ref if {
	some row in input.rows
	row.class != null
	count(_promising(row.class.name, row.class.labels)) > 0
}

subject contains row.ref if {
	some row in input.rows
	row.claim != null
	row.claim.source == "claim"
	count(_promising(row.claim.class, row.claim.class_labels)) > 0
}

_rules := data.sx.rules.storage

_promising(name, labels) := {tier |
	some tier in lib.tiers(_rules, name, labels)
	object.get(_rules.tiers[tier], ["lifecycle", "expansion"], "") == "required"
}

_faults(class) := {"allowVolumeExpansion is not true" | not class.expansion} | {"its provisioner cannot grow volumes" | class.abilities.expansion == "no"} | {"its driver runs without a resizer" |
	class.expansion
	class.resizer == "no"
}

_stuck(claim) := {"a resize failed" | claim.resize_failed} | {message |
	claim.resizing_seconds != null
	claim.resizing_seconds > lib.seconds(_rules.resize_grace)
	message := sprintf("a resize has been under way for %d minutes", [floor(claim.resizing_seconds / 60)])
}
