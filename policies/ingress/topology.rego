# METADATA
# title: Each controller is declared, and internal routes stay on internal classes
# description: >-
#   Several controllers may stand side by side, each with a purpose, a class and a reach; one that
#   nobody declared, or an internal route on the public class, is how things get out.
# custom:
#   id: ING-030
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
#     - networking.k8s.io/IngressClass
#     - apps/Deployment
#     - apps/DaemonSet
#   rows: routes
#   rules: ingress
#   controls: {nist-800-53: [CM-2, SC-7], pci-4.0: ["1.4.1"], iso-27001: [A.8.22], mlps-3: [8.1.2.1d]}
#   remediation: >-
#     Declare the controller in rules/ingress.yaml topology or remove it; move the route to an
#     internal class.
package sextant.ingress.topology

import data.sextant.lib.ingress as lib


violation contains {"ref": row.ref, "message": message, "evidence": {"product": row.controller.product, "classes": row.controller.classes}} if {
	some row in input.rows
	_controller(row)
	not _declared(row)
	message := sprintf("%s is not in the declared topology", [row.controller.product])
}

violation contains {"ref": row.ref, "message": message, "evidence": {"exposure": row.exposure}} if {
	some row in input.rows
	_controller(row)
	some entry in _rules.topology
	_is(entry, row)
	object.get(entry, "exposure", "") == "internal"
	row.exposure == "external"
	message := sprintf("is declared internal as %s, and its Service is external", [entry.name])
}

violation contains {"ref": row.ref, "message": message, "path": "metadata", "evidence": {"class": row.class.name}} if {
	some row in input.rows
	_internal(row)
	lib.external(row, _rules.topology)
	message := sprintf("is classified internal, and class %s is external", [row.class.name])
}

unknown contains {"ref": row.ref, "message": "is classified internal, and where its class can be reached from is not known"} if {
	some row in input.rows
	_internal(row)
	not lib.external(row, _rules.topology)
	row.exposure == "unknown"
}

subject contains row.ref if {
	some row in input.rows
	_controller(row)
}

subject contains row.ref if {
	some row in input.rows
	_internal(row)
}

_rules := data.sx.rules.ingress

_controller(row) if {
	count(_rules.topology) > 0
	row.role == "controller"
}

_internal(row) if {
	row.role == "route"
	not row.included
	some key, values in _rules.internal_labels
	some source in [row.labels, row.annotations, row.namespace_metadata]
	object.get(source, key, null) in values
}

_declared(row) if {
	some entry in _rules.topology
	_is(entry, row)
}

_is(entry, row) if {
	_named(entry, row.controller)
	_class(entry, row.controller.classes)
	_namespace(entry, row.ref.namespace)
}

_named(entry, _) if object.get(entry, "controller", "") == ""

_named(entry, controller) if {
	names := array.concat([controller.product], array.concat(controller.ingress_controllers, controller.gateway_controllers))
	object.get(entry, "controller", "") in names
}

_class(entry, _) if object.get(entry, "class", "") == ""

_class(entry, classes) if {
	some class in classes
	lib.matches([object.get(entry, "class", "")], class)
}

_namespace(entry, _) if count(object.get(entry, "namespaces", [])) == 0

_namespace(entry, namespace) if lib.matches(object.get(entry, "namespaces", []), namespace)
