package sextant.ingress.class_has_controller_test

import data.sextant.ingress.class_has_controller as policy

_ref := {"group": "networking.k8s.io", "kind": "IngressClass", "namespace": "", "name": "nginx"}

_row(live, contested) := {
	"ref": _ref, "controller": "k8s.io/ingress-nginx", "live": live, "live_reason": "why", "contested": contested, "accepted": "",
	"claimants": [
		{"ref": {"namespace": "a", "name": "x"}, "live": "yes"},
		{"ref": {"namespace": "b", "name": "y"}, "live": "unknown"},
		{"ref": {"namespace": "c", "name": "z"}, "live": "no"},
	],
}

_violation(row) := answer if answer := policy.violation with input as {"rows": [row]}

_unknown(row) := answer if answer := policy.unknown with input as {"rows": [row]}

test_a_class_with_a_live_controller_passes if {
	_violation(_row("yes", false)) == set()
	_unknown(_row("yes", false)) == set()
}

test_a_class_without_one_does_not if {
	_violation(_row("no", false)) == {{"ref": _ref, "message": "why", "path": "spec.controller", "evidence": {"controller": "k8s.io/ingress-nginx"}}}
}

test_two_controllers_on_one_class_do_not if {
	_violation(_row("yes", true)) == {{"ref": _ref, "message": "2 controllers claim it, and nothing keeps them apart", "path": "spec.controller", "evidence": {"controllers": ["a/x", "b/y"]}}}
}

test_what_nobody_knows_is_unknown if {
	_unknown(_row("unknown", false)) == {{"ref": _ref, "message": "why", "evidence": {"controller": "k8s.io/ingress-nginx", "accepted": ""}}}
}
