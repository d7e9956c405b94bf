# METADATA
# title: Controllers are supported, patched and kept apart
# description: >-
#   Ingress-nginx has been without maintenance since March 2026, and its admission webhook ran code
#   of whoever could reach it (CVE-2025-1974). What stands at the edge must be repaired by somebody.
# custom:
#   id: ING-025
#   severity: high
#   claim: presence
#   requires: [apps/Deployment, apps/DaemonSet]
#   optional:
#     - networking.k8s.io/NetworkPolicy
#     - rbac.authorization.k8s.io/ClusterRole
#     - rbac.authorization.k8s.io/ClusterRoleBinding
#   rows: ingress_controllers
#   rules: ingress
#   controls: {cis-1.11: ["5.1.2"], nsa-1.2: [upgrading-and-application-security-practices], nist-800-53: [SA-22, SI-2], pci-4.0: ["6.3.3"], iso-27001: [A.8.8], attack: [T1190, T1068], mlps-3: [8.1.4.4e, 8.1.10.5]}
#   remediation: >-
#     Move to a controller that is maintained, such as an implementation of the Gateway API, or
#     upgrade; restrict the webhook's port with a NetworkPolicy and the account's Secrets to the
#     namespaces served.
package sextant.ingress.controller_supported

import data.sextant.lib.ingress as lib


violation contains {"ref": row.ref, "message": message, "evidence": {"product": row.product, "version": row.version, "retired": entry.retired}} if {
	some row in input.rows
	some entry in _rules.eol
	entry.product == row.product
	message := sprintf("%s was retired on %s; %s runs", [row.product, entry.retired, _version(row)])
}

violation contains {"ref": row.ref, "message": message, "evidence": {"version": row.version}} if {
	some row in input.rows
	some entry in _rules.min_versions
	entry.product == row.product
	row.version != ""
	not lib.at_least(row.version, entry.version)
	message := sprintf("%s %s is older than %s", [row.product, row.version, entry.version])
}

violation contains {"ref": row.ref, "message": "its admission webhook can be reached by every pod", "evidence": {"admission": row.admission}} if {
	some row in input.rows
	_rules.webhook_netpol_required
	row.admission == "open"
}

violation contains {"ref": row.ref, "message": message, "severity": "medium"} if {
	some row in input.rows
	row.namespaces != ""
	row.reads_all_secrets == "yes"
	message := sprintf("serves %s only, yet may read the Secrets of every namespace", [row.namespaces])
}

unknown contains {"ref": row.ref, "message": "its version is not known"} if {
	some row in input.rows
	row.version == ""
	some entry in _rules.min_versions
	entry.product == row.product
}

unknown contains {"ref": row.ref, "message": "who reaches its admission webhook is not known"} if {
	some row in input.rows
	_rules.webhook_netpol_required
	row.admission == "unknown"
}

_rules := data.sx.rules.ingress

_version(row) := row.version if row.version != ""

_version(row) := "an unknown version" if row.version == ""
