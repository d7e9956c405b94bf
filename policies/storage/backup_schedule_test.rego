package sextant.storage.backup_schedule_test

import data.sextant.storage.backup_schedule as policy

_row := {
	"ref": {"group": "", "kind": "PersistentVolumeClaim", "namespace": "payments", "name": "data"},
	"name": "data",
	"namespace": "payments",
	"source": "claim",
	"class": "gold",
	"class_labels": {},
	"backups": {
		"schedules": [
			{
				"tool": "velero",
				"name": "Schedule velero/daily",
				"takes": "backup",
				"paused": false,
				"interval_seconds": 86400,
				"data": "yes",
				"why_not": "",
			},
		],
	},
}

_rules := object.union(data.sx.rules.storage, {"tiers": {"gold": {"classes": ["gold"], "protection": {"backup_rpo": "24h"}}}})

_violations(rows, rules) := found if {
	found := policy.violation with input.rows as rows with data.sx.rules.storage as rules with data.sx.snapshot as {"time": "2026-11-23T09:00:00Z"}
}

_unknowns(rows, rules) := found if {
	found := policy.unknown with input.rows as rows with data.sx.rules.storage as rules with data.sx.snapshot as {"time": "2026-11-23T09:00:00Z"}
}

_subjects(rows, rules) := found if {
	found := policy.subject with input.rows as rows with data.sx.rules.storage as rules with data.sx.snapshot as {"time": "2026-11-23T09:00:00Z"}
}

test_a_daily_backup_passes if {
	rows := [_row]
	rules := _rules
	_violations(rows, rules) == set()
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"}}
}

test_no_schedule_fails if {
	rows := [object.union(_row, {"backups": {"schedules": []}})]
	rules := _rules
	_violations(rows, rules) == {{
		"evidence": {"schedules": []},
		"message": "tier gold promises a backup every 24h, and no schedule names it",
		"ref": {"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"},
	}}
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"}}
}

test_a_paused_one_fails if {
	rows := [object.union(_row, {
		"backups": {
			"schedules": [
				{
					"tool": "velero",
					"name": "Schedule velero/daily",
					"takes": "backup",
					"paused": true,
					"interval_seconds": 86400,
					"data": "yes",
					"why_not": "",
				},
			],
		},
	})]
	rules := _rules
	_violations(rows, rules) == {{
		"evidence": {
			"schedules": [
				{
					"data": "yes",
					"interval_seconds": 86400,
					"name": "Schedule velero/daily",
					"paused": true,
					"takes": "backup",
					"tool": "velero",
					"why_not": "",
				},
			],
		},
		"message": "tier gold promises a backup every 24h, and Schedule velero/daily is paused",
		"ref": {"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"},
	}}
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"}}
}

test_one_without_the_data_fails if {
	rows := [object.union(_row, {
		"backups": {
			"schedules": [
				{
					"tool": "velero",
					"name": "Schedule velero/daily",
					"takes": "backup",
					"paused": false,
					"interval_seconds": 86400,
					"data": "no",
					"why_not": "its label selector does not match the claim",
				},
			],
		},
	})]
	rules := _rules
	_violations(rows, rules) == {{
		"evidence": {
			"schedules": [
				{
					"data": "no",
					"interval_seconds": 86400,
					"name": "Schedule velero/daily",
					"paused": false,
					"takes": "backup",
					"tool": "velero",
					"why_not": "its label selector does not match the claim",
				},
			],
		},
		"message": "tier gold promises a backup every 24h, and Schedule velero/daily does not take it: its label selector does not match the claim",
		"ref": {"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"},
	}}
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"}}
}

test_unless_objects_are_enough if {
	rows := [object.union(_row, {
		"backups": {
			"schedules": [
				{
					"tool": "velero",
					"name": "Schedule velero/daily",
					"takes": "backup",
					"paused": false,
					"interval_seconds": 86400,
					"data": "no",
					"why_not": "objects only",
				},
			],
		},
	})]
	rules := object.union(_rules, {"tiers": {"gold": {"protection": {"volume_data_required": false}}}})
	_violations(rows, rules) == set()
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"}}
}

test_one_too_rare_fails if {
	rows := [object.union(_row, {
		"backups": {
			"schedules": [
				{
					"tool": "velero",
					"name": "Schedule velero/daily",
					"takes": "backup",
					"paused": false,
					"interval_seconds": 604800,
					"data": "yes",
					"why_not": "",
				},
			],
		},
	})]
	rules := _rules
	_violations(rows, rules) == {{
		"evidence": {
			"schedules": [
				{
					"data": "yes",
					"interval_seconds": 604800,
					"name": "Schedule velero/daily",
					"paused": false,
					"takes": "backup",
					"tool": "velero",
					"why_not": "",
				},
			],
		},
		"message": "tier gold promises a backup every 24h, and Schedule velero/daily lets up to 168 hours pass",
		"ref": {"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"},
	}}
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"}}
}

test_a_snapshot_is_no_backup if {
	rows := [object.union(_row, {
		"backups": {
			"schedules": [
				{
					"tool": "velero",
					"name": "Schedule velero/daily",
					"takes": "snapshot",
					"paused": false,
					"interval_seconds": 86400,
					"data": "yes",
					"why_not": "",
				},
			],
		},
	})]
	rules := _rules
	_violations(rows, rules) == {{
		"evidence": {
			"schedules": [
				{
					"data": "yes",
					"interval_seconds": 86400,
					"name": "Schedule velero/daily",
					"paused": false,
					"takes": "snapshot",
					"tool": "velero",
					"why_not": "",
				},
			],
		},
		"message": "tier gold promises a backup every 24h, and Schedule velero/daily takes snapshots that stay in the storage system",
		"ref": {"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"},
	}}
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"}}
}

test_unless_the_tier_says_so if {
	rows := [object.union(_row, {
		"backups": {
			"schedules": [
				{
					"tool": "velero",
					"name": "Schedule velero/daily",
					"takes": "snapshot",
					"paused": false,
					"interval_seconds": 86400,
					"data": "yes",
					"why_not": "",
				},
			],
		},
	})]
	rules := object.union(_rules, {"tiers": {"gold": {"protection": {"snapshot_counts": true}}}})
	_violations(rows, rules) == set()
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"}}
}

test_another_tool_fails if {
	rows := [object.union(_row, {
		"backups": {
			"schedules": [
				{
					"tool": "stork",
					"name": "Schedule velero/daily",
					"takes": "backup",
					"paused": false,
					"interval_seconds": 86400,
					"data": "yes",
					"why_not": "",
				},
			],
		},
	})]
	rules := object.union(_rules, {"tiers": {"gold": {"protection": {"backup_tools": ["velero"]}}}})
	_violations(rows, rules) == {{
		"evidence": {
			"schedules": [
				{
					"data": "yes",
					"interval_seconds": 86400,
					"name": "Schedule velero/daily",
					"paused": false,
					"takes": "backup",
					"tool": "stork",
					"why_not": "",
				},
			],
		},
		"message": "tier gold promises a backup every 24h, and Schedule velero/daily is no approved tool's",
		"ref": {"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"},
	}}
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"}}
}

test_the_approved_tool_passes if {
	rows := [_row]
	rules := object.union(_rules, {"tiers": {"gold": {"protection": {"backup_tools": ["velero"]}}}})
	_violations(rows, rules) == set()
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"}}
}

test_an_unreadable_rhythm_is_unknown if {
	rows := [object.union(_row, {
		"backups": {
			"schedules": [
				{
					"tool": "velero",
					"name": "Schedule velero/daily",
					"takes": "backup",
					"paused": false,
					"interval_seconds": null,
					"data": "yes",
					"why_not": "",
				},
			],
		},
	})]
	rules := _rules
	_violations(rows, rules) == set()
	_unknowns(rows, rules) == {{
		"evidence": {
			"schedules": [
				{
					"data": "yes",
					"interval_seconds": null,
					"name": "Schedule velero/daily",
					"paused": false,
					"takes": "backup",
					"tool": "velero",
					"why_not": "",
				},
			],
		},
		"message": "tier gold promises a backup every 24h, and how often Schedule velero/daily runs cannot be read",
		"ref": {"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"},
	}}
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"}}
}

test_a_tool_outside_may_be_attested if {
	rows := [object.union(_row, {"backups": {"schedules": []}})]
	rules := object.union(_rules, {
		"attestations": [
			{
				"class": "gold",
				"property": "protection.backup",
				"value": true,
				"evidence": "test report 7",
				"owner": "storage-team",
				"expires": "2027-01-01",
			},
		],
	})
	_violations(rows, rules) == set()
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"}}
}

test_a_tier_without_an_objective_is_no_subject if {
	rows := [_row]
	rules := object.union(_rules, {"tiers": {"gold": {"protection": {"backup_rpo": "none"}}}})
	_violations(rows, rules) == set()
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == set()
}
