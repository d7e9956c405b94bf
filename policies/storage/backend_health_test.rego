package sextant.storage.backend_health_test

import data.sextant.storage.backend_health as policy

_row := {
	"ref": {"group": "ceph.rook.io", "kind": "CephCluster", "namespace": "rook-ceph", "name": "rook-ceph"},
	"health": "healthy",
	"reported": "HEALTH_OK",
	"codes": [],
	"used": 10,
	"total": 100,
	"checked_seconds": 60,
	"monitors": 3,
	"monitors_share_nodes": false,
	"external": false,
}

_rules := object.union(data.sx.rules.storage, {"monitors_min": 3, "health_ignore_codes": ["POOL_NO_REDUNDANCY"]})

_violations(rows, rules) := found if {
	found := policy.violation with input.rows as rows with data.sx.rules.storage as rules
}

_unknowns(rows, rules) := found if {
	found := policy.unknown with input.rows as rows with data.sx.rules.storage as rules
}

test_a_healthy_system_passes if {
	rows := [_row]
	rules := _rules
	_violations(rows, rules) == set()
	_unknowns(rows, rules) == set()
}

test_an_error_fails if {
	rows := [object.union(_row, {"health": "error", "reported": "HEALTH_ERR", "codes": ["OSD_DOWN"]})]
	rules := _rules
	_violations(rows, rules) == {{
		"evidence": {"codes": ["OSD_DOWN"]},
		"message": "reports HEALTH_ERR: OSD_DOWN",
		"ref": {"group": "ceph.rook.io", "kind": "CephCluster", "name": "rook-ceph", "namespace": "rook-ceph"},
		"severity": "high",
	}}
	_unknowns(rows, rules) == set()
}

test_a_warning_is_told if {
	rows := [object.union(_row, {"health": "warning", "reported": "degraded"})]
	rules := _rules
	_violations(rows, rules) == {{
		"evidence": {"codes": []},
		"message": "reports degraded",
		"ref": {"group": "ceph.rook.io", "kind": "CephCluster", "name": "rook-ceph", "namespace": "rook-ceph"},
		"severity": "low",
	}}
	_unknowns(rows, rules) == set()
}

test_a_forgiven_warning_passes if {
	rows := [object.union(_row, {"health": "warning", "reported": "HEALTH_WARN", "codes": ["POOL_NO_REDUNDANCY"]})]
	rules := _rules
	_violations(rows, rules) == set()
	_unknowns(rows, rules) == set()
}

test_a_full_one_fails if {
	rows := [object.union(_row, {"used": 90})]
	rules := _rules
	_violations(rows, rules) == {{
		"message": "90 % of its capacity are in use",
		"ref": {"group": "ceph.rook.io", "kind": "CephCluster", "name": "rook-ceph", "namespace": "rook-ceph"},
	}}
	_unknowns(rows, rules) == set()
}

test_too_few_monitors_fail if {
	rows := [object.union(_row, {"monitors": 1})]
	rules := _rules
	_violations(rows, rules) == {{
		"message": "1 monitors, where 3 must outvote a failure",
		"path": "spec.mon.count",
		"ref": {"group": "ceph.rook.io", "kind": "CephCluster", "name": "rook-ceph", "namespace": "rook-ceph"},
	}}
	_unknowns(rows, rules) == set()
}

test_monitors_on_one_node_fail if {
	rows := [object.union(_row, {"monitors_share_nodes": true})]
	rules := _rules
	_violations(rows, rules) == {{
		"message": "monitors may share a node",
		"path": "spec.mon.allowMultiplePerNode",
		"ref": {"group": "ceph.rook.io", "kind": "CephCluster", "name": "rook-ceph", "namespace": "rook-ceph"},
	}}
	_unknowns(rows, rules) == set()
}

test_no_report_is_unknown if {
	rows := [object.union(_row, {"health": "unknown", "reported": ""})]
	rules := _rules
	_violations(rows, rules) == set()
	_unknowns(rows, rules) == {{
		"message": "reports no health",
		"ref": {"group": "ceph.rook.io", "kind": "CephCluster", "name": "rook-ceph", "namespace": "rook-ceph"},
	}}
}

test_no_status_at_all_fails if {
	rows := [object.union(_row, {"health": "silent", "reported": ""})]
	rules := _rules
	_violations(rows, rules) == {{
		"message": "has no status: nothing looks after it",
		"ref": {"group": "ceph.rook.io", "kind": "CephCluster", "name": "rook-ceph", "namespace": "rook-ceph"},
		"severity": "medium",
	}}
	_unknowns(rows, rules) == set()
}

test_an_old_report_is_unknown if {
	rows := [object.union(_row, {"checked_seconds": 7200})]
	rules := _rules
	_violations(rows, rules) == set()
	_unknowns(rows, rules) == {{
		"message": "what it reports is 120 minutes old",
		"ref": {"group": "ceph.rook.io", "kind": "CephCluster", "name": "rook-ceph", "namespace": "rook-ceph"},
	}}
}
