package sextant.network.overlay_network_test

import data.sextant.network.overlay_network as policy

_system(id, aspect, roles, state, health) := {
	"id": id, "aspect": aspect, "roles": roles, "state": state, "health": health, "health_reason": "",
	"capabilities": {}, "agents": null, "controllers": [], "provisioners": [], "evidence": [], "version": "v1",
}

_net(id, state, overlay) := object.union(
	_system(id, "network", ["overlay-network"], state, "healthy"),
	{"capabilities": {"overlay": {"value": overlay}, "network-policy": {"value": "no"}}, "evidence": [{"tier": "B", "what": "seen"}]},
)

_ref := {"group": "", "kind": "Cluster", "namespace": "", "name": ""}

_ask(systems, rules) := result if {
	result := policy.violation with input as {"rows": [{"ref": _ref}]}
		with data.sx.inventory.extensions as systems
		with data.sx.rules.network as object.union({"approved": [], "chains": []}, rules)
}

test_none if {
	_ask([_net("calico", "residue", "yes")], {}) == {{
		"ref": _ref, "message": "no overlay network is installed", "evidence": ["calico is residue and healthy"],
	}}
}

test_one_is_enough if _ask([_net("calico", "installed", "yes"), _net("multus", "installed", "no")], {}) == set()

test_not_approved if {
	_ask([_net("flannel", "installed", "yes")], {"approved": ["calico", "flannel+netpol"]}) == {{
		"ref": _ref, "message": "overlay network flannel is not approved", "evidence": ["seen"],
	}}
}

test_approved_with_an_enforcer if {
	flannel := object.union(_net("flannel", "installed", "yes"), {"capabilities": {"overlay": {"value": "yes"}, "network-policy": {"value": "yes"}}})
	_ask([flannel], {"approved": ["flannel+netpol"]}) == set()
	_ask([flannel], {"approved": ["flannel"]}) == set()
}

test_two_at_once if {
	two := [_net("calico", "installed", "yes"), _net("flannel", "installed", "yes")]
	_ask(two, {}) == {{"ref": _ref, "message": "more than one overlay network runs: calico, flannel"}}
	_ask(two, {"chains": [["flannel", "calico"]]}) == set()
}
