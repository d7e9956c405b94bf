package sextant.ingress.certificate_names_test

import data.sextant.ingress.certificate_names as policy

_ref := {"group": "networking.k8s.io", "kind": "Ingress", "namespace": "web", "name": "shop"}

_base := {"ref": _ref, "role": "route", "family": "ingress", "class": {"name": "nginx"}, "tls": []}

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

test_covered_hosts_pass if {
	_violation(_with({})) == set()
	_unknown(_with({})) == set()
	_subject(_with({})) == {_ref}
}

test_each_host_that_no_name_covers_fails if {
	row := _row({"tls": [_entry({"uncovered": ["a.b.example"]})]})
	_violation(row) == {_said("Secret web/cert: no name of the certificate covers a.b.example", "spec.tls[secretName=cert]", {"evidence": {"host": "a.b.example", "names": ["shop.example"]}})}
}

test_a_certificate_object_stands_in if {
	_violation(_by_status({"uncovered": ["x.example"]})) == {_said("Secret web/cert: Certificate cm asks for no name that covers x.example", "spec.tls[secretName=cert]", {"evidence": {"host": "x.example", "names": ["shop.example"]}})}
	_unknown(_by_status({})) == set()
}

test_without_either_it_is_unknown if {
	wanted := {_said("Secret web/cert: its names were not read, and no ready Certificate tells them", "spec.tls[secretName=cert]", {})}
	_unknown(_unread) == wanted
	_unknown(_by_status({"ready": "no"})) == wanted
}
