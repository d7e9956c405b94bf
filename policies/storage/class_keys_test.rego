package sextant.storage.class_keys_test

import data.sextant.storage.class_keys as policy

_row := {
	"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "namespace": "", "name": "gold"},
	"name": "gold",
	"labels": {},
	"properties": {
		"encryption.key_management": {"value": "customer", "strength": "observed", "source": "parameter x"},
		"encryption.at_rest": {"value": true, "strength": "observed", "source": "parameter x"},
	},
}

_rules := object.union(data.sx.rules.storage, {"tiers": {"gold": {"classes": ["gold"], "encryption": {"key_management": "customer"}}}})

_violations(rows, rules) := found if {
	found := policy.violation with input.rows as rows with data.sx.rules.storage as rules with data.sx.snapshot as {"time": "2026-11-23T09:00:00Z"}
}

_unknowns(rows, rules) := found if {
	found := policy.unknown with input.rows as rows with data.sx.rules.storage as rules with data.sx.snapshot as {"time": "2026-11-23T09:00:00Z"}
}

_subjects(rows, rules) := found if {
	found := policy.subject with input.rows as rows with data.sx.rules.storage as rules with data.sx.snapshot as {"time": "2026-11-23T09:00:00Z"}
}

test_keys_of_the_customer_pass if {
	rows := [_row]
	rules := _rules
	_violations(rows, rules) == set()
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_a_secret_fails if {
	rows := [object.union(_row, {
		"properties": {"encryption.key_management": {"value": "secret", "strength": "observed", "source": "parameter x"}},
	})]
	rules := _rules
	_violations(rows, rules) == {{
		"evidence": {"encryption.key_management": {"source": "parameter x", "strength": "observed", "value": "secret"}},
		"message": "key management is secret, and tier gold asks for customer (parameter x)",
		"path": "parameters",
		"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""},
	}}
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_keys_of_the_platform_may_do if {
	rows := [object.union(_row, {
		"properties": {"encryption.key_management": {"value": "platform", "strength": "observed", "source": "parameter x"}},
	})]
	rules := object.union(_rules, {"tiers": {"gold": {"encryption": {"key_management": "platform"}}}})
	_violations(rows, rules) == set()
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_an_unread_service_is_unknown if {
	rows := [object.union(_row, {"properties": {"encryption.key_management": {"value": null, "strength": "unknown", "source": "opaque"}}})]
	rules := _rules
	_violations(rows, rules) == set()
	_unknowns(rows, rules) == {{
		"evidence": {"encryption.key_management": {"source": "opaque", "strength": "unknown", "value": null}},
		"message": "key management cannot be proven, and tier gold asks for customer: opaque",
		"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""},
	}}
	_subjects(rows, rules) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_what_is_not_encrypted_has_no_keys if {
	rows := [object.union(_row, {"properties": {"encryption.at_rest": {"value": false, "strength": "observed", "source": "parameter x"}}})]
	rules := _rules
	_violations(rows, rules) == set()
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == set()
}
