# METADATA
# title: Storage systems are healthy and have room
# description: >-
#   A degraded system keeps none of its promises about copies, and a full one stops writing. What
#   counts is what the system itself reports, as long as the report is fresh.
# custom:
#   id: STO-024
#   severity: high
#   claim: presence
#   optional: [ceph.rook.io/CephCluster, ceph.rook.io/CephBlockPool, ceph.rook.io/CephFilesystem, core.libopenstorage.org/StorageCluster, core.libopenstorage.org/StorageNode, longhorn.io/Node, longhorn.io/Volume, openebs.io/DiskPool, trident.netapp.io/TridentBackend]
#   rows: storage_backends
#   rules: storage
#   controls: {nsa-1.2: ["fault-tolerance"], nist-800-53: ["CP-2", "SC-6"], iso-27001: ["A.8.6", "A.8.14"], mlps-3: ["8.1.5.4c"]}
#   remediation: >-
#     Add capacity, repair what is degraded, and give the monitors nodes of their own.
package sextant.storage.backend_health

import data.sextant.lib.storage as lib

violation contains {"ref": row.ref, "message": message, "severity": severity, "evidence": {"codes": row.codes}} if {
	some row in input.rows
	not _stale(row)
	not _excused(row)
	severity := {"error": "high", "warning": "low"}[row.health]
	message := sprintf("reports %s%s", [row.reported, _codes(row)])
}

violation contains {"ref": row.ref, "message": "has no status: nothing looks after it", "severity": "medium"} if {
	some row in input.rows
	row.health == "silent"
	row.ref.kind != "TridentBackend"
}

violation contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	row.total != null
	row.total > 0
	row.used != null
	row.used / row.total > _rules.capacity_max
	message := sprintf("%d %% of its capacity are in use", [floor((row.used * 100) / row.total)])
}

violation contains {"ref": row.ref, "message": message, "path": "spec.mon.count"} if {
	some row in input.rows
	not row.external
	row.monitors != null
	row.monitors < _rules.monitors_min
	message := sprintf("%d monitors, where %d must outvote a failure", [row.monitors, _rules.monitors_min])
}

violation contains {"ref": row.ref, "message": "monitors may share a node", "path": "spec.mon.allowMultiplePerNode"} if {
	some row in input.rows
	not row.external
	row.monitors_share_nodes
	_rules.monitors_min > 1
}

unknown contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	message := _doubt(row)
}

_rules := data.sx.rules.storage

_doubt(row) := "reports no health" if row.health == "unknown"

_doubt(row) := sprintf("what it reports is %d minutes old", [floor(row.checked_seconds / 60)]) if {
	row.health != "unknown"
	_stale(row)
}

_stale(row) if {
	row.checked_seconds != null
	row.checked_seconds > lib.seconds(_rules.health_stale_after)
}

# A warning whose every reason is one that the rules forgive.
_excused(row) if {
	row.health == "warning"
	count(row.codes) > 0
	every code in row.codes { code in {known | some known in _rules.health_ignore_codes} }
}

_codes(row) := sprintf(": %s", [concat(", ", row.codes)]) if count(row.codes) > 0

_codes(row) := "" if count(row.codes) == 0
