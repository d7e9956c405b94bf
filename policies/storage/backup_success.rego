# METADATA
# title: Backups succeed, are recent, are kept, and lie elsewhere
# description: >-
#   A schedule says what was meant; a completed backup says what there is. It must be recent, kept
#   long enough, reachable, and outside of the cluster whose loss it is for.
# custom:
#   id: STO-015
#   severity: critical
#   claim: absence
#   requires: [storage.k8s.io/StorageClass, core/PersistentVolumeClaim]
#   optional: [velero.io/Schedule, velero.io/Backup, velero.io/BackupStorageLocation, longhorn.io/Backup, longhorn.io/BackupTarget, longhorn.io/Volume, core/PersistentVolume, core/Service]
#   rows: claims
#   rules: storage
#   controls: {nist-800-53: ["CP-9", "CP-6", "CP-9(8)"], pci-4.0: ["9.4.1.1"], iso-27001: ["A.8.13", "A.8.24"], attack: ["T1490"], mlps-3: ["8.1.4.9a", "8.1.4.9b", "8.2.4.6a"]}
#   remediation: >-
#     Repair the location or the plug-in, keep backups for as long as the tier promises, and move
#     the bucket out of the cluster.
package sextant.storage.backup_success

import data.sextant.lib.storage as lib

violation contains {"ref": row.ref, "message": message, "evidence": {"newest": row.backups.newest, "failed": row.backups.failed}} if {
	some row in input.rows
	some tier, promise in _wanted(row)
	not _attested(row)
	some fault in _faults(row, promise)
	message := sprintf("tier %s promises backups, and %s", [tier, fault])
}

unknown contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	some tier, promise in _wanted(row)
	not _attested(row)
	some doubt in _doubts(row, promise)
	message := sprintf("tier %s promises backups, and %s", [tier, doubt])
}

subject contains row.ref if {
	some row in input.rows
	count(_wanted(row)) > 0
}

_rules := data.sx.rules.storage

_now := lib.now(data.sx.snapshot)

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

_faults(row, promise) := {sprintf("no backup of it ever completed%s", [_failed(row)])} if row.backups.newest == null

_faults(row, promise) := faults if {
	newest := row.backups.newest
	newest != null
	location := newest.location
	faults := {fault |
		newest.seconds != null
		newest.seconds > lib.seconds(promise.backup_rpo) * _rules.backup_factor
		fault := sprintf("the newest that completed, %s, is %d hours old%s", [newest.name, floor(newest.seconds / 3600), _failed(row)])
	} | {fault |
		# An hour of grace: expiration is counted from the start.
		newest.kept_seconds != null
		newest.kept_seconds + 3600 < lib.seconds(object.get(promise, "backup_retention", "0s"))
		fault := sprintf("%s is kept for %d days, not for %s", [newest.name, floor(newest.kept_seconds / 86400), promise.backup_retention])
	} | {fault |
		newest.snapshots != null
		newest.snapshots[1] < newest.snapshots[0]
		fault := sprintf("%s made %d of %d volume snapshots", [newest.name, newest.snapshots[1], newest.snapshots[0]])
	} | {sprintf("%s is not available", [location.name]) | location.available == "no"} | {sprintf("%s is read-only and takes no backups", [location.name]) |
		location.read_only
	} | {sprintf("%s is reached without a verified certificate", [location.name]) | location.insecure} | {sprintf("%s is served by this cluster", [location.name]) |
		object.get(promise, "offsite", false)
		location.in_cluster == "yes"
	}
}

_failed(row) := "" if row.backups.failed == null

_failed(row) := sprintf("; %s ended as %s", [row.backups.failed.name, row.backups.failed.phase]) if row.backups.failed != null

_doubts(row, promise) := set() if row.backups.newest == null

_doubts(row, promise) := doubts if {
	newest := row.backups.newest
	newest != null
	location := newest.location
	doubts := {sprintf("the age of %s cannot be told", [newest.name]) | newest.seconds == null} | {sprintf("%s does not say whether it is available", [location.name]) |
		location.available == "unknown"
	} | {sprintf("where %s lies cannot be told", [location.name]) |
		object.get(promise, "offsite", false)
		location.in_cluster == "unknown"
	} | {sprintf("whether %s encrypts cannot be told", [location.name]) |
		object.get(promise, "encrypted_location", false)
		location.encrypted != "yes"
	}
}
