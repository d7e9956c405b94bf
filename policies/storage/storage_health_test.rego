package sextant.storage.storage_health_test

import data.sextant.storage.storage_health as policy

_row := {
	"ref": {"group": "", "kind": "PersistentVolumeClaim", "namespace": "payments", "name": "data"},
	"class": null,
	"volume": null,
	"claim": null,
	"workload": null,
	"attributes_class": null,
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

test_a_bound_claim_passes if {
	rows := [object.union(_row, {
		"claim": {
			"name": "data",
			"namespace": "payments",
			"source": "claim",
			"class": "gold",
			"class_labels": {},
			"phase": "Bound",
			"seconds": 90000,
			"terminating_seconds": null,
			"unused_seconds": null,
			"binding_mode": "Immediate",
			"used_by": [],
		},
	})]
	rules := _rules
	_violations(rows, rules) == set()
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"}}
}

test_a_pending_one_fails if {
	rows := [object.union(_row, {
		"claim": {
			"name": "data",
			"namespace": "payments",
			"source": "claim",
			"class": "gold",
			"class_labels": {},
			"phase": "Pending",
			"seconds": 90000,
			"terminating_seconds": null,
			"unused_seconds": null,
			"binding_mode": "Immediate",
			"used_by": [],
		},
	})]
	rules := _rules
	_violations(rows, rules) == {{
		"message": "pending for 1500 minutes",
		"path": "status.phase",
		"ref": {"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"},
		"severity": "medium",
	}}
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"}}
}

test_for_days_too if {
	rows := [object.union(_row, {
		"claim": {
			"name": "data",
			"namespace": "payments",
			"source": "claim",
			"class": "gold",
			"class_labels": {},
			"phase": "Pending",
			"seconds": 864000,
			"terminating_seconds": null,
			"unused_seconds": null,
			"binding_mode": "Immediate",
			"used_by": [],
		},
	})]
	rules := _rules
	_violations(rows, rules) == {{
		"message": "pending for 10 days",
		"path": "status.phase",
		"ref": {"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"},
		"severity": "medium",
	}}
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"}}
}

test_for_a_while_it_may_wait if {
	rows := [object.union(_row, {
		"claim": {
			"name": "data",
			"namespace": "payments",
			"source": "claim",
			"class": "gold",
			"class_labels": {},
			"phase": "Pending",
			"seconds": 60,
			"terminating_seconds": null,
			"unused_seconds": null,
			"binding_mode": "Immediate",
			"used_by": [],
		},
	})]
	rules := _rules
	_violations(rows, rules) == set()
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"}}
}

test_without_a_consumer_it_waits_rightly if {
	rows := [object.union(_row, {
		"claim": {
			"name": "data",
			"namespace": "payments",
			"source": "claim",
			"class": "gold",
			"class_labels": {},
			"phase": "Pending",
			"seconds": 90000,
			"terminating_seconds": null,
			"unused_seconds": null,
			"binding_mode": "WaitForFirstConsumer",
			"used_by": [],
		},
	})]
	rules := _rules
	_violations(rows, rules) == set()
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"}}
}

test_with_one_it_does_not if {
	rows := [object.union(_row, {
		"claim": {
			"name": "data",
			"namespace": "payments",
			"source": "claim",
			"class": "gold",
			"class_labels": {},
			"phase": "Pending",
			"seconds": 90000,
			"terminating_seconds": null,
			"unused_seconds": null,
			"binding_mode": "WaitForFirstConsumer",
			"used_by": [{"name": "db"}],
		},
	})]
	rules := _rules
	_violations(rows, rules) == {{
		"message": "pending for 1500 minutes",
		"path": "status.phase",
		"ref": {"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"},
		"severity": "medium",
	}}
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"}}
}

test_without_a_clock_it_is_unknown if {
	rows := [object.union(_row, {
		"claim": {
			"name": "data",
			"namespace": "payments",
			"source": "claim",
			"class": "gold",
			"class_labels": {},
			"phase": "Pending",
			"seconds": null,
			"terminating_seconds": null,
			"unused_seconds": null,
			"binding_mode": "Immediate",
			"used_by": [],
		},
	})]
	rules := _rules
	_violations(rows, rules) == set()
	_unknowns(rows, rules) == {{
		"message": "pending for a time that cannot be told",
		"ref": {"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"},
	}}
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"}}
}

test_a_lost_one_fails if {
	rows := [object.union(_row, {
		"claim": {
			"name": "data",
			"namespace": "payments",
			"source": "claim",
			"class": "gold",
			"class_labels": {},
			"phase": "Lost",
			"seconds": 90000,
			"terminating_seconds": null,
			"unused_seconds": null,
			"binding_mode": "Immediate",
			"used_by": [],
		},
	})]
	rules := _rules
	_violations(rows, rules) == {{
		"message": "lost: its volume is gone",
		"path": "status.phase",
		"ref": {"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"},
		"severity": "medium",
	}}
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"}}
}

test_a_stuck_deletion_fails if {
	rows := [object.union(_row, {
		"claim": {
			"name": "data",
			"namespace": "payments",
			"source": "claim",
			"class": "gold",
			"class_labels": {},
			"phase": "Bound",
			"seconds": 90000,
			"terminating_seconds": 7200,
			"unused_seconds": null,
			"binding_mode": "Immediate",
			"used_by": [{"name": "db"}],
		},
	}), object.union(_row, {
		"ref": {"group": "", "kind": "PersistentVolumeClaim", "namespace": "payments", "name": "b"},
		"claim": {
			"name": "data",
			"namespace": "payments",
			"source": "claim",
			"class": "gold",
			"class_labels": {},
			"phase": "Bound",
			"seconds": 90000,
			"terminating_seconds": 7200,
			"unused_seconds": null,
			"binding_mode": "Immediate",
			"used_by": [],
		},
	})]
	rules := _rules
	_violations(rows, rules) == {
		{
			"message": "being deleted for 120 minutes",
			"path": "status.phase",
			"ref": {"group": "", "kind": "PersistentVolumeClaim", "name": "b", "namespace": "payments"},
			"severity": "medium",
		},
		{
			"message": "being deleted for 120 minutes: db still uses it",
			"path": "status.phase",
			"ref": {"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"},
			"severity": "medium",
		},
	}
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {
		{"group": "", "kind": "PersistentVolumeClaim", "name": "b", "namespace": "payments"},
		{"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"},
	}
}

test_an_unused_one_is_told if {
	rows := [object.union(_row, {
		"claim": {
			"name": "data",
			"namespace": "payments",
			"source": "claim",
			"class": "gold",
			"class_labels": {},
			"phase": "Bound",
			"seconds": 90000,
			"terminating_seconds": null,
			"unused_seconds": 9000000,
			"binding_mode": "Immediate",
			"used_by": [],
		},
	})]
	rules := _rules
	_violations(rows, rules) == {{
		"message": "no pod has used it for 104 days",
		"path": "status.phase",
		"ref": {"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"},
		"severity": "info",
	}}
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"}}
}

test_a_failed_volume_fails if {
	rows := [object.union(_row, {
		"ref": {"group": "", "kind": "PersistentVolume", "namespace": "", "name": "pv-1"},
		"volume": {
			"name": "pv-1",
			"class": "gold",
			"class_labels": {},
			"phase": "Failed",
			"reclaim_policy": "Retain",
			"phase_seconds": 100,
			"attachment_errors": [],
		},
	})]
	rules := _rules
	_violations(rows, rules) == {{
		"message": "failed",
		"path": "status.phase",
		"ref": {"group": "", "kind": "PersistentVolume", "name": "pv-1", "namespace": ""},
	}}
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolume", "name": "pv-1", "namespace": ""}}
}

test_attachment_errors_fail if {
	rows := [object.union(_row, {
		"ref": {"group": "", "kind": "PersistentVolume", "namespace": "", "name": "pv-1"},
		"volume": {
			"name": "pv-1",
			"class": "gold",
			"class_labels": {},
			"phase": "Bound",
			"reclaim_policy": "Retain",
			"phase_seconds": 100,
			"attachment_errors": [{"what": "attach", "node": "n1", "message": "timed out", "seconds": 7200}],
		},
	})]
	rules := _rules
	_violations(rows, rules) == {{
		"message": "cannot attach at node n1: timed out",
		"ref": {"group": "", "kind": "PersistentVolume", "name": "pv-1", "namespace": ""},
	}}
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolume", "name": "pv-1", "namespace": ""}}
}

test_undated_ones_too if {
	rows := [object.union(_row, {
		"ref": {"group": "", "kind": "PersistentVolume", "namespace": "", "name": "pv-1"},
		"volume": {
			"name": "pv-1",
			"class": "gold",
			"class_labels": {},
			"phase": "Bound",
			"reclaim_policy": "Retain",
			"phase_seconds": 100,
			"attachment_errors": [{"what": "attach", "node": "n1", "message": "timed out", "seconds": null}],
		},
	})]
	rules := _rules
	_violations(rows, rules) == {{
		"message": "cannot attach at node n1: timed out",
		"ref": {"group": "", "kind": "PersistentVolume", "name": "pv-1", "namespace": ""},
	}}
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolume", "name": "pv-1", "namespace": ""}}
}

test_new_ones_do_not if {
	rows := [object.union(_row, {
		"ref": {"group": "", "kind": "PersistentVolume", "namespace": "", "name": "pv-1"},
		"volume": {
			"name": "pv-1",
			"class": "gold",
			"class_labels": {},
			"phase": "Bound",
			"reclaim_policy": "Retain",
			"phase_seconds": 100,
			"attachment_errors": [{"what": "attach", "node": "n1", "message": "timed out", "seconds": 10}],
		},
	})]
	rules := _rules
	_violations(rows, rules) == set()
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolume", "name": "pv-1", "namespace": ""}}
}
