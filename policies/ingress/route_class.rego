# METADATA
# title: Every route names a class or a gateway that exists
# description: >-
#   A route without a class is served by whoever watches everything, or by nobody; one whose class
#   does not exist is published in the repository only.
# related_resources:
#   - https://kubernetes.io/docs/concepts/services-networking/ingress/#ingress-class
# custom:
#   id: ING-004
#   severity: medium
#   claim: absence
#   requires: [networking.k8s.io/Ingress, networking.k8s.io/IngressClass]
#   optional:
#     - gateway.networking.k8s.io/Gateway
#     - gateway.networking.k8s.io/HTTPRoute
#     - gateway.networking.k8s.io/GRPCRoute
#     - gateway.networking.k8s.io/TLSRoute
#     - gateway.networking.k8s.io/ListenerSet
#     - projectcontour.io/HTTPProxy
#     - traefik.io/IngressRoute
#     - traefik.containo.us/IngressRoute
#     - k8s.nginx.org/VirtualServer
#     - apps/Deployment
#     - apps/DaemonSet
#   rows: routes
#   controls: {nist-800-53: [CM-6], iso-27001: [A.8.9], mlps-3: [8.1.10.8]}
#   remediation: >-
#     Set spec.ingressClassName, or spec.parentRefs, to one that exists, and drop the annotation
#     kubernetes.io/ingress.class.
package sextant.ingress.route_class

violation contains {"ref": row.ref, "message": message, "path": "spec.ingressClassName"} if {
	some row in input.rows
	_judged(row)
	row.class.source == "none"
	row.family == "ingress"
	message := concat("", ["names no class, and no IngressClass is the default", _served(row)])
}

violation contains {"ref": row.ref, "message": message, "path": "spec.ingressClassName", "evidence": {"class": row.class.name}} if {
	some row in input.rows
	_judged(row)
	row.class.name != ""
	row.class.exists == "no"
	message := sprintf("class %s does not exist", [row.class.name])
}

violation contains {"ref": row.ref, "message": "names no class, and no controller of its kind takes routes without one", "path": "spec.ingressClassName"} if {
	some row in input.rows
	_judged(row)
	row.class.source == "own"
	row.class.exists == "no"
}

violation contains {"ref": row.ref, "message": message, "path": _annotation, "severity": "low"} if {
	some row in input.rows
	_judged(row)
	row.class.source == "annotation"
	row.class.exists != "no"
	message := sprintf("names class %s by the deprecated annotation kubernetes.io/ingress.class only", [row.class.name])
}

violation contains {"ref": row.ref, "message": message, "path": _annotation, "severity": "high"} if {
	some row in input.rows
	_judged(row)
	row.class.field != ""
	row.class.annotation != ""
	row.class.field != row.class.annotation
	message := sprintf("the field names class %s and the annotation %s", [row.class.field, row.class.annotation])
}

violation contains {"ref": row.ref, "message": "names no gateway", "path": "spec.parentRefs"} if {
	some row in input.rows
	_judged(row)
	row.family == "gateway-api"
	count(row.parents) == 0
}

violation contains {"ref": row.ref, "message": message, "path": parent.path} if {
	some row in input.rows
	_judged(row)
	some parent in row.parents
	parent.exists == "no"
	message := sprintf("%s %s/%s does not exist", [parent.kind, parent.namespace, parent.name])
}

violation contains {"ref": row.ref, "message": message, "path": parent.path} if {
	some row in input.rows
	_judged(row)
	some parent in row.parents
	parent.exists == "yes"
	parent.attached == "no"
	message := sprintf("no listener of %s %s/%s takes it", [parent.kind, parent.namespace, parent.name])
}

unknown contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	_judged(row)
	row.class.source != "none"
	row.class.source != "parent"
	row.class.exists == "unknown"
	message := sprintf("whether its class %v exists is not known", [row.class.name])
}

unknown contains {"ref": row.ref, "message": message, "path": parent.path} if {
	some row in input.rows
	_judged(row)
	some parent in row.parents
	parent.exists != "no"
	parent.attached == "unknown"
	message := sprintf("whether %s %s/%s takes it is not known", [parent.kind, parent.namespace, parent.name])
}

subject contains row.ref if {
	some row in input.rows
	_judged(row)
}

# ACME solvers live for minutes, and an included route is served by the one that includes it.
_judged(row) if {
	row.role == "route"
	not row.acme_solver
	not row.included
}

_served(row) := "" if count(row.class.classless_by) == 0

_served(row) := concat("", [": ", concat(", ", row.class.classless_by), " serves it all the same"]) if count(row.class.classless_by) > 0

_annotation := "metadata.annotations[kubernetes.io/ingress.class]"
