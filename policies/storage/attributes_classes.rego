# METADATA
# title: Changes of volumes by their users are governed
# description: >-
#   A VolumeAttributesClass lets who owns a claim change what the volume is after it was made.
#   Each belongs to a tier, is used within it, and is counted by a quota.
# custom:
#   id: STO-026
#   severity: low
#   claim: presence
#   requires: [storage.k8s.io/VolumeAttributesClass, core/PersistentVolumeClaim]
#   optional: [storage.k8s.io/StorageClass, core/ResourceQuota]
#   rows: storage_items
#   rules: storage
#   controls: {nist-800-53: ["CM-3", "SC-6"], iso-27001: ["A.8.32"], mlps-3: ["8.1.10.10"]}
#   remediation: >-
#     Name the VolumeAttributesClass in a tier, and add a quota with the scope
#     VolumeAttributesClass.
package sextant.storage.attributes_classes

import data.sextant.lib.storage as lib

violation contains {"ref": row.ref, "message": "no tier names it"} if {
	some row in input.rows
	row.attributes_class != null
	count(_rules.tiers) > 0
	not row.attributes_class.name in _named
}

violation contains {"ref": row.ref, "message": message, "path": "spec.volumeAttributesClassName"} if {
	some row in input.rows
	row.claim != null
	row.claim.attributes_class != ""
	some message in _faults(row.claim)
}

violation contains {"ref": row.ref, "message": message, "path": "metadata.annotations"} if {
	some row in input.rows
	row.claim != null
	count(row.claim.bypass) > 0
	message := sprintf("annotations change the volume past every class: %s", [concat(", ", row.claim.bypass)])
}

subject contains row.ref if {
	some row in input.rows
	row.attributes_class != null
}

subject contains row.ref if {
	some row in input.rows
	row.claim != null
	row.claim.attributes_class != ""
}

_rules := data.sx.rules.storage

_named := {name |
	some promise in _rules.tiers
	some name in object.get(promise, ["lifecycle", "volume_attributes_classes"], [])
}

_of_tier(tier) := {name | some name in object.get(_rules.tiers[tier], ["lifecycle", "volume_attributes_classes"], [])}

_faults(claim) := {message |
	some tier in lib.tiers(_rules, claim.class, claim.class_labels)
	not claim.attributes_class in _of_tier(tier)
	message := sprintf("uses VolumeAttributesClass %s, which is not one of tier %s", [claim.attributes_class, tier])
} | {message |
	claim.modify_status == "Infeasible"
	message := sprintf("the driver cannot make it %s", [claim.attributes_class])
} | {message |
	claim.modify_status != "Infeasible"
	claim.current_attributes_class != claim.attributes_class
	claim.seconds != null
	claim.seconds > lib.seconds(_rules.modify_grace)
	message := sprintf("asks for %s and still is %s", [claim.attributes_class, _current(claim)])
} | {"no quota of its namespace counts VolumeAttributesClasses" | not claim.attributes_quota}

_current(claim) := claim.current_attributes_class if claim.current_attributes_class != ""

_current(claim) := "none" if claim.current_attributes_class == ""
