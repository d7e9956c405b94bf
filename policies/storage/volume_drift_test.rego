package sextant.storage.volume_drift_test

import data.sextant.storage.volume_drift as policy

_row := {
	"ref": {"group": "", "kind": "PersistentVolume", "namespace": "", "name": "pv-1"},
	"name": "pv-1",
	"class": "gold",
	"class_labels": {},
	"phase": "Bound",
	"reclaim_policy": "Retain",
	"phase_seconds": 100,
	"source": "csi",
	"class_exists": "yes",
	"driver": "rbd.csi.ceph.com",
	"foreign_driver": "",
	"has_attributes": true,
	"drift": [],
	"class_parameters": ["pool", "encrypted"],
	"older_than_class": "no",
}

_rules := object.union(data.sx.rules.storage, {})

_violations(rows, rules) := found if {
	found := policy.violation with input.rows as rows with data.sx.rules.storage as rules
}

_unknowns(rows, rules) := found if {
	found := policy.unknown with input.rows as rows with data.sx.rules.storage as rules
}

_subjects(rows, rules) := found if {
	found := policy.subject with input.rows as rows with data.sx.rules.storage as rules
}

test_the_same_passes if {
	rows := [_row]
	rules := _rules
	_violations(rows, rules) == set()
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolume", "name": "pv-1", "namespace": ""}}
}

test_a_contradiction_fails if {
	rows := [object.union(_row, {
		"drift": [
			{"parameter": "pool", "class": "gold", "volume": "silver"},
			{"parameter": "encrypted", "class": "true", "volume": null},
			{"parameter": "imageFeatures", "class": "layering", "volume": "none"},
		],
	})]
	rules := _rules
	_violations(rows, rules) == {{
		"evidence": {
			"drift": [
				{"class": "gold", "parameter": "pool", "volume": "silver"},
				{"class": "true", "parameter": "encrypted", "volume": null},
			],
		},
		"message": "differs from class gold: pool is silver, not gold, encrypted=true is missing",
		"path": "spec.csi.volumeAttributes",
		"ref": {"group": "", "kind": "PersistentVolume", "name": "pv-1", "namespace": ""},
	}}
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolume", "name": "pv-1", "namespace": ""}}
}

test_an_older_volume_without_the_parameter_fails if {
	rows := [object.union(_row, {"older_than_class": "yes", "drift": [{"parameter": "encrypted", "class": "true", "volume": null}]})]
	rules := _rules
	_violations(rows, rules) == {{
		"evidence": {"drift": [{"class": "true", "parameter": "encrypted", "volume": null}]},
		"message": "differs from class gold: encrypted=true is missing; the class was made anew after it",
		"path": "spec.csi.volumeAttributes",
		"ref": {"group": "", "kind": "PersistentVolume", "name": "pv-1", "namespace": ""},
	}}
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolume", "name": "pv-1", "namespace": ""}}
}

test_a_missing_parameter_alone_proves_nothing if {
	rows := [object.union(_row, {"drift": [{"parameter": "encrypted", "class": "true", "volume": null}]})]
	rules := _rules
	_violations(rows, rules) == set()
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolume", "name": "pv-1", "namespace": ""}}
}

test_another_driver_fails if {
	rows := [object.union(_row, {"foreign_driver": "pxd.portworx.com"})]
	rules := _rules
	_violations(rows, rules) == {{
		"message": "made by rbd.csi.ceph.com, and class gold is of pxd.portworx.com",
		"path": "spec.csi.driver",
		"ref": {"group": "", "kind": "PersistentVolume", "name": "pv-1", "namespace": ""},
	}}
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolume", "name": "pv-1", "namespace": ""}}
}

test_no_attributes_are_unknown if {
	rows := [object.union(_row, {"has_attributes": false})]
	rules := _rules
	_violations(rows, rules) == set()
	_unknowns(rows, rules) == {{
		"message": "it keeps no attributes, so nothing shows whether it is what class gold says",
		"ref": {"group": "", "kind": "PersistentVolume", "name": "pv-1", "namespace": ""},
	}}
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolume", "name": "pv-1", "namespace": ""}}
}

test_in_tree_volumes_are_no_subjects if {
	rows := [object.union(_row, {"source": "hostPath"})]
	rules := _rules
	_violations(rows, rules) == set()
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == set()
}
