# METADATA
# title: Gateways take routes from intended namespaces only, and grants are narrow
# description: >-
#   A shared gateway that takes routes from everywhere lets any tenant publish any host, and a grant
#   without a name gives every Secret away.
# custom:
#   id: ING-019
#   severity: medium
#   claim: presence
#   requires: [gateway.networking.k8s.io/Gateway]
#   optional:
#     - gateway.networking.k8s.io/HTTPRoute
#     - gateway.networking.k8s.io/GRPCRoute
#     - gateway.networking.k8s.io/ReferenceGrant
#     - core/Namespace
#   rows: routes
#   rules: ingress
#   controls: {nist-800-53: [AC-3, AC-4], pci-4.0: ["7.2.2"], iso-27001: [A.8.3], mlps-3: [8.1.4.2e]}
#   remediation: >-
#     Set allowedRoutes.namespaces.from to Selector with a label that tenants cannot set, and name the
#     Secret in every ReferenceGrant.
package sextant.ingress.gateway_admission

import data.sextant.lib.ingress as lib


violation contains {"ref": row.ref, "message": message, "path": listener.path} if {
	some row in input.rows
	_gateway(row)
	some listener in row.listeners
	_open(listener)
	not lib.matches(_rules.allow_from_all, _called(row))
	message := sprintf("listener %s takes routes from every namespace", [listener.name])
}

violation contains {"ref": row.ref, "message": "takes listeners from every namespace", "path": "spec.allowedListeners"} if {
	some row in input.rows
	_gateway(row)
	row.listener_sets_from == "All"
	not lib.matches(_rules.allow_from_all, _called(row))
}

violation contains {"ref": row.ref, "message": "grants the use of every Secret of its namespace", "path": "spec.to[kind=Secret]"} if {
	some row in input.rows
	row.role == "grant"
	some to in row.grant.to
	to.kind == "Secret"
	to.name == ""
}

violation contains {"ref": row.ref, "message": message, "path": "spec.from"} if {
	some row in input.rows
	row.role == "grant"
	some from in row.grant.from
	from.exists == "no"
	message := sprintf("grants to namespace %s, which does not exist", [from.namespace])
}

violation contains {"ref": row.ref, "message": message, "path": "spec.from"} if {
	some row in input.rows
	row.role == "grant"
	some from in row.grant.from
	count(_rules.allowed_from) > 0
	not lib.matches(_rules.allowed_from, from.namespace)
	message := sprintf("grants to namespace %s, which the rules do not allow", [from.namespace])
}

violation contains {"ref": row.ref, "message": message, "path": backend.path} if {
	some row in input.rows
	_route(row)
	some backend in row.backends
	backend.granted == "no"
	message := sprintf("sends to %s %s/%s, which no ReferenceGrant lets it", [backend.kind, backend.namespace, backend.name])
}

unknown contains {"ref": row.ref, "message": message, "path": backend.path} if {
	some row in input.rows
	_route(row)
	some backend in row.backends
	backend.granted == "unknown"
	message := sprintf("whether it may send to %s %s/%s is not known", [backend.kind, backend.namespace, backend.name])
}

subject contains row.ref if {
	some row in input.rows
	_judged(row)
}

_rules := data.sx.rules.ingress.gateway

_judged(row) if _gateway(row)

_judged(row) if _route(row)

_judged(row) if row.role == "grant"

_gateway(row) if {
	row.role == "gateway"
	row.family == "gateway-api"
}

_route(row) if {
	row.role == "route"
	row.family == "gateway-api"
}

_open(listener) if listener.from == "All"

_open(listener) if {
	listener.from == "Selector"
	listener.selector_is_empty
}

_called(row) := concat("/", [row.ref.namespace, row.ref.name])
