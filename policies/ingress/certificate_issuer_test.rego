package sextant.ingress.certificate_issuer_test

import data.sextant.ingress.certificate_issuer as policy

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

_rules(changes) := object.union({"tls": {"internal_classes": [], "approved_issuers": []}}, changes)

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

_problem(text) := {_said(sprintf("Secret web/cert: %s", [text]), "spec.tls[secretName=cert]", {"evidence": {"subject": "CN=shop", "issuer": "CN=Bank CA"}})}

_tls(changes) := {"tls": object.union({"internal_classes": [], "approved_issuers": []}, changes)}

test_a_signed_leaf_passes if {
	_violation(_with({}), _rules({})) == set()
	_unknown(_with({}), _rules({})) == set()
	_subject(_with({}), _rules({})) == {_ref}
	_subject(_row({"role": "gateway", "tls": [_entry({})]}), _rules({})) == {_ref}
}

test_what_nobody_vouches_for_fails if {
	_violation(_with({"self_signed": true}), _rules({})) == _problem("it is self-signed")
	_violation(_with({"self_signed": true}), _tls({"internal_classes": ["nginx"]})) == set()
	_violation(_with({"self_signed": true, "fake": true}), _rules({})) == _problem("a controller made it up")
	_violation(_with({"is_ca": true}), _rules({})) == _problem("it is a certificate of an authority")
	_violation(_with({"staging": true}), _rules({})) == _problem("its issuer is for tests")
	_violation(_row({"tls": [_entry({"chain_ok": "no"})]}), _rules({})) == _problem("the chain is not complete")
}

test_issuers_are_approved_by_name_or_key if {
	_violation(_with({}), _tls({"approved_issuers": [{"issuer": "^CN=Other"}]})) == _problem("its issuer is not approved")
	_violation(_with({}), _tls({"approved_issuers": [{"issuer": "^CN=Bank CA$", "classes": ["nginx"]}]})) == set()
	_violation(_with({}), _tls({"approved_issuers": [{"spki": "ab"}]})) == set()
	_violation(_with({}), _tls({"approved_issuers": [{"issuer": "^CN=Other", "classes": ["else"]}]})) == set()
}

test_no_certificate_at_all_is_the_controllers_own if {
	_violation(_row({"tls": [_entry({"source": "default", "name": "", "chain": []})]}), _rules({})) == {_said("names no certificate: its controller serves one that it made up", "spec.tls[secretName=cert]", {})}
	router := _row({"family": "openshift", "tls": [_entry({"source": "default", "name": "", "chain": []})]})
	_violation(router, _rules({})) == set()
	_unknown(router, _rules({})) == {_said("the router's default certificate was not read", "spec.tls[secretName=cert]", {})}
}

test_an_issuer_object_stands_in if {
	_violation(_by_status({"staging": true}), _rules({})) == {_said("Secret web/cert: ClusterIssuer le is for tests", "spec.tls[secretName=cert]", {"evidence": {"issuer": "ClusterIssuer le"}})}
	_violation(_by_status({"issuer_type": "selfSigned"}), _rules({})) == {_said("Secret web/cert: ClusterIssuer le signs with the certificate's own key", "spec.tls[secretName=cert]", {"evidence": {"issuer": "ClusterIssuer le"}})}
}

test_what_was_not_read_is_unknown if {
	wanted := {_said("Secret web/cert: who signed it was not read", "spec.tls[secretName=cert]", {})}
	_unknown(_unread, _rules({})) == wanted
	_unknown(_by_status({}), _rules({})) == set()
	_unknown(_by_status({"issuer_type": ""}), _rules({})) == wanted
	_unknown(_by_status({}), _tls({"approved_issuers": [{"issuer": "x"}]})) == wanted
}
