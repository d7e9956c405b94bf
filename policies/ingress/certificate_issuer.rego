# METADATA
# title: Certificates come from an approved issuer, with their chain
# description: >-
#   TLS with a certificate that a controller made up, or that nobody vouches for, keeps listeners
#   out and impostors in.
# custom:
#   id: ING-009
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
#     - cert-manager.io/Issuer
#     - cert-manager.io/ClusterIssuer
#   rows: routes
#   rules: ingress
#   controls: {nist-800-53: [SC-17, SC-13], pci-4.0: ["4.2.1", "12.3.3"], iso-27001: [A.8.24], mlps-3: [8.1.10.9]}
#   remediation: >-
#     Issue the certificate from the approved ClusterIssuer and store the whole chain, leaf first;
#     declare classes of a private authority in rules/ingress.yaml tls.internal_classes. To judge what
#     Secrets hold, run with --secrets named.
package sextant.ingress.certificate_issuer

import data.sextant.lib.ingress as lib


violation contains {"ref": row.ref, "message": message, "path": entry.path} if {
	some row in input.rows
	_public(row)
	some entry in row.tls
	entry.source == "default"
	entry.name == ""
	row.family != "openshift"
	message := "names no certificate: its controller serves one that it made up"
}

violation contains {"ref": row.ref, "message": message, "path": entry.path, "evidence": {"subject": leaf.subject, "issuer": leaf.issuer}} if {
	some row in input.rows
	some entry in lib.certificates(row)
	some problem in _problems(row, entry)
	leaf := entry.chain[0]
	message := sprintf("%s: %s", [lib.called(entry), problem])
}

violation contains {"ref": row.ref, "message": message, "path": entry.path, "evidence": {"issuer": entry.managed.issuer}} if {
	some row in input.rows
	some entry in lib.certificates(row)
	count(entry.chain) == 0
	is_object(entry.managed)
	some problem in _managed_problems(row, entry.managed)
	message := sprintf("%s: %s", [lib.called(entry), problem])
}

unknown contains {"ref": row.ref, "message": message, "path": entry.path} if {
	some row in input.rows
	some entry in lib.certificates(row)
	count(entry.chain) == 0
	not _told(row, entry)
	message := sprintf("%s: who signed it was not read", [lib.called(entry)])
}

unknown contains {"ref": row.ref, "message": "the router's default certificate was not read", "path": entry.path} if {
	some row in input.rows
	row.family == "openshift"
	some entry in row.tls
	entry.source == "default"
}

subject contains row.ref if {
	some row in input.rows
	_public(row)
	some entry in row.tls
	entry.source in {"secret", "default", "resolver", "inline"}
	entry.exists != "no"
	entry.parses != "no"
}

_rules := data.sx.rules.ingress.tls

_problems(row, entry) := {"a controller made it up" | entry.chain[0].fake} |
	{"it is self-signed" | entry.chain[0].self_signed; not entry.chain[0].fake; not _internal(row)} |
	{"it is a certificate of an authority" | entry.chain[0].is_ca; not entry.chain[0].self_signed} |
	{"its issuer is for tests" | entry.chain[0].staging} |
	{"the chain is not complete" | entry.chain_ok == "no"} |
	{"its issuer is not approved" | not entry.chain[0].self_signed; count(_approved_for(row)) > 0; not _approved(row, entry)}

_managed_problems(row, managed) := {sprintf("%s is for tests", [managed.issuer]) | managed.staging} |
	{sprintf("%s signs with the certificate's own key", [managed.issuer]) | managed.issuer_type == "selfSigned"; not _internal(row)}

# A ready Certificate of a known issuer tells who signed, unless the rules ask for names or keys.
_told(row, entry) if {
	lib.vouched(entry)
	entry.managed.issuer_type != ""
	count(_approved_for(row)) == 0
}

_internal(row) if lib.matches(_rules.internal_classes, row.class.name)

_approved_for(row) := [entry | some entry in _rules.approved_issuers; _concerns(entry, row.class.name)]

_concerns(entry, _) if count(object.get(entry, "classes", [])) == 0

_concerns(entry, class) if lib.matches(object.get(entry, "classes", []), class)

_approved(row, entry) if {
	some approved in _approved_for(row)
	expression := object.get(approved, "issuer", "")
	expression != ""
	some certificate in entry.chain
	regex.match(expression, certificate.issuer)
}

_approved(row, entry) if {
	some approved in _approved_for(row)
	some certificate in entry.chain
	object.get(approved, "spki", "") == certificate.spki_sha256
}

_public(row) if row.role == "route"

_public(row) if row.role == "gateway"
