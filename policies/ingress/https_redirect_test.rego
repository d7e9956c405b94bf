package sextant.ingress.https_redirect_test

import data.sextant.ingress.https_redirect as policy

_ref := {"group": "networking.k8s.io", "kind": "Ingress", "namespace": "web", "name": "shop"}

_base := {"ref": _ref, "role": "route", "family": "ingress", "acme_solver": false, "included": false, "class": {"name": "nginx"}, "exposure": "external", "hosts": [_host({})], "labels": {}, "annotations": {}, "namespace_metadata": {}}

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

_rules(changes) := object.union({"redirect": {"exempt_classes": [], "exempt_hosts": []}}, changes)

_host(changes) := object.union({"host": "shop.example", "path": "spec.rules[host=shop.example]", "tls": "terminated", "tls_source": "spec.tls", "plain": "redirects", "plain_source": "why"}, changes)

test_a_redirect_or_no_listener_passes if {
	every plain in ["redirects", "absent"] { _violation(_row({"hosts": [_host({"plain": plain})]}), _rules({})) == set() }
	_subject(_row({}), _rules({})) == {_ref}
}

test_plain_content_beside_tls_fails if {
	_violation(_row({"hosts": [_host({"plain": "serves"})]}), _rules({})) == {_said("host shop.example serves plain HTTP beside TLS: why", "spec.rules[host=shop.example]", {"evidence": {"host": "shop.example"}})}
}

test_unread_is_unknown if {
	_unknown(_row({"hosts": [_host({"plain": "unknown"})]}), _rules({})) == {_said("whether host shop.example serves plain HTTP is not known: why", "spec.rules[host=shop.example]", {"evidence": {"host": "shop.example"}})}
}

test_hosts_without_tls_and_exempt_ones_are_not_judged if {
	_subject(_row({"hosts": [_host({"tls": "none"})]}), _rules({})) == set()
	_subject(_row({"acme_solver": true}), _rules({})) == set()
	_subject(_row({}), {"redirect": {"exempt_classes": ["nginx"], "exempt_hosts": []}}) == set()
	_subject(_row({}), {"redirect": {"exempt_classes": [], "exempt_hosts": ["*.example"]}}) == set()
}
