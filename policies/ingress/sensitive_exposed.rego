# METADATA
# title: Admin planes and back-office pages are not published
# description: >-
#   Dashboards and admin interfaces are made for their keepers: published, they give the cluster to
#   whoever finds them first.
# custom:
#   id: ING-026
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
#     - core/Service
#     - apps/Deployment
#     - apps/DaemonSet
#   rows: routes
#   rules: ingress
#   controls: {nsa-1.2: [authentication], nist-800-53: [AC-17, AC-3], pci-4.0: ["1.4.2", "8.3.1"], iso-27001: [A.8.18, A.8.20], attack: [T1133, T1190], mlps-3: [8.1.4.4c]}
#   remediation: >-
#     Take the route away, put a login or an allow-list of addresses before it, or attest in
#     rules/ingress.yaml attested_sensitive_hosts that the page has a login of its own.
package sextant.ingress.sensitive_exposed

import data.sextant.lib.ingress as lib


violation contains {"ref": row.ref, "message": message, "path": backend.path, "evidence": {"system": sensitive.id, "exposure": row.exposure}} if {
	some row in input.rows
	some backend in _published(row)
	some sensitive in _rules.sensitive_backends
	_is(sensitive, backend)
	_open(row)
	message := sprintf("publishes %s through Service %s without a login at the edge", [sensitive.id, backend.name])
}

violation contains {"ref": row.ref, "message": opened, "path": "spec.template.spec.containers"} if {
	some row in input.rows
	row.role == "controller"
	some opened in row.controller.admin
}

unknown contains {"ref": row.ref, "message": message, "path": backend.path} if {
	some row in input.rows
	some backend in _published(row)
	some sensitive in _rules.sensitive_backends
	_is(sensitive, backend)
	_doubtful(row)
	message := sprintf("publishes %s, and whether the edge asks for a login is not known", [sensitive.id])
}

subject contains row.ref if {
	some row in input.rows
	row.role == "controller"
}

subject contains row.ref if {
	some row in input.rows
	count(_published(row)) > 0
}

_rules := data.sx.rules.ingress

_published(row) := [backend |
	row.role in {"route", "service"}
	not row.acme_solver
	lib.external(row, _rules.topology)
	not _attested(row)
	some backend in row.backends
	backend.kind == "Service"
]

_attested(row) if {
	count(row.hosts) > 0
	every host in row.hosts { lib.matches(_rules.attested_sensitive_hosts, host.host) }
}

_is(sensitive, backend) if {
	some key in ["app.kubernetes.io/name", "app", "k8s-app"]
	object.get(backend.labels, key, "") in object.get(sensitive, "labels", [])
}

_is(sensitive, backend) if {
	some expression in object.get(sensitive, "images", [])
	some image in backend.images
	regex.match(expression, image)
	_at(object.get(sensitive, "ports", []), backend.ports)
}

_at(wanted, _) if count(wanted) == 0

_at(wanted, ports) if {
	some port in ports
	port in wanted
}

_guarded(row) if count(row.guards.auth.by) > 0

_guarded(row) if {
	count(row.guards.allowed_sources) > 0
	every source in row.guards.allowed_sources { not source in {"0.0.0.0/0", "::/0"} }
}

_open(row) if {
	not _guarded(row)
	row.guards.auth.on == "no"
}

_open(row) if {
	not _guarded(row)
	row.role == "service"
}

_doubtful(row) if {
	not _guarded(row)
	row.role == "route"
	row.guards.auth.on == "unknown"
}
