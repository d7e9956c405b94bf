# METADATA
# title: Certificates are valid now and not about to expire
# description: >-
#   An expired certificate is the most common outage that nobody needed to have. Every certificate
#   of the chain counts, and the snapshot's clock, not the auditor's.
# custom:
#   id: ING-007
#   severity: high
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
#   controls: {nist-800-53: [SC-17, SC-12], pci-4.0: ["4.2.1", "4.2.1.1"], iso-27001: [A.8.24], mlps-3: [8.1.2.2b]}
#   remediation: >-
#     Renew the certificate, with its intermediates, and let cert-manager renew it from now on. To
#     judge what Secrets hold, run with --secrets named.
package sextant.ingress.certificate_dates

import data.sextant.lib.ingress as lib


violation contains {"ref": row.ref, "message": message, "path": entry.path, "evidence": {"subject": certificate.subject, "not_after": certificate.not_after}, "severity": "critical"} if {
	some row in input.rows
	some entry in _entries(row)
	some certificate in entry.chain
	is_number(certificate.seconds_left)
	certificate.seconds_left <= 0
	message := sprintf("%s: certificate %s has expired", [lib.called(entry), certificate.subject])
}

violation contains {"ref": row.ref, "message": message, "path": entry.path, "evidence": {"subject": certificate.subject, "not_before": certificate.not_before}} if {
	some row in input.rows
	some entry in _entries(row)
	some certificate in entry.chain
	is_number(certificate.seconds_until_valid)
	certificate.seconds_until_valid > _rules.clock_skew_minutes * 60
	message := sprintf("%s: certificate %s is not valid yet", [lib.called(entry), certificate.subject])
}

violation contains {"ref": row.ref, "message": message, "path": entry.path, "evidence": {"subject": certificate.subject, "not_after": certificate.not_after}, "severity": "medium"} if {
	some row in input.rows
	some entry in _entries(row)
	some certificate in entry.chain
	_ends_soon(certificate)
	not _renewing(entry)
	message := sprintf("%s: certificate %s expires in %d days", [lib.called(entry), certificate.subject, lib.days(certificate.seconds_left)])
}

violation contains {"ref": row.ref, "message": message, "path": entry.path, "evidence": {"certificate": entry.managed.name}, "severity": "critical"} if {
	some row in input.rows
	some entry in _by_status(row)
	entry.managed.seconds_left <= 0
	message := sprintf("%s: by the status of Certificate %s it has expired", [lib.called(entry), entry.managed.name])
}

violation contains {"ref": row.ref, "message": message, "path": entry.path, "evidence": {"certificate": entry.managed.name}, "severity": "medium"} if {
	some row in input.rows
	some entry in _by_status(row)
	_ends_soon(entry.managed)
	not _renewing(entry)
	message := sprintf("%s: by the status of Certificate %s it expires in %d days", [lib.called(entry), entry.managed.name, lib.days(entry.managed.seconds_left)])
}

unknown contains {"ref": row.ref, "message": message, "path": entry.path} if {
	some row in input.rows
	some entry in _entries(row)
	count(entry.chain) == 0
	not _has_status(entry)
	message := sprintf("%s: its dates were not read, and no Certificate tells them", [lib.called(entry)])
}

unknown contains {"ref": row.ref, "message": message, "path": entry.path} if {
	some row in input.rows
	some entry in _entries(row)
	some certificate in entry.chain
	not is_number(certificate.seconds_left)
	message := sprintf("%s: the source has no clock, or the certificate no dates", [lib.called(entry)])
}

subject contains row.ref if {
	some row in input.rows
	count(_entries(row)) > 0
}

_rules := data.sx.rules.ingress.tls

_entries(row) := lib.certificates(row)

_by_status(row) := [entry | some entry in _entries(row); count(entry.chain) == 0; _has_status(entry)]

_has_status(entry) if {
	is_object(entry.managed)
	is_number(entry.managed.seconds_left)
}

_ends_soon(dates) if {
	is_number(dates.seconds_left)
	dates.seconds_left > 0
	dates.seconds_left < _least(dates.lifetime_seconds)
}

# Short-lived certificates are judged by the fraction of their life that is left.
_least(lifetime) := _warn if not _short_lived(lifetime)

_least(lifetime) := lifetime * _rules.expiry_warn_fraction if _short_lived(lifetime)

_warn := _rules.expiry_warn_days * 86400

_short_lived(lifetime) if {
	is_number(lifetime)
	lifetime < _warn
}

_renewing(entry) if {
	is_object(entry.managed)
	entry.managed.issuing
}
