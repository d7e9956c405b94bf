# METADATA
# title: Every node has the storage drivers that its pods may need
# description: >-
#   A node without a driver's plug-in turns a rescheduled pod into an outage, and shows only then.
#   Virtual nodes and nodes with a control-plane taint are left out as the rules say.
# related_resources: [https://kubernetes-csi.github.io/docs/csi-node-object.html]
# custom:
#   id: STO-002
#   severity: high
#   claim: absence
#   requires: [core/Node, storage.k8s.io/CSINode, storage.k8s.io/StorageClass]
#   optional: [storage.k8s.io/VolumeAttachment]
#   rows: nodes
#   uses: [storage_classes]
#   rules: storage
#   controls: {nsa-1.2: [fault-tolerance], nist-800-53: [CP-10, SI-13], iso-27001: [A.8.14], mlps-3: [8.1.2.1e]}
#   remediation: >-
#     Let the node plug-in tolerate the node's taints, install what it needs on the node (iscsi,
#     nvme-tcp, a kernel module), and see that it registers.
package sextant.storage.driver_on_every_node

import data.sextant.lib.storage as lib

violation contains {"ref": row.ref, "message": message, "evidence": {"missing": missing, "registered": row.csi_drivers}} if {
	some row in input.rows
	_in_scope(row)
	not _young(row)
	missing := sort([name | some name in _required; not name in row.csi_drivers])
	count(missing) > 0
	message := sprintf("%s: %s", [_lack(row), concat(", ", missing)])
}

violation contains {"ref": row.ref, "message": message, "severity": "medium", "path": path} if {
	some row in input.rows
	_in_scope(row)
	some driver in row.csi
	driver.name in _required
	driver.allocatable != null
	driver.attached >= driver.allocatable
	path := sprintf("spec.drivers[name=%s].allocatable.count", [driver.name])
	message := sprintf("%s has %d of %d volumes attached: no pod with another one can start", [driver.name, driver.attached, driver.allocatable])
}

unknown contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	_in_scope(row)
	_young(row)
	missing := [name | some name in _required; not name in row.csi_drivers]
	count(missing) > 0
	message := "the node is so new that its drivers may still register"
}

subject contains row.ref if {
	some row in input.rows
	count(_required) > 0
	_in_scope(row)
}

_rules := data.sx.rules.storage

_required := {name | some name in _rules.required_drivers} if count(_rules.required_drivers) > 0

# CSI drivers of the classes that a tier names; of all classes where there is no tier.
_required := {name |
	some class in data.sx.inventory.storage_classes
	_is_csi(class)
	_governed(class)
	name := _driver(class)
} if count(_rules.required_drivers) == 0

_is_csi(class) if class.type == "csi"

_is_csi(class) if {
	class.type == null
	class.liveness == "registered"
}

_driver(class) := class.migrates_to if class.migrates_to != ""

_driver(class) := class.provisioner if class.migrates_to == ""

_governed(_) if count(_rules.tiers) == 0

_governed(class) if count(lib.tiers(_rules, class.name, class.labels)) > 0

_in_scope(row) if {
	every key, value in _rules.node_scope.labels { object.get(row.labels, key, null) == value }
	not _exempt(row)
}

_exempt(row) if {
	some taint in row.taints
	taint.key in _rules.node_scope.exempt_taints
}

_exempt(row) if {
	some key, values in _rules.node_scope.exempt_labels
	object.get(row.labels, key, null) in values
}

_young(row) if {
	row.seconds != null
	row.seconds < lib.seconds(_rules.registration_grace)
}

_lack(row) := "has no CSINode object, so no driver" if not row.csi_node

_lack(row) := "has not registered" if row.csi_node
