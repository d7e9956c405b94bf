# METADATA
# title: Each published route says who owns it and what it is for
# description: >-
#   PCI 1.2.5 and 12.5.1 ask for an inventory of what is published, with a business need for each; a
#   route without an owner is one that nobody takes down.
# custom:
#   id: ING-029
#   severity: low
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
#     - core/Namespace
#     - core/Service
#   rows: routes
#   rules: ingress
#   controls: {nist-800-53: [CM-8], pci-4.0: ["1.2.5", "12.5.1"], iso-27001: [A.5.9], mlps-3: [8.1.10.2]}
#   remediation: >-
#     Label the route, or its namespace, with the keys of rules/ingress.yaml metadata.required_keys.
package sextant.ingress.route_metadata

import data.sextant.lib.ingress as lib


violation contains {"ref": row.ref, "message": message, "path": "metadata", "evidence": {"missing": missing}} if {
	some row in input.rows
	_judged(row)
	missing := [key | some key in _required; not _carries(row, key)]
	count(missing) > 0
	message := sprintf("neither it nor its namespace says %s", [concat(", ", missing)])
}

subject contains row.ref if {
	some row in input.rows
	_judged(row)
}

_required := data.sx.rules.ingress.metadata.required_keys

_judged(row) if {
	count(_required) > 0
	row.role == "route"
	not row.acme_solver
	not row.included
	lib.external(row, data.sx.rules.ingress.topology)
}

_carries(row, key) if {
	some source in [row.labels, row.annotations, row.namespace_metadata]
	some own, value in source
	value != ""
	lib.matches([key], own)
}
