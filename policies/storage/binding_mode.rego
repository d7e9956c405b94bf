# METADATA
# title: Zonal and local volumes wait for their pod
# description: >-
#   A volume that is bound at once is placed where no pod may ever run: in the wrong zone, or on
#   the wrong node. Where the driver knows places, binding waits for the first consumer.
# custom:
#   id: STO-011
#   severity: medium
#   claim: presence
#   requires: [storage.k8s.io/StorageClass, storage.k8s.io/CSINode]
#   optional: [core/Node]
#   rows: storage_classes
#   rules: storage
#   controls: {nist-800-53: ["CP-2"], iso-27001: ["A.8.14"], mlps-3: ["8.1.4.9c"]}
#   remediation: >-
#     Make the class anew with volumeBindingMode WaitForFirstConsumer.
package sextant.storage.binding_mode

import data.sextant.lib.storage as lib

violation contains {"ref": row.ref, "message": message, "path": "volumeBindingMode", "severity": _severity(row)} if {
	some row in input.rows
	_placed(row)
	row.binding_mode == "Immediate"
	not _pinned(row)
	keys := [topology.key | some topology in row.topology]
	message := sprintf("binds at once, though its volumes belong to a place (%s)", [concat(", ", keys)])
}

violation contains {"ref": row.ref, "message": message, "path": "volumeBindingMode"} if {
	some row in input.rows
	some tier, wanted in _wanted(row)
	row.binding_mode != wanted
	not _told_already(row)
	message := sprintf("binding mode is %s, and tier %s asks for %s", [row.binding_mode, tier, wanted])
}

unknown contains {"ref": row.ref, "message": "whether its volumes belong to a place is not known: no node has registered the driver"} if {
	some row in input.rows
	not row.topology_known
	row.binding_mode == "Immediate"
	count(_wanted(row)) == 0
	row.liveness in {"registered", "live", "unknown"}
}

subject contains row.ref if {
	some row in input.rows
	_placed(row)
}

subject contains row.ref if {
	some row in input.rows
	count(_wanted(row)) > 0
}

_rules := data.sx.rules.storage

_wanted(row) := {tier: wanted |
	some tier in lib.tiers(_rules, row.name, row.labels)
	wanted := object.get(_rules.tiers[tier], ["lifecycle", "binding_mode"], "")
	wanted != ""
}

_placed(row) if {
	some topology in row.topology
	topology.key != ""
}

_pinned(row) if {
	some allowed in row.allowed_topologies
	count(allowed.values) > 0
}

_told_already(row) if {
	_placed(row)
	row.binding_mode == "Immediate"
	not _pinned(row)
}

# One place alone cannot be the wrong one.
_severity(row) := "medium" if _spread(row)

_severity(row) := "low" if not _spread(row)

_spread(row) if {
	some topology in row.topology
	topology.domains > 1
}
