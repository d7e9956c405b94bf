package sextant.ingress.catch_all_test

import data.sextant.ingress.catch_all as policy

_ref := {"group": "networking.k8s.io", "kind": "Ingress", "namespace": "web", "name": "shop"}

_base := {"ref": _ref, "role": "route", "acme_solver": false, "included": false, "catch_all": []}

_row(changes) := object.union(_base, changes)

_said(message, path, more) := object.union({"ref": _ref, "message": message, "path": path}, more)

_violation(row, rules) := answer if {
	answer := policy.violation with input as {"rows": [row]}
		with data.sx.rules.ingress as rules
}

_subject(row, rules) := answer if {
	answer := policy.subject with input as {"rows": [row]}
		with data.sx.rules.ingress as rules
}

_rules(changes) := object.union({"catch_all": {"allow_namespaces": []}}, changes)

_wide := _row({"catch_all": [{"path": "spec.defaultBackend", "why": "default backend"}]})

test_named_hosts_pass if {
	_violation(_row({}), _rules({})) == set()
	_subject(_row({}), _rules({})) == {_ref}
}

test_every_host_fails_outside_allowed_namespaces if {
	_violation(_wide, _rules({})) == {_said("takes every host: default backend", "spec.defaultBackend", {})}
	_violation(_wide, {"catch_all": {"allow_namespaces": ["web"]}}) == set()
	_subject(object.union(_wide, {"role": "service"}), _rules({})) == set()
}
