# METADATA
# title: Every storage class has a provisioner that lives
# description: >-
#   Claims of a class whose provisioner is gone never bind, which is found out during a recovery.
#   In-tree names work only as long as the CSI driver that they were migrated to is there.
# related_resources: [https://kubernetes.io/docs/concepts/storage/storage-classes/#provisioner]
# custom:
#   id: STO-004
#   severity: high
#   claim: absence
#   requires: [storage.k8s.io/StorageClass, storage.k8s.io/CSIDriver, apps/Deployment, apps/StatefulSet, apps/DaemonSet]
#   optional: [storage.k8s.io/CSINode]
#   rows: storage_classes
#   uses: [storage]
#   rules: storage
#   controls: {nist-800-53: [CM-8, SA-22], iso-27001: [A.8.9], mlps-3: [8.1.10.8]}
#   remediation: Delete the class, or install its driver again; move in-tree names to the CSI driver's.
package sextant.storage.class_has_provisioner

violation contains {"ref": row.ref, "message": message, "path": "provisioner", "severity": _severity(row)} if {
	some row in input.rows
	not _named_workload(row, {"ready", "degraded"})
	not _named_workload(row, {"unknown"})
	message := _dead(row)
}

unknown contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	row.liveness == "unknown"
	not _named_workload(row, {"ready", "degraded"})
	message := sprintf("whether provisioner %s is ready cannot be read: %s has no status", [row.provisioner, row.liveness_source])
}

unknown contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	row.liveness in {"absent", "down", "leftover"}
	not _named_workload(row, {"ready", "degraded"})
	_named_workload(row, {"unknown"})
	message := sprintf("whether provisioner %s is ready cannot be read: its workload has no status", [row.provisioner])
}

subject contains row.ref if {
	some row in input.rows
	row.liveness != "no-volumes"
}

# A workload that the rules name as the provisioner, in one of these states.
_named_workload(row, states) if {
	row.liveness in {"absent", "down", "unknown"}
	some entry in data.sx.rules.storage.external_provisioners
	glob.match(entry.name, null, row.provisioner)
	some storage in data.sx.inventory.storage
	some candidate in storage.candidates
	regex.match(entry.workload_regex, candidate.name)
	candidate.state in states
}

_dead(row) := sprintf("provisioner %s is not in the cluster: %s", [row.provisioner, row.liveness_source]) if row.liveness == "absent"

_dead(row) := sprintf("provisioner %s is not ready: %s", [row.provisioner, row.liveness_source]) if row.liveness == "down"

_dead(row) := sprintf("provisioner %s is a leftover: %s", [row.provisioner, row.liveness_source]) if row.liveness == "leftover"

_dead(row) := sprintf("in-tree provisioner %s is gone: %s", [row.provisioner, row.liveness_source]) if row.liveness == "in-tree-dead"

_dead(row) := sprintf("provisioner %s is an in-tree name; %s serves it", [row.provisioner, row.migrates_to]) if row.liveness == "migrated"

_severity(row) := "medium" if row.liveness == "migrated"

_severity(row) := "high" if row.liveness != "migrated"
