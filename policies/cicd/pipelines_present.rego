# METADATA
# title: Approved CI/CD and GitOps systems are present and work
# description: >-
#   Pipelines change the cluster. One that does not work stops every fix, and one that nobody
#   declared deploys in the shadow.
# custom:
#   id: CICD-001
#   severity: high
#   claim: absence
#   requires: [apps/DaemonSet, apps/Deployment, apps/StatefulSet, apiextensions.k8s.io/CustomResourceDefinition]
#   rows: cluster
#   uses: [extensions]
#   rules: cicd
#   controls: {nist-800-53: ["CM-3", "CM-8"], pci-4.0: ["6.5.1"], iso-27001: ["A.8.32", "A.8.25"], mlps-3: ["8.1.10.10"]}
#   remediation: >-
#     Install or repair the declared system, and retire or declare the others.
package sextant.cicd.pipelines_present

import data.sextant.lib.systems

violation contains {"ref": row.ref, "message": message, "evidence": _seen(roles)} if {
	some row in input.rows
	some roles in data.sx.rules.cicd.required
	count(_working(roles)) == 0
	count(_unclear(roles)) == 0
	message := sprintf("no approved pipeline system works: none of %s", [concat(", ", roles)])
}

violation contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	some system in _running
	not systems.approved(system, data.sx.rules.cicd.approved)
	message := sprintf("%s runs and is not approved", [system.id])
}

unknown contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	some roles in data.sx.rules.cicd.required
	count(_working(roles)) == 0
	some id in _unclear(roles)
	message := sprintf("whether %s works cannot be told: the source holds no status", [id])
}

# Nothing required and nothing there: nothing to judge.
subject contains row.ref if {
	some row in input.rows
	count(data.sx.rules.cicd.required) + count(_running) > 0
}

_running := [system |
	some system in data.sx.inventory.extensions
	system.aspect == "cicd"
	systems.runs(system)
]

_of(roles) := [system |
	some system in data.sx.inventory.extensions
	some role in system.roles
	role in roles
]

_working(roles) := {system.id | some system in _of(roles); systems.works(system); systems.approved(system, data.sx.rules.cicd.approved)}

_unclear(roles) := {system.id | some system in _of(roles); systems.unclear(system)}

_seen(roles) := [systems.why(system) | some system in _of(roles)]
