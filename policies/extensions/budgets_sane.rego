# METADATA
# title: Disruption budgets protect something, and let nodes be drained
# description: >-
#   A budget that lets no pod go stops every drain, and with it the patching of nodes; one that
#   selects nothing protects nothing; a pod under two budgets can be evicted by neither.
# custom:
#   id: EXT-007
#   severity: medium
#   claim: absence
#   requires: [policy/PodDisruptionBudget, apps/DaemonSet, apps/Deployment, apps/StatefulSet, core/Pod]
#   optional: [apps/ReplicaSet, argoproj.io/Rollout, apps.openshift.io/DeploymentConfig]
#   rows: disruption_budgets
#   rules: extensions
#   controls: {nist-800-53: [CP-10], iso-27001: [A.8.14], mlps-3: [8.1.4.9c]}
#   remediation: >-
#     Let at least one pod go (maxUnavailable: 1), or run one copy more than the budget keeps; correct
#     or remove a budget that selects nothing.
package sextant.extensions.budgets_sane

import data.sextant.lib.names

violation contains {"ref": row.ref, "message": message, "path": "spec", "evidence": {"workloads": _workloads(row)}} if {
	some row in input.rows
	row.blocks
	not _shown(row)
	message := sprintf("lets no pod go of the %s that are wanted (%s)", [_number(row.wanted), _words(row)])
}

violation contains {"ref": row.ref, "message": message, "path": "spec", "evidence": {"workloads": _workloads(row)}} if {
	some row in input.rows
	_shown(row)
	message := sprintf("lets no pod go though all %d are healthy (%s)", [row.expected, _words(row)])
}

violation contains {"ref": row.ref, "message": "selects no pod and no workload", "path": "spec.selector"} if {
	some row in input.rows
	count(row.workloads) == 0
	not row.expected > 0
}

violation contains {"ref": row.ref, "message": message, "path": "spec.selector", "evidence": {"workloads": _workloads(row)}} if {
	some row in input.rows
	count(row.beside) > 0
	message := sprintf("selects the pods of %s as well, which nobody can evict then", [names.listed(row.beside)])
}

violation contains {"ref": row.ref, "message": message, "path": "spec.unhealthyPodEvictionPolicy", "severity": "low"} if {
	some row in input.rows
	data.sx.rules.extensions.budgets.unhealthy == "AlwaysAllow"
	row.unhealthy != "AlwaysAllow"
	message := sprintf("keeps pods that are not healthy from being evicted (%s)", [row.unhealthy])
}

# The controller says so: nothing may go, and nothing is unhealthy.
_shown(row) if {
	row.expected > 0
	row.allowed == 0
	row.healthy >= row.expected
}

_words(row) := sprintf("maxUnavailable %s", [row.max_unavailable]) if row.max_unavailable != ""

_words(row) := sprintf("minAvailable %s", [row.min_available]) if row.max_unavailable == ""

_number(number) := sprintf("%d", [number]) if is_number(number)

_number(number) := "copies" if not is_number(number)

_workloads(row) := [sprintf("%s %s", [workload.kind, workload.name]) | some workload in row.workloads]
