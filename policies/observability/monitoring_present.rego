# METADATA
# title: Monitoring and metrics are present and work
# description: >-
#   What nobody measures fails unseen. The metrics API also drives autoscaling and scheduling
#   decisions.
# custom:
#   id: OBS-005
#   severity: high
#   claim: absence
#   requires: [apps/DaemonSet, apps/Deployment, apps/StatefulSet, apiextensions.k8s.io/CustomResourceDefinition]
#   rows: cluster
#   uses: [extensions]
#   rules: observability
#   controls: {nist-800-53: ["SI-4", "AU-6"], iso-27001: ["A.8.16"], mlps-3: ["8.1.5.4c"]}
#   remediation: >-
#     Install or repair the monitoring stack; an operator without a working Prometheus monitors
#     nothing.
package sextant.observability.monitoring_present

import data.sextant.lib.systems

violation contains {"ref": row.ref, "message": message, "evidence": _seen(roles)} if {
	some row in input.rows
	some roles in data.sx.rules.observability.required
	count(_working(roles)) == 0
	count(_unclear(roles)) == 0
	message := sprintf("no approved monitoring system works: none of %s", [concat(", ", roles)])
}

violation contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	some system in _running
	not systems.approved(system, data.sx.rules.observability.approved)
	message := sprintf("%s runs and is not approved", [system.id])
}

unknown contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	some roles in data.sx.rules.observability.required
	count(_working(roles)) == 0
	some id in _unclear(roles)
	message := sprintf("whether %s works cannot be told: the source holds no status", [id])
}

# Nothing required and nothing there: nothing to judge.
subject contains row.ref if {
	some row in input.rows
	count(data.sx.rules.observability.required) + count(_running) > 0
}

_running := [system |
	some system in data.sx.inventory.extensions
	system.aspect == "observability"
	systems.runs(system)
]

_of(roles) := [system |
	some system in data.sx.inventory.extensions
	some role in system.roles
	role in roles
]

_working(roles) := {system.id | some system in _of(roles); systems.works(system); systems.approved(system, data.sx.rules.observability.approved)}

_unclear(roles) := {system.id | some system in _of(roles); systems.unclear(system)}

_seen(roles) := [systems.why(system) | some system in _of(roles)]
