package sextant.storage.tier_access_test

import data.sextant.storage.tier_access as policy

_row := {
	"ref": {"group": "", "kind": "PersistentVolumeClaim", "namespace": "payments", "name": "data"},
	"class": null,
	"volume": null,
	"claim": null,
	"workload": null,
	"attributes_class": null,
}

_rules := object.union(data.sx.rules.storage, {
	"tiers": {"gold": {"classes": ["gold"], "access": {"namespaces": {"match_labels": {"data": "critical"}}}}},
	"preventive": "required",
})

_violations(rows, rules, storage) := found if {
	found := policy.violation with input.rows as rows with data.sx.rules.storage as rules with data.sx.inventory.storage as storage
}

_subjects(rows, rules, storage) := found if {
	found := policy.subject with input.rows as rows with data.sx.rules.storage as rules with data.sx.inventory.storage as storage
}

_storage := [
	{
		"guards": [],
		"namespaces": [{"name": "payments", "labels": {"data": "critical"}}, {"name": "web", "labels": {}}],
	},
]

test_an_allowed_namespace_passes if {
	rows := [object.union(_row, {
		"claim": {
			"name": "data",
			"namespace": "payments",
			"source": "claim",
			"class": "gold",
			"class_labels": {},
			"data_from": "",
		},
	})]
	rules := _rules
	_violations(rows, rules, _storage) == set()
	_subjects(rows, rules, _storage) == {{"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"}}
}

test_another_fails if {
	rows := [object.union(_row, {
		"ref": {"group": "", "kind": "PersistentVolumeClaim", "namespace": "web", "name": "data"},
		"claim": {"name": "data", "namespace": "web", "source": "claim", "class": "gold", "class_labels": {}, "data_from": ""},
	})]
	rules := _rules
	_violations(rows, rules, _storage) == {{
		"message": "uses class gold of tier gold, which its namespace may not",
		"path": "spec.storageClassName",
		"ref": {"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "web"},
	}}
	_subjects(rows, rules, _storage) == {{"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "web"}}
}

test_names_may_be_listed if {
	rows := [object.union(_row, {
		"ref": {"group": "", "kind": "PersistentVolumeClaim", "namespace": "web", "name": "data"},
		"claim": {"name": "data", "namespace": "web", "source": "claim", "class": "gold", "class_labels": {}, "data_from": ""},
	})]
	rules := object.union(_rules, {"tiers": {"gold": {"access": {"namespaces": {"match_names": ["we*"]}}}}})
	_violations(rows, rules, _storage) == set()
	_subjects(rows, rules, _storage) == {{"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "web"}}
}

test_data_from_elsewhere_fails if {
	rows := [object.union(_row, {
		"claim": {
			"name": "data",
			"namespace": "payments",
			"source": "claim",
			"class": "gold",
			"class_labels": {},
			"data_from": "PersistentVolumeClaim web/data",
		},
	})]
	rules := _rules
	_violations(rows, rules, _storage) == {{
		"message": "takes its data across namespaces from PersistentVolumeClaim web/data, though tier gold is restricted",
		"ref": {"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"},
	}}
	_subjects(rows, rules, _storage) == {{"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"}}
}

test_an_open_class_fails if {
	rows := [object.union(_row, {
		"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "namespace": "", "name": "gold"},
		"class": {"name": "gold", "labels": {}, "zero_quota_namespaces": []},
	})]
	rules := _rules
	_violations(rows, rules, _storage) == {{
		"evidence": {"namespaces": ["web"]},
		"message": "nothing keeps 1 other namespaces from using tier gold: no quota of zero, no admission policy",
		"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""},
	}}
	_subjects(rows, rules, _storage) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_a_quota_of_zero_passes if {
	rows := [object.union(_row, {
		"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "namespace": "", "name": "gold"},
		"class": {"name": "gold", "labels": {}, "zero_quota_namespaces": ["web"]},
	})]
	rules := _rules
	_violations(rows, rules, _storage) == set()
	_subjects(rows, rules, _storage) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_an_admission_policy_passes if {
	rows := [object.union(_row, {
		"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "namespace": "", "name": "gold"},
		"class": {"name": "gold", "labels": {}, "zero_quota_namespaces": []},
	})]
	rules := _rules
	storage := [
		{
			"guards": ["ValidatingAdmissionPolicy tiers"],
			"namespaces": [{"name": "payments", "labels": {"data": "critical"}}, {"name": "web", "labels": {}}],
		},
	]
	_violations(rows, rules, storage) == set()
	_subjects(rows, rules, storage) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_prevention_may_be_optional if {
	rows := [object.union(_row, {
		"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "namespace": "", "name": "gold"},
		"class": {"name": "gold", "labels": {}, "zero_quota_namespaces": []},
	})]
	rules := object.union(_rules, {"preventive": "optional"})
	_violations(rows, rules, _storage) == set()
	_subjects(rows, rules, _storage) == set()
}

test_an_open_tier_is_no_subject if {
	rows := [object.union(_row, {
		"claim": {
			"name": "data",
			"namespace": "payments",
			"source": "claim",
			"class": "silver",
			"class_labels": {},
			"data_from": "",
		},
	})]
	rules := object.union(_rules, {"tiers": {"silver": {"classes": ["silver"]}}})
	_violations(rows, rules, _storage) == set()
	_subjects(rows, rules, _storage) == set()
}
