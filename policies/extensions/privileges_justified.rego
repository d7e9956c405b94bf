# METADATA
# title: Extensions hold the node only where their work needs it
# description: >-
#   Network and storage agents need the node they run on; dashboards and controllers do not. What a
#   vendor's own manifests ask for is in the catalogue, and more than that is somebody's addition.
# custom:
#   id: EXT-015
#   severity: medium
#   claim: presence
#   requires: [apps/DaemonSet, apps/Deployment, apps/StatefulSet, core/Pod]
#   optional: [batch/CronJob, batch/Job]
#   rows: extension_needs
#   rules: extensions
#   controls: {cis-1.11: ["5.2.2", "5.2.3", "5.2.4", "5.2.5", "5.2.9", "5.2.12"], nsa-1.2: [pod-security-enforcement], nist-800-190: ["4.4.3"], nist-800-53: [CM-7, AC-6], pci-4.0: ["2.2.4"], iso-27001: [A.8.9], attack: [T1611], mlps-3: [8.1.4.4a]}
#   remediation: >-
#     Take back what the vendor's manifests do not ask for; where the house needs it, write it under
#     privileges.allowed.
package sextant.extensions.privileges_justified

import data.sextant.lib.names

violation contains {"ref": row.ref, "message": message, "path": "spec", "evidence": excess, "severity": _severity(excess)} if {
	some row in input.rows
	_judged(row)
	row.known
	excess := _excess(row)
	count(excess) > 0
	message := sprintf("%s asks for more of its node than its vendor's manifests do: %s", [_systems(row), names.listed(excess)])
}

unknown contains {"ref": row.ref, "message": message, "path": "spec"} if {
	some row in input.rows
	_judged(row)
	not row.known
	excess := _excess(row)
	count(excess) > 0
	message := sprintf("the catalogue does not say what %s needs, and it asks for %s", [_systems(row), names.listed(excess)])
}

subject contains row.ref if {
	some row in input.rows
	_judged(row)
}

_rules := data.sx.rules.extensions.privileges

_judged(row) if {
	_rules.report
	some state in row.systems
	state != "unknown"
}

_excess(row) := sort([what | some what in row.unjustified; not _allowed(row, what)])

_allowed(row, what) if {
	some id, _ in row.systems
	names.matches(object.get(_rules.allowed, id, []), what)
}

# These alone are the node.
_severity(excess) := "high" if _whole(excess)

_severity(excess) := "medium" if not _whole(excess)

_whole(excess) if {
	some what in excess
	what in {"privileged", "hostPath:/", "capability:SYS_ADMIN", "capability:ALL"}
}

_systems(row) := concat(" and ", [id | some id, _ in row.systems])
