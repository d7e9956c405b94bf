package sextant.ingress.route_metadata_test

import data.sextant.ingress.route_metadata as policy

_ref := {"group": "networking.k8s.io", "kind": "Ingress", "namespace": "web", "name": "shop"}

_base := {"ref": _ref, "role": "route", "family": "ingress", "acme_solver": false, "included": false, "class": {"name": "nginx"}, "exposure": "external", "hosts": [_host({})], "labels": {}, "annotations": {}, "namespace_metadata": {}}

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

_rules(changes) := object.union({"metadata": {"required_keys": ["owner", "app.*/purpose"]}, "topology": []}, changes)

_host(changes) := object.union({"host": "shop.example", "path": "spec.rules[host=shop.example]", "tls": "terminated", "tls_source": "spec.tls", "plain": "redirects", "plain_source": "why"}, changes)

test_keys_may_be_inherited if {
	_violation(_row({"labels": {"owner": "a"}, "namespace_metadata": {"app.io/purpose": "b"}}), _rules({})) == set()
	_subject(_row({}), _rules({})) == {_ref}
}

test_missing_and_empty_keys_fail if {
	_violation(_row({"labels": {"owner": ""}}), _rules({})) == {_said("neither it nor its namespace says owner, app.*/purpose", "metadata", {"evidence": {"missing": ["owner", "app.*/purpose"]}})}
}

test_internal_routes_are_not_judged if {
	_subject(_row({"exposure": "cluster"}), _rules({})) == set()
	_subject(_row({}), _rules({"metadata": {"required_keys": []}})) == set()
}
