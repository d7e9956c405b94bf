# METADATA
# title: Certificate names cover the hosts that they are served for
# description: >-
#   A name that does not match trains users to click through warnings and breaks clients that do
#   not. A wildcard covers exactly one label, the common name counts for nothing, and an IP host
#   needs an IP name.
# custom:
#   id: ING-008
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
#   controls: {nist-800-53: [SC-17, SC-8], pci-4.0: ["4.2.1"], iso-27001: [A.8.24], mlps-3: [8.1.2.2a]}
#   remediation: >-
#     Reissue the certificate with every host among its subject alternative names. To judge what
#     Secrets hold, run with --secrets named.
package sextant.ingress.certificate_names

import data.sextant.lib.ingress as lib


violation contains {"ref": row.ref, "message": message, "path": entry.path, "evidence": {"host": host, "names": _names(entry)}} if {
	some row in input.rows
	some entry in lib.certificates(row)
	count(entry.chain) > 0
	some host in entry.uncovered
	message := sprintf("%s: no name of the certificate covers %s", [lib.called(entry), host])
}

violation contains {"ref": row.ref, "message": message, "path": entry.path, "evidence": {"host": host, "names": entry.managed.dns_names}} if {
	some row in input.rows
	some entry in lib.certificates(row)
	count(entry.chain) == 0
	is_object(entry.managed)
	some host in entry.managed.uncovered
	message := sprintf("%s: Certificate %s asks for no name that covers %s", [lib.called(entry), entry.managed.name, host])
}

unknown contains {"ref": row.ref, "message": message, "path": entry.path} if {
	some row in input.rows
	some entry in lib.certificates(row)
	count(entry.chain) == 0
	not lib.vouched(entry)
	message := sprintf("%s: its names were not read, and no ready Certificate tells them", [lib.called(entry)])
}

subject contains row.ref if {
	some row in input.rows
	count(lib.certificates(row)) > 0
}

_names(entry) := array.concat(entry.chain[0].dns_names, entry.chain[0].ip_sans)
