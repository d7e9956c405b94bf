package sextant.ingress.host_conflict_test

import data.sextant.ingress.host_conflict as policy

_ref := {"group": "networking.k8s.io", "kind": "Ingress", "namespace": "web", "name": "shop"}

_base := {"ref": _ref, "role": "route", "acme_solver": false, "included": false, "conflicts": []}

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

_rules(changes) := object.union({"host_sharing": {"allow": [], "owner_labels": []}}, changes)

_with(kind, changes) := _row({"conflicts": [object.union({
	"host": "shop.example", "path": "p", "kind": kind, "other": "Ingress b/shop", "other_namespace": "b", "shared_labels": ["team"], "canary": false,
}, changes)]})

_evidence := {"evidence": {"host": "shop.example", "other": "Ingress b/shop"}}

test_a_host_of_its_own_passes if {
	_violation(_row({}), _rules({})) == set()
	_subject(_row({}), _rules({})) == {_ref}
}

test_two_namespaces_on_one_host_fail if {
	_violation(_with("host", {}), _rules({})) == {_said("host shop.example is also published by Ingress b/shop", "p", _evidence)}
	_violation(_with("wildcard", {}), _rules({})) == {_said("its host is below shop.example, which Ingress b/shop publishes", "p", object.union(_evidence, {"severity": "medium"}))}
	_violation(_with("path", {}), _rules({})) == {_said("the same path of host shop.example is also published by Ingress b/shop", "p", _evidence)}
}

test_canaries_owners_and_agreements_share if {
	_violation(_with("host", {"canary": true}), _rules({})) == set()
	_violation(_with("path", {"canary": true}), _rules({})) == set()
	_violation(_with("host", {}), {"host_sharing": {"allow": [], "owner_labels": ["team"]}}) == set()
	_violation(_with("host", {}), {"host_sharing": {"allow": [{"host": "*.example", "namespaces": ["web", "b"]}], "owner_labels": []}}) == set()
	_violation(_with("host", {}), {"host_sharing": {"allow": [{"host": "*.example", "namespaces": ["web"]}], "owner_labels": []}}) != set()
}
