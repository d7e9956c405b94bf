# METADATA
# title: No route or gateway takes every host, but where it is allowed
# description: >-
#   A route without a host answers for every name that points at the address: for those of other
#   teams that are gone, and for those that an attacker made up.
# custom:
#   id: ING-014
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
#   rows: routes
#   rules: ingress
#   controls: {nist-800-53: [SC-7, CM-7], pci-4.0: ["1.2.5"], iso-27001: [A.8.21], attack: [T1190], mlps-3: [8.1.3.2a]}
#   remediation: >-
#     Name the host in every rule, listener and server, or allow the namespace of the one default
#     backend in rules/ingress.yaml catch_all.allow_namespaces.
package sextant.ingress.catch_all

import data.sextant.lib.ingress as lib


violation contains {"ref": row.ref, "message": message, "path": place.path} if {
	some row in input.rows
	_judged(row)
	not lib.matches(_rules.allow_namespaces, row.ref.namespace)
	some place in row.catch_all
	message := sprintf("takes every host: %s", [place.why])
}

subject contains row.ref if {
	some row in input.rows
	_judged(row)
}

_rules := data.sx.rules.ingress.catch_all

_judged(row) if {
	row.role in {"route", "gateway"}
	not row.acme_solver
	not row.included
}
