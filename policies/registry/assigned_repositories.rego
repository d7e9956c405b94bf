# METADATA
# title: Namespaces run images of repositories that are theirs
# description: >-
#   An image of another team is patched by nobody who runs it.
# custom:
#   id: REG-029
#   severity: medium
#   claim: presence
#   requires: [core/Pod, apps/DaemonSet, apps/Deployment, apps/StatefulSet, batch/Job, batch/CronJob]
#   rows: images
#   rules: registry
#   controls: {nist-800-190: ["4.3.4"], nist-800-53: ["AC-3"], pci-4.0: ["7.2.2"], iso-27001: ["A.8.3"], mlps-3: ["8.1.4.2e"]}
#   remediation: >-
#     Ask for the namespace to be named in the rule, or use an image of its own.
package sextant.registry.assigned_repositories

import data.sextant.lib.registry

violation contains {"ref": row.ref, "message": message, "path": row.path, "evidence": row.image} if {
	some row in input.rows
	_in_scope(row)
	not _assigned(row)
	message := sprintf("repository %s/%s is not for namespace %s", [row.registry, row.repository, row.ref.namespace])
}

subject contains row.ref if {
	some row in input.rows
	_in_scope(row)
}

# Who looks into a pod brings tools along.
_in_scope(row) if {
	not row.ephemeral
	not row.ref.namespace in data.sx.rules.registry.exempt_namespaces
	registry.rule_of(row).pull.namespaces
}

_assigned(row) if {
	some pattern in registry.rule_of(row).pull.namespaces
	glob.match(pattern, [], row.ref.namespace)
}
