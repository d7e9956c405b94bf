package sextant.extensions.required_present_test

import data.sextant.extensions.required_present as policy

_system(id, aspect, roles, state, health) := {
	"id": id, "aspect": aspect, "roles": roles, "state": state, "health": health, "health_reason": "",
	"capabilities": {}, "agents": null, "controllers": [], "provisioners": [], "evidence": [], "version": "v1",
}

_ref := {"group": "", "kind": "Cluster", "namespace": "", "name": ""}

_violation(systems, required) := result if {
	result := policy.violation with input as {"rows": [{"ref": _ref}]} with data.sx.inventory.extensions as systems with data.sx.rules.extensions as {"required": required}
}

test_missing if {
	_violation([_system("calico", "network", ["overlay-network"], "residue", null)], {"overlay-network": {"min": 1}}) == {{
		"ref": _ref, "path": "overlay-network", "evidence": ["calico is residue"],
		"message": "0 systems for overlay-network run, at least 1 required",
	}}
}

test_present if _violation([_system("calico", "network", ["overlay-network"], "installed", "degraded")], {"overlay-network": {"min": 1, "max": 1}}) == set()

test_too_many if {
	two := [_system("a", "ingress", ["ingress"], "installed", "healthy"), _system("b", "ingress", ["ingress"], "managed", "healthy")]
	_violation(two, {"ingress": {"min": 1, "max": 1}}) == {{"ref": _ref, "path": "ingress", "message": "2 systems for ingress run, at most 1 allowed: a, b"}}
}

test_nothing_required if {
	ref := _ref
	policy.subject == set() with input as {"rows": [{"ref": ref}]} with data.sx.rules.extensions as {"required": {}}
	policy.subject == {ref} with input as {"rows": [{"ref": ref}]} with data.sx.rules.extensions as {"required": {"a": {"min": 1}}}
}
