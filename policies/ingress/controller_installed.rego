# METADATA
# title: An approved ingress or gateway controller is installed and ready
# description: >-
#   Ingress is one of the extensions that production cannot do without: without a ready controller
#   no route is served, and a controller that nobody approved publishes what nobody reviewed.
# related_resources:
#   - https://kubernetes.io/docs/concepts/services-networking/ingress-controllers/
# custom:
#   id: ING-001
#   severity: critical
#   claim: absence
#   requires: [apps/Deployment, apps/DaemonSet, networking.k8s.io/IngressClass]
#   optional: [gateway.networking.k8s.io/GatewayClass]
#   rows: cluster
#   uses: [ingress_controllers, ingress_classes]
#   rules: ingress
#   controls: {nist-800-53: [SC-7, CM-2], pci-4.0: ["1.4.1"], iso-27001: [A.8.21], mlps-3: [8.1.3.1a]}
#   remediation: >-
#     Install a controller of rules/ingress.yaml's approved list through GitOps with enough
#     replicas and a class of its own, or add the one that runs to that list after review.
package sextant.ingress.controller_installed

import data.sextant.lib.ingress as lib

violation contains {"ref": row.ref, "message": message, "evidence": _seen} if {
	some row in input.rows
	count(_good) == 0
	count(_doubtful) == 0
	message := sprintf("no approved ingress controller has %d ready copies and a class to serve", [_rules.min_ready])
}

violation contains {"ref": row.ref, "message": message, "path": _called(controller), "evidence": {"images": controller.images}} if {
	some row in input.rows
	some controller in _controllers
	controller.live != "no"
	not _approved(controller)
	message := sprintf("%s runs in %s, but is not approved", [_named(controller), controller.ref.namespace])
}

unknown contains {"ref": row.ref, "message": "whether an approved ingress controller is ready is not known", "evidence": _seen} if {
	some row in input.rows
	count(_good) == 0
	count(_doubtful) > 0
}

_rules := data.sx.rules.ingress

_controllers := data.sx.inventory.ingress_controllers

_good contains _called(controller) if {
	some controller in _controllers
	controller.live == "yes"
	controller.ready >= _rules.min_ready
	_approved(controller)
	_serves(controller)
}

# A class that is served from outside the cluster.
_good contains class.ref.name if {
	some class in data.sx.inventory.ingress_classes
	class.live == "yes"
	count(class.claimants) == 0
	_approved_class(class)
}

_doubtful contains _called(controller) if {
	some controller in _controllers
	controller.live == "unknown"
	_approved(controller)
	_serves(controller)
}

_doubtful contains class.ref.name if {
	some class in data.sx.inventory.ingress_classes
	class.live == "unknown"
	count(class.claimants) == 0
	_approved_class(class)
}

_serves(controller) if count(controller.classes) > 0

_serves(controller) if controller.serves_classless

_serves(controller) if controller.needs_no_class

_approved(_) if count(_rules.approved) == 0

_approved(controller) if {
	some entry in _rules.approved
	_is(entry.controller, controller)
	_recent(entry, controller.version)
	_classes(entry, controller.classes)
}

_approved_class(_) if count(_rules.approved) == 0

_approved_class(class) if {
	some entry in _rules.approved
	entry.controller in {class.product, class.controller}
}

_is(wanted, controller) if wanted == controller.product

_is(wanted, controller) if wanted in controller.ingress_controllers

_is(wanted, controller) if wanted in controller.gateway_controllers

_recent(entry, _) if object.get(entry, "min_version", "") == ""

_recent(entry, version) if lib.at_least(version, entry.min_version)

_classes(entry, _) if count(object.get(entry, "classes", [])) == 0

_classes(entry, classes) if {
	every class in classes { lib.matches(entry.classes, class) }
}

_called(controller) := concat("/", [controller.ref.kind, controller.ref.namespace, controller.ref.name])

_named(controller) := controller.product if controller.version == ""

_named(controller) := concat(" ", [controller.product, controller.version]) if controller.version != ""

_seen := {"controllers": [{"workload": _called(c), "product": c.product, "ready": c.ready, "classes": c.classes} | some c in _controllers]}
