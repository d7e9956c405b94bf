# METADATA
# title: Every IngressClass and GatewayClass has one live controller
# description: >-
#   A class without a controller takes routes that are never served, and two controllers on one
#   class overwrite each other's addresses and certificates.
# custom:
#   id: ING-002
#   severity: high
#   claim: absence
#   requires: [networking.k8s.io/IngressClass, apps/Deployment, apps/DaemonSet]
#   optional: [gateway.networking.k8s.io/GatewayClass, networking.k8s.io/Ingress]
#   rows: ingress_classes
#   controls: {nist-800-53: [CM-8], iso-27001: [A.8.9], mlps-3: [8.1.10.8]}
#   remediation: >-
#     Delete the class, or restore its controller; give each of several controllers a controller
#     name, a class or a namespace of its own.
package sextant.ingress.class_has_controller

violation contains {"ref": row.ref, "message": row.live_reason, "path": "spec.controller", "evidence": {"controller": row.controller}} if {
	some row in input.rows
	row.live == "no"
}

violation contains {"ref": row.ref, "message": message, "path": "spec.controller", "evidence": {"controllers": names}} if {
	some row in input.rows
	row.contested
	names := [concat("/", [c.ref.namespace, c.ref.name]) | some c in row.claimants; c.live != "no"]
	message := sprintf("%d controllers claim it, and nothing keeps them apart", [count(names)])
}

unknown contains {"ref": row.ref, "message": row.live_reason, "evidence": {"controller": row.controller, "accepted": row.accepted}} if {
	some row in input.rows
	row.live == "unknown"
}
