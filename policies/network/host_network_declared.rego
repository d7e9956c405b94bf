# METADATA
# title: Pods on the network of their node are declared
# description: >-
#   They bypass network policies, see the traffic of the node and take its ports.
# custom:
#   id: NET-016
#   severity: high
#   claim: presence
#   requires: [core/Pod, apps/DaemonSet, apps/Deployment, apps/StatefulSet, batch/CronJob, batch/Job]
#   rows: pods_network
#   rules: network
#   controls: {cis-1.11: ["5.2.5", "5.2.13"], nsa-1.2: [pod-security-enforcement], nist-800-190: ["4.4.3"], nist-800-53: [CM-7, SC-7], pci-4.0: ["2.2.4"], iso-27001: [A.8.9], attack: [T1611], mlps-3: [8.1.4.4b]}
#   remediation: >-
#     Take hostNetwork out of the pod template, or declare the workload in rules/network.yaml
#     hostnetwork.allow with the extension that needs it.
package sextant.network.host_network_declared

import data.sextant.lib.network as lib

violation contains {"ref": row.ref, "path": "spec.hostNetwork", "message": message} if {
	some row in input.rows
	row.host_network
	not _allowed(row)
	message := sprintf("it uses the network of its node and is not declared%s", [_kind(row)])
}

violation contains {"ref": row.ref, "path": "spec.securityContext.windowsOptions.hostProcess", "message": "it runs as a process of a Windows host and is not declared"} if {
	some row in input.rows
	row.host_process
	not _allowed(row)
}

violation contains {"ref": row.ref, "path": path, "message": message, "severity": "low"} if {
	some row in input.rows
	some port in row.host_ports
	not _allowed(row)
	path := sprintf("spec.containers[name=%s].ports[hostPort=%d]", [port.container, port.port])
	message := sprintf("it takes port %d of its node and is not declared", [port.port])
}

subject contains row.ref if {
	some row in input.rows
	_is_judged(row)
}

_is_judged(row) if row.host_network

_is_judged(row) if row.host_process

_is_judged(row) if count(row.host_ports) > 0

_kind(row) := " (a static pod)" if row.is_static

_kind(row) := "" if not row.is_static

_allowed(row) if {
	some entry in _rules.hostnetwork.allow
	some id in row.extensions
	glob.match(entry.extension, null, id)
}

_allowed(row) if {
	some entry in _rules.hostnetwork.allow
	not entry.extension
	lib.selected(row, [entry])
}

_rules := lib.norm(data.sx.rules.network)
