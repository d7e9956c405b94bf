package sextant.ingress.tls_secret_test

import data.sextant.ingress.tls_secret as policy

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

_rules(changes) := object.union({"tls": {"secret_types": ["kubernetes.io/tls"], "issue_grace_minutes": 15}}, changes)

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

_one(changes) := _row({"tls": [_entry(changes)]})

test_a_usable_secret_passes if {
	_violation(_one({}), _rules({})) == set()
	_unknown(_one({}), _rules({})) == set()
	_subject(_one({}), _rules({})) == {_ref}
	_subject(_row({}), _rules({})) == set()
}

test_a_missing_secret_fails_unless_it_is_being_issued if {
	_violation(_one({"exists": "no"}), _rules({})) == {_said("Secret web/cert does not exist", "spec.tls[secretName=cert]", {"evidence": {"secret": "web/cert"}})}
	issuing := _one({"exists": "no", "managed": {"ready": "no", "age_seconds": 60}})
	_violation(issuing, _rules({})) == set()
	_unknown(issuing, _rules({})) == {_said("Secret web/cert does not exist yet: cert-manager is issuing it", "spec.tls[secretName=cert]", {})}
}

test_a_secret_of_another_namespace_needs_a_grant if {
	_violation(_one({"granted": "no", "grant_reason": "why"}), _rules({})) == {_said("why", "spec.tls[secretName=cert]", {"evidence": {"secret": "web/cert"}})}
	_unknown(_one({"granted": "unknown"}), _rules({})) == {_said("whether Secret web/cert may be used from here is not known", "spec.tls[secretName=cert]", {})}
}

test_the_type_is_graded if {
	opaque := {"evidence": {"type": "Opaque"}, "severity": "low"}
	_violation(_one({"secret_type": "Opaque"}), _rules({})) == {_said("Secret web/cert is of type Opaque", "spec.tls[secretName=cert]", opaque)}
	_violation(_one({"secret_type": "Opaque", "keys": ["cert"]}), _rules({})) == {_said("Secret web/cert is of type Opaque", "spec.tls[secretName=cert]", object.union(opaque, {"severity": "high"}))}
	_violation(_one({"secret_type": "x"}), _rules({})) == {_said("Secret web/cert is of type x", "spec.tls[secretName=cert]", {"evidence": {"type": "x"}, "severity": "high"})}
}

test_what_it_holds_must_be_a_certificate_and_its_key if {
	_violation(_one({"parses": "no"}), _rules({})) == {_said("Secret web/cert holds no certificate that can be read", "spec.tls[secretName=cert]", {"evidence": {"keys": ["tls.crt", "tls.key"]}})}
	_violation(_one({"key_matches": "no"}), _rules({})) == {_said("the private key in Secret web/cert is not that of its certificate", "spec.tls[secretName=cert]", {})}
}

test_what_was_not_read_is_unknown if {
	_unknown(_one({"exists": "unknown", "parses": "unknown"}), _rules({})) == {_said("whether Secret web/cert exists is not known", "spec.tls[secretName=cert]", {})}
	_unknown(_one({"parses": "unknown", "chain": []}), _rules({})) == {_said("what Secret web/cert holds was not read", "spec.tls[secretName=cert]", {})}
	_unknown(_one({"parses": "unknown", "chain": [], "managed": {"ready": "no"}}), _rules({})) == {_said("what Secret web/cert holds was not read", "spec.tls[secretName=cert]", {})}
	_unknown(_one({"exists": "unknown", "parses": "unknown", "chain": [], "managed": {"ready": "yes"}}), _rules({})) == set()
}
