package sextant.storage.class_secrets_test

import data.sextant.storage.class_secrets as policy

_row := {
	"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "namespace": "", "name": "gold"},
	"name": "gold",
	"labels": {},
	"secrets": [
		{
			"purpose": "provisioner",
			"namespace": "rook-ceph",
			"name": "rook-csi-rbd-provisioner",
			"per_tenant": false,
			"exists": "yes",
			"readers": ["ServiceAccount rook-ceph/rook-csi"],
		},
	],
}

_rules := object.union(data.sx.rules.storage, {"secret_readers": ["ServiceAccount {namespace}/*"]})

_violations(rows, rules) := found if {
	found := policy.violation with input.rows as rows with data.sx.rules.storage as rules
}

_unknowns(rows, rules) := found if {
	found := policy.unknown with input.rows as rows with data.sx.rules.storage as rules
}

_subjects(rows, rules) := found if {
	found := policy.subject with input.rows as rows with data.sx.rules.storage as rules
}

test_secrets_of_the_platform_pass if {
	rows := [_row]
	rules := _rules
	_violations(rows, rules) == set()
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_missing_ones_fail if {
	rows := [object.union(_row, {
		"secrets": [
			{
				"purpose": "provisioner",
				"namespace": "rook-ceph",
				"name": "rook-csi-rbd-provisioner",
				"per_tenant": false,
				"exists": "no",
				"readers": ["ServiceAccount rook-ceph/rook-csi"],
			},
		],
	})]
	rules := _rules
	_violations(rows, rules) == {{
		"message": "names Secrets that do not exist: rook-ceph/rook-csi-rbd-provisioner",
		"path": "parameters",
		"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""},
	}}
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_unread_ones_are_unknown if {
	rows := [object.union(_row, {
		"secrets": [
			{
				"purpose": "provisioner",
				"namespace": "rook-ceph",
				"name": "rook-csi-rbd-provisioner",
				"per_tenant": false,
				"exists": "unknown",
				"readers": ["ServiceAccount rook-ceph/rook-csi"],
			},
		],
	})]
	rules := _rules
	_violations(rows, rules) == set()
	_unknowns(rows, rules) == {{
		"message": "whether these Secrets exist is not known: rook-ceph/rook-csi-rbd-provisioner",
		"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""},
	}}
	_subjects(rows, rules) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_credentials_in_the_claims_namespace_fail if {
	rows := [object.union(_row, {
		"secrets": [
			{
				"purpose": "provisioner",
				"namespace": "${pvc.namespace}",
				"name": "rook-csi-rbd-provisioner",
				"per_tenant": true,
				"exists": "unknown",
				"readers": [],
			},
		],
	})]
	rules := _rules
	_violations(rows, rules) == {{
		"message": "takes credentials of the storage system from the claim's own namespace: provisioner",
		"path": "parameters",
		"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""},
	}}
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_keys_of_a_tenant_pass if {
	rows := [object.union(_row, {
		"secrets": [
			{
				"purpose": "node-publish",
				"namespace": "${pvc.namespace}",
				"name": "rook-csi-rbd-provisioner",
				"per_tenant": true,
				"exists": "unknown",
				"readers": [],
			},
		],
	})]
	rules := object.union(_rules, {"secret_namespaces": {"allow": ["rook-ceph"]}})
	_violations(rows, rules) == set()
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_names_may_be_templates if {
	rows := [object.union(_row, {
		"secrets": [
			{
				"purpose": "provisioner",
				"namespace": "rook-ceph",
				"name": "${pvc.name}",
				"per_tenant": false,
				"exists": "unknown",
				"readers": [],
			},
		],
	})]
	rules := _rules
	_violations(rows, rules) == set()
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_another_namespace_fails if {
	rows := [object.union(_row, {
		"secrets": [
			{
				"purpose": "provisioner",
				"namespace": "web",
				"name": "rook-csi-rbd-provisioner",
				"per_tenant": false,
				"exists": "yes",
				"readers": [],
			},
		],
	})]
	rules := object.union(_rules, {"secret_namespaces": {"allow": ["rook-*"]}})
	_violations(rows, rules) == {{
		"message": "takes credentials from namespaces that are not for them: web",
		"path": "parameters",
		"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""},
	}}
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_others_who_may_read_fail if {
	rows := [object.union(_row, {
		"secrets": [
			{
				"purpose": "provisioner",
				"namespace": "rook-ceph",
				"name": "rook-csi-rbd-provisioner",
				"per_tenant": false,
				"exists": "yes",
				"readers": ["User eve", "Group dev"],
			},
		],
	})]
	rules := _rules
	_violations(rows, rules) == {{
		"evidence": {"readers": ["Group dev", "User eve"]},
		"message": "2 others may read the Secrets that it names, such as Group dev",
		"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""},
	}}
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_classes_without_secrets_are_no_subjects if {
	rows := [object.union(_row, {"secrets": []})]
	rules := _rules
	_violations(rows, rules) == set()
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == set()
}
