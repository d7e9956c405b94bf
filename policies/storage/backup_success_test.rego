package sextant.storage.backup_success_test

import data.sextant.storage.backup_success as policy

_row := {
	"ref": {"group": "", "kind": "PersistentVolumeClaim", "namespace": "payments", "name": "data"},
	"name": "data",
	"namespace": "payments",
	"source": "claim",
	"class": "gold",
	"class_labels": {},
	"backups": {
		"newest": {
			"name": "Backup velero/daily-1",
			"phase": "Completed",
			"seconds": 7200,
			"kept_seconds": 2592000,
			"snapshots": [2, 2],
			"location": {
				"name": "BackupStorageLocation velero/default",
				"available": "yes",
				"read_only": false,
				"insecure": false,
				"in_cluster": "no",
				"encrypted": "yes",
			},
		},
		"failed": null,
	},
}

_rules := object.union(data.sx.rules.storage, {
	"tiers": {
		"gold": {
			"classes": ["gold"],
			"protection": {"backup_rpo": "24h", "backup_retention": "30d", "offsite": true, "encrypted_location": true},
		},
	},
})

_violations(rows, rules) := found if {
	found := policy.violation with input.rows as rows with data.sx.rules.storage as rules with data.sx.snapshot as {"time": "2026-11-23T09:00:00Z"}
}

_unknowns(rows, rules) := found if {
	found := policy.unknown with input.rows as rows with data.sx.rules.storage as rules with data.sx.snapshot as {"time": "2026-11-23T09:00:00Z"}
}

_subjects(rows, rules) := found if {
	found := policy.subject with input.rows as rows with data.sx.rules.storage as rules with data.sx.snapshot as {"time": "2026-11-23T09:00:00Z"}
}

test_a_fresh_backup_elsewhere_passes if {
	rows := [_row]
	rules := _rules
	_violations(rows, rules) == set()
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"}}
}

test_none_fails if {
	rows := [object.union(_row, {"backups": {"newest": null, "failed": null}})]
	rules := _rules
	_violations(rows, rules) == {{
		"evidence": {"failed": null, "newest": null},
		"message": "tier gold promises backups, and no backup of it ever completed",
		"ref": {"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"},
	}}
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"}}
}

test_only_failed_ones_fail if {
	rows := [object.union(_row, {
		"backups": {
			"newest": null,
			"failed": {
				"name": "Backup velero/daily-2",
				"phase": "PartiallyFailed",
				"seconds": 7200,
				"kept_seconds": 2592000,
				"snapshots": [2, 2],
				"location": {
					"name": "BackupStorageLocation velero/default",
					"available": "yes",
					"read_only": false,
					"insecure": false,
					"in_cluster": "no",
					"encrypted": "yes",
				},
			},
		},
	})]
	rules := _rules
	_violations(rows, rules) == {{
		"evidence": {
			"failed": {
				"kept_seconds": 2592000,
				"location": {
					"available": "yes",
					"encrypted": "yes",
					"in_cluster": "no",
					"insecure": false,
					"name": "BackupStorageLocation velero/default",
					"read_only": false,
				},
				"name": "Backup velero/daily-2",
				"phase": "PartiallyFailed",
				"seconds": 7200,
				"snapshots": [2, 2],
			},
			"newest": null,
		},
		"message": "tier gold promises backups, and no backup of it ever completed; Backup velero/daily-2 ended as PartiallyFailed",
		"ref": {"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"},
	}}
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"}}
}

test_an_old_one_fails if {
	rows := [object.union(_row, {
		"backups": {
			"newest": {
				"name": "Backup velero/daily-1",
				"phase": "Completed",
				"seconds": 400000,
				"kept_seconds": 2592000,
				"snapshots": [2, 2],
				"location": {
					"name": "BackupStorageLocation velero/default",
					"available": "yes",
					"read_only": false,
					"insecure": false,
					"in_cluster": "no",
					"encrypted": "yes",
				},
			},
			"failed": {
				"name": "Backup velero/daily-2",
				"phase": "Failed",
				"seconds": 7200,
				"kept_seconds": 2592000,
				"snapshots": [2, 2],
				"location": {
					"name": "BackupStorageLocation velero/default",
					"available": "yes",
					"read_only": false,
					"insecure": false,
					"in_cluster": "no",
					"encrypted": "yes",
				},
			},
		},
	})]
	rules := _rules
	_violations(rows, rules) == {{
		"evidence": {
			"failed": {
				"kept_seconds": 2592000,
				"location": {
					"available": "yes",
					"encrypted": "yes",
					"in_cluster": "no",
					"insecure": false,
					"name": "BackupStorageLocation velero/default",
					"read_only": false,
				},
				"name": "Backup velero/daily-2",
				"phase": "Failed",
				"seconds": 7200,
				"snapshots": [2, 2],
			},
			"newest": {
				"kept_seconds": 2592000,
				"location": {
					"available": "yes",
					"encrypted": "yes",
					"in_cluster": "no",
					"insecure": false,
					"name": "BackupStorageLocation velero/default",
					"read_only": false,
				},
				"name": "Backup velero/daily-1",
				"phase": "Completed",
				"seconds": 400000,
				"snapshots": [2, 2],
			},
		},
		"message": "tier gold promises backups, and the newest that completed, Backup velero/daily-1, is 111 hours old; Backup velero/daily-2 ended as Failed",
		"ref": {"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"},
	}}
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"}}
}

test_one_kept_too_short_fails if {
	rows := [object.union(_row, {
		"backups": {
			"newest": {
				"name": "Backup velero/daily-1",
				"phase": "Completed",
				"seconds": 7200,
				"kept_seconds": 864000,
				"snapshots": [2, 2],
				"location": {
					"name": "BackupStorageLocation velero/default",
					"available": "yes",
					"read_only": false,
					"insecure": false,
					"in_cluster": "no",
					"encrypted": "yes",
				},
			},
			"failed": null,
		},
	})]
	rules := _rules
	_violations(rows, rules) == {{
		"evidence": {
			"failed": null,
			"newest": {
				"kept_seconds": 864000,
				"location": {
					"available": "yes",
					"encrypted": "yes",
					"in_cluster": "no",
					"insecure": false,
					"name": "BackupStorageLocation velero/default",
					"read_only": false,
				},
				"name": "Backup velero/daily-1",
				"phase": "Completed",
				"seconds": 7200,
				"snapshots": [2, 2],
			},
		},
		"message": "tier gold promises backups, and Backup velero/daily-1 is kept for 10 days, not for 30d",
		"ref": {"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"},
	}}
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"}}
}

test_lost_snapshots_fail if {
	rows := [object.union(_row, {
		"backups": {
			"newest": {
				"name": "Backup velero/daily-1",
				"phase": "Completed",
				"seconds": 7200,
				"kept_seconds": 2592000,
				"snapshots": [2, 1],
				"location": {
					"name": "BackupStorageLocation velero/default",
					"available": "yes",
					"read_only": false,
					"insecure": false,
					"in_cluster": "no",
					"encrypted": "yes",
				},
			},
			"failed": null,
		},
	})]
	rules := _rules
	_violations(rows, rules) == {{
		"evidence": {
			"failed": null,
			"newest": {
				"kept_seconds": 2592000,
				"location": {
					"available": "yes",
					"encrypted": "yes",
					"in_cluster": "no",
					"insecure": false,
					"name": "BackupStorageLocation velero/default",
					"read_only": false,
				},
				"name": "Backup velero/daily-1",
				"phase": "Completed",
				"seconds": 7200,
				"snapshots": [2, 1],
			},
		},
		"message": "tier gold promises backups, and Backup velero/daily-1 made 1 of 2 volume snapshots",
		"ref": {"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"},
	}}
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"}}
}

test_a_broken_location_fails if {
	rows := [object.union(_row, {
		"backups": {
			"newest": {
				"name": "Backup velero/daily-1",
				"phase": "Completed",
				"seconds": 7200,
				"kept_seconds": 2592000,
				"snapshots": [2, 2],
				"location": {
					"name": "BackupStorageLocation velero/default",
					"available": "no",
					"read_only": true,
					"insecure": true,
					"in_cluster": "yes",
					"encrypted": "yes",
				},
			},
			"failed": null,
		},
	})]
	rules := _rules
	_violations(rows, rules) == {
		{
			"evidence": {
				"failed": null,
				"newest": {
					"kept_seconds": 2592000,
					"location": {
						"available": "no",
						"encrypted": "yes",
						"in_cluster": "yes",
						"insecure": true,
						"name": "BackupStorageLocation velero/default",
						"read_only": true,
					},
					"name": "Backup velero/daily-1",
					"phase": "Completed",
					"seconds": 7200,
					"snapshots": [2, 2],
				},
			},
			"message": "tier gold promises backups, and BackupStorageLocation velero/default is not available",
			"ref": {"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"},
		},
		{
			"evidence": {
				"failed": null,
				"newest": {
					"kept_seconds": 2592000,
					"location": {
						"available": "no",
						"encrypted": "yes",
						"in_cluster": "yes",
						"insecure": true,
						"name": "BackupStorageLocation velero/default",
						"read_only": true,
					},
					"name": "Backup velero/daily-1",
					"phase": "Completed",
					"seconds": 7200,
					"snapshots": [2, 2],
				},
			},
			"message": "tier gold promises backups, and BackupStorageLocation velero/default is reached without a verified certificate",
			"ref": {"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"},
		},
		{
			"evidence": {
				"failed": null,
				"newest": {
					"kept_seconds": 2592000,
					"location": {
						"available": "no",
						"encrypted": "yes",
						"in_cluster": "yes",
						"insecure": true,
						"name": "BackupStorageLocation velero/default",
						"read_only": true,
					},
					"name": "Backup velero/daily-1",
					"phase": "Completed",
					"seconds": 7200,
					"snapshots": [2, 2],
				},
			},
			"message": "tier gold promises backups, and BackupStorageLocation velero/default is read-only and takes no backups",
			"ref": {"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"},
		},
		{
			"evidence": {
				"failed": null,
				"newest": {
					"kept_seconds": 2592000,
					"location": {
						"available": "no",
						"encrypted": "yes",
						"in_cluster": "yes",
						"insecure": true,
						"name": "BackupStorageLocation velero/default",
						"read_only": true,
					},
					"name": "Backup velero/daily-1",
					"phase": "Completed",
					"seconds": 7200,
					"snapshots": [2, 2],
				},
			},
			"message": "tier gold promises backups, and BackupStorageLocation velero/default is served by this cluster",
			"ref": {"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"},
		},
	}
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"}}
}

test_what_is_not_said_is_unknown if {
	rows := [object.union(_row, {
		"backups": {
			"newest": {
				"name": "Backup velero/daily-1",
				"phase": "Completed",
				"seconds": null,
				"kept_seconds": null,
				"snapshots": null,
				"location": {
					"name": "BackupStorageLocation velero/default",
					"available": "unknown",
					"read_only": false,
					"insecure": false,
					"in_cluster": "unknown",
					"encrypted": "unknown",
				},
			},
			"failed": null,
		},
	})]
	rules := _rules
	_violations(rows, rules) == set()
	_unknowns(rows, rules) == {
		{
			"message": "tier gold promises backups, and BackupStorageLocation velero/default does not say whether it is available",
			"ref": {"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"},
		},
		{
			"message": "tier gold promises backups, and the age of Backup velero/daily-1 cannot be told",
			"ref": {"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"},
		},
		{
			"message": "tier gold promises backups, and where BackupStorageLocation velero/default lies cannot be told",
			"ref": {"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"},
		},
		{
			"message": "tier gold promises backups, and whether BackupStorageLocation velero/default encrypts cannot be told",
			"ref": {"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"},
		},
	}
	_subjects(rows, rules) == {{"group": "", "kind": "PersistentVolumeClaim", "name": "data", "namespace": "payments"}}
}

test_a_tool_outside_may_be_attested if {
	rows := [object.union(_row, {"backups": {"newest": null, "failed": null}})]
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
