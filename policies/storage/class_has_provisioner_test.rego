package sextant.storage.class_has_provisioner_test

import data.sextant.storage.class_has_provisioner as policy

_ref := {"group": "storage.k8s.io", "kind": "StorageClass", "namespace": "", "name": "fast"}

_rules(change) := object.union(data.sx.rules.storage, change)

_violations(row, storage, rules) := found if {
	found := policy.violation with input.rows as [row] with data.sx.inventory.storage as storage with data.sx.rules.storage as rules
}

_unknowns(row, storage, rules) := found if {
	found := policy.unknown with input.rows as [row] with data.sx.inventory.storage as storage with data.sx.rules.storage as rules
}

_subjects(row) := found if {
	found := policy.subject with input.rows as [row]
}

_row(liveness) := {"ref": _ref, "provisioner": "acme.example/disk", "liveness": liveness, "liveness_source": "so it is", "migrates_to": "disk.example"}

_fails(liveness, severity, message) if {
	_violations(_row(liveness), [], _rules({})) == {{"ref": _ref, "path": "provisioner", "severity": severity, "message": message}}
	_unknowns(_row(liveness), [], _rules({})) == set()
}

test_live_provisioners_pass if {
	every liveness in ["registered", "live", "static"] {
		_violations(_row(liveness), [], _rules({})) == set()
		_subjects(_row(liveness)) == {_ref}
	}
}

test_dead_ones_fail if {
	_fails("absent", "high", "provisioner acme.example/disk is not in the cluster: so it is")
	_fails("down", "high", "provisioner acme.example/disk is not ready: so it is")
	_fails("leftover", "high", "provisioner acme.example/disk is a leftover: so it is")
	_fails("in-tree-dead", "high", "in-tree provisioner acme.example/disk is gone: so it is")
	_fails("migrated", "medium", "provisioner acme.example/disk is an in-tree name; disk.example serves it")
}

test_buckets_are_no_subjects if {
	_subjects(_row("no-volumes")) == set()
}

test_no_status_is_unknown if {
	message := "whether provisioner acme.example/disk is ready cannot be read: so it is has no status"
	_unknowns(_row("unknown"), [], _rules({})) == {{"ref": _ref, "message": message}}
}

test_a_named_workload_counts if {
	rules := _rules({"external_provisioners": [{"name": "acme.example/*", "workload_regex": "^acme/"}]})
	ready := [{"candidates": [{"name": "acme/provisioner", "state": "ready"}]}]
	_violations(_row("absent"), ready, rules) == set()
	unread := [{"candidates": [{"name": "acme/provisioner", "state": "unknown"}]}]
	_violations(_row("absent"), unread, rules) == set()
	message := "whether provisioner acme.example/disk is ready cannot be read: its workload has no status"
	_unknowns(_row("absent"), unread, rules) == {{"ref": _ref, "message": message}}
}
