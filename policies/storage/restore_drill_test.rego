package sextant.storage.restore_drill_test

import data.sextant.storage.restore_drill as policy

_row := {
	"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "namespace": "", "name": "gold"},
	"name": "gold",
	"labels": {},
	"used": {"claims": 3},
	"restores": [{"name": "Restore velero/r1", "seconds": 86400}],
}

_rules := object.union(data.sx.rules.storage, {"tiers": {"gold": {"classes": ["gold"], "protection": {"restore_test_max_age": "90d"}}}})

_violations(rows, rules) := found if {
	found := policy.violation with input.rows as rows with data.sx.rules.storage as rules with data.sx.snapshot as {"time": "2026-11-23T09:00:00Z"}
}

_unknowns(rows, rules) := found if {
	found := policy.unknown with input.rows as rows with data.sx.rules.storage as rules with data.sx.snapshot as {"time": "2026-11-23T09:00:00Z"}
}

_subjects(rows, rules) := found if {
	found := policy.subject with input.rows as rows with data.sx.rules.storage as rules with data.sx.snapshot as {"time": "2026-11-23T09:00:00Z"}
}

test_a_fresh_restore_passes if {
	rows := [_row]
	rules := _rules
	_violations(rows, rules) == set()
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_none_fails if {
	rows := [object.union(_row, {"restores": []})]
	rules := _rules
	_violations(rows, rules) == {{
		"message": "tier gold promises a restore within 90d, and none completed",
		"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""},
	}}
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_an_old_one_fails if {
	rows := [object.union(_row, {"restores": [{"name": "Restore velero/r1", "seconds": 9000000}]})]
	rules := _rules
	_violations(rows, rules) == {{
		"message": "tier gold promises a restore within 90d, and the newest, Restore velero/r1, is 104 days old",
		"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""},
	}}
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_an_undated_one_is_unknown if {
	rows := [object.union(_row, {"restores": [{"name": "Restore velero/r1", "seconds": null}]})]
	rules := _rules
	_violations(rows, rules) == set()
	_unknowns(rows, rules) == {{
		"message": "tier gold promises a restore within 90d, and the age of Restore velero/r1 cannot be told",
		"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""},
	}}
	_subjects(rows, rules) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_a_test_may_be_attested if {
	rows := [object.union(_row, {"restores": []})]
	rules := object.union(_rules, {
		"attestations": [
			{
				"class": "gold",
				"property": "protection.restore_test",
				"value": true,
				"evidence": "test report 7",
				"owner": "storage-team",
				"expires": "2027-01-01",
			},
		],
	})
	_violations(rows, rules) == set()
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_an_unused_class_is_no_subject if {
	rows := [object.union(_row, {"used": {"claims": 0}})]
	rules := _rules
	_violations(rows, rules) == set()
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == set()
}
