package sextant.ingress.gateway_listeners_test

import data.sextant.ingress.gateway_listeners as policy

_ref := {"group": "gateway.networking.k8s.io", "kind": "Gateway", "namespace": "infra", "name": "gw"}

_base := {"ref": _ref, "role": "gateway", "family": "gateway-api", "listeners": [_listener({})], "tls": []}

_row(changes) := object.union(_base, changes)

_said(message, path, more) := object.union({"ref": _ref, "message": message, "path": path}, more)

_violation(row) := answer if {
	answer := policy.violation with input as {"rows": [row]}
}

_unknown(row) := answer if {
	answer := policy.unknown with input as {"rows": [row]}
}

_subject(row) := answer if {
	answer := policy.subject with input as {"rows": [row]}
}

_listener(changes) := object.union({
	"name": "web", "path": "l", "protocol": "HTTP", "plain_routes": 0, "problems": [], "client_auth": "none",
	"from": "Same", "selector_is_empty": false, "unscoped_hosts": [], "mode": "", "ignored_tls": false,
}, changes)

_with(changes) := _row({"listeners": [_listener(changes)]})

_problem(kind, stale) := {"type": kind, "status": "False", "reason": "RefNotPermitted", "stale": stale}

test_a_listener_that_only_redirects_passes if {
	_violation(_row({})) == set()
	_unknown(_row({})) == set()
	_subject(_row({})) == {_ref}
	_subject(_row({"family": "istio"})) == set()
}

test_routes_in_the_clear_fail if {
	_violation(_with({"plain_routes": 2})) == {_said("listener web serves 2 routes in the clear", "l", {})}
}

test_certificates_must_be_named_and_granted if {
	entry := {"source": "missing", "granted": "yes", "path": "t", "grant_reason": "why", "namespace": "a", "name": "b"}
	_violation(_row({"tls": [entry]})) == {_said("terminates TLS, but names neither a certificate nor options", "t", {})}
	_violation(_row({"tls": [object.union(entry, {"source": "secret", "granted": "no"})]})) == {_said("why", "t", {"evidence": {"secret": "a/b"}})}
	_unknown(_row({"tls": [object.union(entry, {"source": "secret", "granted": "unknown"})]})) == {_said("whether Secret a/b may be used from here is not known", "t", {})}
}

test_conditions_that_say_no_fail_unless_they_are_old if {
	_violation(_with({"problems": [_problem("ResolvedRefs", false)]})) == {_said("listener web is ResolvedRefs=False: RefNotPermitted", "l", {"evidence": {"reason": "RefNotPermitted"}})}
	_violation(_with({"problems": [_problem("ResolvedRefs", true), _problem("Accepted", false)]})) == set()
}

test_an_insecure_fallback_fails if {
	_violation(_with({"client_auth": "optional"})) == {_said("listener web lets clients in whose certificate does not verify", "l", {"severity": "medium"})}
}
