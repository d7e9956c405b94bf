package sextant.ingress.gateway_admission_test

import data.sextant.ingress.gateway_admission as policy

_ref := {"group": "gateway.networking.k8s.io", "kind": "Gateway", "namespace": "infra", "name": "gw"}

_base := {"ref": _ref, "role": "gateway", "family": "gateway-api", "listeners": [_listener({})], "listener_sets_from": "", "backends": [], "grant": null}

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

_rules(changes) := object.union({"gateway": {"allow_from_all": [], "allowed_from": []}}, changes)

_listener(changes) := object.union({
	"name": "web", "path": "l", "protocol": "HTTP", "plain_routes": 0, "problems": [], "client_auth": "none",
	"from": "Same", "selector_is_empty": false, "unscoped_hosts": [], "mode": "", "ignored_tls": false,
}, changes)

_grant(from, to) := _row({"role": "grant", "listeners": [], "grant": {"from": [object.union({"namespace": "a", "exists": "yes"}, from)], "to": [object.union({"kind": "Secret", "name": "x"}, to)]}})

_route(granted) := _row({"role": "route", "listeners": [], "backends": [{"kind": "Service", "namespace": "b", "name": "s", "granted": granted, "path": "p"}]})

test_narrow_gateways_and_grants_pass if {
	_violation(_row({}), _rules({})) == set()
	_violation(_grant({}, {}), _rules({})) == set()
	_violation(_route("yes"), _rules({})) == set()
	every row in [_row({}), _grant({}, {}), _route("yes")] { _subject(row, _rules({})) == {_ref} }
	_subject(_row({"role": "service"}), _rules({})) == set()
}

test_every_namespace_is_too_many if {
	_violation(_row({"listeners": [_listener({"from": "All"})]}), _rules({})) == {_said("listener web takes routes from every namespace", "l", {})}
	_violation(_row({"listeners": [_listener({"from": "Selector", "selector_is_empty": true})]}), _rules({})) == {_said("listener web takes routes from every namespace", "l", {})}
	_violation(_row({"listeners": [_listener({"from": "All"})]}), {"gateway": {"allow_from_all": ["infra/*"], "allowed_from": []}}) == set()
	_violation(_row({"listener_sets_from": "All"}), _rules({})) == {_said("takes listeners from every namespace", "spec.allowedListeners", {})}
}

test_grants_name_secrets_and_known_namespaces if {
	_violation(_grant({}, {"name": ""}), _rules({})) == {_said("grants the use of every Secret of its namespace", "spec.to[kind=Secret]", {})}
	_violation(_grant({"exists": "no"}, {}), _rules({})) == {_said("grants to namespace a, which does not exist", "spec.from", {})}
	_violation(_grant({}, {}), {"gateway": {"allow_from_all": [], "allowed_from": ["b"]}}) == {_said("grants to namespace a, which the rules do not allow", "spec.from", {})}
}

test_backends_elsewhere_need_a_grant if {
	_violation(_route("no"), _rules({})) == {_said("sends to Service b/s, which no ReferenceGrant lets it", "p", {})}
	_unknown(_route("unknown"), _rules({})) == {_said("whether it may send to Service b/s is not known", "p", {})}
}
