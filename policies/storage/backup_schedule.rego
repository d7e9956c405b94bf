# METADATA
# title: Every claim of a tier is backed up within its objective
# description: >-
#   Auditors sample claims, not tools. A schedule covers a claim only where it takes the
#   namespace, the claim itself and the data of its volume, and runs at least as often as the tier
#   promises.
# custom:
#   id: STO-014
#   severity: critical
#   claim: absence
#   requires: [storage.k8s.io/StorageClass, core/PersistentVolumeClaim, core/PersistentVolume]
#   optional: [velero.io/Schedule, velero.io/Backup, velero.io/BackupStorageLocation, velero.io/VolumeSnapshotLocation, longhorn.io/RecurringJob, longhorn.io/Volume, longhorn.io/Backup, longhorn.io/BackupTarget, stork.libopenstorage.org/SchedulePolicy, stork.libopenstorage.org/VolumeSnapshotSchedule, stork.libopenstorage.org/ApplicationBackupSchedule, config.kio.kasten.io/Policy, protect.trident.netapp.io/Schedule, protect.trident.netapp.io/Application, snapscheduler.backube/SnapshotSchedule, snapshot.storage.k8s.io/VolumeSnapshotClass, core/Namespace, core/Pod]
#   rows: claims
#   rules: storage
#   controls: {nist-800-53: ["CP-9"], pci-4.0: ["12.10.1"], iso-27001: ["A.8.13"], attack: ["T1490", "T1485"], mlps-3: ["8.1.4.9a", "8.1.10.11"]}
#   remediation: >-
#     Add the namespace to a schedule, give the driver a snapshot class that the tool uses, or turn
#     file-system backup on for the volume.
package sextant.storage.backup_schedule

import data.sextant.lib.storage as lib

violation contains {"ref": row.ref, "message": message, "evidence": {"schedules": row.backups.schedules}} if {
	some row in input.rows
	some tier, promise in _wanted(row)
	not _attested(row)
	not _covered(row, promise)
	not _doubtful(row, promise)
	message := sprintf("tier %s promises a backup every %s, and %s", [tier, promise.backup_rpo, _why(row, promise)])
}

unknown contains {"ref": row.ref, "message": message, "evidence": {"schedules": row.backups.schedules}} if {
	some row in input.rows
	some tier, promise in _wanted(row)
	not _attested(row)
	not _covered(row, promise)
	_doubtful(row, promise)
	message := sprintf("tier %s promises a backup every %s, and how often %s runs cannot be read", [tier, promise.backup_rpo, concat(", ", [s.name | some s in row.backups.schedules; _takes(s, promise); s.interval_seconds == null])])
}

subject contains row.ref if {
	some row in input.rows
	count(_wanted(row)) > 0
}

_rules := data.sx.rules.storage

_now := lib.now(data.sx.snapshot)

# Templates have no data yet.
_wanted(row) := {tier: promise |
	row.source == "claim"
	some tier in lib.tiers(_rules, row.class, row.class_labels)
	promise := object.get(_rules.tiers[tier], "protection", {})
	object.get(promise, "backup_rpo", "none") != "none"
}

_attested(row) if {
	some entry in lib.attested(_rules, row.class, "protection.backup", _now)
	entry.value == true
}

_covered(row, promise) if {
	some schedule in row.backups.schedules
	_takes(schedule, promise)
	schedule.interval_seconds != null
	schedule.interval_seconds <= lib.seconds(promise.backup_rpo)
}

_doubtful(row, promise) if {
	some schedule in row.backups.schedules
	_takes(schedule, promise)
	schedule.interval_seconds == null
}

# Whether a schedule takes the claim with what the tier asks for, however often.
_takes(schedule, promise) if {
	not schedule.paused
	_data(schedule, promise)
	_leaves(schedule, promise)
	_approved(schedule, promise)
}

_data(schedule, _) if schedule.data == "yes"

_data(schedule, promise) if {
	object.get(promise, "volume_data_required", true) == false
	schedule.data != "yes"
}

_leaves(schedule, _) if schedule.takes == "backup"

_leaves(schedule, promise) if {
	schedule.takes == "snapshot"
	object.get(promise, "snapshot_counts", false)
}

_approved(_, promise) if count(object.get(promise, "backup_tools", [])) == 0

_approved(schedule, promise) if schedule.tool in object.get(promise, "backup_tools", [])

_why(row, _) := "no schedule names it" if count(row.backups.schedules) == 0

_why(row, promise) := concat("; ", [_say(schedule, promise) | some schedule in row.backups.schedules]) if count(row.backups.schedules) > 0

_say(schedule, _) := sprintf("%s is paused", [schedule.name]) if schedule.paused

_say(schedule, promise) := sprintf("%s does not take it: %s", [schedule.name, schedule.why_not]) if {
	not schedule.paused
	not _data(schedule, promise)
}

_say(schedule, promise) := sprintf("%s takes snapshots that stay in the storage system", [schedule.name]) if {
	not schedule.paused
	_data(schedule, promise)
	not _leaves(schedule, promise)
}

_say(schedule, promise) := sprintf("%s is no approved tool's", [schedule.name]) if {
	not schedule.paused
	_data(schedule, promise)
	_leaves(schedule, promise)
	not _approved(schedule, promise)
}

_say(schedule, promise) := sprintf("%s lets up to %d hours pass", [schedule.name, ceil(schedule.interval_seconds / 3600)]) if {
	_takes(schedule, promise)
	schedule.interval_seconds != null
}
