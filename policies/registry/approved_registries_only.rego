# METADATA
# title: Workloads use images of approved registries only
# description: >-
#   An image of an unapproved registry was scanned by nobody and belongs to nobody.
# custom:
#   id: REG-002
#   severity: high
#   claim: presence
#   requires: [core/Pod, apps/DaemonSet, apps/Deployment, apps/StatefulSet, batch/Job, batch/CronJob]
#   rows: images
#   rules: registry
#   controls: {cis-1.11: ["5.5.1"], nsa-1.2: ["building-secure-container-images"], nist-800-190: ["4.1.5"], nist-800-53: ["CM-7(5)", "SR-3"], pci-4.0: ["6.3.2", "2.2.4"], iso-27001: ["A.8.19", "A.5.21"], attack: ["T1204.003", "T1610"], mlps-3: ["8.1.4.4a", "8.2.4.4a"]}
#   remediation: >-
#     Mirror the image into an approved registry and change the reference.
package sextant.registry.approved_registries_only

violation contains {"ref": row.ref, "message": message, "path": row.path, "evidence": row.image} if {
	some row in input.rows
	_in_scope(row)
	not _allowed(row)
	message := sprintf("image comes from %s, which is not approved", [row.registry])
}

subject contains row.ref if {
	some row in input.rows
	_in_scope(row)
}

# Nothing declared: nothing to hold an image against.
_in_scope(row) if {
	count(data.sx.rules.registry.allow) > 0
	not row.ref.namespace in data.sx.rules.registry.exempt_namespaces
}

# The host must be equal, and the path must match on its boundaries: look-alikes do not.
_allowed(row) if {
	some entry in data.sx.rules.registry.allow
	entry.host == row.registry
	some path in object.get(entry, "paths", ["**"])
	glob.match(path, ["/"], row.repository)
}
