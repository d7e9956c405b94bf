package sextant.storage.access_modes_test

import data.sextant.storage.access_modes as policy

_row := {
	"ref": {"group": "", "kind": "PersistentVolumeClaim", "namespace": "payments", "name": "data"},
	"name": "data",
	"namespace": "payments",
	"source": "claim",
	"class": "gold",
	"class_labels": {},
	"modes": ["ReadWriteOnce"],
	"volume_mode": "Filesystem",
	"possible_modes": ["ReadWriteOnce"],
	"provisioner": "rbd.csi.ceph.com",
	"class_exists": "yes",
	"used_by": [],
}

_rules := object.union(data.sx.rules.storage, {
	"tiers": {"gold": {"classes": ["gold"], "access": {"modes": ["ReadWriteOnce"], "volume_modes": ["Filesystem"]}}},
})

_violations(rows, rules) := found if {
	found := policy.violation with input.rows as rows with data.sx.rules.storage as rules
}

_subjects(rows, rules) := found if {
	found := policy.subject with input.rows as rows with data.sx.rules.storage as rules
}

test_a_mode_of_the_tier_passes if {
	rows := [_row]
	rules := _rules
	_violations(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"}}
}

test_another_mode_fails if {
	rows := [object.union(_row, {"modes": ["ReadWriteMany"]})]
	rules := _rules
	_violations(rows, rules) == {
		{
			"message": "access mode ReadWriteMany is not one of tier gold",
			"path": "spec.accessModes",
			"ref": {"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"},
		},
		{
			"message": "access mode ReadWriteMany is not one that rbd.csi.ceph.com can do for filesystem volumes",
			"path": "spec.accessModes",
			"ref": {"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"},
		},
	}
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"}}
}

test_another_volume_mode_fails if {
	rows := [object.union(_row, {"volume_mode": "Block"})]
	rules := _rules
	_violations(rows, rules) == {{
		"message": "volume mode Block is not one of tier gold",
		"path": "spec.volumeMode",
		"ref": {"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"},
	}}
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"}}
}

test_an_unknown_driver_is_not_held_to_modes if {
	rows := [object.union(_row, {"possible_modes": []})]
	rules := _rules
	_violations(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"}}
}

test_copies_on_a_volume_for_one_node_fail if {
	rows := [object.union(_row, {"used_by": [{"kind": "Deployment", "name": "db", "replicas": 3}]})]
	rules := _rules
	_violations(rows, rules) == {{
		"message": "for one node only, and Deployment db wants 3 copies of itself on it",
		"ref": {"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"},
		"severity": "medium",
	}}
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"}}
}

test_one_copy_passes if {
	rows := [object.union(_row, {
		"used_by": [{"kind": "Deployment", "name": "db", "replicas": 1}, {"kind": "StatefulSet", "name": "s", "replicas": 3}],
	})]
	rules := _rules
	_violations(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"}}
}
