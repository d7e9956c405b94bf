package sextant.storage.expansion_test

import data.sextant.storage.expansion as policy

_row := {
	"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "namespace": "", "name": "gold"},
	"class": null,
	"volume": null,
	"claim": null,
	"workload": null,
	"attributes_class": null,
}

_rules := object.union(data.sx.rules.storage, {"tiers": {"gold": {"classes": ["gold"], "lifecycle": {"expansion": "required"}}}})

_violations(rows, rules) := found if {
	found := policy.violation with input.rows as rows with data.sx.rules.storage as rules
}

_subjects(rows, rules) := found if {
	found := policy.subject with input.rows as rows with data.sx.rules.storage as rules
}

test_a_class_that_grows_passes if {
	rows := [object.union(_row, {
		"class": {"name": "gold", "labels": {}, "expansion": true, "resizer": "yes", "abilities": {"expansion": "yes"}},
	})]
	rules := _rules
	_violations(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_one_that_does_not_fails if {
	rows := [object.union(_row, {
		"class": {"name": "gold", "labels": {}, "expansion": false, "resizer": "yes", "abilities": {"expansion": "yes"}},
	})]
	rules := _rules
	_violations(rows, rules) == {{
		"message": "allowVolumeExpansion is not true, and tier gold promises growth",
		"path": "allowVolumeExpansion",
		"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""},
	}}
	_subjects(rows, rules) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_one_whose_provisioner_cannot_fails if {
	rows := [object.union(_row, {
		"class": {"name": "gold", "labels": {}, "expansion": true, "resizer": "yes", "abilities": {"expansion": "no"}},
	})]
	rules := _rules
	_violations(rows, rules) == {{
		"message": "its provisioner cannot grow volumes, and tier gold promises growth",
		"path": "allowVolumeExpansion",
		"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""},
	}}
	_subjects(rows, rules) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_one_without_a_resizer_fails if {
	rows := [object.union(_row, {
		"class": {"name": "gold", "labels": {}, "expansion": true, "resizer": "no", "abilities": {"expansion": "yes"}},
	})]
	rules := _rules
	_violations(rows, rules) == {{
		"message": "its driver runs without a resizer, and tier gold promises growth",
		"path": "allowVolumeExpansion",
		"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""},
	}}
	_subjects(rows, rules) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_a_claim_that_grew_passes if {
	rows := [object.union(_row, {
		"ref": {"group": "", "kind": "PersistentVolumeClaim", "namespace": "payments", "name": "data"},
		"claim": {
			"name": "data",
			"namespace": "payments",
			"source": "claim",
			"class": "gold",
			"class_labels": {},
			"resize_failed": false,
			"resizing_seconds": null,
		},
	})]
	rules := _rules
	_violations(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"}}
}

test_a_stuck_resize_fails if {
	rows := [object.union(_row, {
		"ref": {"group": "", "kind": "PersistentVolumeClaim", "namespace": "payments", "name": "data"},
		"claim": {
			"name": "data",
			"namespace": "payments",
			"source": "claim",
			"class": "gold",
			"class_labels": {},
			"resize_failed": false,
			"resizing_seconds": 7200,
		},
	})]
	rules := _rules
	_violations(rows, rules) == {{
		"message": "a resize has been under way for 120 minutes",
		"path": "status.conditions",
		"ref": {"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"},
	}}
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"}}
}

test_a_failed_resize_fails if {
	rows := [object.union(_row, {
		"ref": {"group": "", "kind": "PersistentVolumeClaim", "namespace": "payments", "name": "data"},
		"claim": {
			"name": "data",
			"namespace": "payments",
			"source": "claim",
			"class": "gold",
			"class_labels": {},
			"resize_failed": true,
			"resizing_seconds": null,
		},
	})]
	rules := _rules
	_violations(rows, rules) == {{
		"message": "a resize failed",
		"path": "status.conditions",
		"ref": {"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"},
	}}
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"}}
}
