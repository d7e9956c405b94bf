package sextant.network.agent_on_every_node_test

import data.sextant.network.agent_on_every_node as policy

_row(name, changes) := object.union({
	"ref": {"group": "", "kind": "Node", "namespace": "", "name": name}, "labels": {}, "created": "2025-01-01T00:00:00Z",
	"ready": "yes", "network_unavailable": "no", "hidden": "",
	"agents": [{"plugin": "calico", "ready": "yes", "reason": ""}],
}, changes)

_without(reason) := {"agents": [{"plugin": "calico", "ready": "no", "reason": reason}]}

test_a_node_without_its_agent_fails if {
	gpu := _row("gpu", _without("DaemonSet calico-node is not scheduled there: it lacks a toleration for gpu=true:NoSchedule"))
	fine := _row("a", {})
	policy.violation == {{
		"ref": gpu.ref, "path": "agents[plugin=calico]",
		"message": "the agent of calico is not ready here: DaemonSet calico-node is not scheduled there: it lacks a toleration for gpu=true:NoSchedule",
	}} with input as {"rows": [gpu, fine]}
	policy.subject == {gpu.ref, fine.ref} with input as {"rows": [gpu, fine]}
}

test_the_condition_of_the_node_counts if {
	cut := _row("cut", {"network_unavailable": "yes"})
	policy.violation == {{
		"ref": cut.ref, "path": "status.conditions[type=NetworkUnavailable]", "message": "its condition NetworkUnavailable is true",
	}} with input as {"rows": [cut]}
}

test_who_is_left_out if {
	rows := [
		_row("down", object.union(_without("x"), {"ready": "no"})),
		_row("virtual", object.union(_without("x"), {"labels": {"type": "virtual-kubelet"}})),
		_row("young", object.union(_without("x"), {"created": "2025-12-31T23:59:00Z"})),
		_row("bare", {"agents": []}),
	]
	policy.violation == set() with input as {"rows": rows}
	policy.subject == set() with input as {"rows": rows}
}

test_what_is_not_told_is_unknown if {
	dim := _row("dim", {"agents": [{"plugin": "calico", "ready": "unknown", "reason": ""}]})
	hidden := _row("gke", {"agents": [], "hidden": "the provider runs it"})
	policy.unknown == {
		{"ref": dim.ref, "message": "no status tells whether the agent of calico is ready"},
		{"ref": hidden.ref, "message": "the provider runs it"},
	} with input as {"rows": [dim, hidden]}
	policy.subject == {dim.ref, hidden.ref} with input as {"rows": [dim, hidden]}
}
