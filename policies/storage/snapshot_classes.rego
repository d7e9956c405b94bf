# METADATA
# title: Snapshots work where the tier promises them
# description: >-
#   A promise about how much data may be lost needs a path to a snapshot: a class for the driver,
#   one default, a controller that runs, and a deletion policy that lets snapshots outlive their
#   namespace.
# custom:
#   id: STO-013
#   severity: high
#   claim: absence
#   requires: [storage.k8s.io/StorageClass, apps/Deployment]
#   optional: [snapshot.storage.k8s.io/VolumeSnapshotClass, snapshot.storage.k8s.io/VolumeSnapshot, core/PersistentVolumeClaim]
#   rows: storage_classes
#   uses: [storage]
#   rules: storage
#   controls: {nist-800-53: ["CP-9"], iso-27001: ["A.8.13"], attack: ["T1490"], mlps-3: ["8.1.4.9a", "8.2.4.4c"]}
#   remediation: >-
#     Create a VolumeSnapshotClass for the driver, with Retain where the tier asks for it, and run
#     the snapshot controller.
package sextant.storage.snapshot_classes

import data.sextant.lib.storage as lib

violation contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	some tier, wanted in _wanted(row)
	some fault in _faults(row, wanted)
	message := sprintf("tier %s promises snapshots, and %s", [tier, fault])
}

violation contains {"ref": row.ref, "message": message, "severity": "medium"} if {
	some row in input.rows
	count(_wanted(row)) > 0
	count(row.used.failed_snapshots) > 0
	message := sprintf("%d snapshots of its claims failed, such as %s", [count(row.used.failed_snapshots), row.used.failed_snapshots[0]])
}

unknown contains {"ref": row.ref, "message": "whether the snapshot controller runs cannot be read: it has no status"} if {
	some row in input.rows
	count(_wanted(row)) > 0
	some storage in data.sx.inventory.storage
	storage.snapshot_controller.state == "unknown"
}

subject contains row.ref if {
	some row in input.rows
	count(_wanted(row)) > 0
}

_rules := data.sx.rules.storage

_wanted(row) := {tier: snapshot |
	some tier in lib.tiers(_rules, row.name, row.labels)
	snapshot := object.get(_rules.tiers[tier], ["protection", "snapshot"], {})
	object.get(snapshot, "required", false)
}

_faults(row, wanted) := {"the provisioner takes none" | row.abilities.snapshots == "no"} | {"no VolumeSnapshotClass names its driver" |
	row.abilities.snapshots != "no"
	count(row.snapshot_classes) == 0
} | {fault |
	names := [class.name | some class in row.snapshot_classes; class.default]
	count(names) > 1
	fault := sprintf("%d VolumeSnapshotClasses of its driver are the default: %s", [count(names), concat(", ", names)])
} | {fault |
	count(row.snapshot_classes) > 1
	count([class | some class in row.snapshot_classes; class.default]) == 0
	fault := sprintf("none of its driver's %d VolumeSnapshotClasses is the default", [count(row.snapshot_classes)])
} | {fault |
	some used in _used(row)
	allowed := object.get(wanted, "deletion_policy", [])
	count(allowed) > 0
	not used.deletion_policy in {policy | some policy in allowed}
	fault := sprintf("VolumeSnapshotClass %s has deletion policy %s, not %s", [used.name, used.deletion_policy, concat(" or ", allowed)])
} | {"its driver runs without a csi-snapshotter" | row.snapshotter == "no"} | {"no snapshot controller runs" |
	some storage in data.sx.inventory.storage
	storage.snapshot_controller.state in {"absent", "down"}
}

# The class that is used: the default, or the only one.
_used(row) := [class | some class in row.snapshot_classes; _is_used(row, class)]

_is_used(_, class) if class.default

_is_used(row, _) if count(row.snapshot_classes) == 1
