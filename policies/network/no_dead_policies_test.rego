package sextant.network.no_dead_policies_test

import data.sextant.network.no_dead_policies as policy

_ref(name) := {"group": "networking.k8s.io", "kind": "NetworkPolicy", "namespace": "pay", "name": name}

_flow(changes) := object.union({
	"action": "allow", "path": "spec.ingress[0]", "reach": "part", "addresses": [], "pods": [], "all_ports": true,
	"ports": [], "names": [], "opaque": [], "nodes": "none", "narrowed": false, "outside_only": false,
}, changes)

_row(name, changes) := object.union({
	"ref": _ref(name), "staged": false, "dead": false, "labels": {}, "annotations": {}, "created": "2025-01-01T00:00:00Z",
	"selects": 2, "selects_all": false, "opaque": false, "empty_peers": [], "unknown_ports": [], "duplicate_of": "",
}, changes)

test_what_is_dead if {
	row := _row("a", {"selects": 0, "empty_peers": ["spec.ingress[0].from[1]"], "unknown_ports": ["web"], "duplicate_of": "b"})
	policy.violation == {
		{"ref": row.ref, "path": "spec.podSelector", "message": "it selects no pod and no pod template", "severity": "low"},
		{"ref": row.ref, "path": "spec.ingress[0].from[1]", "message": "a peer matches no pod and no namespace", "severity": "low"},
		{"ref": row.ref, "path": "ports[web]", "message": "the named port web is declared by no selected pod", "severity": "medium"},
		{"ref": row.ref, "message": "its spec is the same as that of b", "severity": "low"},
	} with input as {"rows": [row, _row("c", {}), _row("all", {"selects": 0, "selects_all": true}), _row("dim", {"selects": 0, "opaque": true})]}
}

test_who_is_left_out if {
	rules := object.union(data.sx.rules.network, {"dangling": {"grace": "14d", "ignore_managed_by": ["Helm"]}})
	rows := [
		_row("a", {}), _row("staged", {"staged": true}), _row("dead", {"dead": true}),
		_row("expected", {"annotations": {"sextant.dev/expected-empty": "true"}}),
		_row("helm", {"labels": {"app.kubernetes.io/managed-by": "Helm"}}),
		_row("young", {"created": "2025-12-25T00:00:00Z"}),
	]
	policy.subject == {_ref("a")} with input as {"rows": rows} with data.sx.rules.network as rules
}
