package sextant.ingress.istio_gateways_test

import data.sextant.ingress.istio_gateways as policy

_ref := {"group": "networking.istio.io", "kind": "Gateway", "namespace": "infra", "name": "gw"}

_base := {"ref": _ref, "role": "gateway", "family": "istio", "listeners": [_listener({})], "tls": []}

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

_rules(changes) := object.union({"gateway": {"allow_passthrough": [], "allow_unscoped_hosts": []}}, changes)

_listener(changes) := object.union({
	"name": "web", "path": "l", "protocol": "HTTP", "plain_routes": 0, "problems": [], "client_auth": "none",
	"from": "Same", "selector_is_empty": false, "unscoped_hosts": [], "mode": "", "ignored_tls": false,
}, changes)

_with(changes) := _row({"listeners": [_listener(object.union({"mode": "SIMPLE"}, changes))]})

_tls(changes) := _row({"tls": [object.union({"source": "secret", "path": "t", "exists": "yes", "namespace": "infra", "name": "c", "chain": [], "managed": null}, changes)]})

test_a_tight_gateway_passes if {
	_violation(_with({}), _rules({})) == set()
	_unknown(_tls({}), _rules({})) == set()
	_subject(_with({}), _rules({})) == {_ref}
	_subject(_row({"family": "gateway-api"}), _rules({})) == set()
}

test_hosts_without_a_namespace_fail if {
	_violation(_with({"unscoped_hosts": ["*"]}), _rules({})) == {_said("server web names hosts without a namespace, so that every namespace can bind to them", "l", {"evidence": {"hosts": ["*"]}})}
	_violation(_with({"unscoped_hosts": ["*"]}), {"gateway": {"allow_passthrough": [], "allow_unscoped_hosts": ["infra/gw"]}}) == set()
}

test_tls_that_is_missing_ignored_or_passed_through_fails if {
	_violation(_tls({"source": "missing"}), _rules({})) == {_said("terminates TLS without a certificate", "t", {})}
	_violation(_with({"ignored_tls": true}), _rules({})) == {_said("server web has TLS settings that its protocol HTTP ignores", "l", {})}
	_violation(_with({"mode": "PASSTHROUGH"}), _rules({})) == {_said("server web passes TLS through (PASSTHROUGH)", "l", {})}
	_violation(_with({"mode": "PASSTHROUGH"}), {"gateway": {"allow_passthrough": ["infra/*"], "allow_unscoped_hosts": []}}) == set()
}

test_the_secret_lies_beside_the_workload if {
	_violation(_tls({"exists": "no"}), _rules({})) == {_said("Secret infra/c, beside the gateway's workload, does not exist", "t", {})}
	_unknown(_tls({"exists": "unknown", "managed": {"ready": "yes"}}), _rules({})) == set()
	_unknown(_tls({"exists": "unknown"}), _rules({})) == {_said("whether Secret c lies beside the gateway's workload is not known", "t", {})}
}
