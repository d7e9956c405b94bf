package sextant.ingress.risky_annotations_test

import data.sextant.ingress.risky_annotations as policy

_ref := {"group": "networking.k8s.io", "kind": "Ingress", "namespace": "web", "name": "shop"}

_base := {"ref": _ref, "role": "route", "annotations": {"x.io/a": "b"}, "risks": [], "controller": null}

_row(changes) := object.union(_base, changes)

_said(message, path, more) := object.union({"ref": _ref, "message": message, "path": path}, more)

_violation(row, rules) := answer if {
	answer := policy.violation with input as {"rows": [row]}
		with data.sx.rules.ingress as rules
}

_unknown(row, rules) := answer if {
	answer := policy.unknown with input as {"rows": [row]}
		with data.sx.rules.ingress as rules
}

_subject(row, rules) := answer if {
	answer := policy.subject with input as {"rows": [row]}
		with data.sx.rules.ingress as rules
}

_rules(changes) := object.union({"snippets": {"allow_namespaces": [], "accepted_annotations": ["*/auth-url"]}, "annotation_denylist": []}, changes)

_with(kind, accepted) := _row({"risks": [{"name": "n/x", "path": "p", "kind": kind, "accepted": accepted, "reason": "why"}]})

_why := {"evidence": {"reason": "why"}}

test_a_plain_route_passes if {
	_violation(_row({}), _rules({})) == set()
	_subject(_row({}), _rules({})) == {_ref}
	_subject(_row({"role": "filter"}), _rules({})) == {_ref}
	_subject(object.union(_with("switch", "no"), {"role": "controller"}), _rules({})) == {_ref}
}

test_a_snippet_that_is_taken_is_critical_and_an_ignored_one_is_not if {
	_violation(_with("snippet", "yes"), _rules({})) == {_said("n/x puts its author's code into the controller", "p", object.union(_why, {"severity": "critical"}))}
	_violation(_with("snippet", "no"), _rules({})) == {_said("n/x is there, though the controller ignores it", "p", object.union(_why, {"severity": "medium"}))}
	_unknown(_with("snippet", "unknown"), _rules({})) == {_said("n/x is there, and whether the controller takes it is not known", "p", {})}
	_violation(_with("snippet", "yes"), _rules({"snippets": {"allow_namespaces": ["web"], "accepted_annotations": []}})) == set()
}

test_risky_annotations_fail_unless_accepted if {
	_violation(_with("risky", "yes"), _rules({})) == {_said("n/x can change what the controller does for others", "p", _why)}
	_violation(_with("risky", "yes"), _rules({"snippets": {"allow_namespaces": [], "accepted_annotations": ["n/*"]}})) == set()
	_unknown(_with("risky", "unknown"), _rules({})) == {_said("whether n/x is taken is not known: why", "p", {})}
}

test_a_controller_of_many_tenants_takes_no_snippets if {
	_violation(object.union(_with("switch", "yes"), {"controller": {"route_namespaces": 3}}), _rules({})) == {_said("takes snippets from the routes of 3 namespaces", "p", _why)}
	_violation(object.union(_with("switch", "yes"), {"controller": {"route_namespaces": 1}}), _rules({})) == set()
}

test_forbidden_annotations_fail if {
	_violation(_row({}), _rules({"annotation_denylist": ["x.io/*"]})) == {_said("carries annotation x.io/a, which the rules forbid", "metadata.annotations[x.io/a]", {"severity": "medium"})}
}
