# METADATA
# title: Public web applications are behind a web application firewall
# description: >-
#   PCI 6.4.2 asks for an automated technical solution that detects and prevents web attacks; one
#   that only detects prevents nothing.
# custom:
#   id: ING-024
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
#     - core/Service
#     - networking.istio.io/EnvoyFilter
#     - extensions.istio.io/WasmPlugin
#     - k8s.nginx.org/Policy
#     - cloud.google.com/BackendConfig
#   rows: routes
#   rules: ingress
#   controls: {nist-800-53: [SC-7, SI-4], pci-4.0: ["6.4.1", "6.4.2"], iso-27001: [A.8.26], attack: [T1190], mlps-3: [8.1.3.3a, 8.1.3.2e]}
#   remediation: >-
#     Switch the firewall on, and from detecting to blocking; attest hosts behind a CDN's in
#     rules/ingress.yaml waf.attested_hosts.
package sextant.ingress.edge_waf

import data.sextant.lib.ingress as lib


violation contains {"ref": row.ref, "message": message, "path": host.path, "evidence": {"host": host.host, "broken": row.guards.waf.broken, "weak": row.guards.waf.weak}} if {
	some row in input.rows
	some host in _hosts(row)
	_absent(row)
	message := sprintf("host %s is published without a firewall that blocks%s", [host.host, _why(row)])
}

unknown contains {"ref": row.ref, "message": message, "path": host.path} if {
	some row in input.rows
	some host in _hosts(row)
	_doubtful(row)
	message := sprintf("whether host %s is behind a web application firewall is not known", [host.host])
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
	not lib.matches(_rules.waf.attested_hosts, host.host)
	lib.external(row, _rules.topology)
]

_asked(row, host) if lib.chosen(_rules.waf.required_for, row, host)

# Nothing is in force, or only what lets clients through all the same.
_absent(row) if row.guards.waf.on == "no"

_absent(row) if {
	row.guards.waf.on != "no"
	count(row.guards.waf.by) == 0
	count(row.guards.waf.weak) > 0
}

_doubtful(row) if {
	row.guards.waf.on == "unknown"
	count(row.guards.waf.weak) == 0
}

_why(row) := "" if count(_said(row)) == 0

_why(row) := concat("", [": ", concat("; ", _said(row))]) if count(_said(row)) > 0

_said(row) := array.concat(row.guards.waf.broken, row.guards.waf.weak)
