package sextant.network.pods_isolated_ingress_test

import data.sextant.network.pods_isolated_ingress as policy

_ref(namespace, name) := {"group": "apps", "kind": "Deployment", "namespace": namespace, "name": name}

_closed := {"isolated": "yes", "neutralised": false, "opened_by": [], "staged": [], "reason": ""}

_open := object.union(_closed, {"isolated": "no"})

_row(name, isolation) := {
	"ref": _ref("pay", name), "labels": {}, "names": ["p-1"], "template": true, "host_network": false, "ingress": isolation,
}

_cluster(enforced) := [{"network": {"enforced": enforced, "daemon_sets": []}}]

_say(rows, enforced) := {[v.ref.name, v.message] | some v in found} if {
	cluster := _cluster(enforced)
	found := policy.violation with input as {"rows": rows} with data.sx.inventory.cluster as cluster
}

_doubt(rows, enforced) := {[v.ref.name, v.message] | some v in found} if {
	cluster := _cluster(enforced)
	found := policy.unknown with input as {"rows": rows} with data.sx.inventory.cluster as cluster
}

test_a_pod_that_nothing_selects_fails if {
	row := _row("a", _open)
	cluster := _cluster("yes")
	found := policy.violation with input as {"rows": [row, _row("b", _closed)]} with data.sx.inventory.cluster as cluster
	found == {{"ref": row.ref, "message": "no network policy selects its pods for ingress", "evidence": {"pods": ["p-1"], "template": true}}}
}

test_isolation_that_is_none if {
	undone := object.union(_closed, {"neutralised": true, "opened_by": [{"policy": {"name": "temp"}, "reach": "everything"}]})
	_say([_row("a", undone)], "yes") == {["a", "its pods are isolated for ingress, but temp opens everything"]}
	staged := object.union(_open, {"staged": [{"name": "soon"}]})
	_say([_row("a", staged)], "yes") == {["a", "only a staged policy would isolate its pods for ingress: soon"]}
	_say([_row("a", _closed)], "no") == {["a", "its pods are selected for ingress, but nothing in the cluster enforces network policies"]}
}

test_what_cannot_be_told if {
	opaque := object.union(_open, {"isolated": "unknown", "reason": "x: y"})
	_doubt([_row("a", opaque)], "yes") == {["a", "a policy cannot be read: x: y"]}
	_say([_row("a", opaque)], "yes") == set()
	_doubt([_row("a", _closed)], "unknown") == {["a", "whether anything enforces network policies is unknown"]}
	_doubt([_row("a", _open)], "unknown") == set()
}

test_subjects if {
	host := object.union(_row("host", _open), {"host_network": true})
	system := object.union(_row("dns", _open), {"ref": _ref("kube-system", "dns")})
	policy.subject == {_ref("pay", "a")} with input as {"rows": [_row("a", _open), host, system]}
	off := object.union(data.sx.rules.network, {"isolation": {"ingress": false, "egress": false, "exclude": [], "egress_exempt": []}})
	policy.subject == set() with input as {"rows": [_row("a", _open)]} with data.sx.rules.network as off
	left := object.union(data.sx.rules.network, {"isolation": {"ingress": true, "egress": true, "exclude": [{"namespace": "pay"}], "egress_exempt": []}})
	policy.subject == set() with input as {"rows": [_row("a", _open)]} with data.sx.rules.network as left
}
