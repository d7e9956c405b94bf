package sextant.storage.driver_on_every_node_test

import data.sextant.storage.driver_on_every_node as policy

_ref := {"group": "", "kind": "Node", "namespace": "", "name": "n1"}

_rules(change) := object.union(data.sx.rules.storage, change)

_violations(row, classes, rules) := found if {
	found := policy.violation with input.rows as [row] with data.sx.inventory.storage_classes as classes with data.sx.rules.storage as rules
}

_unknowns(row, classes, rules) := found if {
	found := policy.unknown with input.rows as [row] with data.sx.inventory.storage_classes as classes with data.sx.rules.storage as rules
}

_subjects(row, classes, rules) := found if {
	found := policy.subject with input.rows as [row] with data.sx.inventory.storage_classes as classes with data.sx.rules.storage as rules
}

_class := {"name": "gold", "labels": {}, "type": "csi", "liveness": "registered", "provisioner": "rbd.csi.ceph.com", "migrates_to": ""}

_csi := {"name": "rbd.csi.ceph.com", "allocatable": 10, "attached": 3}

_node := {
	"ref": _ref, "labels": {}, "taints": [], "csi_node": true, "csi_drivers": ["rbd.csi.ceph.com"],
	"csi": [_csi], "seconds": 90000,
}

_but(change) := object.union(_node, change)

_bare := _but({"csi_drivers": [], "csi": []})

_missing(message, name, registered) := {{"ref": _ref, "message": message, "evidence": {"missing": [name], "registered": registered}}}

test_a_registered_driver_passes if {
	_violations(_node, [_class], _rules({})) == set()
	_unknowns(_node, [_class], _rules({})) == set()
	_subjects(_node, [_class], _rules({})) == {_ref}
}

test_a_missing_driver_fails if {
	_violations(_bare, [_class], _rules({})) == _missing("has not registered: rbd.csi.ceph.com", "rbd.csi.ceph.com", [])
	none := object.union(_bare, {"csi_node": false, "seconds": null})
	_violations(none, [_class], _rules({})) == _missing("has no CSINode object, so no driver: rbd.csi.ceph.com", "rbd.csi.ceph.com", [])
}

test_a_new_node_is_unknown if {
	young := object.union(_bare, {"seconds": 60})
	_violations(young, [_class], _rules({})) == set()
	_unknowns(young, [_class], _rules({})) == {{"ref": _ref, "message": "the node is so new that its drivers may still register"}}
}

test_a_full_node_fails if {
	full := _but({"csi": [object.union(_csi, {"attached": 10})]})
	_violations(full, [_class], _rules({})) == {{
		"ref": _ref, "severity": "medium", "path": "spec.drivers[name=rbd.csi.ceph.com].allocatable.count",
		"message": "rbd.csi.ceph.com has 10 of 10 volumes attached: no pod with another one can start",
	}}
}

test_exempt_nodes_are_no_subjects if {
	tainted := _but({"taints": [{"key": "node-role.kubernetes.io/control-plane", "value": "", "effect": "NoSchedule"}]})
	virtual := _but({"labels": {"type": "virtual-kubelet"}})
	_subjects(tainted, [_class], _rules({})) == set()
	_subjects(virtual, [_class], _rules({})) == set()
}

test_nothing_is_required_without_csi_classes if {
	local := object.union(_class, {"type": "external", "provisioner": "rancher.io/local-path"})
	_subjects(_node, [local], _rules({})) == set()
}

test_rules_and_tiers_say_what_is_required if {
	missing := _missing("has not registered: pxd.portworx.com", "pxd.portworx.com", ["rbd.csi.ceph.com"])
	_violations(_node, [], _rules({"required_drivers": ["pxd.portworx.com"]})) == missing
	migrated := {"name": "gold", "labels": {}, "type": null, "liveness": "registered", "provisioner": "kubernetes.io/portworx-volume", "migrates_to": "pxd.portworx.com"}
	other := object.union(_class, {"name": "other", "provisioner": "x.example"})
	_violations(_node, [migrated, other], _rules({"tiers": {"gold": {"classes": ["gold"]}}})) == missing
}
