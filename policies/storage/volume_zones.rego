# METADATA
# title: Volumes of a workload lie in as many zones as the tier asks for
# description: >-
#   Zonal volumes and the loss of a zone make an outage, however many copies of a pod there are.
#   The volumes of a set must be spread over zones, or be of a class that spans them.
# custom:
#   id: STO-022
#   severity: medium
#   claim: presence
#   requires: [storage.k8s.io/StorageClass, core/PersistentVolumeClaim, core/PersistentVolume, core/Node, apps/StatefulSet]
#   optional: [core/Pod, apps/Deployment]
#   rows: storage_items
#   rules: storage
#   controls: {nist-800-53: ["CP-6", "SC-36"], iso-27001: ["A.8.14"], mlps-3: ["8.1.4.9c"]}
#   remediation: >-
#     Spread the pods over zones with WaitForFirstConsumer, or take a class whose volumes span
#     zones.
package sextant.storage.volume_zones

import data.sextant.lib.storage as lib

violation contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	row.workload != null
	some tier, wanted in _wanted(row.workload)
	row.workload.placed_volumes == row.workload.bound_volumes
	zones := count(_zones(row.workload, wanted.key))
	zones > 0
	needed := min([row.workload.replicas, wanted.min_zones])
	zones < needed
	message := sprintf("its volumes lie in %d of the %d zones that tier %s asks for", [zones, needed, tier])
}

violation contains {"ref": row.ref, "message": message, "path": "allowedTopologies"} if {
	some row in input.rows
	row.class != null
	some allowed in row.class.allowed_topologies
	count(allowed.without_nodes) > 0
	message := sprintf("%s names places without a node: %s", [allowed.key, concat(", ", allowed.without_nodes)])
}

unknown contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	row.workload != null
	some tier, wanted in _wanted(row.workload)
	row.workload.placed_volumes > 0
	count(_zones(row.workload, wanted.key)) == 0
	message := sprintf("its volumes name no place by %s, which tier %s goes by", [wanted.key, tier])
}

subject contains row.ref if {
	some row in input.rows
	row.workload != null
	count(_wanted(row.workload)) > 0
	# Volumes without a place are reachable from everywhere.
	row.workload.placed_volumes > 0
}

subject contains row.ref if {
	some row in input.rows
	row.class != null
	count(row.class.allowed_topologies) > 0
}

_rules := data.sx.rules.storage

_wanted(workload) := {tier: wanted |
	workload.replicas > 1
	some volume in workload.volumes
	some tier in lib.tiers(_rules, volume.class, volume.class_labels)
	wanted := object.get(_rules.tiers[tier], "topology", {})
	object.get(wanted, "min_zones", 1) > 1
}

# The well-known label, or the driver's own for the same.
_zones(workload, key) := {value |
	some label, values in workload.places
	_same(label, key)
	some value in values
}

_same(label, key) if label == key

_same(label, key) if {
	label != key
	endswith(key, "/zone")
	endswith(label, "/zone")
}
