package sextant.network.policies_are_enforced_test

import data.sextant.network.policies_are_enforced as policy

_system(id, aspect, roles, state, health) := {
	"id": id, "aspect": aspect, "roles": roles, "state": state, "health": health, "health_reason": "",
	"capabilities": {}, "agents": null, "controllers": [], "provisioners": [], "evidence": [], "version": "v1",
}

_net(id, value, agents) := object.union(
	_system(id, "network", ["overlay-network"], "installed", "healthy"),
	{"capabilities": {"network-policy": {"value": value, "evidence": "because"}}, "agents": agents},
)

_ref := {"group": "", "kind": "Cluster", "namespace": "", "name": ""}

test_nothing_enforces if {
	ref := _ref
	policy.violation == {{"ref": ref, "message": "nothing enforces NetworkPolicy", "evidence": ["flannel: because"]}} with input as {"rows": [{"ref": ref}]}
		with data.sx.inventory.extensions as [_net("flannel", "no", null)]
}

test_enforced_everywhere if {
	policy.violation == set() with input as {"rows": [{"ref": _ref}]}
		with data.sx.inventory.extensions as [_net("calico", "yes", {"ready": 3, "desired": 3})]
}

test_enforced_on_some_nodes if {
	ref := _ref
	policy.violation == {{"ref": ref, "message": "calico enforces NetworkPolicy on 2 of 3 nodes only"}} with input as {"rows": [{"ref": ref}]}
		with data.sx.inventory.extensions as [_net("calico", "yes", {"ready": 2, "desired": 3})]
}

test_not_told if {
	ref := _ref
	policy.unknown == {{"ref": ref, "message": "whether cilium enforces NetworkPolicy cannot be told: because"}} with input as {"rows": [{"ref": ref}]}
		with data.sx.inventory.extensions as [_net("cilium", "unknown", null)]
	policy.violation == set() with input as {"rows": [{"ref": ref}]}
		with data.sx.inventory.extensions as [_net("cilium", "unknown", null)]
}
