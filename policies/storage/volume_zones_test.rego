package sextant.storage.volume_zones_test

import data.sextant.storage.volume_zones as policy

_row := {
	"ref": {"group": "apps", "kind": "StatefulSet", "namespace": "payments", "name": "db"},
	"class": null,
	"volume": null,
	"claim": null,
	"workload": null,
	"attributes_class": null,
}

_rules := object.union(data.sx.rules.storage, {"tiers": {"gold": {"classes": ["gold"], "topology": {"key": "topology.kubernetes.io/zone", "min_zones": 3}}}})

_violations(rows, rules) := found if {
	found := policy.violation with input.rows as rows with data.sx.rules.storage as rules
}

_unknowns(rows, rules) := found if {
	found := policy.unknown with input.rows as rows with data.sx.rules.storage as rules
}

_subjects(rows, rules) := found if {
	found := policy.subject with input.rows as rows with data.sx.rules.storage as rules
}

test_three_zones_pass if {
	rows := [object.union(_row, {
		"workload": {
			"replicas": 3,
			"volumes": [
				{
					"name": "data",
					"source": "claim",
					"class": "gold",
					"class_labels": {},
					"node_local": false,
					"volume_source": "",
				},
			],
			"places": {"topology.kubernetes.io/zone": ["a", "b", "c"]},
			"placed_volumes": 3,
			"bound_volumes": 3,
		},
	})]
	rules := _rules
	_violations(rows, rules) == set()
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "apps", "kind": "StatefulSet", "name": "db", "namespace": "payments"}}
}

test_one_zone_fails if {
	rows := [object.union(_row, {
		"workload": {
			"replicas": 3,
			"volumes": [
				{
					"name": "data",
					"source": "claim",
					"class": "gold",
					"class_labels": {},
					"node_local": false,
					"volume_source": "",
				},
			],
			"places": {"topology.kubernetes.io/zone": ["a"]},
			"placed_volumes": 3,
			"bound_volumes": 3,
		},
	})]
	rules := _rules
	_violations(rows, rules) == {{
		"message": "its volumes lie in 1 of the 3 zones that tier gold asks for",
		"ref": {"group": "apps", "kind": "StatefulSet", "name": "db", "namespace": "payments"},
	}}
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "apps", "kind": "StatefulSet", "name": "db", "namespace": "payments"}}
}

test_the_drivers_own_key_counts if {
	rows := [object.union(_row, {
		"workload": {
			"replicas": 3,
			"volumes": [
				{
					"name": "data",
					"source": "claim",
					"class": "gold",
					"class_labels": {},
					"node_local": false,
					"volume_source": "",
				},
			],
			"places": {"topology.ebs.csi.aws.com/zone": ["a"]},
			"placed_volumes": 3,
			"bound_volumes": 3,
		},
	})]
	rules := _rules
	_violations(rows, rules) == {{
		"message": "its volumes lie in 1 of the 3 zones that tier gold asks for",
		"ref": {"group": "apps", "kind": "StatefulSet", "name": "db", "namespace": "payments"},
	}}
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "apps", "kind": "StatefulSet", "name": "db", "namespace": "payments"}}
}

test_two_copies_need_two if {
	rows := [object.union(_row, {
		"workload": {
			"replicas": 2,
			"volumes": [
				{
					"name": "data",
					"source": "claim",
					"class": "gold",
					"class_labels": {},
					"node_local": false,
					"volume_source": "",
				},
			],
			"places": {"topology.kubernetes.io/zone": ["a", "b"]},
			"placed_volumes": 3,
			"bound_volumes": 3,
		},
	})]
	rules := _rules
	_violations(rows, rules) == set()
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "apps", "kind": "StatefulSet", "name": "db", "namespace": "payments"}}
}

test_one_copy_needs_none if {
	rows := [object.union(_row, {
		"workload": {
			"replicas": 1,
			"volumes": [
				{
					"name": "data",
					"source": "claim",
					"class": "gold",
					"class_labels": {},
					"node_local": false,
					"volume_source": "",
				},
			],
			"places": {"topology.kubernetes.io/zone": ["a"]},
			"placed_volumes": 3,
			"bound_volumes": 3,
		},
	})]
	rules := _rules
	_violations(rows, rules) == set()
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == set()
}

test_volumes_by_node_are_unknown if {
	rows := [object.union(_row, {
		"workload": {
			"replicas": 3,
			"volumes": [
				{
					"name": "data",
					"source": "claim",
					"class": "gold",
					"class_labels": {},
					"node_local": false,
					"volume_source": "",
				},
			],
			"places": {"kubernetes.io/hostname": ["n1"]},
			"placed_volumes": 3,
			"bound_volumes": 3,
		},
	})]
	rules := _rules
	_violations(rows, rules) == set()
	_unknowns(rows, rules) == {{
		"message": "its volumes name no place by topology.kubernetes.io/zone, which tier gold goes by",
		"ref": {"group": "apps", "kind": "StatefulSet", "name": "db", "namespace": "payments"},
	}}
	_subjects(rows, rules) == {{"group": "apps", "kind": "StatefulSet", "name": "db", "namespace": "payments"}}
}

test_volumes_from_anywhere_are_no_subject if {
	rows := [object.union(_row, {
		"workload": {
			"replicas": 3,
			"volumes": [
				{
					"name": "data",
					"source": "claim",
					"class": "gold",
					"class_labels": {},
					"node_local": false,
					"volume_source": "",
				},
			],
			"places": {},
			"placed_volumes": 0,
			"bound_volumes": 3,
		},
	})]
	rules := _rules
	_violations(rows, rules) == set()
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == set()
}

test_a_class_for_a_zone_without_nodes_fails if {
	rows := [object.union(_row, {
		"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "namespace": "", "name": "gold"},
		"class": {"allowed_topologies": [{"key": "topology.kubernetes.io/zone", "values": ["a", "z"], "without_nodes": ["z"]}]},
	})]
	rules := _rules
	_violations(rows, rules) == {{
		"message": "topology.kubernetes.io/zone names places without a node: z",
		"path": "allowedTopologies",
		"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""},
	}}
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_a_class_for_a_zone_with_nodes_passes if {
	rows := [object.union(_row, {
		"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "namespace": "", "name": "gold"},
		"class": {"allowed_topologies": [{"key": "topology.kubernetes.io/zone", "values": ["a"], "without_nodes": []}]},
	})]
	rules := _rules
	_violations(rows, rules) == set()
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}
