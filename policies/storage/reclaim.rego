# METADATA
# title: The reclaim policy is the tier's, on the class and on its volumes
# description: >-
#   Delete on gold destroys production data with one command; Retain on bronze leaves data behind
#   for ever. A volume copies the policy when it is made, so a class made anew leaves its volumes
#   behind.
# custom:
#   id: STO-010
#   severity: high
#   claim: presence
#   requires: [storage.k8s.io/StorageClass, core/PersistentVolume]
#   optional: [core/PersistentVolumeClaim, apps/StatefulSet]
#   rows: storage_items
#   rules: storage
#   controls: {nist-800-53: ["CP-9", "SI-12"], pci-4.0: ["9.4.7"], iso-27001: ["A.8.10", "A.8.13"], attack: ["T1485"], mlps-3: ["8.1.4.10b", "8.2.4.7b"]}
#   remediation: >-
#     Patch the volumes, make the class anew, and wipe released volumes that nobody needs.
package sextant.storage.reclaim

import data.sextant.lib.storage as lib

violation contains {"ref": row.ref, "message": message, "path": "reclaimPolicy"} if {
	some row in input.rows
	row.class != null
	some tier, wanted in _wanted(row.class.name, row.class.labels)
	row.class.reclaim_policy != wanted
	message := sprintf("reclaim policy is %s, and tier %s asks for %s", [row.class.reclaim_policy, tier, wanted])
}

violation contains {"ref": row.ref, "message": message, "path": "spec.persistentVolumeReclaimPolicy"} if {
	some row in input.rows
	row.volume != null
	row.volume.phase in {"Bound", ""}
	some tier, wanted in _wanted(row.volume.class, row.volume.class_labels)
	row.volume.reclaim_policy != wanted
	message := sprintf("reclaim policy is %s, and tier %s asks for %s", [row.volume.reclaim_policy, tier, wanted])
}

violation contains {"ref": row.ref, "message": message, "path": "status.phase"} if {
	some row in input.rows
	row.volume != null
	row.volume.phase == "Released"
	some tier in lib.tiers(_rules, row.volume.class, row.volume.class_labels)
	limit := object.get(_rules.tiers[tier], ["lifecycle", "released_max_age"], "")
	limit != ""
	row.volume.phase_seconds != null
	row.volume.phase_seconds > lib.seconds(limit)
	message := sprintf("released %d days ago, and tier %s keeps released data for %s", [floor(row.volume.phase_seconds / 86400), tier, limit])
}

# Retain means nothing where the StatefulSet deletes the claim itself and the class deletes on it.
violation contains {"ref": row.ref, "message": message, "severity": "medium"} if {
	some row in input.rows
	row.claim != null
	row.claim.source == "claim"
	row.claim.retention.when_deleted == "Delete"
	some tier, wanted in _wanted(row.claim.class, row.claim.class_labels)
	wanted == "Retain"
	message := sprintf("its StatefulSet deletes it with itself, and tier %s retains", [tier])
}

subject contains row.ref if {
	some row in input.rows
	count(_wanted(row.class.name, row.class.labels)) > 0
}

subject contains row.ref if {
	some row in input.rows
	count(_wanted(row.volume.class, row.volume.class_labels)) > 0
}

subject contains row.ref if {
	some row in input.rows
	row.claim.retention.when_deleted != ""
	count(_wanted(row.claim.class, row.claim.class_labels)) > 0
}

_rules := data.sx.rules.storage

_wanted(name, labels) := {tier: wanted |
	some tier in lib.tiers(_rules, name, labels)
	wanted := object.get(_rules.tiers[tier], ["lifecycle", "reclaim"], "")
	wanted != ""
}
