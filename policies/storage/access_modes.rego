# METADATA
# title: Claims use the access modes of their tier and driver
# description: >-
#   Shared writing on a block volume or on a node's directory corrupts data in silence, and
#   several copies of a Deployment on a volume for one node never all start.
# custom:
#   id: STO-020
#   severity: low
#   claim: presence
#   requires: [core/PersistentVolumeClaim, storage.k8s.io/StorageClass]
#   optional: [apps/Deployment]
#   rows: claims
#   rules: storage
#   controls: {nist-800-53: ["CM-6"], iso-27001: ["A.8.9"], mlps-3: ["8.1.10.8"]}
#   remediation: >-
#     Change the mode, or take a class whose driver can share.
package sextant.storage.access_modes

import data.sextant.lib.storage as lib

violation contains {"ref": row.ref, "message": message, "path": "spec.accessModes"} if {
	some row in input.rows
	some tier, modes in _wanted(row)
	some mode in row.modes
	not mode in modes
	message := sprintf("access mode %s is not one of tier %s", [mode, tier])
}

violation contains {"ref": row.ref, "message": message, "path": "spec.volumeMode"} if {
	some row in input.rows
	some tier in lib.tiers(_rules, row.class, row.class_labels)
	allowed := object.get(_rules.tiers[tier], ["access", "volume_modes"], [])
	count(allowed) > 0
	not row.volume_mode in {mode | some mode in allowed}
	message := sprintf("volume mode %s is not one of tier %s", [row.volume_mode, tier])
}

violation contains {"ref": row.ref, "message": message, "path": "spec.accessModes"} if {
	some row in input.rows
	count(row.possible_modes) > 0
	some mode in row.modes
	not mode in {possible | some possible in row.possible_modes}
	message := sprintf("access mode %s is not one that %s can do for %s volumes", [mode, row.provisioner, lower(row.volume_mode)])
}

violation contains {"ref": row.ref, "message": message, "severity": "medium"} if {
	some row in input.rows
	_single(row)
	some user in row.used_by
	user.kind == "Deployment"
	user.replicas > 1
	message := sprintf("for one node only, and Deployment %s wants %d copies of itself on it", [user.name, user.replicas])
}

subject contains row.ref if {
	some row in input.rows
	row.class_exists == "yes"
}

_rules := data.sx.rules.storage

_wanted(row) := {tier: modes |
	some tier in lib.tiers(_rules, row.class, row.class_labels)
	modes := {mode | some mode in object.get(_rules.tiers[tier], ["access", "modes"], [])}
	count(modes) > 0
}

_single(row) if {
	count(row.modes) > 0
	every mode in row.modes { mode in {"ReadWriteOnce", "ReadWriteOncePod"} }
}
