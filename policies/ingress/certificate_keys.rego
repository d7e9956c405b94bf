# METADATA
# title: Keys are strong enough, short-lived and not shared
# description: >-
#   One wildcard key copied to forty namespaces is one leak for all of them, and a weak key or
#   signature can be forged.
# custom:
#   id: ING-010
#   severity: medium
#   claim: presence
#   requires: [networking.k8s.io/Ingress]
#   optional:
#     - gateway.networking.k8s.io/Gateway
#     - gateway.networking.k8s.io/HTTPRoute
#     - networking.istio.io/Gateway
#     - networking.istio.io/VirtualService
#     - projectcontour.io/HTTPProxy
#     - traefik.io/IngressRoute
#     - traefik.containo.us/IngressRoute
#     - route.openshift.io/Route
#     - k8s.nginx.org/VirtualServer
#     - cert-manager.io/Certificate
#   rows: routes
#   rules: ingress
#   controls: {nist-800-53: [SC-12, SC-13], pci-4.0: ["12.3.3"], iso-27001: [A.8.24], mlps-3: [8.1.10.9]}
#   remediation: >-
#     Issue a certificate with a key of its own for each namespace, with a shorter life and
#     rotationPolicy Always. To judge what Secrets hold, run with --secrets named.
package sextant.ingress.certificate_keys

import data.sextant.lib.ingress as lib


violation contains {"ref": row.ref, "message": message, "path": entry.path, "evidence": {"subject": certificate.subject, "key": certificate.key_alg, "bits": certificate.key_bits}} if {
	some row in input.rows
	some entry in lib.certificates(row)
	some certificate in entry.chain
	_short(certificate.key_alg, certificate.key_bits)
	message := sprintf("%s: the %s key of %s has %d bits", [lib.called(entry), certificate.key_alg, certificate.subject, certificate.key_bits])
}

violation contains {"ref": row.ref, "message": message, "path": entry.path, "evidence": {"subject": certificate.subject, "signature": certificate.sig_alg}} if {
	some row in input.rows
	some entry in lib.certificates(row)
	some certificate in entry.chain
	_weak(certificate)
	message := sprintf("%s: %s is signed with %s", [lib.called(entry), certificate.subject, certificate.sig_alg])
}

violation contains {"ref": row.ref, "message": message, "path": entry.path, "evidence": {"days": lib.days(leaf.lifetime_seconds)}} if {
	some row in input.rows
	some entry in lib.certificates(row)
	leaf := entry.chain[0]
	_rules.max_lifetime_days > 0
	is_number(leaf.lifetime_seconds)
	lib.days(leaf.lifetime_seconds) > _rules.max_lifetime_days
	message := sprintf("%s: the certificate lives %d days, and the rules allow %d", [lib.called(entry), lib.days(leaf.lifetime_seconds), _rules.max_lifetime_days])
}

violation contains {"ref": row.ref, "message": message, "path": entry.path, "evidence": {"namespaces": entry.key_namespaces, "replica": entry.replica}} if {
	some row in input.rows
	some entry in lib.certificates(row)
	_rules.max_key_reuse_namespaces > 0
	count(entry.key_namespaces) > _rules.max_key_reuse_namespaces
	message := sprintf("%s: its key lies in %d namespaces", [lib.called(entry), count(entry.key_namespaces)])
}

violation contains {"ref": row.ref, "message": message, "path": entry.path, "evidence": {"names": wild}} if {
	some row in input.rows
	some entry in lib.certificates(row)
	not lib.matches(_rules.wildcard_allowed_classes, row.class.name)
	wild := [name | some name in entry.chain[0].dns_names; startswith(name, "*.")]
	count(wild) > 0
	message := sprintf("%s: the certificate is a wildcard, which the rules do not allow here", [lib.called(entry)])
}

violation contains {"ref": row.ref, "message": message, "path": entry.path, "severity": "low"} if {
	some row in input.rows
	some entry in lib.certificates(row)
	is_object(entry.managed)
	entry.managed.rotation == "Never"
	message := sprintf("%s: Certificate %s keeps its key when it renews", [lib.called(entry), entry.managed.name])
}

# Where the Secret was not read, a ready Certificate tells what it asked for.
violation contains {"ref": row.ref, "message": message, "path": entry.path, "evidence": {"key": entry.managed.algorithm, "bits": entry.managed.size}} if {
	some row in input.rows
	some entry in lib.certificates(row)
	lib.vouched(entry)
	_short(entry.managed.algorithm, entry.managed.size)
	message := sprintf("%s: Certificate %s asks for an %s key of %d bits", [lib.called(entry), entry.managed.name, entry.managed.algorithm, entry.managed.size])
}

violation contains {"ref": row.ref, "message": message, "path": entry.path, "evidence": {"days": lib.days(entry.managed.lifetime_seconds)}} if {
	some row in input.rows
	some entry in lib.certificates(row)
	lib.vouched(entry)
	_rules.max_lifetime_days > 0
	is_number(entry.managed.lifetime_seconds)
	lib.days(entry.managed.lifetime_seconds) > _rules.max_lifetime_days
	message := sprintf("%s: the certificate lives %d days, and the rules allow %d", [lib.called(entry), lib.days(entry.managed.lifetime_seconds), _rules.max_lifetime_days])
}

violation contains {"ref": row.ref, "message": message, "path": entry.path, "evidence": {"names": wild}} if {
	some row in input.rows
	some entry in lib.certificates(row)
	lib.vouched(entry)
	not lib.matches(_rules.wildcard_allowed_classes, row.class.name)
	wild := [name | some name in entry.managed.dns_names; startswith(name, "*.")]
	count(wild) > 0
	message := sprintf("%s: the certificate is a wildcard, which the rules do not allow here", [lib.called(entry)])
}

unknown contains {"ref": row.ref, "message": message, "path": entry.path} if {
	some row in input.rows
	some entry in lib.certificates(row)
	count(entry.chain) == 0
	not lib.vouched(entry)
	message := sprintf("%s: its key was not read", [lib.called(entry)])
}

subject contains row.ref if {
	some row in input.rows
	count(lib.certificates(row)) > 0
}

_rules := data.sx.rules.ingress.tls

_short("RSA", bits) if bits < _rules.min_rsa

_short("ECDSA", bits) if bits < _rules.min_ec

# A root is trusted for being in the store, not for its signature.
_weak(certificate) if {
	not certificate.self_signed
	some word in ["sha1", "md5", "md2"]
	contains(lower(certificate.sig_alg), word)
}
