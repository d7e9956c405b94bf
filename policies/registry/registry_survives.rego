# METADATA
# title: A registry in the cluster survives the loss of a node
# description: >-
#   Every pod that starts while it is gone does not.
# custom:
#   id: REG-021
#   severity: high
#   claim: presence
#   requires: [apps/Deployment, apps/StatefulSet]
#   optional: [policy/PodDisruptionBudget, core/PersistentVolumeClaim, imageregistry.operator.openshift.io/Config]
#   rows: registry_workloads
#   rules: registry
#   controls: {nsa-1.2: ["fault-tolerance"], nist-800-53: ["CP-2", "CP-9", "CP-10"], iso-27001: ["A.8.14", "A.8.13"], attack: ["T1490"], mlps-3: ["8.1.4.9c", "8.1.2.1e"]}
#   remediation: >-
#     Run several copies on shared or object storage, behind a disruption budget.
package sextant.registry.registry_survives

violation contains {"ref": row.ref, "message": message, "path": "spec.replicas"} if {
	some row in input.rows
	row.serves
	row.replicas != null
	row.replicas < _norm.min_replicas
	message := sprintf("%d copies serve images, %d are wanted", [row.replicas, _norm.min_replicas])
}

violation contains {"ref": row.ref, "message": "no disruption budget keeps a copy of it"} if {
	some row in input.rows
	row.serves
	_norm.disruption_budget
	not row.disruption_budget
}

violation contains {"ref": row.ref, "message": message, "path": claim.name} if {
	some row in input.rows
	_norm.shared_storage
	row.ref.kind == "Deployment"
	row.replicas > 1
	some claim in row.claims
	claim.access_modes == ["ReadWriteOnce"]
	message := sprintf("%d copies share claim %s, which one node can mount", [row.replicas, claim.name])
}

violation contains {"ref": row.ref, "message": message, "path": volume} if {
	some row in input.rows
	some volume in row.ephemeral
	message := sprintf("images lie on volume %s, which ends with the pod", [volume])
}

_norm := data.sx.rules.registry.high_availability
