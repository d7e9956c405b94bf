# METADATA
# title: No host is published by two namespaces
# description: >-
#   Who publishes a host that another namespace owns takes its traffic, and which of the two wins is
#   decided by the order in which they were made.
# custom:
#   id: ING-015
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
#     - networking.k8s.io/IngressClass
#   rows: routes
#   rules: ingress
#   controls: {nist-800-53: [AC-4, SC-7], pci-4.0: ["7.2.2"], iso-27001: [A.8.3, A.8.21], mlps-3: [8.1.4.2e, 8.2.2.1b]}
#   remediation: >-
#     Give the host to one namespace, by admission policy or the Gateway's allowedRoutes; declare
#     shared hosts in rules/ingress.yaml host_sharing.allow.
package sextant.ingress.host_conflict

import data.sextant.lib.ingress as lib


violation contains {"ref": row.ref, "message": message, "path": conflict.path, "evidence": {"host": conflict.host, "other": conflict.other}} if {
	some row in input.rows
	some conflict in row.conflicts
	conflict.kind == "host"
	_foreign(row, conflict)
	message := sprintf("host %s is also published by %s", [conflict.host, conflict.other])
}

violation contains {"ref": row.ref, "message": message, "path": conflict.path, "evidence": {"host": conflict.host, "other": conflict.other}, "severity": "medium"} if {
	some row in input.rows
	some conflict in row.conflicts
	conflict.kind == "wildcard"
	_foreign(row, conflict)
	message := sprintf("its host is below %s, which %s publishes", [conflict.host, conflict.other])
}

violation contains {"ref": row.ref, "message": message, "path": conflict.path, "evidence": {"host": conflict.host, "other": conflict.other}} if {
	some row in input.rows
	some conflict in row.conflicts
	conflict.kind == "path"
	not conflict.canary
	message := sprintf("the same path of host %s is also published by %s", [conflict.host, conflict.other])
}

subject contains row.ref if {
	some row in input.rows
	row.role == "route"
	not row.acme_solver
	not row.included
}

_rules := data.sx.rules.ingress.host_sharing

_foreign(row, conflict) if {
	not conflict.canary
	not _one_owner(conflict)
	not _allowed(row, conflict)
}

_one_owner(conflict) if {
	some key in conflict.shared_labels
	key in _rules.owner_labels
}

_allowed(row, conflict) if {
	some entry in _rules.allow
	lib.matches([entry.host], conflict.host)
	lib.matches(entry.namespaces, row.ref.namespace)
	lib.matches(entry.namespaces, conflict.other_namespace)
}
