# METADATA
# title: Istio Gateways bind hosts to namespaces and terminate TLS
# description: >-
#   A server whose hosts have no namespace takes routes for them from everywhere, and TLS that is
#   missing, ignored or passed through leaves the edge without a say.
# custom:
#   id: ING-028
#   severity: medium
#   claim: presence
#   requires: [networking.istio.io/Gateway]
#   optional:
#     - networking.istio.io/VirtualService
#     - apps/Deployment
#     - apps/DaemonSet
#     - cert-manager.io/Certificate
#   rows: routes
#   rules: ingress
#   controls: {nist-800-53: [AC-4, SC-8], pci-4.0: ["4.2.1"], iso-27001: [A.8.21], mlps-3: [8.2.2.1b]}
#   remediation: >-
#     Write hosts as namespace/host, set PILOT_SCOPE_GATEWAY_TO_NAMESPACE on istiod, and keep the
#     credential beside the gateway's workload.
package sextant.ingress.istio_gateways

import data.sextant.lib.ingress as lib


violation contains {"ref": row.ref, "message": message, "path": listener.path, "evidence": {"hosts": listener.unscoped_hosts}} if {
	some row in input.rows
	_judged(row)
	not lib.matches(_rules.allow_unscoped_hosts, _called(row))
	some listener in row.listeners
	count(listener.unscoped_hosts) > 0
	message := sprintf("server %s names hosts without a namespace, so that every namespace can bind to them", [listener.name])
}

violation contains {"ref": row.ref, "message": message, "path": entry.path} if {
	some row in input.rows
	_judged(row)
	some entry in row.tls
	entry.source == "missing"
	message := "terminates TLS without a certificate"
}

violation contains {"ref": row.ref, "message": message, "path": listener.path} if {
	some row in input.rows
	_judged(row)
	some listener in row.listeners
	listener.mode in {"PASSTHROUGH", "AUTO_PASSTHROUGH"}
	not lib.matches(_rules.allow_passthrough, _called(row))
	message := sprintf("server %s passes TLS through (%s)", [listener.name, listener.mode])
}

violation contains {"ref": row.ref, "message": message, "path": listener.path} if {
	some row in input.rows
	_judged(row)
	some listener in row.listeners
	listener.ignored_tls
	message := sprintf("server %s has TLS settings that its protocol %s ignores", [listener.name, listener.protocol])
}

violation contains {"ref": row.ref, "message": message, "path": entry.path} if {
	some row in input.rows
	_judged(row)
	some entry in row.tls
	entry.exists == "no"
	message := sprintf("Secret %s/%s, beside the gateway's workload, does not exist", [entry.namespace, entry.name])
}

unknown contains {"ref": row.ref, "message": message, "path": entry.path} if {
	some row in input.rows
	_judged(row)
	some entry in row.tls
	entry.source == "secret"
	entry.exists == "unknown"
	not lib.vouched(entry)
	message := sprintf("whether Secret %s lies beside the gateway's workload is not known", [entry.name])
}

subject contains row.ref if {
	some row in input.rows
	_judged(row)
}

_rules := data.sx.rules.ingress.gateway

_judged(row) if {
	row.role == "gateway"
	row.family == "istio"
}

_called(row) := concat("/", [row.ref.namespace, row.ref.name])
