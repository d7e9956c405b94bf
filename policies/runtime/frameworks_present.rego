# METADATA
# title: Required runtime frameworks are present and work, and no other runs
# description: >-
#   A service mesh or a serverless framework is a platform of its own. Where one is required it
#   must work, and where one runs somebody must have approved it.
# custom:
#   id: RUN-001
#   severity: medium
#   claim: absence
#   requires: [apps/DaemonSet, apps/Deployment, apps/StatefulSet, apiextensions.k8s.io/CustomResourceDefinition]
#   rows: cluster
#   uses: [extensions]
#   rules: runtime
#   controls: {nist-800-53: ["CM-2", "CM-8"], iso-27001: ["A.8.9"], mlps-3: ["8.1.10.8"]}
#   remediation: >-
#     Install or repair the required framework; remove or declare the others.
package sextant.runtime.frameworks_present

import data.sextant.lib.systems

violation contains {"ref": row.ref, "message": message, "evidence": _seen(roles)} if {
	some row in input.rows
	some roles in data.sx.rules.runtime.required
	count(_working(roles)) == 0
	count(_unclear(roles)) == 0
	message := sprintf("no approved runtime framework works: none of %s", [concat(", ", roles)])
}

violation contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	some system in _running
	not systems.approved(system, data.sx.rules.runtime.approved)
	message := sprintf("%s runs and is not approved", [system.id])
}

unknown contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	some roles in data.sx.rules.runtime.required
	count(_working(roles)) == 0
	some id in _unclear(roles)
	message := sprintf("whether %s works cannot be told: the source holds no status", [id])
}

# Nothing required and nothing there: nothing to judge.
subject contains row.ref if {
	some row in input.rows
	count(data.sx.rules.runtime.required) + count(_running) > 0
}

_running := [system |
	some system in data.sx.inventory.extensions
	system.aspect == "runtime"
	systems.runs(system)
]

_of(roles) := [system |
	some system in data.sx.inventory.extensions
	some role in system.roles
	role in roles
]

_working(roles) := {system.id | some system in _of(roles); systems.works(system); systems.approved(system, data.sx.rules.runtime.approved)}

_unclear(roles) := {system.id | some system in _of(roles); systems.unclear(system)}

_seen(roles) := [systems.why(system) | some system in _of(roles)]
