# METADATA
# title: The Secret that a route or gateway names exists, is usable and may be used
# description: >-
#   Where the Secret is missing or broken, controllers serve a certificate of their own making in
#   silence; clients learn to click warnings away.
# custom:
#   id: ING-006
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
#     - gateway.networking.k8s.io/ReferenceGrant
#     - projectcontour.io/TLSCertificateDelegation
#   rows: routes
#   rules: ingress
#   controls: {nist-800-53: [SC-12, SC-17], pci-4.0: ["4.2.1"], iso-27001: [A.8.24], mlps-3: [8.1.2.2b]}
#   remediation: >-
#     Create the Secret in the namespace where the controller looks for it, of type kubernetes.io/tls
#     with the key of its certificate, or repair the name; let cert-manager keep it. To judge what
#     Secrets hold, run with --secrets named.
package sextant.ingress.tls_secret

import data.sextant.lib.ingress as lib

violation contains {"ref": row.ref, "message": message, "path": entry.path, "evidence": {"secret": _called(entry)}} if {
	some row in input.rows
	some entry in _named(row)
	entry.exists == "no"
	not _issuing(entry)
	message := sprintf("Secret %s does not exist", [_called(entry)])
}

violation contains {"ref": row.ref, "message": entry.grant_reason, "path": entry.path, "evidence": {"secret": _called(entry)}} if {
	some row in input.rows
	row.role == "route"
	some entry in _named(row)
	entry.granted == "no"
}

violation contains {"ref": row.ref, "message": message, "path": entry.path, "evidence": {"type": entry.secret_type}, "severity": _grade(entry)} if {
	some row in input.rows
	some entry in _named(row)
	entry.exists == "yes"
	not entry.secret_type in _rules.secret_types
	message := sprintf("Secret %s is of type %s", [_called(entry), entry.secret_type])
}

violation contains {"ref": row.ref, "message": message, "path": entry.path, "evidence": {"keys": entry.keys}} if {
	some row in input.rows
	some entry in _named(row)
	entry.parses == "no"
	message := sprintf("Secret %s holds no certificate that can be read", [_called(entry)])
}

violation contains {"ref": row.ref, "message": message, "path": entry.path} if {
	some row in input.rows
	some entry in _named(row)
	entry.key_matches == "no"
	message := sprintf("the private key in Secret %s is not that of its certificate", [_called(entry)])
}

unknown contains {"ref": row.ref, "message": message, "path": entry.path} if {
	some row in input.rows
	some entry in _named(row)
	entry.exists == "unknown"
	not lib.vouched(entry)
	message := sprintf("whether Secret %s exists is not known", [_called(entry)])
}

unknown contains {"ref": row.ref, "message": message, "path": entry.path} if {
	some row in input.rows
	some entry in _named(row)
	entry.exists == "no"
	_issuing(entry)
	message := sprintf("Secret %s does not exist yet: cert-manager is issuing it", [_called(entry)])
}

unknown contains {"ref": row.ref, "message": message, "path": entry.path} if {
	some row in input.rows
	some entry in _named(row)
	entry.exists == "yes"
	entry.parses == "unknown"
	not lib.vouched(entry)
	message := sprintf("what Secret %s holds was not read", [_called(entry)])
}

unknown contains {"ref": row.ref, "message": message, "path": entry.path} if {
	some row in input.rows
	row.role == "route"
	some entry in _named(row)
	entry.granted == "unknown"
	message := sprintf("whether Secret %s may be used from here is not known", [_called(entry)])
}

subject contains row.ref if {
	some row in input.rows
	count(_named(row)) > 0
}

_rules := data.sx.rules.ingress.tls

_named(row) := [entry | some entry in row.tls; entry.source in {"secret", "default"}; entry.name != ""]

_called(entry) := concat("/", [entry.namespace, entry.name])

# An Opaque Secret with the right keys works with most controllers.
_grade(entry) := "low" if {
	entry.secret_type == "Opaque"
	{"tls.crt", "tls.key"} - {key | some key in entry.keys} == set()
}

_grade(entry) := "high" if entry.secret_type != "Opaque"

_grade(entry) := "high" if {
	entry.secret_type == "Opaque"
	{"tls.crt", "tls.key"} - {key | some key in entry.keys} != set()
}

_issuing(entry) if {
	is_object(entry.managed)
	entry.managed.ready != "yes"
	is_number(entry.managed.age_seconds)
	entry.managed.age_seconds < _rules.issue_grace_minutes * 60
}
