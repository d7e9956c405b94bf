package sextant.storage.storage_installed_test

import data.sextant.storage.storage_installed as policy

_ref := {"group": "", "kind": "Cluster", "namespace": "", "name": ""}

_rules(change) := object.union(data.sx.rules.storage, change)

_violations(rows, rules) := found if {
	found := policy.violation with input.rows as rows with data.sx.rules.storage as rules
}

_unknowns(rows, rules) := found if {
	found := policy.unknown with input.rows as rows with data.sx.rules.storage as rules
}

_part(state) := {"state": state, "workloads": []}

_driver := {
	"name": "rook-ceph.rbd.csi.ceph.com", "id": "ceph-rbd", "csi_driver": true, "ephemeral_only": false,
	"node_local": false, "hosted": false, "controller": _part("ready"), "node": _part("ready"), "registered_nodes": 3,
}

_but(change) := object.union(_driver, change)

_rows(drivers) := [{"ref": _ref, "drivers": drivers}]

_seen(drivers) := {"drivers": [object.filter(driver, ["name", "csi_driver", "controller", "node", "registered_nodes"]) | some driver in drivers]}

_fails(drivers, rules, why) if {
	message := concat("", ["no storage driver is installed and ready", why])
	_violations(_rows(drivers), rules) == {{"ref": _ref, "message": message, "evidence": _seen(drivers)}}
	_unknowns(_rows(drivers), rules) == set()
}

_passes(drivers, rules) if {
	_violations(_rows(drivers), rules) == set()
	_unknowns(_rows(drivers), rules) == set()
}

_doubts(driver, rules) if {
	message := sprintf("whether %s is ready cannot be read: its workloads have no status", [driver.name])
	_unknowns(_rows([driver]), rules) == {{"ref": _ref, "message": message}}
	_violations(_rows([driver]), rules) == set()
}

test_a_live_driver_passes if {
	_passes([_driver], _rules({}))
	_passes([_but({"controller": _part("degraded"), "node": _part("absent")})], _rules({}))
}

test_a_hosted_controller_shows_on_the_nodes if {
	_passes([_but({"name": "ebs.csi.aws.com", "hosted": true, "controller": _part("absent")})], _rules({}))
}

test_nothing_fails if _fails([], _rules({}), ": nothing provisions volumes")

test_names_and_leftovers_fail if {
	name := _but({"name": "rancher.io/local-path", "csi_driver": false, "controller": _part("ready"), "node": _part("absent"), "registered_nodes": 0})
	inline := _but({"name": "secrets-store.csi.k8s.io", "ephemeral_only": true})
	leftover := _but({"controller": _part("absent"), "node": _part("absent"), "registered_nodes": 0})
	_fails([name], _rules({}), ": rancher.io/local-path is no CSI driver of this cluster")
	_fails([inline], _rules({}), ": secrets-store.csi.k8s.io serves only inline volumes")
	_fails([leftover], _rules({}), ": rook-ceph.rbd.csi.ceph.com has its controller absent and its node plug-in absent")
	_fails([_but({"controller": _part("down")})], _rules({}), ": rook-ceph.rbd.csi.ceph.com has its controller down and its node plug-in ready")
}

test_an_unapproved_driver_fails if {
	_fails([_driver], _rules({"approved": ["pxd.portworx.com"]}), ": rook-ceph.rbd.csi.ceph.com is not approved")
	_passes([_driver], _rules({"approved": ["rbd.csi.ceph.com"]}))
}

test_a_driver_without_status_is_unknown if {
	_doubts(_but({"controller": _part("unknown"), "node": _part("unknown"), "registered_nodes": 0}), _rules({}))
}

test_an_approved_driver_that_nobody_knows_is_unknown if {
	driver := _but({"name": "csi.acme.example", "id": "", "controller": _part("absent"), "node": _part("absent")})
	_doubts(driver, _rules({"approved": ["csi.acme.example"]}))
}
