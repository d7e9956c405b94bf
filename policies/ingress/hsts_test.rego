package sextant.ingress.hsts_test

import data.sextant.ingress.hsts as policy

_ref := {"group": "networking.k8s.io", "kind": "Ingress", "namespace": "web", "name": "shop"}

_base := {"ref": _ref, "role": "route", "family": "ingress", "acme_solver": false, "included": false, "class": {"name": "nginx"}, "exposure": "external", "hosts": [_host({})], "labels": {}, "annotations": {}, "namespace_metadata": {}}

_row(changes) := object.union(_base, changes)

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

_rules(changes) := object.union({"hsts": {"min_age": 100, "exempt_hosts": []}, "topology": []}, changes)

_host(changes) := object.union({"host": "shop.example", "path": "spec.rules[host=shop.example]", "tls": "terminated", "tls_source": "spec.tls", "plain": "redirects", "plain_source": "why"}, changes)

_with(guards) := _row({"guards": object.union({"hsts": "yes", "hsts_seconds": 100, "hsts_source": "why"}, guards)})

test_a_long_enough_header_passes if {
	_violation(_with({}), _rules({})) == set()
	_unknown(_with({}), _rules({})) == set()
	_subject(_with({}), _rules({})) == {_ref}
}

test_none_or_a_short_one_fails if {
	_violation(_with({"hsts": "no"}), _rules({})) == {{"ref": _ref, "message": "no Strict-Transport-Security is sent: why", "evidence": {"source": "why"}}}
	_violation(_with({"hsts_seconds": 99}), _rules({})) == {{"ref": _ref, "message": "Strict-Transport-Security lasts 99 seconds, and the rules ask for 100", "evidence": {"seconds": 99}}}
	_unknown(_with({"hsts": "unknown"}), _rules({})) == {{"ref": _ref, "message": "whether Strict-Transport-Security is sent is not known: why"}}
}

test_internal_hosts_are_not_judged if {
	_subject(object.union(_with({}), {"exposure": "internal"}), _rules({})) == set()
	_subject(_with({}), _rules({"topology": [{"name": "x", "class": "nginx", "exposure": "internal"}]})) == set()
	_subject(object.union(_with({}), {"exposure": "internal"}), _rules({"topology": [{"name": "x", "class": "ng*", "exposure": "external"}]})) == {_ref}
	_subject(_with({}), {"hsts": {"min_age": 0, "exempt_hosts": []}, "topology": []}) == set()
}
