package sextant.ingress.host_tls_test

import data.sextant.ingress.host_tls as policy

_ref := {"group": "networking.k8s.io", "kind": "Ingress", "namespace": "web", "name": "shop"}

_host(tls) := {"host": "shop.example", "path": "spec.rules[host=shop.example]", "tls": tls, "tls_source": "why"}

_row(tls) := {"ref": _ref, "role": "route", "acme_solver": false, "class": {"name": "nginx"}, "hosts": [_host(tls)]}

_rules(changes) := {"tls": object.union({"required_classes": [], "exempt_classes": [], "exempt_hosts": [], "external_offload": []}, changes)}

_ask(row, changes) := answer if {
	answer := {"violation": policy.violation, "unknown": policy.unknown, "subject": policy.subject} with input as {"rows": [row]}
		with data.sx.rules.ingress as _rules(changes)
}

_nothing := {"violation": set(), "unknown": set(), "subject": set()}

_passes := {"violation": set(), "unknown": set(), "subject": {_ref}}

test_a_host_in_the_clear_fails if {
	_ask(_row("none"), {}).violation == {{"ref": _ref, "message": "host shop.example is served without TLS: why", "path": "spec.rules[host=shop.example]", "evidence": {"host": "shop.example"}}}
	_ask(_row("none"), {"required_classes": ["ngi*"]}).subject == {_ref}
}

test_tls_anywhere_passes if {
	every tls in ["terminated", "passthrough", "offloaded", "redirect"] { _ask(_row(tls), {}) == _passes }
}

test_unknown_is_no_pass if {
	_ask(_row("unknown"), {}).unknown == {{"ref": _ref, "message": "whether host shop.example is served over TLS is not known: why", "path": "spec.rules[host=shop.example]", "evidence": {"host": "shop.example"}}}
}

test_rules_exempt_hosts_and_classes if {
	_ask(_row("none"), {"exempt_hosts": ["*.example"]}) == _passes
	_ask(_row("none"), {"required_classes": ["other"]}) == _nothing
	_ask(_row("none"), {"exempt_classes": ["nginx"]}) == _nothing
	_ask(_row("none"), {"external_offload": ["nginx"]}) == _nothing
}

test_solvers_are_not_judged if {
	_ask(object.union(_row("none"), {"acme_solver": true}), {}) == _nothing
	_ask(object.union(_row("none"), {"hosts": []}), {}) == _nothing
}
