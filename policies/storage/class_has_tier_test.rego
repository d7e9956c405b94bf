package sextant.storage.class_has_tier_test

import data.sextant.storage.class_has_tier as policy

_row := {
	"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "namespace": "", "name": "gold"},
	"class": {"name": "gold", "labels": {"tier": "gold"}, "no_volumes": false},
	"all": [],
}

_rules := object.union(data.sx.rules.storage, {
	"tiers": {
		"gold": {"classes": ["gold"]},
		"silver": {"class_selector": {"match_labels": {"tier": "silver"}}, "required": true},
	},
	"unmanaged_allowed": ["legacy-*"],
})

_violations(rows, rules) := found if {
	found := policy.violation with input.rows as rows with data.sx.rules.storage as rules
}

_subjects(rows, rules) := found if {
	found := policy.subject with input.rows as rows with data.sx.rules.storage as rules
}

test_a_named_class_passes if {
	rows := [_row]
	rules := _rules
	_violations(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_labels_name_a_class_too if {
	rows := [object.union(_row, {"class": {"name": "silver", "labels": {"tier": "silver"}, "no_volumes": false}})]
	rules := _rules
	_violations(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_an_unnamed_class_fails if {
	rows := [object.union(_row, {"class": {"name": "scratch", "labels": {"tier": "scratch"}, "no_volumes": false}})]
	rules := _rules
	_violations(rows, rules) == {{
		"message": "no tier names it",
		"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""},
	}}
	_subjects(rows, rules) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_an_allowed_class_passes if {
	rows := [object.union(_row, {"class": {"name": "legacy-nfs", "labels": {"tier": "legacy-nfs"}, "no_volumes": false}})]
	rules := _rules
	_violations(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_two_tiers_fail if {
	rows := [_row]
	rules := object.union(_rules, {"tiers": {"all": {"classes": ["*"]}}})
	_violations(rows, rules) == {{
		"message": "several tiers name it: all, gold",
		"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""},
	}}
	_subjects(rows, rules) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_buckets_are_no_subjects if {
	rows := [object.union(_row, {"class": {"name": "bucket", "labels": {"tier": "bucket"}, "no_volumes": true}})]
	rules := _rules
	_violations(rows, rules) == set()
	_subjects(rows, rules) == set()
}

test_a_tier_without_a_class_fails if {
	rows := [object.union(_row, {
		"ref": {"group": "", "kind": "Cluster", "namespace": "", "name": ""},
		"class": null,
		"all": [{"name": "gold", "labels": {"tier": "gold"}, "no_volumes": false}],
	})]
	rules := _rules
	_violations(rows, rules) == {{
		"message": "no storage class offers tier silver",
		"path": "tiers.silver",
		"ref": {"group": "", "kind": "Cluster", "name": "", "namespace": ""},
	}}
	_subjects(rows, rules) == {{"group": "", "kind": "Cluster", "name": "", "namespace": ""}}
}

test_an_offered_tier_passes if {
	rows := [object.union(_row, {
		"ref": {"group": "", "kind": "Cluster", "namespace": "", "name": ""},
		"class": null,
		"all": [{"name": "silver", "labels": {"tier": "silver"}, "no_volumes": false}],
	})]
	rules := _rules
	_violations(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "", "kind": "Cluster", "name": "", "namespace": ""}}
}
