package sextant.storage.class_encryption_test

import data.sextant.storage.class_encryption as policy

_row := {
	"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "namespace": "", "name": "gold"},
	"name": "gold",
	"labels": {},
	"properties": {"encryption.at_rest": {"value": true, "strength": "observed", "source": "parameter x"}},
}

_rules := object.union(data.sx.rules.storage, {"tiers": {"gold": {"classes": ["gold"], "encryption": {"at_rest": "required"}}}})

_violations(rows, rules) := found if {
	found := policy.violation with input.rows as rows with data.sx.rules.storage as rules with data.sx.snapshot as {"time": "2026-11-23T09:00:00Z"}
}

_unknowns(rows, rules) := found if {
	found := policy.unknown with input.rows as rows with data.sx.rules.storage as rules with data.sx.snapshot as {"time": "2026-11-23T09:00:00Z"}
}

_subjects(rows, rules) := found if {
	found := policy.subject with input.rows as rows with data.sx.rules.storage as rules with data.sx.snapshot as {"time": "2026-11-23T09:00:00Z"}
}

test_encryption_passes if {
	rows := [_row]
	rules := _rules
	_violations(rows, rules) == set()
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_none_fails if {
	rows := [object.union(_row, {
		"properties": {"encryption.at_rest": {"value": false, "strength": "platform-default", "source": "default of encrypted"}},
	})]
	rules := _rules
	_violations(rows, rules) == {{
		"evidence": {"encryption.at_rest": {"source": "default of encrypted", "strength": "platform-default", "value": false}},
		"message": "encryption at rest is false, and tier gold asks for true (default of encrypted)",
		"path": "parameters",
		"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""},
	}}
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_an_unread_backend_is_unknown if {
	rows := [object.union(_row, {"properties": {"encryption.at_rest": {"value": null, "strength": "unknown", "source": "opaque"}}})]
	rules := _rules
	_violations(rows, rules) == set()
	_unknowns(rows, rules) == {{
		"evidence": {"encryption.at_rest": {"source": "opaque", "strength": "unknown", "value": null}},
		"message": "encryption at rest cannot be proven, and tier gold asks for true: opaque",
		"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""},
	}}
	_subjects(rows, rules) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_an_attestation_counts_against_a_default if {
	rows := [object.union(_row, {
		"properties": {"encryption.at_rest": {"value": false, "strength": "platform-default", "source": "parameter x"}},
	})]
	rules := object.union(_rules, {
		"attestations": [
			{
				"class": "gold",
				"property": "encryption.at_rest",
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

test_a_platform_default_may_not_be_enough if {
	rows := [object.union(_row, {
		"properties": {"encryption.at_rest": {"value": true, "strength": "platform-default", "source": "parameter x"}},
	})]
	rules := object.union(_rules, {"tiers": {"gold": {"accept": {"encryption": ["observed"]}}}})
	_violations(rows, rules) == {{
		"evidence": {"encryption.at_rest": {"source": "parameter x", "strength": "platform-default", "value": true}},
		"message": "encryption at rest is true by a proof that tier gold does not accept: platform-default (parameter x)",
		"path": "parameters",
		"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""},
	}}
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_a_tier_that_asks_for_nothing_is_no_subject if {
	rows := [_row]
	rules := object.union(_rules, {"tiers": {"gold": {"encryption": {"at_rest": "preferred", "in_transit": "none"}}}})
	_violations(rows, rules) == set()
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == set()
}
