package sextant.ingress.certificate_dates_test

import data.sextant.ingress.certificate_dates as policy

_ref := {"group": "networking.k8s.io", "kind": "Ingress", "namespace": "web", "name": "shop"}

_base := {"ref": _ref, "role": "route", "family": "ingress", "class": {"name": "nginx"}, "tls": []}

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

_rules(changes) := object.union({"tls": {"expiry_warn_days": 30, "expiry_warn_fraction": 0.33, "clock_skew_minutes": 5}}, changes)

_entry(changes) := object.union({
	"path": "spec.tls[secretName=cert]", "source": "secret", "namespace": "web", "name": "cert", "exists": "yes", "granted": "yes", "grant_reason": "",
	"secret_type": "kubernetes.io/tls", "keys": ["tls.crt", "tls.key"], "parses": "yes", "key_matches": "yes", "chain_ok": "yes",
	"chain": [_leaf], "uncovered": [], "managed": null, "key_namespaces": ["web"], "replica": false,
}, changes)

_leaf := {
	"subject": "CN=shop", "issuer": "CN=Bank CA", "dns_names": ["shop.example"], "ip_sans": [], "not_before": "b", "not_after": "a",
	"key_alg": "RSA", "key_bits": 2048, "sig_alg": "SHA256-RSA", "is_ca": false, "self_signed": false, "spki_sha256": "ab",
	"seconds_left": 7776000, "seconds_until_valid": -100, "lifetime_seconds": 7862400, "fake": false, "staging": false,
}

_with(changes) := _row({"tls": [_entry({"chain": [object.union(_leaf, changes)]})]})

_managed(changes) := object.union({
	"name": "cm", "ready": "yes", "issuing": false, "seconds_left": 7776000, "lifetime_seconds": 7862400, "age_seconds": 9999,
	"dns_names": ["shop.example"], "uncovered": [], "issuer": "ClusterIssuer le", "issuer_type": "acme", "staging": false, "rotation": "Always", "algorithm": "RSA", "size": 2048,
}, changes)

_by_status(changes) := _row({"tls": [_entry({"parses": "unknown", "chain": [], "managed": _managed(changes)})]})

_unread := _row({"tls": [_entry({"parses": "unknown", "chain": []})]})

_dates := {"evidence": {"subject": "CN=shop", "not_after": "a"}}

test_valid_dates_pass if {
	_violation(_with({}), _rules({})) == set()
	_unknown(_with({}), _rules({})) == set()
	_subject(_with({}), _rules({})) == {_ref}
	_violation(_by_status({}), _rules({})) == set()
	_unknown(_by_status({}), _rules({})) == set()
}

test_expired_is_critical_in_any_place_of_the_chain if {
	wanted := {_said("Secret web/cert: certificate CN=shop has expired", "spec.tls[secretName=cert]", object.union(_dates, {"severity": "critical"}))}
	_violation(_with({"seconds_left": 0}), _rules({})) == wanted
	_violation(_row({"tls": [_entry({"chain": [object.union(_leaf, {"subject": "CN=leaf"}), object.union(_leaf, {"seconds_left": -1})]})]}), _rules({})) == wanted
}

test_a_clock_may_be_five_minutes_off if {
	_violation(_with({"seconds_until_valid": 300}), _rules({})) == set()
	_violation(_with({"seconds_until_valid": 301}), _rules({})) == {_said("Secret web/cert: certificate CN=shop is not valid yet", "spec.tls[secretName=cert]", {"evidence": {"subject": "CN=shop", "not_before": "b"}})}
}

test_soon_is_a_matter_of_days_or_of_the_life_that_is_left if {
	wanted := {_said("Secret web/cert: certificate CN=shop expires in 2 days", "spec.tls[secretName=cert]", object.union(_dates, {"severity": "medium"}))}
	_violation(_with({"seconds_left": 172800}), _rules({})) == wanted
	_violation(_with({"seconds_left": 172800, "lifetime_seconds": 518400}), _rules({})) == set()
	_violation(_with({"seconds_left": 172800, "lifetime_seconds": 604800}), _rules({})) == wanted
	renewing := _row({"tls": [_entry({"chain": [object.union(_leaf, {"seconds_left": 172800})], "managed": _managed({"issuing": true})})]})
	_violation(renewing, _rules({})) == set()
}

test_the_status_of_a_certificate_stands_in_for_it if {
	_violation(_by_status({"seconds_left": -5}), _rules({})) == {_said("Secret web/cert: by the status of Certificate cm it has expired", "spec.tls[secretName=cert]", {"evidence": {"certificate": "cm"}, "severity": "critical"})}
	_violation(_by_status({"seconds_left": 172800, "lifetime_seconds": null}), _rules({})) == {_said("Secret web/cert: by the status of Certificate cm it expires in 2 days", "spec.tls[secretName=cert]", {"evidence": {"certificate": "cm"}, "severity": "medium"})}
}

test_without_either_it_is_unknown if {
	_unknown(_unread, _rules({})) == {_said("Secret web/cert: its dates were not read, and no Certificate tells them", "spec.tls[secretName=cert]", {})}
	_unknown(_by_status({"seconds_left": null}), _rules({})) == {_said("Secret web/cert: its dates were not read, and no Certificate tells them", "spec.tls[secretName=cert]", {})}
	_unknown(_with({"seconds_left": null}), _rules({})) == {_said("Secret web/cert: the source has no clock, or the certificate no dates", "spec.tls[secretName=cert]", {})}
	inline := _row({"tls": [_entry({"source": "inline", "name": "", "path": "spec.tls", "parses": "unknown", "chain": []})]})
	_unknown(inline, _rules({})) == {_said("the certificate of spec.tls: its dates were not read, and no Certificate tells them", "spec.tls", {})}
}

test_missing_secrets_are_told_elsewhere if {
	_subject(_row({"tls": [_entry({"exists": "no"}), _entry({"parses": "no"}), _entry({"source": "default", "name": ""}), _entry({"source": "passthrough"})]}), _rules({})) == set()
}
