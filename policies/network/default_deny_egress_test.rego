package sextant.network.default_deny_egress_test

import data.sextant.network.default_deny_egress as policy

_ref(name) := {"group": "", "kind": "Namespace", "namespace": "", "name": name}

_isolation := {
	"isolated": "no", "neutralised": false, "reason": "", "default_deny_by": [], "isolated_by": [], "opened_by": [],
	"open_addresses": [], "open_addresses_by": [], "staged": [], "dead": [], "partial": [], "open_workloads": 1,
}

_row(name, isolation) := {
	"ref": _ref(name), "terminating": false, "pods": 2, "workloads": 1,
	"network": {"enforced": "yes", "egress": isolation},
}

_cluster(enforced) := [{"network": {"enforced": enforced, "plugins": [], "daemon_sets": []}}]

_closed := object.union(_isolation, {
	"isolated": "yes",
	"default_deny_by": [{"policy": {"group": "networking.k8s.io", "kind": "NetworkPolicy", "namespace": "a", "name": "deny"}, "path": "", "reach": "everything"}],
})

test_a_namespace_without_a_default_deny_fails if {
	row := _row("a", _isolation)
	rows := [row, _row("b", _closed), _row("kube-system", _isolation)]
	cluster := _cluster("yes")
	found := policy.violation with input as {"rows": rows}
		with data.sx.inventory.cluster as cluster
	found == {{
		"ref": row.ref, "message": "no network policy denies egress by default", "severity": "high",
		"evidence": {"default_deny_by": [], "opened_by": [], "isolates_some": [], "enforced": "yes"},
	}}
}

test_unknown_enforcement_is_unknown if {
	row := _row("a", _closed)
	cluster := _cluster("unknown")
	found := policy.unknown with input as {"rows": [row]} with data.sx.inventory.cluster as cluster
	found == {{"ref": row.ref, "message": "whether anything enforces network policies is unknown"}}
}

test_subjects if {
	rows := [_row("a", _closed), _row("kube-public", _isolation)]
	policy.subject == {_ref("a")} with input as {"rows": rows}
}
