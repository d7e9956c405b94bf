# METADATA
# title: Plain HTTP redirects to HTTPS, or has no listener
# description: >-
#   TLS protects only those who reach it: who types the name without a scheme, or follows an old
#   link, stays in the clear.
# custom:
#   id: ING-012
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
#     - apps/Deployment
#     - apps/DaemonSet
#     - core/ConfigMap
#     - traefik.io/Middleware
#     - networking.gke.io/FrontendConfig
#   rows: routes
#   rules: ingress
#   controls: {nist-800-53: [SC-8], pci-4.0: ["4.2.1"], iso-27001: [A.8.21], mlps-3: [8.1.2.2b]}
#   remediation: >-
#     Switch the redirect on where the controller has it off (ssl-redirect, permitInsecure, entry
#     point redirection, a redirecting HTTPRoute), or close the plain listener.
package sextant.ingress.https_redirect

import data.sextant.lib.ingress as lib


violation contains {"ref": row.ref, "message": message, "path": host.path, "evidence": {"host": host.host}} if {
	some row in input.rows
	some host in _hosts(row)
	host.plain == "serves"
	message := sprintf("host %s serves plain HTTP beside TLS: %s", [host.host, host.plain_source])
}

unknown contains {"ref": row.ref, "message": message, "path": host.path, "evidence": {"host": host.host}} if {
	some row in input.rows
	some host in _hosts(row)
	host.plain == "unknown"
	message := sprintf("whether host %s serves plain HTTP is not known: %s", [host.host, host.plain_source])
}

subject contains row.ref if {
	some row in input.rows
	count(_hosts(row)) > 0
}

_rules := data.sx.rules.ingress.redirect

_hosts(row) := [host |
	row.role == "route"
	not row.acme_solver
	not lib.matches(_rules.exempt_classes, row.class.name)
	some host in row.hosts
	host.tls in {"terminated", "offloaded"}
	not lib.matches(_rules.exempt_hosts, host.host)
]
