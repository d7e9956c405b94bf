# METADATA
# title: External hosts send Strict-Transport-Security
# description: >-
#   The first request of a visit is the one that an attacker can keep on plain HTTP; a browser that
#   has seen the header never sends it.
# custom:
#   id: ING-013
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
#     - apps/Deployment
#     - apps/DaemonSet
#     - core/Service
#     - core/ConfigMap
#     - traefik.io/Middleware
#     - configuration.konghq.com/KongPlugin
#   rows: routes
#   rules: ingress
#   controls: {nist-800-53: [SC-8, SC-23], iso-27001: [A.8.26], mlps-3: [8.1.2.2b]}
#   remediation: >-
#     Switch HSTS on for the whole controller, with a life of at least half a year; leave
#     includeSubDomains to those who own the domain.
package sextant.ingress.hsts

import data.sextant.lib.ingress as lib


violation contains {"ref": row.ref, "message": message, "evidence": {"source": row.guards.hsts_source}} if {
	some row in input.rows
	_judged(row)
	row.guards.hsts == "no"
	message := sprintf("no Strict-Transport-Security is sent: %s", [row.guards.hsts_source])
}

violation contains {"ref": row.ref, "message": message, "evidence": {"seconds": row.guards.hsts_seconds}} if {
	some row in input.rows
	_judged(row)
	row.guards.hsts == "yes"
	row.guards.hsts_seconds < _rules.min_age
	message := sprintf("Strict-Transport-Security lasts %d seconds, and the rules ask for %d", [row.guards.hsts_seconds, _rules.min_age])
}

unknown contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	_judged(row)
	row.guards.hsts == "unknown"
	message := sprintf("whether Strict-Transport-Security is sent is not known: %s", [row.guards.hsts_source])
}

subject contains row.ref if {
	some row in input.rows
	_judged(row)
}

_rules := data.sx.rules.ingress.hsts

_judged(row) if {
	_rules.min_age > 0
	row.role == "route"
	not row.acme_solver
	lib.external(row, data.sx.rules.ingress.topology)
	hosts := [host | some host in row.hosts; host.tls in {"terminated", "offloaded"}; not lib.matches(_rules.exempt_hosts, host.host)]
	count(hosts) > 0
}
