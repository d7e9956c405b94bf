# METADATA
# title: Stateful workloads keep no data on a node or in a pod
# description: >-
#   A database on an emptyDir, a hostPath or a node's directory has no promise at all: the node
#   takes the data with it.
# custom:
#   id: STO-021
#   severity: high
#   claim: presence
#   requires: [apps/StatefulSet, apps/Deployment, core/PersistentVolumeClaim, storage.k8s.io/StorageClass]
#   optional: [core/PersistentVolume, core/Pod]
#   rows: storage_items
#   rules: storage
#   controls: {cis-1.11: ["5.2.12"], nsa-1.2: ["pod-security-enforcement"], nist-800-53: ["CP-9", "CM-7"], iso-27001: ["A.8.13"], mlps-3: ["8.1.4.9a", "8.1.4.9c"]}
#   remediation: >-
#     Move the data to a claim of a tiered class; declare node-local storage as a tier where the
#     application keeps copies itself.
package sextant.storage.stateful_data

import data.sextant.lib.storage as lib

violation contains {"ref": row.ref, "message": message, "path": sprintf("spec.volumes[name=%s]", [volume.name])} if {
	some row in input.rows
	_is_stateful(row)
	some volume in row.workload.volumes
	not _ignored(volume)
	message := _fault(row, volume)
}

subject contains row.ref if {
	some row in input.rows
	_is_stateful(row)
	count(row.workload.volumes) > 0
}

_rules := data.sx.rules.storage

# By its labels; or by its kind, where it holds anything at all.
_is_stateful(row) if {
	row.workload != null
	row.ref.kind in {kind | some kind in _rules.stateful.kinds}
	some volume in row.workload.volumes
	volume.source == "claim"
}

_is_stateful(row) if {
	row.workload != null
	some key, values in _rules.stateful.labels
	label := object.get(row.workload.pod_labels, key, "")
	some value in values
	glob.match(value, null, label)
}

_ignored(volume) if {
	volume.source != "claim"
	some pattern in _rules.stateful.ignore_volumes
	glob.match(pattern, null, volume.name)
}

_fault(_, volume) := sprintf("volume %s is a directory of the node", [volume.name]) if volume.source == "hostPath"

# A workload with claims keeps its data there; what else it has in the pod is scratch.
_fault(row, volume) := sprintf("volume %s goes with the pod (emptyDir)", [volume.name]) if {
	volume.source == "emptyDir"
	count([claim | some claim in row.workload.volumes; claim.source == "claim"]) == 0
}

_fault(_, volume) := sprintf("volume %s is of class %s, which keeps data on one node", [volume.name, volume.class]) if {
	volume.source == "claim"
	volume.node_local
	not _declared(volume)
}

# A tier that says so, and says why: the application keeps copies itself.
_declared(volume) if {
	some tier in lib.tiers(_rules, volume.class, volume.class_labels)
	object.get(_rules.tiers[tier], "node_local", false)
}
