package sextant.storage.class_quota_test

import data.sextant.storage.class_quota as policy

_row := {
	"ref": {"group": "", "kind": "Namespace", "namespace": "", "name": "payments"},
	"class": "gold",
	"class_labels": {},
	"class_limit": 107374182400,
	"general_limit": null,
	"used": 10737418240,
}

_rules := object.union(data.sx.rules.storage, {
	"tiers": {
		"gold": {
			"classes": ["gold"],
			"access": {"quota_required": true, "max_per_namespace": "1Ti", "capacity": "10Ti", "overcommit": 2},
		},
	},
})

_violations(rows, rules, storage_use) := found if {
	found := policy.violation with input.rows as rows with data.sx.rules.storage as rules with data.sx.inventory.storage_use as storage_use
}

_subjects(rows, rules, storage_use) := found if {
	found := policy.subject with input.rows as rows with data.sx.rules.storage as rules with data.sx.inventory.storage_use as storage_use
}

_storage_use := [{"class": "gold", "class_limit": 107374182400}]

test_a_quota_passes if {
	rows := [_row]
	rules := _rules
	_violations(rows, rules, _storage_use) == set()
	_subjects(rows, rules, _storage_use) == {{"group": "", "kind": "Namespace", "name": "payments", "namespace": ""}}
}

test_none_fails if {
	rows := [object.union(_row, {"class_limit": null, "used": null})]
	rules := _rules
	_violations(rows, rules, _storage_use) == {{
		"message": "uses class gold of tier gold without a quota for it",
		"ref": {"group": "", "kind": "Namespace", "name": "payments", "namespace": ""},
	}}
	_subjects(rows, rules, _storage_use) == {{"group": "", "kind": "Namespace", "name": "payments", "namespace": ""}}
}

test_one_over_all_classes_may_do if {
	rows := [object.union(_row, {"class_limit": null, "used": null, "general_limit": 107374182400})]
	rules := object.union(_rules, {"tiers": {"gold": {"access": {"general_quota": true}}}})
	_violations(rows, rules, _storage_use) == set()
	_subjects(rows, rules, _storage_use) == {{"group": "", "kind": "Namespace", "name": "payments", "namespace": ""}}
}

test_too_large_a_quota_fails if {
	rows := [object.union(_row, {"class_limit": 2199023255552})]
	rules := _rules
	_violations(rows, rules, _storage_use) == {{
		"message": "its quota for class gold allows more than the 1Ti of tier gold",
		"ref": {"group": "", "kind": "Namespace", "name": "payments", "namespace": ""},
	}}
	_subjects(rows, rules, _storage_use) == {{"group": "", "kind": "Namespace", "name": "payments", "namespace": ""}}
}

test_a_full_quota_is_told if {
	rows := [object.union(_row, {"used": 102005473280})]
	rules := _rules
	_violations(rows, rules, _storage_use) == {{
		"message": "95 % of the quota for class gold are in use",
		"ref": {"group": "", "kind": "Namespace", "name": "payments", "namespace": ""},
		"severity": "low",
	}}
	_subjects(rows, rules, _storage_use) == {{"group": "", "kind": "Namespace", "name": "payments", "namespace": ""}}
}

test_promising_more_than_there_is_fails if {
	rows := [_row]
	rules := _rules
	storage_use := [
		{"class": "gold", "class_limit": 16106127360000},
		{"class": "gold", "class_limit": 16106127360000},
		{"class": "gold", "class_limit": null},
		{"class": "x", "class_limit": 1},
	]
	_violations(rows, rules, storage_use) == {{
		"message": "the quotas for class gold promise 30000 GiB of the 10Ti that tier gold has",
		"ref": {"group": "", "kind": "Namespace", "name": "payments", "namespace": ""},
	}}
	_subjects(rows, rules, storage_use) == {{"group": "", "kind": "Namespace", "name": "payments", "namespace": ""}}
}

test_each_demand_makes_a_subject if {
	rows := [_row]
	rules := object.union(_rules, {"tiers": {"gold": {"access": {"quota_required": false}}}})
	_violations(rows, rules, _storage_use) == set()
	_subjects(rows, rules, _storage_use) == {{"group": "", "kind": "Namespace", "name": "payments", "namespace": ""}}
}

test_capacity_alone_too if {
	rows := [_row]
	rules := object.union(_rules, {"tiers": {"gold": {"access": {"quota_required": false, "max_per_namespace": ""}}}})
	_violations(rows, rules, _storage_use) == set()
	_subjects(rows, rules, _storage_use) == {{"group": "", "kind": "Namespace", "name": "payments", "namespace": ""}}
}

test_a_tier_that_asks_for_nothing_is_no_subject if {
	rows := [object.union(_row, {"class": "x"})]
	rules := _rules
	_violations(rows, rules, _storage_use) == set()
	_subjects(rows, rules, _storage_use) == set()
}
