package sextant.security.capabilities_covered_test

import data.sextant.security.capabilities_covered as policy

_system(id, aspect, roles, state, health) := {
	"id": id, "aspect": aspect, "roles": roles, "state": state, "health": health, "health_reason": "",
	"capabilities": {}, "agents": null, "controllers": [], "provisioners": [], "evidence": [], "version": "v1",
}

_ref := {"group": "", "kind": "Cluster", "namespace": "", "name": ""}

_provider(health, value) := object.union(_system("kyverno", "security", [], "installed", health), {"capabilities": {"admission-policy": {"value": value, "evidence": "because"}}})

_rules := {"capabilities": [{"id": "admission-policy", "required": true, "min": 1}]}

_violation(systems) := result if {
	result := policy.violation with input as {"rows": [{"ref": _ref}]} with data.sx.inventory.extensions as systems with data.sx.rules.security as _rules
}

test_covered if _violation([_provider("healthy", "yes")]) == set()

test_installed_is_not_effective if {
	_violation([_provider("healthy", "no")]) == {{
		"ref": _ref, "path": "admission-policy", "evidence": ["kyverno is installed and healthy: because"],
		"message": "capability admission-policy has 0 effective providers, 1 required",
	}}
	count(_violation([_provider("degraded", "yes")])) == 1
}

test_what_only_tells_does_not_enforce if {
	told := {"value": "yes", "mode": "detect", "evidence": "it tells"}
	system := object.union(_provider("healthy", "yes"), {"capabilities": {"runtime-threat": told}})
	ref := _ref
	rule := {"id": "runtime-threat", "required": true, "min": 1}
	policy.violation == set() with input as {"rows": [{"ref": ref}]}
		with data.sx.inventory.extensions as [system]
		with data.sx.rules.security as {"capabilities": [rule]}
	count(policy.violation) == 1 with input as {"rows": [{"ref": ref}]}
		with data.sx.inventory.extensions as [system]
		with data.sx.rules.security as {"capabilities": [object.union(rule, {"mode": "enforce"})]}
}

test_not_told if {
	ref := _ref
	every system in [_provider("unknown", "yes"), _provider("healthy", "unknown")] {
		_violation([system]) == set()
		policy.unknown == {{"ref": ref, "path": "admission-policy", "message": "whether kyverno provides admission-policy cannot be told"}} with input as {"rows": [{"ref": ref}]}
			with data.sx.inventory.extensions as [system]
			with data.sx.rules.security as _rules
	}
}

test_nothing_required if {
	ref := _ref
	policy.subject == set() with input as {"rows": [{"ref": ref}]} with data.sx.inventory.extensions as [] with data.sx.rules.security as {"capabilities": []}
	policy.subject == {ref} with input as {"rows": [{"ref": ref}]} with data.sx.inventory.extensions as [] with data.sx.rules.security as _rules
}
