package sextant.ingress.backends_test

import data.sextant.ingress.backends as policy

_ref := {"group": "networking.k8s.io", "kind": "Ingress", "namespace": "web", "name": "shop"}

_base := {"ref": _ref, "role": "route", "acme_solver": false, "class": {"name": "nginx"}, "backends": [_backend({})]}

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

_rules(changes) := object.union({"backend_tls": {"verify_classes": ["*"], "allow_external_name": []}}, changes)

_backend(changes) := object.union({
	"path": "p", "kind": "Service", "namespace": "web", "name": "s", "port": "80", "exists": "yes", "has_port": "yes", "ready": 1,
	"asleep": false, "external_name": "", "tls": false, "verified": "unknown", "labels": {}, "images": [], "ports": [80],
}, changes)

_with(changes) := _row({"backends": [_backend(changes)]})

test_a_backend_with_endpoints_passes if {
	_violation(_with({}), _rules({})) == set()
	_unknown(_with({}), _rules({})) == set()
	_subject(_with({}), _rules({})) == {_ref}
	_violation(_with({"tls": true, "verified": "yes"}), _rules({})) == set()
	_violation(_with({"ready": 0, "asleep": true}), _rules({})) == set()
	_subject(_with({"kind": "StorageBucket"}), _rules({})) == set()
}

test_what_is_not_there_fails if {
	_violation(_with({"exists": "no", "has_port": "unknown", "ready": null}), _rules({})) == {_said("Service web/s does not exist", "p", {})}
	_violation(_with({"has_port": "no"}), _rules({})) == {_said("Service web/s has no port 80", "p", {})}
	_violation(_with({"ready": 0}), _rules({})) == {_said("Service web/s has no ready endpoint", "p", {})}
}

test_a_name_outside_is_high if {
	_violation(_with({"external_name": "x.io", "ready": 0}), _rules({})) == {_said("Service web/s stands for x.io outside", "p", {"evidence": {"name": "x.io"}, "severity": "high"})}
	_violation(_with({"external_name": "x.io"}), {"backend_tls": {"verify_classes": [], "allow_external_name": ["*.io"]}}) == set()
}

test_tls_that_nobody_verifies_fails if {
	_violation(_with({"tls": true, "verified": "no"}), _rules({})) == {_said("TLS to Service web/s is not verified", "p", {})}
	_unknown(_with({"tls": true}), _rules({})) == {_said("whether TLS to Service web/s is verified is not known", "p", {})}
}

test_unread_is_unknown if {
	_unknown(_with({"exists": "unknown"}), _rules({})) == {_said("whether Service web/s exists is not known", "p", {})}
	_unknown(_with({"ready": null}), _rules({})) == {_said("who is behind Service web/s was not read", "p", {})}
}
