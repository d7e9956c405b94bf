# METADATA
# title: Backends exist, have endpoints, and their TLS is verified
# description: >-
#   A backend that is not there is an outage; one that stands for a name outside lets a route reach
#   what its author may not; and TLS that nobody verifies is no more than an envelope.
# custom:
#   id: ING-021
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
#     - discovery.k8s.io/EndpointSlice
#     - traefik.io/ServersTransport
#     - networking.istio.io/DestinationRule
#     - gateway.networking.k8s.io/BackendTLSPolicy
#     - keda.sh/ScaledObject
#   rows: routes
#   rules: ingress
#   controls: {nist-800-53: [SC-8, SC-8(1)], pci-4.0: ["4.2.1"], iso-27001: [A.8.21], mlps-3: [8.1.2.2a]}
#   remediation: >-
#     Repair the Service, its port or its selector; verify TLS to the backend with its CA; replace
#     ExternalName Services by an egress gateway.
package sextant.ingress.backends

import data.sextant.lib.ingress as lib


violation contains {"ref": row.ref, "message": message, "path": backend.path} if {
	some row in input.rows
	some backend in _backends(row)
	backend.exists == "no"
	message := sprintf("Service %s does not exist", [_called(backend)])
}

violation contains {"ref": row.ref, "message": message, "path": backend.path} if {
	some row in input.rows
	some backend in _backends(row)
	backend.has_port == "no"
	message := sprintf("Service %s has no port %s", [_called(backend), backend.port])
}

violation contains {"ref": row.ref, "message": message, "path": backend.path} if {
	some row in input.rows
	some backend in _backends(row)
	backend.exists == "yes"
	backend.external_name == ""
	backend.ready == 0
	not backend.asleep
	message := sprintf("Service %s has no ready endpoint", [_called(backend)])
}

violation contains {"ref": row.ref, "message": message, "path": backend.path, "evidence": {"name": backend.external_name}, "severity": "high"} if {
	some row in input.rows
	some backend in _backends(row)
	backend.external_name != ""
	not lib.matches(_rules.allow_external_name, backend.external_name)
	message := sprintf("Service %s stands for %s outside", [_called(backend), backend.external_name])
}

violation contains {"ref": row.ref, "message": message, "path": backend.path} if {
	some row in input.rows
	lib.matches(_rules.verify_classes, row.class.name)
	some backend in _backends(row)
	backend.tls
	backend.verified == "no"
	message := sprintf("TLS to Service %s is not verified", [_called(backend)])
}

unknown contains {"ref": row.ref, "message": message, "path": backend.path} if {
	some row in input.rows
	some backend in _backends(row)
	backend.exists == "unknown"
	message := sprintf("whether Service %s exists is not known", [_called(backend)])
}

unknown contains {"ref": row.ref, "message": message, "path": backend.path} if {
	some row in input.rows
	some backend in _backends(row)
	backend.exists == "yes"
	backend.external_name == ""
	backend.ready == null
	message := sprintf("who is behind Service %s was not read", [_called(backend)])
}

unknown contains {"ref": row.ref, "message": message, "path": backend.path} if {
	some row in input.rows
	lib.matches(_rules.verify_classes, row.class.name)
	some backend in _backends(row)
	backend.tls
	backend.verified == "unknown"
	message := sprintf("whether TLS to Service %s is verified is not known", [_called(backend)])
}

subject contains row.ref if {
	some row in input.rows
	count(_backends(row)) > 0
}

_rules := data.sx.rules.ingress.backend_tls

_backends(row) := [backend |
	row.role == "route"
	not row.acme_solver
	some backend in row.backends
	backend.kind == "Service"
]

_called(backend) := concat("/", [backend.namespace, backend.name])
