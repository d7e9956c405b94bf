# METADATA
# title: Somebody answers for every extension, and it says who
# description: >-
#   At three in the morning a system without a name on it is everybody's and nobody's. The namespace
#   may say it for all that runs there.
# custom:
#   id: EXT-019
#   severity: low
#   claim: presence
#   requires: [core/Namespace, core/Pod, apps/DaemonSet, apps/Deployment, apps/StatefulSet]
#   rows: extension_homes
#   rules: extensions
#   controls: {nist-800-53: [CM-8], pci-4.0: ["12.5.1"], iso-27001: [A.5.9], mlps-3: [8.1.10.2]}
#   remediation: >-
#     Label or annotate the namespace, or the controllers, in the repository that they come from.
package sextant.extensions.owners_named

import data.sextant.lib.names

violation contains {"ref": row.ref, "message": message, "path": row.namespace} if {
	some row in input.rows
	_judged(row)
	missing := [wanted.name | some wanted in _required; not _says(row, wanted)]
	count(missing) > 0
	message := sprintf("nothing in namespace %s says: %s", [row.namespace, concat(", ", missing)])
}

subject contains row.ref if {
	some row in input.rows
	_judged(row)
}

_required := data.sx.rules.extensions.metadata.required

_judged(row) if {
	count(_required) > 0
	row.state in {"installed", "operator-only", "data-plane-only"}
}

_says(row, wanted) if {
	some key in row.keys
	names.matches(wanted.keys, key)
}
