package sextant.storage.reclaim_test

import data.sextant.storage.reclaim as policy

_row := {
	"ref": {"group": "", "kind": "PersistentVolume", "namespace": "", "name": "pv-1"},
	"class": null,
	"volume": null,
	"claim": null,
	"workload": null,
	"attributes_class": null,
}

_rules := object.union(data.sx.rules.storage, {"tiers": {"gold": {"classes": ["gold"], "lifecycle": {"reclaim": "Retain", "released_max_age": "30d"}}}})

_violations(rows, rules) := found if {
	found := policy.violation with input.rows as rows with data.sx.rules.storage as rules
}

_subjects(rows, rules) := found if {
	found := policy.subject with input.rows as rows with data.sx.rules.storage as rules
}

test_the_same_policy_passes if {
	rows := [object.union(_row, {
		"volume": {
			"name": "pv-1",
			"class": "gold",
			"class_labels": {},
			"phase": "Bound",
			"reclaim_policy": "Retain",
			"phase_seconds": 100,
		},
	})]
	rules := _rules
	_violations(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolume", "name": "pv-1", "namespace": ""}}
}

test_another_policy_of_a_volume_fails if {
	rows := [object.union(_row, {
		"volume": {
			"name": "pv-1",
			"class": "gold",
			"class_labels": {},
			"phase": "Bound",
			"reclaim_policy": "Delete",
			"phase_seconds": 100,
		},
	})]
	rules := _rules
	_violations(rows, rules) == {{
		"message": "reclaim policy is Delete, and tier gold asks for Retain",
		"path": "spec.persistentVolumeReclaimPolicy",
		"ref": {"group": "", "kind": "PersistentVolume", "name": "pv-1", "namespace": ""},
	}}
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolume", "name": "pv-1", "namespace": ""}}
}

test_another_policy_of_a_class_fails if {
	rows := [object.union(_row, {
		"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "namespace": "", "name": "gold"},
		"class": {"name": "gold", "labels": {}, "reclaim_policy": "Delete"},
	})]
	rules := _rules
	_violations(rows, rules) == {{
		"message": "reclaim policy is Delete, and tier gold asks for Retain",
		"path": "reclaimPolicy",
		"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""},
	}}
	_subjects(rows, rules) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_released_data_is_kept_for_a_while if {
	rows := [object.union(_row, {
		"volume": {
			"name": "pv-1",
			"class": "gold",
			"class_labels": {},
			"phase": "Released",
			"reclaim_policy": "Retain",
			"phase_seconds": 86400,
		},
	})]
	rules := _rules
	_violations(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolume", "name": "pv-1", "namespace": ""}}
}

test_and_not_for_ever if {
	rows := [object.union(_row, {
		"volume": {
			"name": "pv-1",
			"class": "gold",
			"class_labels": {},
			"phase": "Released",
			"reclaim_policy": "Retain",
			"phase_seconds": 4000000,
		},
	})]
	rules := _rules
	_violations(rows, rules) == {{
		"message": "released 46 days ago, and tier gold keeps released data for 30d",
		"path": "status.phase",
		"ref": {"group": "", "kind": "PersistentVolume", "name": "pv-1", "namespace": ""},
	}}
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolume", "name": "pv-1", "namespace": ""}}
}

test_a_set_that_deletes_claims_fails if {
	rows := [object.union(_row, {
		"ref": {"group": "", "kind": "PersistentVolumeClaim", "namespace": "payments", "name": "data"},
		"claim": {
			"name": "data",
			"namespace": "payments",
			"source": "claim",
			"class": "gold",
			"class_labels": {},
			"retention": {"when_deleted": "Delete"},
		},
	})]
	rules := _rules
	_violations(rows, rules) == {{
		"message": "its StatefulSet deletes it with itself, and tier gold retains",
		"ref": {"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"},
		"severity": "medium",
	}}
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"}}
}

test_a_set_that_retains_them_passes if {
	rows := [object.union(_row, {
		"ref": {"group": "", "kind": "PersistentVolumeClaim", "namespace": "payments", "name": "data"},
		"claim": {
			"name": "data",
			"namespace": "payments",
			"source": "claim",
			"class": "gold",
			"class_labels": {},
			"retention": {"when_deleted": "Retain"},
		},
	})]
	rules := _rules
	_violations(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"}}
}
