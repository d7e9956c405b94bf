# METADATA
# title: No claim, volume or attachment is stuck
# description: >-
#   A claim that waits, a volume that was lost and an attachment that fails are promises being
#   broken. A claim whose class waits for its first consumer waits rightly as long as nobody uses
#   it.
# custom:
#   id: STO-023
#   severity: medium
#   claim: presence
#   requires: [core/PersistentVolumeClaim, core/PersistentVolume, storage.k8s.io/StorageClass]
#   optional: [storage.k8s.io/VolumeAttachment, core/Pod]
#   rows: storage_items
#   rules: storage
#   controls: {nist-800-53: ["SI-13", "CP-10"], iso-27001: ["A.8.14"], mlps-3: ["8.1.5.4c"]}
#   remediation: >-
#     Follow the message; free space, repair the driver, or detach what hangs.
package sextant.storage.storage_health

import data.sextant.lib.storage as lib

violation contains {"ref": row.ref, "message": message, "path": "status.phase", "severity": severity} if {
	some row in input.rows
	row.claim != null
	some [message, severity] in _claim(row.claim)
}

violation contains {"ref": row.ref, "message": message, "path": "status.phase"} if {
	some row in input.rows
	row.volume != null
	row.volume.phase == "Failed"
	message := "failed"
}

violation contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	row.volume != null
	some error in row.volume.attachment_errors
	_is_old(error)
	message := sprintf("cannot %s at node %s: %s", [error.what, error.node, error.message])
}

unknown contains {"ref": row.ref, "message": "pending for a time that cannot be told"} if {
	some row in input.rows
	row.claim != null
	row.claim.phase == "Pending"
	row.claim.seconds == null
	not _waits_rightly(row.claim)
}

subject contains row.ref if {
	some row in input.rows
	row.claim != null
	row.claim.source == "claim"
	row.claim.phase != ""
}

subject contains row.ref if {
	some row in input.rows
	row.volume != null
	row.volume.phase != ""
}

_rules := data.sx.rules.storage

_claim(claim) := {["lost: its volume is gone", "medium"] | claim.phase == "Lost"} | {[message, "medium"] |
	claim.phase == "Pending"
	claim.seconds != null
	claim.seconds > lib.seconds(_rules.pending_grace)
	not _waits_rightly(claim)
	message := sprintf("pending for %s", [_long(claim.seconds)])
} | {[message, "medium"] |
	claim.terminating_seconds != null
	claim.terminating_seconds > lib.seconds(_rules.pending_grace)
	message := sprintf("being deleted for %s%s", [_long(claim.terminating_seconds), _held(claim)])
} | {[message, "info"] |
	claim.unused_seconds != null
	claim.unused_seconds > lib.seconds(_rules.unused_max)
	message := sprintf("no pod has used it for %d days", [floor(claim.unused_seconds / 86400)])
}

_long(seconds) := sprintf("%d days", [floor(seconds / 86400)]) if seconds >= 172800

_long(seconds) := sprintf("%d minutes", [floor(seconds / 60)]) if seconds < 172800

_waits_rightly(claim) if {
	claim.binding_mode == "WaitForFirstConsumer"
	count(claim.used_by) == 0
}

_held(claim) := sprintf(": %s still uses it", [concat(", ", names)]) if {
	names := [user.name | some user in claim.used_by]
	count(names) > 0
}

_held(claim) := "" if count(claim.used_by) == 0

_is_old(error) if error.seconds == null

_is_old(error) if {
	error.seconds != null
	error.seconds > lib.seconds(_rules.attach_grace)
}
