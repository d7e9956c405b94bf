package sextant.storage.class_durability_test

import data.sextant.storage.class_durability as policy

_row := {
	"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "namespace": "", "name": "gold"},
	"name": "gold",
	"labels": {},
	"properties": {
		"durability.copies": {"value": 3, "strength": "backend-object", "source": "parameter x"},
		"durability.failure_domain": {"value": "zone", "strength": "backend-object", "source": "parameter x"},
		"durability.parity": {"value": null, "strength": "unknown", "source": "opaque"},
	},
	"used": {"namespaces": ["payments"]},
	"in_cluster": true,
	"domains": {"host": 6, "rack": 0, "zone": 3, "region": 1},
}

_rules := object.union(data.sx.rules.storage, {"tiers": {"gold": {"classes": ["gold"], "durability": {"min_copies": 3, "failure_domain": "zone"}}}})

_violations(rows, rules) := found if {
	found := policy.violation with input.rows as rows with data.sx.rules.storage as rules with data.sx.snapshot as {"time": "2026-11-23T09:00:00Z"}
}

_unknowns(rows, rules) := found if {
	found := policy.unknown with input.rows as rows with data.sx.rules.storage as rules with data.sx.snapshot as {"time": "2026-11-23T09:00:00Z"}
}

_subjects(rows, rules) := found if {
	found := policy.subject with input.rows as rows with data.sx.rules.storage as rules with data.sx.snapshot as {"time": "2026-11-23T09:00:00Z"}
}

test_three_copies_in_three_zones_pass if {
	rows := [_row]
	rules := _rules
	_violations(rows, rules) == set()
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_one_copy_fails if {
	rows := [object.union(_row, {
		"properties": {
			"durability.copies": {"value": 1, "strength": "observed", "source": "parameter x"},
			"durability.failure_domain": {"value": "host", "strength": "observed", "source": "parameter x"},
			"durability.parity": {"value": null, "strength": "unknown", "source": "opaque"},
		},
	})]
	rules := _rules
	_violations(rows, rules) == {
		{
			"evidence": {"durability.copies": {"source": "parameter x", "strength": "observed", "value": 1}},
			"message": "copies is 1, and tier gold asks for 3 (parameter x)",
			"path": "parameters",
			"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""},
		},
		{
			"evidence": {"durability.failure_domain": {"source": "parameter x", "strength": "observed", "value": "host"}},
			"message": "failure domain is host, and tier gold asks for zone (parameter x)",
			"path": "parameters",
			"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""},
		},
	}
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_opaque_storage_is_unknown if {
	rows := [object.union(_row, {
		"properties": {
			"durability.copies": {"value": null, "strength": "unknown", "source": "opaque"},
			"durability.failure_domain": {"value": null, "strength": "unknown", "source": "opaque"},
			"durability.parity": {"value": null, "strength": "unknown", "source": "opaque"},
		},
	})]
	rules := _rules
	_violations(rows, rules) == set()
	_unknowns(rows, rules) == {
		{
			"evidence": {"durability.copies": {"source": "opaque", "strength": "unknown", "value": null}},
			"message": "copies cannot be proven, and tier gold asks for 3: opaque",
			"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""},
		},
		{
			"evidence": {"durability.failure_domain": {"source": "opaque", "strength": "unknown", "value": null}},
			"message": "failure domain cannot be proven, and tier gold asks for zone: opaque",
			"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""},
		},
	}
	_subjects(rows, rules) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_too_few_places_fail if {
	rows := [object.union(_row, {"domains": {"zone": 2}})]
	rules := _rules
	_violations(rows, rules) == {{
		"message": "3 copies need as many places of kind zone, and the nodes have 2",
		"path": "parameters",
		"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""},
	}}
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_erasure_coding_needs_parity if {
	rows := [object.union(_row, {
		"properties": {
			"durability.copies": {"value": null, "strength": "unknown", "source": "opaque"},
			"durability.failure_domain": {"value": null, "strength": "unknown", "source": "opaque"},
			"durability.parity": {"value": 1, "strength": "observed", "source": "parameter x"},
		},
	})]
	rules := object.union(_rules, {"tiers": {"gold": {"durability": {"erasure_coding": {"allowed": true, "min_parity": 2}}}}})
	_violations(rows, rules) == {{
		"evidence": {"durability.parity": {"source": "parameter x", "strength": "observed", "value": 1}},
		"message": "parity of erasure coding is 1, and tier gold asks for 2 (parameter x)",
		"path": "parameters",
		"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""},
	}}
	_unknowns(rows, rules) == {
		{
			"evidence": {"durability.copies": {"source": "opaque", "strength": "unknown", "value": null}},
			"message": "copies cannot be proven, and tier gold asks for 3: opaque",
			"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""},
		},
		{
			"evidence": {"durability.failure_domain": {"source": "opaque", "strength": "unknown", "value": null}},
			"message": "failure domain cannot be proven, and tier gold asks for zone: opaque",
			"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""},
		},
	}
	_subjects(rows, rules) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_enough_parity_passes if {
	rows := [object.union(_row, {
		"properties": {
			"durability.copies": {"value": 3, "strength": "observed", "source": "parameter x"},
			"durability.failure_domain": {"value": "zone", "strength": "observed", "source": "parameter x"},
			"durability.parity": {"value": 2, "strength": "observed", "source": "parameter x"},
		},
	})]
	rules := object.union(_rules, {"tiers": {"gold": {"durability": {"erasure_coding": {"min_parity": 2}}}}})
	_violations(rows, rules) == set()
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_erasure_coding_may_be_forbidden if {
	rows := [object.union(_row, {
		"properties": {
			"durability.copies": {"value": 3, "strength": "observed", "source": "parameter x"},
			"durability.failure_domain": {"value": "zone", "strength": "observed", "source": "parameter x"},
			"durability.parity": {"value": 2, "strength": "observed", "source": "parameter x"},
		},
	})]
	rules := object.union(_rules, {"tiers": {"gold": {"durability": {"erasure_coding": {"allowed": false}}}}})
	_violations(rows, rules) == {{
		"evidence": {"durability.parity": {"source": "parameter x", "strength": "observed", "value": 2}},
		"message": "parity of erasure coding is 2, and tier gold asks for no erasure coding (parameter x)",
		"path": "parameters",
		"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""},
	}}
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_applications_may_keep_copies_themselves if {
	rows := [object.union(_row, {
		"properties": {
			"durability.copies": {"value": 1, "strength": "observed", "source": "parameter x"},
			"durability.failure_domain": {"value": "disk", "strength": "observed", "source": "parameter x"},
			"durability.parity": {"value": null, "strength": "unknown", "source": "opaque"},
		},
	})]
	rules := object.union(_rules, {"tiers": {"gold": {"durability": {"app_replicated_namespaces": ["pay*"]}}}})
	_violations(rows, rules) == set()
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == set()
}

test_but_only_in_their_namespaces if {
	rows := [object.union(_row, {
		"properties": {
			"durability.copies": {"value": 1, "strength": "observed", "source": "parameter x"},
			"durability.failure_domain": {"value": "zone", "strength": "observed", "source": "parameter x"},
			"durability.parity": {"value": null, "strength": "unknown", "source": "opaque"},
		},
		"used": {"namespaces": ["payments", "web"]},
	})]
	rules := object.union(_rules, {"tiers": {"gold": {"durability": {"app_replicated_namespaces": ["pay*"]}}}})
	_violations(rows, rules) == {{
		"evidence": {"durability.copies": {"source": "parameter x", "strength": "observed", "value": 1}},
		"message": "copies is 1, and tier gold asks for 3 (parameter x)",
		"path": "parameters",
		"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""},
	}}
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}
