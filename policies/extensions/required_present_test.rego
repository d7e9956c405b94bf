package sextant.extensions.required_present_test

import data.sextant.extensions.required_present as policy

_system(id, aspect, roles, state, health) := {
	"id": id, "aspect": aspect, "roles": roles, "state": state, "health": health, "health_reason": "",
	"capabilities": {}, "agents": null, "controllers": [], "provisioners": [], "evidence": [], "version": "v1",
}

_ref := {"group": "", "kind": "Cluster", "namespace": "", "name": ""}

_quiet := {"undeclared": {"report": false}, "duplicates": {"report": false, "allowed": []}, "known_groups": ["*.k8s.io"]}

_violation(systems, required) := result if {
	result := policy.violation with input as {"rows": [{"ref": _ref}]} with data.sx.inventory.extensions as systems with data.sx.rules.extensions as object.union(_quiet, {"required": required})
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

test_not_approved if {
	one := [_system("a", "ingress", ["ingress"], "installed", "healthy")]
	result := _violation(one, {"ingress": {"min": 1, "approved": ["b"]}})
	{finding.message | some finding in result} == {
		"0 systems for ingress run that are approved, at least 1 required",
		"a runs for ingress, and only b may",
	}
	_violation(one, {"ingress": {"min": 1, "approved": ["a"]}}) == set()
}

_controller := {
	"ref": {"group": "apps", "kind": "Deployment", "namespace": "house", "name": "ledgerd"}, "what": "controller", "name": "house/ledgerd", "systems": [],
	"writes": ["acme.example"],
}

_strange(known) := {finding.message: finding.evidence | some finding in result} if {
	rules := object.union(_quiet, {"required": {}, "undeclared": {"report": true}, "known_groups": known})
	result := policy.violation with input as {"rows": [{"ref": _ref}]} with data.sx.inventory.extensions as [] with data.sx.inventory.declared as [_controller] with data.sx.rules.extensions as rules
}

test_strange_controller if {
	_strange([]) == {"controller house/ledgerd belongs to no system that is known or declared": ["Deployment ledgerd may write acme.example"]}
	_strange(["acme.example"]) == {}
	_strange(["house/*"]) == {}
}

_declared := [
	{"ref": {"group": "", "kind": "APIGroup", "namespace": "", "name": "acme.example"}, "what": "crd-group", "name": "acme.example", "systems": [], "writes": []},
	{"ref": {"group": "", "kind": "APIGroup", "namespace": "", "name": "x.k8s.io"}, "what": "crd-group", "name": "x.k8s.io", "systems": [], "writes": []},
	{"ref": {"group": "", "kind": "APIGroup", "namespace": "", "name": "cilium.io"}, "what": "crd-group", "name": "cilium.io", "systems": ["cilium"], "writes": []},
]

test_undeclared if {
	rules := object.union(_quiet, {"required": {}, "undeclared": {"report": true}})
	result := policy.violation with input as {"rows": [{"ref": _ref}]} with data.sx.inventory.extensions as [] with data.sx.inventory.declared as _declared with data.sx.rules.extensions as rules
	result == {{
		"ref": _ref, "path": "API group acme.example", "severity": "medium", "evidence": ["APIGroup acme.example"],
		"message": "API group acme.example belongs to no system that is known or declared",
	}}
}

test_twice if {
	twice := [{"id": "a", "name": "A", "copies": ["n", "m"]}, {"id": "b", "name": "B", "copies": ["n", "m"]}, {"id": "c", "name": "C", "copies": []}]
	rules := object.union(_quiet, {"required": {}, "duplicates": {"report": true, "allowed": ["b"]}})
	result := policy.violation with input as {"rows": [{"ref": _ref}]} with data.sx.inventory.extensions as [] with data.sx.inventory.extension_versions as twice with data.sx.rules.extensions as rules
	result == {{"ref": _ref, "path": "a twice", "severity": "medium", "message": "A is installed 2 times, in n, m"}}
}

test_nothing_required if {
	ref := _ref
	quiet := _quiet
	policy.subject == set() with input as {"rows": [{"ref": ref}]} with data.sx.rules.extensions as object.union(quiet, {"required": {}})
	policy.subject == {ref} with input as {"rows": [{"ref": ref}]} with data.sx.rules.extensions as object.union(quiet, {"required": {"a": {"min": 1}}})
	policy.subject == {ref} with input as {"rows": [{"ref": ref}]} with data.sx.rules.extensions as object.union(quiet, {"required": {}, "undeclared": {"report": true}})
	policy.subject == {ref} with input as {"rows": [{"ref": ref}]} with data.sx.rules.extensions as object.union(quiet, {"required": {}, "duplicates": {"report": true}})
}
