package sextant.storage.attributes_classes_test

import data.sextant.storage.attributes_classes as policy

_row := {
	"ref": {"group": "storage.k8s.io", "kind": "VolumeAttributesClass", "namespace": "", "name": "burst"},
	"class": null,
	"volume": null,
	"claim": null,
	"workload": null,
	"attributes_class": null,
}

_rules := object.union(data.sx.rules.storage, {"tiers": {"gold": {"classes": ["gold"], "lifecycle": {"volume_attributes_classes": ["burst"]}}}})

_violations(rows, rules) := found if {
	found := policy.violation with input.rows as rows with data.sx.rules.storage as rules
}

_subjects(rows, rules) := found if {
	found := policy.subject with input.rows as rows with data.sx.rules.storage as rules
}

test_a_named_one_passes if {
	rows := [object.union(_row, {"attributes_class": {"name": "burst"}})]
	rules := _rules
	_violations(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "storage.k8s.io", "kind": "VolumeAttributesClass", "name": "burst", "namespace": ""}}
}

test_another_fails if {
	rows := [object.union(_row, {"attributes_class": {"name": "wild"}})]
	rules := _rules
	_violations(rows, rules) == {{
		"message": "no tier names it",
		"ref": {"group": "storage.k8s.io", "kind": "VolumeAttributesClass", "name": "burst", "namespace": ""},
	}}
	_subjects(rows, rules) == {{"group": "storage.k8s.io", "kind": "VolumeAttributesClass", "name": "burst", "namespace": ""}}
}

test_a_claim_within_its_tier_passes if {
	rows := [object.union(_row, {
		"ref": {"group": "", "kind": "PersistentVolumeClaim", "namespace": "payments", "name": "data"},
		"claim": {
			"name": "data",
			"namespace": "payments",
			"source": "claim",
			"class": "gold",
			"class_labels": {},
			"attributes_class": "burst",
			"current_attributes_class": "burst",
			"modify_status": "",
			"attributes_quota": true,
			"bypass": [],
			"seconds": 90000,
		},
	})]
	rules := _rules
	_violations(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"}}
}

test_one_outside_fails if {
	rows := [object.union(_row, {
		"ref": {"group": "", "kind": "PersistentVolumeClaim", "namespace": "payments", "name": "data"},
		"claim": {
			"name": "data",
			"namespace": "payments",
			"source": "claim",
			"class": "gold",
			"class_labels": {},
			"attributes_class": "wild",
			"current_attributes_class": "wild",
			"modify_status": "",
			"attributes_quota": true,
			"bypass": [],
			"seconds": 90000,
		},
	})]
	rules := _rules
	_violations(rows, rules) == {{
		"message": "uses VolumeAttributesClass wild, which is not one of tier gold",
		"path": "spec.volumeAttributesClassName",
		"ref": {"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"},
	}}
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"}}
}

test_one_that_cannot_be_made_fails if {
	rows := [object.union(_row, {
		"ref": {"group": "", "kind": "PersistentVolumeClaim", "namespace": "payments", "name": "data"},
		"claim": {
			"name": "data",
			"namespace": "payments",
			"source": "claim",
			"class": "gold",
			"class_labels": {},
			"attributes_class": "burst",
			"current_attributes_class": "",
			"modify_status": "Infeasible",
			"attributes_quota": true,
			"bypass": [],
			"seconds": 90000,
		},
	})]
	rules := _rules
	_violations(rows, rules) == {{
		"message": "the driver cannot make it burst",
		"path": "spec.volumeAttributesClassName",
		"ref": {"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"},
	}}
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"}}
}

test_one_that_is_not_made_fails if {
	rows := [object.union(_row, {
		"ref": {"group": "", "kind": "PersistentVolumeClaim", "namespace": "payments", "name": "data"},
		"claim": {
			"name": "data",
			"namespace": "payments",
			"source": "claim",
			"class": "gold",
			"class_labels": {},
			"attributes_class": "burst",
			"current_attributes_class": "",
			"modify_status": "",
			"attributes_quota": true,
			"bypass": [],
			"seconds": 90000,
		},
	})]
	rules := _rules
	_violations(rows, rules) == {{
		"message": "asks for burst and still is none",
		"path": "spec.volumeAttributesClassName",
		"ref": {"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"},
	}}
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"}}
}

test_one_that_is_another_fails if {
	rows := [object.union(_row, {
		"ref": {"group": "", "kind": "PersistentVolumeClaim", "namespace": "payments", "name": "data"},
		"claim": {
			"name": "data",
			"namespace": "payments",
			"source": "claim",
			"class": "gold",
			"class_labels": {},
			"attributes_class": "burst",
			"current_attributes_class": "slow",
			"modify_status": "",
			"attributes_quota": true,
			"bypass": [],
			"seconds": 90000,
		},
	})]
	rules := _rules
	_violations(rows, rules) == {{
		"message": "asks for burst and still is slow",
		"path": "spec.volumeAttributesClassName",
		"ref": {"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"},
	}}
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"}}
}

test_without_a_quota_it_fails if {
	rows := [object.union(_row, {
		"ref": {"group": "", "kind": "PersistentVolumeClaim", "namespace": "payments", "name": "data"},
		"claim": {
			"name": "data",
			"namespace": "payments",
			"source": "claim",
			"class": "gold",
			"class_labels": {},
			"attributes_class": "burst",
			"current_attributes_class": "burst",
			"modify_status": "",
			"attributes_quota": false,
			"bypass": [],
			"seconds": 90000,
		},
	})]
	rules := _rules
	_violations(rows, rules) == {{
		"message": "no quota of its namespace counts VolumeAttributesClasses",
		"path": "spec.volumeAttributesClassName",
		"ref": {"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"},
	}}
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"}}
}

test_annotations_past_it_fail if {
	rows := [object.union(_row, {
		"ref": {"group": "", "kind": "PersistentVolumeClaim", "namespace": "payments", "name": "data"},
		"claim": {
			"name": "data",
			"namespace": "payments",
			"source": "claim",
			"class": "gold",
			"class_labels": {},
			"attributes_class": "",
			"current_attributes_class": "",
			"modify_status": "",
			"attributes_quota": true,
			"bypass": ["ebs.csi.aws.com/iops"],
			"seconds": 90000,
		},
	})]
	rules := _rules
	_violations(rows, rules) == {{
		"message": "annotations change the volume past every class: ebs.csi.aws.com/iops",
		"path": "metadata.annotations",
		"ref": {"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"},
	}}
	_subjects(rows, rules) == set()
}
