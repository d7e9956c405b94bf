package sextant.ingress.host_zone_test

import data.sextant.ingress.host_zone as policy

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

_host(changes) := object.union({"host": "shop.example", "path": "spec.rules[host=shop.example]", "tls": "terminated", "tls_source": "spec.tls", "plain": "redirects", "plain_source": "why"}, changes)

_zones(zones) := {"zones": zones}

test_a_zone_of_the_namespace_passes if {
	_violation(_row({}), _zones([{"suffix": "example", "namespaces": ["other"]}, {"suffix": "shop.example", "namespaces": ["w*"]}])) == set()
	_subject(_row({}), _zones([{"suffix": "example", "namespaces": ["web"]}])) == {_ref}
	_violation(_row({"hosts": [_host({"host": "*.example"})]}), _zones([{"suffix": "example", "namespaces": ["web"]}])) == set()
}

test_a_foreign_zone_or_none_fails if {
	_violation(_row({}), _zones([{"suffix": "example", "namespaces": ["b"]}])) == {_said("host shop.example is in zone example, which is not this namespace's", "spec.rules[host=shop.example]", {"evidence": {"host": "shop.example", "zone": "example"}})}
	_violation(_row({}), _zones([{"suffix": "hop.example", "namespaces": ["web"]}])) == {_said("host shop.example is in no zone that the rules know", "spec.rules[host=shop.example]", {"evidence": {"host": "shop.example"}})}
}

test_nobody_asks_without_zones_or_names if {
	_subject(_row({}), _zones([])) == set()
	_subject(_row({"hosts": [_host({"host": "*"}), _host({"host": "~.+"})]}), _zones([{"suffix": "x", "namespaces": []}])) == set()
}
