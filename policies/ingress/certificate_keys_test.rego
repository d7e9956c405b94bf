package sextant.ingress.certificate_keys_test

import data.sextant.ingress.certificate_keys as policy

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

_rules(changes) := object.union({"tls": {"min_rsa": 2048, "min_ec": 256, "max_lifetime_days": 398, "max_key_reuse_namespaces": 1, "wildcard_allowed_classes": ["*"]}}, changes)

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

test_a_good_key_passes if {
	_violation(_with({}), _rules({})) == set()
	_unknown(_with({}), _rules({})) == set()
	_subject(_with({}), _rules({})) == {_ref}
	_violation(_with({"key_alg": "Ed25519", "key_bits": 256}), _rules({})) == set()
}

test_short_keys_and_broken_signatures_fail if {
	_violation(_with({"key_bits": 1024}), _rules({})) == {_said("Secret web/cert: the RSA key of CN=shop has 1024 bits", "spec.tls[secretName=cert]", {"evidence": {"subject": "CN=shop", "key": "RSA", "bits": 1024}})}
	_violation(_with({"key_alg": "ECDSA", "key_bits": 224}), _rules({})) == {_said("Secret web/cert: the ECDSA key of CN=shop has 224 bits", "spec.tls[secretName=cert]", {"evidence": {"subject": "CN=shop", "key": "ECDSA", "bits": 224}})}
	_violation(_with({"sig_alg": "SHA1-RSA"}), _rules({})) == {_said("Secret web/cert: CN=shop is signed with SHA1-RSA", "spec.tls[secretName=cert]", {"evidence": {"subject": "CN=shop", "signature": "SHA1-RSA"}})}
	_violation(_with({"sig_alg": "SHA1-RSA", "self_signed": true}), _rules({})) == set()
}

test_long_lives_and_shared_keys_fail if {
	_violation(_with({"lifetime_seconds": 34560000}), _rules({})) == {_said("Secret web/cert: the certificate lives 400 days, and the rules allow 398", "spec.tls[secretName=cert]", {"evidence": {"days": 400}})}
	shared := _row({"tls": [_entry({"key_namespaces": ["a", "web"]})]})
	_violation(shared, _rules({})) == {_said("Secret web/cert: its key lies in 2 namespaces", "spec.tls[secretName=cert]", {"evidence": {"namespaces": ["a", "web"], "replica": false}})}
}

test_wildcards_are_a_matter_of_the_class if {
	wild := _with({"dns_names": ["*.example", "example"]})
	_violation(wild, _rules({})) == set()
	strict := {"tls": {"min_rsa": 1, "min_ec": 1, "max_lifetime_days": 0, "max_key_reuse_namespaces": 0, "wildcard_allowed_classes": []}}
	_violation(wild, strict) == {_said("Secret web/cert: the certificate is a wildcard, which the rules do not allow here", "spec.tls[secretName=cert]", {"evidence": {"names": ["*.example"]}})}
}

test_a_key_that_never_changes_is_told if {
	_violation(_by_status({"rotation": "Never"}), _rules({})) == {_said("Secret web/cert: Certificate cm keeps its key when it renews", "spec.tls[secretName=cert]", {"severity": "low"})}
	_unknown(_unread, _rules({})) == {_said("Secret web/cert: its key was not read", "spec.tls[secretName=cert]", {})}
}

test_a_ready_certificate_tells_what_it_asked_for if {
	_violation(_by_status({}), _rules({})) == set()
	_unknown(_by_status({}), _rules({})) == set()
	_violation(_by_status({"size": 1024}), _rules({})) == {_said("Secret web/cert: Certificate cm asks for an RSA key of 1024 bits", "spec.tls[secretName=cert]", {"evidence": {"key": "RSA", "bits": 1024}})}
	_violation(_by_status({"lifetime_seconds": 34560000}), _rules({})) == {_said("Secret web/cert: the certificate lives 400 days, and the rules allow 398", "spec.tls[secretName=cert]", {"evidence": {"days": 400}})}
	strict := {"tls": {"min_rsa": 1, "min_ec": 1, "max_lifetime_days": 0, "max_key_reuse_namespaces": 0, "wildcard_allowed_classes": []}}
	_violation(_by_status({"dns_names": ["*.example"]}), strict) == {_said("Secret web/cert: the certificate is a wildcard, which the rules do not allow here", "spec.tls[secretName=cert]", {"evidence": {"names": ["*.example"]}})}
}
