package sextant.ingress.tls_versions_test

import data.sextant.ingress.tls_versions as policy

_ref := {"group": "apps", "kind": "Deployment", "namespace": "edge", "name": "nginx"}

_base := {"ref": _ref, "product": "ingress-nginx", "known": "yes", "versions": ["1.2", "1.3"], "ciphers": [], "source": "ssl-protocols", "path": "ssl-protocols", "ambiguous": false}

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

_rules(changes) := object.union({"tls": {"min_version": "1.2", "cipher_denylist": ["*RC4*", "*NULL*"]}}, changes)

test_new_versions_pass if {
	_violation(_row({}), _rules({})) == set()
	_unknown(_row({}), _rules({})) == set()
}

test_an_old_version_fails if {
	_violation(_row({"versions": ["1.0", "1.1", "1.2"]}), _rules({})) == {_said("TLS 1.0, 1.1 is offered: ssl-protocols", "ssl-protocols", {"evidence": {"versions": ["1.0", "1.1", "1.2"]}})}
}

test_a_forbidden_cipher_fails_unless_it_is_left_out if {
	_violation(_row({"ciphers": ["ECDHE-RSA-AES128", "RC4-SHA", "!aNULL", "-RC4"]}), _rules({})) == {_said("ciphers that the rules forbid are offered: RC4-SHA", "ssl-protocols", {"evidence": {"ciphers": ["RC4-SHA"]}})}
}

test_two_defaults_are_none if {
	_violation(_row({"ambiguous": true}), _rules({})) == {_said("more than one TLSOption is named default, so that none counts", "ssl-protocols", {"severity": "medium"})}
}

test_unread_is_unknown if {
	_unknown(_row({"known": "unknown", "versions": [], "source": "not read"}), _rules({})) == {_said("which TLS versions are offered is not known: not read", "ssl-protocols", {})}
}
