package sextant.extensions.resources_set_test

import data.sextant.extensions.resources_set as policy

_row(missing, class) := {
	"ref": {"group": "apps", "kind": "DaemonSet", "namespace": "n", "name": "d"}, "systems": {"x": "installed"}, "node_agent": true,
	"priority_class": class, "containers": [{"name": "a", "missing": missing}, {"name": "istio-proxy", "missing": ["memory-limit"]}],
}

_norm := {"required": ["memory-limit", "cpu-request"], "injected": ["istio-proxy"], "node_agent_classes": ["system-*-critical"], "exempt": ["free"]}

_fails(row) := {f.message | some f in found} if {
	norm := _norm
	found := policy.violation with input as {"rows": [row]} with data.sx.rules.extensions.resources as norm
}

test_what_is_missing if {
	_fails(_row(["memory-limit", "cpu-limit"], "system-node-critical")) == {"no memory limit: a"}
	_fails(_row([], "system-node-critical")) == set()
}

test_agents_have_a_class if {
	_fails(_row([], "")) == {"an agent of every node has no priority class"}
	_fails(_row([], "low")) == {"an agent of every node has priority class low"}
	_fails(object.union(_row([], ""), {"node_agent": false})) == set()
}

_subjects(row, more) := count(found) if {
	norm := object.union(_norm, more)
	found := policy.subject with input as {"rows": [row]} with data.sx.rules.extensions.resources as norm
}

test_who_is_judged if {
	_subjects(_row([], ""), {}) == 1
	_subjects(_row([], ""), {"required": []}) == 1
	_subjects(_row([], ""), {"required": [], "node_agent_classes": []}) == 0
	_subjects(_row([], ""), {"exempt": ["x"]}) == 0
}
