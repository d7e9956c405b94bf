# METADATA
# title: Tags of releases cannot be moved
# description: >-
#   A tag that can be pushed over breaks rollback, and tells nothing of what runs.
# custom:
#   id: REG-009
#   severity: high
#   claim: presence
#   requires: []
#   optional: [core/ConfigMap, core/Service, networking.k8s.io/Ingress, apps/Deployment, apps/StatefulSet]
#   rows: repositories
#   rules: registry
#   controls: {nist-800-190: ["4.2.2"], nist-800-53: ["CM-3", "SI-7"], pci-4.0: ["6.5.1"], iso-27001: ["A.8.32"], attack: ["T1525"], mlps-3: ["8.2.4.4b", "8.1.4.7b"]}
#   remediation: >-
#     Add a rule to the registry that makes these tags immutable.
package sextant.registry.immutable_tags

import data.sextant.lib.registry

violation contains {"ref": row.ref, "message": message, "path": tags} if {
	some row in input.rows
	some tags in _wanted(row)
	row.immutable[tags] == false
	not row.lacks.immutability
	message := sprintf("tags %s can be pushed over%s", [tags, _ignored(row)])
}

unknown contains {"ref": row.ref, "message": message, "path": tags} if {
	some row in input.rows
	some tags in _wanted(row)
	not _known(row, tags)
	message := sprintf("whether tags %s can be pushed over cannot be told: %s", [tags, object.get(row.lacks, "immutability", "its rules were not read")])
}

subject contains row.ref if {
	some row in input.rows
	count(_wanted(row)) > 0
}

_known(row, _) if {
	row.immutable[_] != null
	not row.lacks.immutability
}

_known(row, tags) if row.immutable[tags] == true

# The registry asks the first selector of a rule only.
_ignored(row) := ": further selectors of its rules do nothing" if {
	some rule in row.scope.immutability
	rule.ignored > 0
} else := ""

_wanted(row) := object.get(registry.rule_of(row), ["tags", "immutable"], []) if not registry.nowhere(row)

_wanted(row) := [] if registry.nowhere(row)
