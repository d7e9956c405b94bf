# METADATA
# title: Gateway listeners terminate TLS, with certificates that they may use
# description: >-
#   A listener without a usable certificate serves nothing or the wrong thing, and a reference
#   across namespaces without a grant is a key that its owner never gave away.
# custom:
#   id: ING-018
#   severity: high
#   claim: presence
#   requires: [gateway.networking.k8s.io/Gateway]
#   optional:
#     - gateway.networking.k8s.io/HTTPRoute
#     - gateway.networking.k8s.io/GRPCRoute
#     - gateway.networking.k8s.io/ListenerSet
#     - gateway.networking.k8s.io/ReferenceGrant
#   rows: routes
#   controls: {nsa-1.2: [encryption], nist-800-53: [SC-8(1), SC-17], pci-4.0: ["4.2.1"], iso-27001: [A.8.24], mlps-3: [8.1.2.2b]}
#   remediation: >-
#     Name a certificate on every terminating listener, grant references across namespaces with a
#     ReferenceGrant that names the Secret, and let the plain listener only redirect.
package sextant.ingress.gateway_listeners

violation contains {"ref": row.ref, "message": message, "path": listener.path} if {
	some row in input.rows
	_judged(row)
	some listener in row.listeners
	listener.protocol == "HTTP"
	listener.plain_routes > 0
	message := sprintf("listener %s serves %d routes in the clear", [listener.name, listener.plain_routes])
}

violation contains {"ref": row.ref, "message": message, "path": entry.path} if {
	some row in input.rows
	_judged(row)
	some entry in row.tls
	entry.source == "missing"
	message := "terminates TLS, but names neither a certificate nor options"
}

violation contains {"ref": row.ref, "message": entry.grant_reason, "path": entry.path, "evidence": {"secret": concat("/", [entry.namespace, entry.name])}} if {
	some row in input.rows
	_judged(row)
	some entry in row.tls
	entry.granted == "no"
}

violation contains {"ref": row.ref, "message": message, "path": listener.path, "evidence": {"reason": problem.reason}} if {
	some row in input.rows
	_judged(row)
	some listener in row.listeners
	some problem in listener.problems
	not problem.stale
	problem.type in {"ResolvedRefs", "Conflicted"}
	message := sprintf("listener %s is %s=%s: %s", [listener.name, problem.type, problem.status, problem.reason])
}

violation contains {"ref": row.ref, "message": message, "path": listener.path, "severity": "medium"} if {
	some row in input.rows
	_judged(row)
	some listener in row.listeners
	listener.client_auth == "optional"
	message := sprintf("listener %s lets clients in whose certificate does not verify", [listener.name])
}

unknown contains {"ref": row.ref, "message": message, "path": entry.path} if {
	some row in input.rows
	_judged(row)
	some entry in row.tls
	entry.granted == "unknown"
	message := sprintf("whether Secret %s/%s may be used from here is not known", [entry.namespace, entry.name])
}

subject contains row.ref if {
	some row in input.rows
	_judged(row)
}

_judged(row) if {
	row.role == "gateway"
	row.family == "gateway-api"
}
