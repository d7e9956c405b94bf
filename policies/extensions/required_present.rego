# METADATA
# title: Every required kind of extension is present
# description: >-
#   Kubernetes is useful only through its extensions. A report that judges only what exists shows
#   a missing one as nothing to complain about.
# custom:
#   id: EXT-001
#   severity: high
#   claim: absence
#   requires: [apps/DaemonSet, apps/Deployment, apps/StatefulSet, apiextensions.k8s.io/CustomResourceDefinition]
#   rows: cluster
#   uses: [extensions]
#   rules: extensions
#   controls: {nist-800-53: ["CM-8", "CM-8(3)"], pci-4.0: ["12.5.1", "6.3.2"], iso-27001: ["A.5.9", "A.8.19"], mlps-3: ["8.1.10.2", "8.1.4.4a"]}
#   remediation: >-
#     Install a system of the missing kind under the platform's automation, or change the declared
#     minimum.
package sextant.extensions.required_present

import data.sextant.lib.systems

violation contains {"ref": row.ref, "message": message, "path": role, "evidence": _seen(role)} if {
	some row in input.rows
	some role, bounds in data.sx.rules.extensions.required
	count(_running(role)) < bounds.min
	message := sprintf("%v systems for %s run, at least %v required", [count(_running(role)), role, bounds.min])
}

violation contains {"ref": row.ref, "message": message, "path": role} if {
	some row in input.rows
	some role, bounds in data.sx.rules.extensions.required
	count(_running(role)) > bounds.max
	message := sprintf("%v systems for %s run, at most %v allowed: %s", [count(_running(role)), role, bounds.max, concat(", ", _running(role))])
}

subject contains row.ref if {
	some row in input.rows
	count(data.sx.rules.extensions.required) > 0
}

_running(role) := {system.id |
	some system in data.sx.inventory.extensions
	role in system.roles
	system.state in {"installed", "managed"}
}

_seen(role) := [systems.why(system) | some system in data.sx.inventory.extensions; role in system.roles]
