# METADATA
# title: No route puts code into its controller
# description: >-
#   A snippet makes everybody who may edit a route an administrator of the controller, with every
#   certificate and every tenant behind it (CVE-2021-25742 and its kin).
# custom:
#   id: ING-017
#   severity: high
#   claim: presence
#   requires: [networking.k8s.io/Ingress]
#   optional:
#     - k8s.nginx.org/VirtualServer
#     - networking.istio.io/EnvoyFilter
#     - configuration.konghq.com/KongPlugin
#     - configuration.konghq.com/KongClusterPlugin
#     - traefik.io/Middleware
#   rows: routes
#   rules: ingress
#   controls: {nist-800-53: [CM-7, SI-10], pci-4.0: ["6.2.4"], iso-27001: [A.8.26, A.8.9], attack: [T1190], mlps-3: [8.1.4.4d]}
#   remediation: >-
#     Remove the snippet; set allow-snippet-annotations to false and annotations-risk-level to Medium
#     for the controller.
package sextant.ingress.risky_annotations

import data.sextant.lib.ingress as lib


violation contains {"ref": row.ref, "message": message, "path": risk.path, "evidence": {"reason": risk.reason}, "severity": "critical"} if {
	some row in input.rows
	some risk in _snippets(row)
	risk.accepted == "yes"
	message := sprintf("%s puts its author's code into the controller", [risk.name])
}

violation contains {"ref": row.ref, "message": message, "path": risk.path, "evidence": {"reason": risk.reason}, "severity": "medium"} if {
	some row in input.rows
	some risk in _snippets(row)
	risk.accepted == "no"
	message := sprintf("%s is there, though the controller ignores it", [risk.name])
}

violation contains {"ref": row.ref, "message": message, "path": risk.path, "evidence": {"reason": risk.reason}} if {
	some row in input.rows
	some risk in row.risks
	risk.kind == "risky"
	risk.accepted == "yes"
	_held(row)
	not lib.matches(_rules.snippets.accepted_annotations, risk.name)
	message := sprintf("%s can change what the controller does for others", [risk.name])
}

violation contains {"ref": row.ref, "message": message, "path": risk.path, "evidence": {"reason": risk.reason}} if {
	some row in input.rows
	some risk in row.risks
	risk.kind == "switch"
	risk.accepted == "yes"
	row.controller.route_namespaces > 1
	message := sprintf("takes snippets from the routes of %d namespaces", [row.controller.route_namespaces])
}

violation contains {"ref": row.ref, "message": message, "path": path, "severity": "medium"} if {
	some row in input.rows
	row.role == "route"
	some key, _ in row.annotations
	lib.matches(_rules.annotation_denylist, key)
	path := sprintf("metadata.annotations[%s]", [key])
	message := sprintf("carries annotation %s, which the rules forbid", [key])
}

unknown contains {"ref": row.ref, "message": message, "path": risk.path} if {
	some row in input.rows
	some risk in _snippets(row)
	risk.accepted == "unknown"
	message := sprintf("%s is there, and whether the controller takes it is not known", [risk.name])
}

unknown contains {"ref": row.ref, "message": message, "path": risk.path} if {
	some row in input.rows
	some risk in row.risks
	risk.kind in {"risky", "switch"}
	risk.accepted == "unknown"
	_held(row)
	not lib.matches(_rules.snippets.accepted_annotations, risk.name)
	message := sprintf("whether %s is taken is not known: %s", [risk.name, risk.reason])
}

subject contains row.ref if {
	some row in input.rows
	row.role in {"route", "filter"}
}

subject contains row.ref if {
	some row in input.rows
	some risk in row.risks
	risk.kind == "switch"
}

_rules := data.sx.rules.ingress

_snippets(row) := [risk | some risk in row.risks; risk.kind == "snippet"; _held(row)]

_held(row) if not lib.matches(_rules.snippets.allow_namespaces, row.ref.namespace)
