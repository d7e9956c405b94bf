# METADATA
# title: Hosts belong to a zone of their namespace
# description: >-
#   A name that its namespace does not own is a phishing page or a shadow service, and an inventory
#   of published services begins with the owners of names.
# custom:
#   id: ING-016
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
#     - core/Service
#   rows: routes
#   rules: ingress
#   controls: {nist-800-53: [CM-8, AC-3], pci-4.0: ["12.5.1"], iso-27001: [A.5.9], mlps-3: [8.1.10.2]}
#   remediation: >-
#     Move the host to a zone of the namespace, or register the zone in rules/ingress.yaml zones.
package sextant.ingress.host_zone

import data.sextant.lib.ingress as lib


violation contains {"ref": row.ref, "message": message, "path": host.path, "evidence": {"host": host.host}} if {
	some row in input.rows
	some host in _hosts(row)
	not lib.zone(_zones, host.host)
	message := sprintf("host %s is in no zone that the rules know", [host.host])
}

violation contains {"ref": row.ref, "message": message, "path": host.path, "evidence": {"host": host.host, "zone": zone.suffix}} if {
	some row in input.rows
	some host in _hosts(row)
	zone := lib.zone(_zones, host.host)
	not lib.matches(zone.namespaces, row.ref.namespace)
	message := sprintf("host %s is in zone %s, which is not this namespace's", [host.host, zone.suffix])
}

subject contains row.ref if {
	some row in input.rows
	count(_hosts(row)) > 0
}

_zones := data.sx.rules.ingress.zones

# Every host, and regular expressions, are no names of a zone: ING-014 is about them.
_hosts(row) := [host |
	count(_zones) > 0
	row.role in {"route", "service"}
	not row.acme_solver
	some host in row.hosts
	host.host != "*"
	not startswith(host.host, "~")
]
