package sextant.storage.stateful_data_test

import data.sextant.storage.stateful_data as policy

_row := {
	"ref": {"group": "apps", "kind": "StatefulSet", "namespace": "payments", "name": "db"},
	"class": null,
	"volume": null,
	"claim": null,
	"workload": null,
	"attributes_class": null,
}

_rules := object.union(data.sx.rules.storage, {"tiers": {"local": {"classes": ["local-nvme"], "node_local": true}}})

_violations(rows, rules) := found if {
	found := policy.violation with input.rows as rows with data.sx.rules.storage as rules
}

_subjects(rows, rules) := found if {
	found := policy.subject with input.rows as rows with data.sx.rules.storage as rules
}

test_a_claim_of_shared_storage_passes if {
	rows := [object.union(_row, {
		"workload": {
			"pod_labels": {},
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
		},
	})]
	rules := _rules
	_violations(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "apps", "kind": "StatefulSet", "name": "db", "namespace": "payments"}}
}

test_a_class_on_a_node_fails if {
	rows := [object.union(_row, {
		"workload": {
			"pod_labels": {},
			"volumes": [
				{
					"name": "data",
					"source": "claim",
					"class": "local-path",
					"class_labels": {},
					"node_local": true,
					"volume_source": "",
				},
			],
		},
	})]
	rules := _rules
	_violations(rows, rules) == {{
		"message": "volume data is of class local-path, which keeps data on one node",
		"path": "spec.volumes[name=data]",
		"ref": {"group": "apps", "kind": "StatefulSet", "name": "db", "namespace": "payments"},
	}}
	_subjects(rows, rules) == {{"group": "apps", "kind": "StatefulSet", "name": "db", "namespace": "payments"}}
}

test_a_declared_local_tier_passes if {
	rows := [object.union(_row, {
		"workload": {
			"pod_labels": {},
			"volumes": [
				{
					"name": "data",
					"source": "claim",
					"class": "local-nvme",
					"class_labels": {},
					"node_local": true,
					"volume_source": "",
				},
			],
		},
	})]
	rules := _rules
	_violations(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "apps", "kind": "StatefulSet", "name": "db", "namespace": "payments"}}
}

test_a_directory_of_the_node_fails if {
	rows := [object.union(_row, {
		"workload": {
			"pod_labels": {},
			"volumes": [
				{
					"name": "data",
					"source": "claim",
					"class": "gold",
					"class_labels": {},
					"node_local": false,
					"volume_source": "",
				},
				{
					"name": "state",
					"source": "hostPath",
					"class": "",
					"class_labels": {},
					"node_local": true,
					"volume_source": "",
				},
			],
		},
	})]
	rules := _rules
	_violations(rows, rules) == {{
		"message": "volume state is a directory of the node",
		"path": "spec.volumes[name=state]",
		"ref": {"group": "apps", "kind": "StatefulSet", "name": "db", "namespace": "payments"},
	}}
	_subjects(rows, rules) == {{"group": "apps", "kind": "StatefulSet", "name": "db", "namespace": "payments"}}
}

test_scratch_beside_a_claim_passes if {
	rows := [object.union(_row, {
		"workload": {
			"pod_labels": {},
			"volumes": [
				{
					"name": "data",
					"source": "claim",
					"class": "gold",
					"class_labels": {},
					"node_local": false,
					"volume_source": "",
				},
				{
					"name": "scratch",
					"source": "emptyDir",
					"class": "",
					"class_labels": {},
					"node_local": true,
					"volume_source": "",
				},
				{
					"name": "tmp",
					"source": "hostPath",
					"class": "",
					"class_labels": {},
					"node_local": true,
					"volume_source": "",
				},
			],
		},
	})]
	rules := _rules
	_violations(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "apps", "kind": "StatefulSet", "name": "db", "namespace": "payments"}}
}

test_a_database_in_the_pod_fails if {
	rows := [object.union(_row, {
		"ref": {"group": "apps", "kind": "Deployment", "namespace": "payments", "name": "db"},
		"workload": {
			"pod_labels": {"app.kubernetes.io/name": "postgresql"},
			"volumes": [
				{
					"name": "data",
					"source": "emptyDir",
					"class": "",
					"class_labels": {},
					"node_local": true,
					"volume_source": "",
				},
			],
		},
	})]
	rules := _rules
	_violations(rows, rules) == {{
		"message": "volume data goes with the pod (emptyDir)",
		"path": "spec.volumes[name=data]",
		"ref": {"group": "apps", "kind": "Deployment", "name": "db", "namespace": "payments"},
	}}
	_subjects(rows, rules) == {{"group": "apps", "kind": "Deployment", "name": "db", "namespace": "payments"}}
}

test_others_are_no_subjects if {
	rows := [object.union(_row, {
		"ref": {"group": "apps", "kind": "Deployment", "namespace": "payments", "name": "db"},
		"workload": {
			"pod_labels": {"app": "web"},
			"volumes": [
				{
					"name": "data",
					"source": "emptyDir",
					"class": "",
					"class_labels": {},
					"node_local": true,
					"volume_source": "",
				},
			],
		},
	})]
	rules := _rules
	_violations(rows, rules) == set()
	_subjects(rows, rules) == set()
}

test_a_set_without_claims_is_none if {
	rows := [object.union(_row, {
		"workload": {
			"pod_labels": {},
			"volumes": [
				{
					"name": "data",
					"source": "emptyDir",
					"class": "",
					"class_labels": {},
					"node_local": true,
					"volume_source": "",
				},
			],
		},
	})]
	rules := _rules
	_violations(rows, rules) == set()
	_subjects(rows, rules) == set()
}
