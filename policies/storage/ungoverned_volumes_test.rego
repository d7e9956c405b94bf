package sextant.storage.ungoverned_volumes_test

import data.sextant.storage.ungoverned_volumes as policy

_row := {
	"ref": {"group": "", "kind": "PersistentVolumeClaim", "namespace": "payments", "name": "data"},
	"class": null,
	"volume": null,
	"claim": null,
	"workload": null,
	"attributes_class": null,
}

_rules := object.union(data.sx.rules.storage, {"static_pv": {"allow": ["allowed-*"], "allow_sources": ["nfs"]}})

_violations(rows, rules) := found if {
	found := policy.violation with input.rows as rows with data.sx.rules.storage as rules
}

_unknowns(rows, rules) := found if {
	found := policy.unknown with input.rows as rows with data.sx.rules.storage as rules
}

_subjects(rows, rules) := found if {
	found := policy.subject with input.rows as rows with data.sx.rules.storage as rules
}

test_a_claim_of_a_class_passes if {
	rows := [object.union(_row, {
		"claim": {
			"name": "data",
			"namespace": "payments",
			"source": "claim",
			"class": "gold",
			"class_labels": {},
			"written": "named",
			"class_exists": "yes",
			"volume": "pv-1",
			"volume_exists": "yes",
			"volume_static": false,
			"volume_source": "csi",
			"default_classes": 1,
		},
	})]
	rules := _rules
	_violations(rows, rules) == set()
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"}}
}

test_an_unknown_class_fails if {
	rows := [object.union(_row, {
		"claim": {
			"name": "data",
			"namespace": "payments",
			"source": "claim",
			"class": "gone",
			"class_labels": {},
			"written": "named",
			"class_exists": "no",
			"volume": "pv-1",
			"volume_exists": "yes",
			"volume_static": false,
			"volume_source": "csi",
			"default_classes": 1,
		},
	})]
	rules := _rules
	_violations(rows, rules) == {{
		"message": "names storage class gone, which does not exist",
		"path": "spec.storageClassName",
		"ref": {"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"},
	}}
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"}}
}

test_unless_it_names_an_allowed_volume if {
	rows := [object.union(_row, {
		"claim": {
			"name": "data",
			"namespace": "payments",
			"source": "claim",
			"class": "manual",
			"class_labels": {},
			"written": "named",
			"class_exists": "no",
			"volume": "allowed-1",
			"volume_exists": "yes",
			"volume_static": true,
			"volume_source": "csi",
			"default_classes": 1,
		},
	})]
	rules := _rules
	_violations(rows, rules) == set()
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"}}
}

test_null_without_a_default_fails if {
	rows := [object.union(_row, {
		"claim": {
			"name": "data",
			"namespace": "payments",
			"source": "claim",
			"class": "",
			"class_labels": {},
			"written": "null",
			"class_exists": "yes",
			"volume": "",
			"volume_exists": "yes",
			"volume_static": false,
			"volume_source": "csi",
			"default_classes": 0,
		},
	})]
	rules := _rules
	_violations(rows, rules) == {{
		"message": "names no storage class, and none is the default: it waits for ever",
		"path": "spec.storageClassName",
		"ref": {"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"},
	}}
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"}}
}

test_null_with_a_default_passes if {
	rows := [object.union(_row, {
		"claim": {
			"name": "data",
			"namespace": "payments",
			"source": "claim",
			"class": "gold",
			"class_labels": {},
			"written": "null",
			"class_exists": "yes",
			"volume": "",
			"volume_exists": "yes",
			"volume_static": false,
			"volume_source": "csi",
			"default_classes": 1,
		},
	})]
	rules := _rules
	_violations(rows, rules) == set()
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"}}
}

test_empty_without_a_volume_fails if {
	rows := [object.union(_row, {
		"claim": {
			"name": "data",
			"namespace": "payments",
			"source": "claim",
			"class": "",
			"class_labels": {},
			"written": "empty",
			"class_exists": "yes",
			"volume": "",
			"volume_exists": "yes",
			"volume_static": false,
			"volume_source": "csi",
			"default_classes": 1,
		},
	})]
	rules := _rules
	_violations(rows, rules) == {{
		"message": "asks for no storage class (\"\"), so for a volume made by hand, and has none",
		"path": "spec.storageClassName",
		"ref": {"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"},
	}}
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"}}
}

test_empty_with_a_hand_made_volume_fails if {
	rows := [object.union(_row, {
		"claim": {
			"name": "data",
			"namespace": "payments",
			"source": "claim",
			"class": "",
			"class_labels": {},
			"written": "empty",
			"class_exists": "yes",
			"volume": "pv-1",
			"volume_exists": "yes",
			"volume_static": true,
			"volume_source": "hostPath",
			"default_classes": 1,
		},
	})]
	rules := _rules
	_violations(rows, rules) == {{
		"message": "asks for no storage class (\"\") and is bound to pv-1, made by hand",
		"path": "spec.storageClassName",
		"ref": {"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"},
	}}
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"}}
}

test_null_with_a_hand_made_volume_fails if {
	rows := [object.union(_row, {
		"claim": {
			"name": "data",
			"namespace": "payments",
			"source": "claim",
			"class": "",
			"class_labels": {},
			"written": "null",
			"class_exists": "yes",
			"volume": "pv-1",
			"volume_exists": "yes",
			"volume_static": true,
			"volume_source": "hostPath",
			"default_classes": 1,
		},
	})]
	rules := _rules
	_violations(rows, rules) == {{
		"message": "has no storage class and is bound to pv-1, made by hand",
		"path": "spec.storageClassName",
		"ref": {"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"},
	}}
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"}}
}

test_allowed_sources_pass if {
	rows := [object.union(_row, {
		"claim": {
			"name": "data",
			"namespace": "payments",
			"source": "claim",
			"class": "",
			"class_labels": {},
			"written": "empty",
			"class_exists": "yes",
			"volume": "pv-1",
			"volume_exists": "yes",
			"volume_static": true,
			"volume_source": "nfs",
			"default_classes": 1,
		},
	})]
	rules := _rules
	_violations(rows, rules) == set()
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"}}
}

test_a_class_without_a_tier_fails if {
	rows := [object.union(_row, {
		"claim": {
			"name": "data",
			"namespace": "payments",
			"source": "claim",
			"class": "scratch",
			"class_labels": {},
			"written": "named",
			"class_exists": "yes",
			"volume": "pv-1",
			"volume_exists": "yes",
			"volume_static": false,
			"volume_source": "csi",
			"default_classes": 1,
		},
	})]
	rules := object.union(_rules, {"tiers": {"gold": {"classes": ["gold"]}}, "unmanaged_allowed": ["legacy"]})
	_violations(rows, rules) == {{
		"message": "is of storage class scratch, which no tier names",
		"path": "spec.storageClassName",
		"ref": {"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"},
	}}
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"}}
}

test_a_class_that_may_stay_passes if {
	rows := [object.union(_row, {
		"claim": {
			"name": "data",
			"namespace": "payments",
			"source": "claim",
			"class": "legacy",
			"class_labels": {},
			"written": "named",
			"class_exists": "yes",
			"volume": "pv-1",
			"volume_exists": "yes",
			"volume_static": false,
			"volume_source": "csi",
			"default_classes": 1,
		},
	})]
	rules := object.union(_rules, {"tiers": {"gold": {"classes": ["gold"]}}, "unmanaged_allowed": ["legacy"]})
	_violations(rows, rules) == set()
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"}}
}

test_an_unread_class_is_unknown if {
	rows := [object.union(_row, {
		"claim": {
			"name": "data",
			"namespace": "payments",
			"source": "claim",
			"class": "gold",
			"class_labels": {},
			"written": "named",
			"class_exists": "unknown",
			"volume": "pv-1",
			"volume_exists": "yes",
			"volume_static": false,
			"volume_source": "csi",
			"default_classes": 1,
		},
	})]
	rules := _rules
	_violations(rows, rules) == set()
	_unknowns(rows, rules) == {{
		"message": "whether class gold exists is not known",
		"ref": {"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"},
	}}
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"}}
}

test_templates_and_ephemeral_volumes_count if {
	rows := [object.union(_row, {
		"ref": {"group": "apps", "kind": "StatefulSet", "namespace": "payments", "name": "db"},
		"claim": {
			"name": "data",
			"namespace": "payments",
			"source": "template",
			"class": "gold",
			"class_labels": {},
			"written": "named",
			"class_exists": "no",
			"volume": "pv-1",
			"volume_exists": "yes",
			"volume_static": false,
			"volume_source": "csi",
			"default_classes": 1,
		},
	}), object.union(_row, {
		"ref": {"group": "apps", "kind": "Deployment", "namespace": "payments", "name": "db"},
		"claim": {
			"name": "data",
			"namespace": "payments",
			"source": "ephemeral",
			"class": "gold",
			"class_labels": {},
			"written": "named",
			"class_exists": "no",
			"volume": "pv-1",
			"volume_exists": "yes",
			"volume_static": false,
			"volume_source": "csi",
			"default_classes": 1,
		},
	})]
	rules := _rules
	_violations(rows, rules) == {
		{
			"message": "the ephemeral volume data names storage class gold, which does not exist",
			"path": "spec.volumes[name=data].ephemeral",
			"ref": {"group": "apps", "kind": "Deployment", "name": "db", "namespace": "payments"},
		},
		{
			"message": "the template data names storage class gold, which does not exist",
			"path": "spec.volumeClaimTemplates[name=data].spec.storageClassName",
			"ref": {"group": "apps", "kind": "StatefulSet", "name": "db", "namespace": "payments"},
		},
	}
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {
		{"group": "apps", "kind": "Deployment", "name": "db", "namespace": "payments"},
		{"group": "apps", "kind": "StatefulSet", "name": "db", "namespace": "payments"},
	}
}

test_a_hand_made_volume_fails if {
	rows := [object.union(_row, {
		"ref": {"group": "", "kind": "PersistentVolume", "namespace": "", "name": "pv-1"},
		"volume": {
			"name": "pv-1",
			"class": "gold",
			"class_labels": {},
			"phase": "Bound",
			"reclaim_policy": "Retain",
			"phase_seconds": 100,
			"static": true,
			"source": "hostPath",
		},
	})]
	rules := _rules
	_violations(rows, rules) == {{
		"message": "made by hand (hostPath), outside of every class",
		"ref": {"group": "", "kind": "PersistentVolume", "name": "pv-1", "namespace": ""},
	}}
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolume", "name": "pv-1", "namespace": ""}}
}

test_an_orphan_fails if {
	rows := [object.union(_row, {
		"ref": {"group": "", "kind": "PersistentVolume", "namespace": "", "name": "pv-1"},
		"volume": {
			"name": "pv-1",
			"class": "gold",
			"class_labels": {},
			"phase": "Available",
			"reclaim_policy": "Retain",
			"phase_seconds": 100,
			"static": true,
			"source": "csi",
		},
	})]
	rules := _rules
	_violations(rows, rules) == {{
		"message": "made by hand (csi), outside of every class",
		"ref": {"group": "", "kind": "PersistentVolume", "name": "pv-1", "namespace": ""},
	}}
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolume", "name": "pv-1", "namespace": ""}}
}

test_a_volume_of_no_class_fails if {
	rows := [object.union(_row, {
		"ref": {"group": "", "kind": "PersistentVolume", "namespace": "", "name": "pv-1"},
		"volume": {
			"name": "pv-1",
			"class": "",
			"class_labels": {},
			"phase": "Bound",
			"reclaim_policy": "Retain",
			"phase_seconds": 100,
			"static": true,
			"source": "csi",
		},
	})]
	rules := _rules
	_violations(rows, rules) == {{
		"message": "made by hand (csi), outside of every class",
		"ref": {"group": "", "kind": "PersistentVolume", "name": "pv-1", "namespace": ""},
	}}
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolume", "name": "pv-1", "namespace": ""}}
}

test_allowed_volumes_pass if {
	rows := [object.union(_row, {
		"ref": {"group": "", "kind": "PersistentVolume", "namespace": "", "name": "pv-1"},
		"volume": {
			"name": "pv-1",
			"class": "gold",
			"class_labels": {},
			"phase": "Bound",
			"reclaim_policy": "Retain",
			"phase_seconds": 100,
			"static": true,
			"source": "nfs",
		},
	}), object.union(_row, {
		"ref": {"group": "", "kind": "PersistentVolume", "namespace": "", "name": "allowed-1"},
		"volume": {
			"name": "allowed-1",
			"class": "gold",
			"class_labels": {},
			"phase": "Bound",
			"reclaim_policy": "Retain",
			"phase_seconds": 100,
			"static": true,
			"source": "hostPath",
		},
	})]
	rules := _rules
	_violations(rows, rules) == set()
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {
		{"group": "", "kind": "PersistentVolume", "name": "allowed-1", "namespace": ""},
		{"group": "", "kind": "PersistentVolume", "name": "pv-1", "namespace": ""},
	}
}

test_a_provisioned_volume_passes if {
	rows := [object.union(_row, {
		"ref": {"group": "", "kind": "PersistentVolume", "namespace": "", "name": "pv-1"},
		"volume": {
			"name": "pv-1",
			"class": "gold",
			"class_labels": {},
			"phase": "Bound",
			"reclaim_policy": "Retain",
			"phase_seconds": 100,
			"static": false,
			"source": "csi",
		},
	})]
	rules := _rules
	_violations(rows, rules) == set()
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolume", "name": "pv-1", "namespace": ""}}
}
