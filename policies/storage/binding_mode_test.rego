package sextant.storage.binding_mode_test

import data.sextant.storage.binding_mode as policy

_row := {
	"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "namespace": "", "name": "gold"},
	"name": "gold",
	"labels": {},
	"binding_mode": "Immediate",
	"topology": [{"key": "topology.kubernetes.io/zone", "domains": 3}],
	"topology_known": true,
	"allowed_topologies": [],
	"liveness": "registered",
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

test_waiting_passes if {
	rows := [object.union(_row, {"binding_mode": "WaitForFirstConsumer"})]
	rules := _rules
	_violations(rows, rules) == set()
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_binding_at_once_fails if {
	rows := [_row]
	rules := _rules
	_violations(rows, rules) == {{
		"message": "binds at once, though its volumes belong to a place (topology.kubernetes.io/zone)",
		"path": "volumeBindingMode",
		"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""},
		"severity": "medium",
	}}
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_one_zone_is_less_bad if {
	rows := [object.union(_row, {"topology": [{"key": "topology.kubernetes.io/zone", "domains": 1}]})]
	rules := _rules
	_violations(rows, rules) == {{
		"message": "binds at once, though its volumes belong to a place (topology.kubernetes.io/zone)",
		"path": "volumeBindingMode",
		"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""},
		"severity": "low",
	}}
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_a_pinned_class_passes if {
	rows := [object.union(_row, {"allowed_topologies": [{"key": "z", "values": ["a"], "without_nodes": []}]})]
	rules := _rules
	_violations(rows, rules) == set()
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_storage_without_places_is_no_subject if {
	rows := [object.union(_row, {"topology": []})]
	rules := _rules
	_violations(rows, rules) == set()
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == set()
}

test_an_unregistered_driver_is_unknown if {
	rows := [object.union(_row, {"topology": [], "topology_known": false})]
	rules := _rules
	_violations(rows, rules) == set()
	_unknowns(rows, rules) == {{
		"message": "whether its volumes belong to a place is not known: no node has registered the driver",
		"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""},
	}}
	_subjects(rows, rules) == set()
}

test_a_tier_may_ask_for_a_mode if {
	rows := [object.union(_row, {"topology": []})]
	rules := object.union(_rules, {"tiers": {"gold": {"classes": ["gold"], "lifecycle": {"binding_mode": "WaitForFirstConsumer"}}}})
	_violations(rows, rules) == {{
		"message": "binding mode is Immediate, and tier gold asks for WaitForFirstConsumer",
		"path": "volumeBindingMode",
		"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""},
	}}
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_and_is_told_once if {
	rows := [_row]
	rules := object.union(_rules, {"tiers": {"gold": {"classes": ["gold"], "lifecycle": {"binding_mode": "WaitForFirstConsumer"}}}})
	_violations(rows, rules) == {{
		"message": "binds at once, though its volumes belong to a place (topology.kubernetes.io/zone)",
		"path": "volumeBindingMode",
		"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""},
		"severity": "medium",
	}}
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}
