# METADATA
# title: External APIs have rate and size limits
# description: >-
#   Without a limit one client takes the whole service, and passwords can be tried as fast as the
#   network carries them.
# custom:
#   id: ING-023
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
#     - gateway.envoyproxy.io/BackendTrafficPolicy
#     - networking.istio.io/EnvoyFilter
#     - k8s.nginx.org/Policy
#   rows: routes
#   rules: ingress
#   controls: {nist-800-53: [SC-5], pci-4.0: ["8.3.4"], iso-27001: [A.8.6, A.8.26], attack: [T1499, T1498, T1110], mlps-3: [8.1.3.3a]}
#   remediation: >-
#     Attach a rate limit and a limit of body size; attest hosts that a CDN limits in
#     rules/ingress.yaml limits.attested_hosts.
package sextant.ingress.edge_limits

import data.sextant.lib.ingress as lib


violation contains {"ref": row.ref, "message": message, "path": host.path, "evidence": {"host": host.host, "broken": row.guards.rate.broken, "weak": row.guards.rate.weak}} if {
	some row in input.rows
	some host in _hosts(row)
	_absent(row)
	message := sprintf("host %s is published without a rate limit%s", [host.host, _why(row)])
}

violation contains {"ref": row.ref, "message": message, "path": host.path} if {
	some row in input.rows
	some host in _hosts(row)
	row.guards.body_size in {"0", "unlimited"}
	message := sprintf("host %s takes requests of any size", [host.host])
}

unknown contains {"ref": row.ref, "message": message, "path": host.path} if {
	some row in input.rows
	some host in _hosts(row)
	_doubtful(row)
	message := sprintf("whether host %s has a rate limit is not known", [host.host])
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
	not lib.matches(_rules.limits.attested_hosts, host.host)
]

_asked(row, host) if lib.chosen(_rules.limits.required_for, row, host)

_asked(_, host) if lib.asked(_rules.zones, "rate_limit", host)

# Nothing is in force, or only what lets clients through all the same.
_absent(row) if row.guards.rate.on == "no"

_absent(row) if {
	row.guards.rate.on != "no"
	count(row.guards.rate.by) == 0
	count(row.guards.rate.weak) > 0
}

_doubtful(row) if {
	row.guards.rate.on == "unknown"
	count(row.guards.rate.weak) == 0
}

_why(row) := "" if count(_said(row)) == 0

_why(row) := concat("", [": ", concat("; ", _said(row))]) if count(_said(row)) > 0

_said(row) := array.concat(row.guards.rate.broken, row.guards.rate.weak)
