# METADATA
# title: Classified APIs authenticate their clients at the edge
# description: >-
#   A gateway that asks who is calling keeps the anonymous away from bugs in the workload; a plugin
#   that is named but missing or disabled asks nobody.
# custom:
#   id: ING-022
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
#     - configuration.konghq.com/KongPlugin
#     - configuration.konghq.com/KongClusterPlugin
#     - traefik.io/Middleware
#     - core/ConfigMap
#     - apps/Deployment
#     - apps/DaemonSet
#     - security.istio.io/RequestAuthentication
#     - security.istio.io/AuthorizationPolicy
#     - gateway.envoyproxy.io/SecurityPolicy
#     - k8s.nginx.org/Policy
#   rows: routes
#   rules: ingress
#   controls: {nist-800-53: [AC-3, IA-9, AC-17], pci-4.0: ["8.3.1", "7.3.1"], iso-27001: [A.8.5, A.8.26], attack: [T1190], mlps-3: [8.1.4.1a, 8.1.4.2a]}
#   remediation: >-
#     Attach an authentication plugin, middleware or policy that resolves and is enabled; attest hosts
#     whose application does it in rules/ingress.yaml auth.attested_hosts.
package sextant.ingress.edge_authentication

import data.sextant.lib.ingress as lib


violation contains {"ref": row.ref, "message": message, "path": host.path, "evidence": {"host": host.host, "broken": row.guards.auth.broken, "weak": row.guards.auth.weak}} if {
	some row in input.rows
	some host in _hosts(row)
	_absent(row)
	message := sprintf("host %s is published without authentication at the edge%s", [host.host, _why(row)])
}

unknown contains {"ref": row.ref, "message": message, "path": host.path} if {
	some row in input.rows
	some host in _hosts(row)
	_doubtful(row)
	message := sprintf("whether host %s is authenticated at the edge is not known", [host.host])
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
	not lib.matches(_rules.auth.attested_hosts, host.host)
]

_asked(row, host) if lib.chosen(_rules.auth.required_for, row, host)

_asked(_, host) if lib.asked(_rules.zones, "auth", host)

# Nothing is in force, or only what lets clients through all the same.
_absent(row) if row.guards.auth.on == "no"

_absent(row) if {
	row.guards.auth.on != "no"
	count(row.guards.auth.by) == 0
	count(row.guards.auth.weak) > 0
}

_doubtful(row) if {
	row.guards.auth.on == "unknown"
	count(row.guards.auth.weak) == 0
}

_why(row) := "" if count(_said(row)) == 0

_why(row) := concat("", [": ", concat("; ", _said(row))]) if count(_said(row)) > 0

_said(row) := array.concat(row.guards.auth.broken, row.guards.auth.weak)
