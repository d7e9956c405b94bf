# METADATA
# title: Every published host is served over TLS
# description: >-
#   Without TLS credentials and data cross networks in the clear, and nobody can tell the service
#   from an impostor. An empty tls list is no TLS.
# related_resources:
#   - https://kubernetes.io/docs/concepts/services-networking/ingress/#tls
# custom:
#   id: ING-005
#   severity: high
#   claim: presence
#   requires: [networking.k8s.io/Ingress]
#   optional:
#     - gateway.networking.k8s.io/Gateway
#     - gateway.networking.k8s.io/HTTPRoute
#     - gateway.networking.k8s.io/GRPCRoute
#     - networking.istio.io/Gateway
#     - networking.istio.io/VirtualService
#     - projectcontour.io/HTTPProxy
#     - traefik.io/IngressRoute
#     - traefik.containo.us/IngressRoute
#     - route.openshift.io/Route
#     - k8s.nginx.org/VirtualServer
#   rows: routes
#   rules: ingress
#   controls: {nsa-1.2: [encryption], nist-800-53: [SC-8, SC-8(1)], pci-4.0: ["4.2.1", "2.2.7"], iso-27001: [A.8.24, A.8.21], mlps-3: [8.1.2.2a, 8.1.2.2b, 8.1.4.1c]}
#   remediation: >-
#     Add a tls entry that names the host and a Secret, and let cert-manager keep the Secret; where
#     something in front of the cluster ends TLS, attest it in rules/ingress.yaml tls.external_offload.
package sextant.ingress.host_tls

import data.sextant.lib.ingress as lib

violation contains {"ref": row.ref, "message": message, "path": host.path, "evidence": {"host": host.host}} if {
	some row in input.rows
	_judged(row)
	some host in row.hosts
	host.tls == "none"
	not lib.matches(_rules.exempt_hosts, host.host)
	message := sprintf("host %s is served without TLS: %s", [host.host, host.tls_source])
}

unknown contains {"ref": row.ref, "message": message, "path": host.path, "evidence": {"host": host.host}} if {
	some row in input.rows
	_judged(row)
	some host in row.hosts
	host.tls == "unknown"
	not lib.matches(_rules.exempt_hosts, host.host)
	message := sprintf("whether host %s is served over TLS is not known: %s", [host.host, host.tls_source])
}

subject contains row.ref if {
	some row in input.rows
	_judged(row)
}

_rules := data.sx.rules.ingress.tls

_judged(row) if {
	row.role == "route"
	not row.acme_solver
	count(row.hosts) > 0
	_required(row.class.name)
	not lib.matches(_rules.exempt_classes, row.class.name)
	not lib.matches(_rules.external_offload, row.class.name)
}

_required(_) if count(_rules.required_classes) == 0

_required(class) if lib.matches(_rules.required_classes, class)
