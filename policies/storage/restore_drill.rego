# METADATA
# title: Restores are exercised
# description: >-
#   A backup that was never restored is a hope. Within the time that the tier sets, a restore of a
#   namespace that uses it must have completed, or a test be attested.
# custom:
#   id: STO-016
#   severity: medium
#   claim: absence
#   requires: [storage.k8s.io/StorageClass, core/PersistentVolumeClaim]
#   optional: [velero.io/Restore, velero.io/Backup]
#   rows: storage_classes
#   rules: storage
#   controls: {nist-800-53: ["CP-9(1)", "CP-10"], iso-27001: ["A.8.13", "A.5.30"], mlps-3: ["8.1.10.11"]}
#   remediation: >-
#     Restore a namespace of the tier into a test namespace on a schedule, and keep the Restore
#     object or attest the test.
package sextant.storage.restore_drill

import data.sextant.lib.storage as lib

violation contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	some tier, limit in _wanted(row)
	not _attested(row)
	not _fresh(row, limit)
	not _undated(row)
	message := sprintf("tier %s promises a restore within %s, and %s", [tier, limit, _newest(row)])
}

unknown contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	some tier, limit in _wanted(row)
	not _attested(row)
	not _fresh(row, limit)
	_undated(row)
	message := sprintf("tier %s promises a restore within %s, and the age of %s cannot be told", [tier, limit, row.restores[0].name])
}

subject contains row.ref if {
	some row in input.rows
	count(_wanted(row)) > 0
}

_rules := data.sx.rules.storage

_now := lib.now(data.sx.snapshot)

# Only classes that somebody uses have anything to restore.
_wanted(row) := {tier: limit |
	row.used.claims > 0
	some tier in lib.tiers(_rules, row.name, row.labels)
	limit := object.get(_rules.tiers[tier], ["protection", "restore_test_max_age"], "")
	limit != ""
}

_attested(row) if count(lib.attested(_rules, row.name, "protection.restore_test", _now)) > 0

_fresh(row, limit) if {
	some restore in row.restores
	restore.seconds != null
	restore.seconds <= lib.seconds(limit)
}

_undated(row) if {
	some restore in row.restores
	restore.seconds == null
}

_newest(row) := "none completed" if count(row.restores) == 0

_newest(row) := sprintf("the newest, %s, is %d days old", [row.restores[0].name, floor(row.restores[0].seconds / 86400)]) if count(row.restores) > 0
