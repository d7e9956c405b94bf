package sextant.observability.monitoring_present_test

import data.sextant.observability.monitoring_present as policy

_system(id, aspect, roles, state, health) := {
	"id": id, "aspect": aspect, "roles": roles, "state": state, "health": health, "health_reason": "",
	"capabilities": {}, "agents": null, "controllers": [], "provisioners": [], "evidence": [], "version": "v1",
}

_ref := {"group": "", "kind": "Cluster", "namespace": "", "name": ""}

_rules(required, approved) := {"required": required, "approved": approved}

_with(systems, rules) := {"violation": violation, "unknown": unknown, "subject": subject} if {
	violation := policy.violation with input as {"rows": [{"ref": _ref}]} with data.sx.inventory.extensions as systems with data.sx.rules.observability as rules
	unknown := policy.unknown with input as {"rows": [{"ref": _ref}]} with data.sx.inventory.extensions as systems with data.sx.rules.observability as rules
	subject := policy.subject with input as {"rows": [{"ref": _ref}]} with data.sx.inventory.extensions as systems with data.sx.rules.observability as rules
}

test_nothing_works if {
	broken := _system("x", "observability", ["a"], "installed", "degraded")
	_with([broken], _rules([["a", "b"]], [])).violation == {{
		"ref": _ref, "message": "no approved monitoring system works: none of a, b", "evidence": ["x is installed and degraded"],
	}}
}

test_one_works if _with([_system("x", "observability", ["a"], "installed", "healthy")], _rules([["a"]], ["x"])).violation == set()

test_not_approved if {
	_with([_system("x", "observability", ["c"], "installed", "healthy")], _rules([], ["y"])).violation == {{"ref": _ref, "message": "x runs and is not approved"}}
}

test_no_status_is_unknown if {
	answer := _with([_system("x", "observability", ["a"], "installed", "unknown")], _rules([["a"]], []))
	answer.violation == set()
	answer.unknown == {{"ref": _ref, "message": "whether x works cannot be told: the source holds no status"}}
}

test_nothing_required_and_nothing_there if {
	_with([], _rules([], [])).subject == set()
	_with([], _rules([["a"]], [])).subject == {_ref}
}
