# METADATA
# title: A registry in the cluster survives the loss of a node
# description: >-
#   Every pod that starts while it is gone does not.
# custom:
#   id: REG-021
#   severity: high
#   claim: presence
#   requires: [apps/Deployment, apps/StatefulSet]
#   optional: [policy/PodDisruptionBudget, core/PersistentVolumeClaim, imageregistry.operator.openshift.io/Config, velero.io/Schedule, longhorn.io/RecurringJob, longhorn.io/Volume, stork.libopenstorage.org/VolumeSnapshotSchedule, config.kio.kasten.io/Policy, protect.trident.netapp.io/Schedule]
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

violation contains {"ref": row.ref, "message": message, "path": "spec.replicas"} if {
	some row in input.rows
	row.keeps != ""
	row.replicas != null
	row.replicas < _norm.database_replicas
	message := sprintf("its %s has %d copies, %d are wanted, or one outside of the cluster", [row.keeps, row.replicas, _norm.database_replicas])
}

violation contains {"ref": row.ref, "message": "nothing keeps its copies on different nodes", "path": "spec.template.spec"} if {
	some row in input.rows
	_norm.spread
	row.serves
	row.replicas > 1
	not row.spread
}

violation contains {"ref": row.ref, "message": message, "path": claim.name} if {
	some row in input.rows
	count(_norm.classes) > 0
	some claim in row.claims
	count(claim.access_modes) > 0
	not _approved(claim.class)
	message := sprintf("claim %s lies on class %s, which is not good enough for a registry", [claim.name, _class(claim)])
}

violation contains {"ref": row.ref, "message": message, "path": claim.name} if {
	some row in input.rows
	_backed(row)
	some claim in row.claims
	claim.backed_up == false
	message := sprintf("no schedule backs claim %s up", [claim.name])
}

unknown contains {"ref": row.ref, "message": message, "path": claim.name} if {
	some row in input.rows
	_backed(row)
	some claim in row.claims
	claim.backed_up == null
	message := sprintf("whether claim %s is backed up cannot be told", [claim.name])
}

unknown contains {"ref": row.ref, "message": message, "path": claim.name} if {
	some row in input.rows
	_storage_judged(row)
	some claim in row.claims
	count(claim.access_modes) == 0
	message := sprintf("claim %s is not there to be judged", [claim.name])
}

# A cache is filled again.
_backed(row) if {
	_norm.backups
	row.keeps != "cache"
}

_storage_judged(_) if count(_norm.classes) > 0

_storage_judged(row) if {
	_norm.shared_storage
	row.ref.kind == "Deployment"
	row.replicas > 1
}

_approved(class) if {
	some pattern in _norm.classes
	glob.match(pattern, [], class)
}

_class(claim) := claim.class if claim.class != ""

_class(claim) := "of the default" if claim.class == ""

_norm := data.sx.rules.registry.high_availability
