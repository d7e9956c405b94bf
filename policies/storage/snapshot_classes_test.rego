package sextant.storage.snapshot_classes_test

import data.sextant.storage.snapshot_classes as policy

_row := {
	"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "namespace": "", "name": "gold"},
	"name": "gold",
	"labels": {},
	"abilities": {"snapshots": "yes"},
	"snapshotter": "yes",
	"snapshot_classes": [{"name": "gold-snap", "deletion_policy": "Retain", "default": false, "velero": false}],
	"used": {"failed_snapshots": []},
}

_rules := object.union(data.sx.rules.storage, {
	"tiers": {"gold": {"classes": ["gold"], "protection": {"snapshot": {"required": true, "deletion_policy": ["Retain"]}}}},
})

_violations(rows, rules, storage) := found if {
	found := policy.violation with input.rows as rows with data.sx.rules.storage as rules with data.sx.inventory.storage as storage
}

_unknowns(rows, rules, storage) := found if {
	found := policy.unknown with input.rows as rows with data.sx.rules.storage as rules with data.sx.inventory.storage as storage
}

_subjects(rows, rules, storage) := found if {
	found := policy.subject with input.rows as rows with data.sx.rules.storage as rules with data.sx.inventory.storage as storage
}

_storage := [{"snapshot_controller": {"state": "ready"}}]

test_one_class_passes if {
	rows := [_row]
	rules := _rules
	_violations(rows, rules, _storage) == set()
	_unknowns(rows, rules, _storage) == set()
	_subjects(rows, rules, _storage) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_none_fails if {
	rows := [object.union(_row, {"snapshot_classes": []})]
	rules := _rules
	_violations(rows, rules, _storage) == {{
		"message": "tier gold promises snapshots, and no VolumeSnapshotClass names its driver",
		"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""},
	}}
	_unknowns(rows, rules, _storage) == set()
	_subjects(rows, rules, _storage) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_a_provisioner_that_cannot_fails if {
	rows := [object.union(_row, {"abilities": {"snapshots": "no"}, "snapshot_classes": []})]
	rules := _rules
	_violations(rows, rules, _storage) == {{
		"message": "tier gold promises snapshots, and the provisioner takes none",
		"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""},
	}}
	_unknowns(rows, rules, _storage) == set()
	_subjects(rows, rules, _storage) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_two_without_a_default_fail if {
	rows := [object.union(_row, {
		"snapshot_classes": [
			{"name": "a", "deletion_policy": "Retain", "default": false, "velero": false},
			{"name": "b", "deletion_policy": "Retain", "default": false, "velero": false},
		],
	})]
	rules := _rules
	_violations(rows, rules, _storage) == {{
		"message": "tier gold promises snapshots, and none of its driver's 2 VolumeSnapshotClasses is the default",
		"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""},
	}}
	_unknowns(rows, rules, _storage) == set()
	_subjects(rows, rules, _storage) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_two_defaults_fail if {
	rows := [object.union(_row, {
		"snapshot_classes": [
			{"name": "a", "deletion_policy": "Retain", "default": true, "velero": false},
			{"name": "b", "deletion_policy": "Retain", "default": true, "velero": false},
		],
	})]
	rules := _rules
	_violations(rows, rules, _storage) == {{
		"message": "tier gold promises snapshots, and 2 VolumeSnapshotClasses of its driver are the default: a, b",
		"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""},
	}}
	_unknowns(rows, rules, _storage) == set()
	_subjects(rows, rules, _storage) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_the_default_counts if {
	rows := [object.union(_row, {
		"snapshot_classes": [
			{"name": "a", "deletion_policy": "Delete", "default": false, "velero": false},
			{"name": "b", "deletion_policy": "Retain", "default": true, "velero": false},
		],
	})]
	rules := _rules
	_violations(rows, rules, _storage) == set()
	_unknowns(rows, rules, _storage) == set()
	_subjects(rows, rules, _storage) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_a_wrong_policy_fails if {
	rows := [object.union(_row, {"snapshot_classes": [{"name": "a", "deletion_policy": "Delete", "default": false, "velero": false}]})]
	rules := _rules
	_violations(rows, rules, _storage) == {{
		"message": "tier gold promises snapshots, and VolumeSnapshotClass a has deletion policy Delete, not Retain",
		"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""},
	}}
	_unknowns(rows, rules, _storage) == set()
	_subjects(rows, rules, _storage) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_a_driver_without_a_sidecar_fails if {
	rows := [object.union(_row, {"snapshotter": "no"})]
	rules := _rules
	_violations(rows, rules, _storage) == {{
		"message": "tier gold promises snapshots, and its driver runs without a csi-snapshotter",
		"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""},
	}}
	_unknowns(rows, rules, _storage) == set()
	_subjects(rows, rules, _storage) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_no_controller_fails if {
	rows := [_row]
	rules := _rules
	storage := [{"snapshot_controller": {"state": "absent"}}]
	_violations(rows, rules, storage) == {{
		"message": "tier gold promises snapshots, and no snapshot controller runs",
		"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""},
	}}
	_unknowns(rows, rules, storage) == set()
	_subjects(rows, rules, storage) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_a_controller_without_status_is_unknown if {
	rows := [_row]
	rules := _rules
	storage := [{"snapshot_controller": {"state": "unknown"}}]
	_violations(rows, rules, storage) == set()
	_unknowns(rows, rules, storage) == {{
		"message": "whether the snapshot controller runs cannot be read: it has no status",
		"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""},
	}}
	_subjects(rows, rules, storage) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_failed_snapshots_fail if {
	rows := [object.union(_row, {"used": {"failed_snapshots": ["payments/s1: timed out"]}})]
	rules := _rules
	_violations(rows, rules, _storage) == {{
		"message": "1 snapshots of its claims failed, such as payments/s1: timed out",
		"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""},
		"severity": "medium",
	}}
	_unknowns(rows, rules, _storage) == set()
	_subjects(rows, rules, _storage) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}
