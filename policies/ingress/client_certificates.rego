# METADATA
# title: Partner hosts demand client certificates, and verify them
# description: >-
#   Partner APIs of banks authenticate machines by certificate; optional verification, or
#   verification without an authority, lets everybody in.
# custom:
#   id: ING-027
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
#     - configuration.konghq.com/KongPlugin
#     - configuration.konghq.com/KongClusterPlugin
#     - traefik.io/Middleware
#     - core/ConfigMap
#     - apps/Deployment
#     - apps/DaemonSet
#     - traefik.io/TLSOption
#     - gateway.envoyproxy.io/ClientTrafficPolicy
#     - k8s.nginx.org/Policy
#   rows: routes
#   rules: ingress
#   controls: {nist-800-53: [IA-3, SC-8(1)], pci-4.0: ["8.3.1"], iso-27001: [A.8.5], mlps-3: [8.1.4.1d, 8.2.4.1]}
#   remediation: >-
#     Require and verify client certificates against the partners' authority; optional modes do
#     neither.
package sextant.ingress.client_certificates

import data.sextant.lib.ingress as lib


violation contains {"ref": row.ref, "message": message, "path": host.path, "evidence": {"host": host.host, "broken": row.guards.client_certificate.broken, "weak": row.guards.client_certificate.weak}} if {
	some row in input.rows
	some host in _hosts(row)
	_absent(row)
	message := sprintf("host %s does not demand client certificates%s", [host.host, _why(row)])
}

unknown contains {"ref": row.ref, "message": message, "path": host.path} if {
	some row in input.rows
	some host in _hosts(row)
	_doubtful(row)
	message := sprintf("whether host %s demands client certificates is not known", [host.host])
}

subject contains row.ref if {
	some row in input.rows
	count(_hosts(row)) > 0
}

_rules := data.sx.rules.ingress

_hosts(row) := [host |
	row.role == "route"
	not row.acme_solver
	not row.included
	some host in row.hosts
	_asked(row, host.host)
]

_asked(row, host) if lib.chosen(_rules.mtls.required_for, row, host)

_asked(_, host) if lib.asked(_rules.zones, "mtls", host)

# Nothing is in force, or only what lets clients through all the same.
_absent(row) if row.guards.client_certificate.on == "no"

_absent(row) if {
	row.guards.client_certificate.on != "no"
	count(row.guards.client_certificate.by) == 0
	count(row.guards.client_certificate.weak) > 0
}

_doubtful(row) if {
	row.guards.client_certificate.on == "unknown"
	count(row.guards.client_certificate.weak) == 0
}

_why(row) := "" if count(_said(row)) == 0

_why(row) := concat("", [": ", concat("; ", _said(row))]) if count(_said(row)) > 0

_said(row) := array.concat(row.guards.client_certificate.broken, row.guards.client_certificate.weak)
