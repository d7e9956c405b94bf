package sextant.observability.log_collector_on_every_node_test

import data.sextant.observability.log_collector_on_every_node as policy

_system(id, aspect, roles, state, health) := {
	"id": id, "aspect": aspect, "roles": roles, "state": state, "health": health, "health_reason": "",
	"capabilities": {}, "agents": null, "controllers": [], "provisioners": [], "evidence": [], "version": "v1",
}

_ref := {"group": "", "kind": "Cluster", "namespace": "", "name": ""}

_node(name) := {"ref": {"group": "", "kind": "Node", "namespace": "", "name": name}, "taints": [{"key": "t", "value": "", "effect": "NoSchedule"}]}

_collector(health, nodes) := object.union(_system("fluent-bit", "observability", ["logging"], "installed", health), {"agents": {"ready": 1, "desired": 1, "nodes_ready": nodes}})

_messages(systems, exempt) := result if {
	result := {answer.message | some answer in policy.violation} with input as {"rows": [{"ref": _ref}]}
	with data.sx.inventory as {"extensions": systems, "nodes": [_node("a"), _node("b")]}
	with data.sx.rules.observability as {"exempt_taints": exempt}
}

test_none if {
	ref := _ref
	_messages([], []) == {"no log collector runs on the nodes"}
	policy.violation == {{"ref": ref, "message": "no log collector runs on the nodes", "evidence": ["loki is residue"]}} with input as {"rows": [{"ref": ref}]}
		with data.sx.inventory as {"extensions": [_system("loki", "observability", ["logging"], "residue", null)], "nodes": []}
		with data.sx.rules.observability as {"exempt_taints": []}
}

test_some_nodes if {
	_messages([_collector("healthy", ["a"])], []) == {"no ready log collector on 1 of 2 nodes: b"}
	_messages([_collector("healthy", ["a"])], ["t"]) == set()
}

test_every_node if _messages([_collector("healthy", ["a", "b"])], []) == set()

test_no_status if {
	ref := _ref
	policy.unknown == {{"ref": ref, "message": "whether the log collector is ready cannot be told: the source holds no status"}} with input as {"rows": [{"ref": ref}]}
		with data.sx.inventory as {"extensions": [_collector("unknown", [])], "nodes": [_node("a")]}
		with data.sx.rules.observability as {"exempt_taints": []}
}
