# METADATA
# title: Nobody reaches a repository without logging in, unless that is declared
# description: >-
#   A public project tells its code to everybody; one that everybody can push to hands the cluster
#   to them.
# custom:
#   id: REG-004
#   severity: high
#   claim: presence
#   requires: []
#   optional: [core/ConfigMap, core/Service, networking.k8s.io/Ingress, apps/Deployment, apps/StatefulSet]
#   rows: repositories
#   rules: registry
#   controls: {nist-800-190: ["4.2.3"], nist-800-53: ["AC-3"], pci-4.0: ["7.3.3", "8.3.1"], iso-27001: ["A.8.3", "A.5.15"], attack: ["T1525", "T1613"], mlps-3: ["8.1.4.1a", "8.1.4.2a"]}
#   remediation: >-
#     Make the project private, and have the registry ask who comes.
package sextant.registry.no_anonymous_access

import data.sextant.lib.registry

violation contains {"ref": row.ref, "message": message, "path": grant.via, "evidence": grant, "severity": "critical"} if {
	some row in input.rows
	some grant in row.grants
	_anybody(grant)
	writes := registry.writes(grant)
	count(writes) > 0
	object.get(_rule(row), ["publish", "anonymous"], "never") != "allowed"
	message := sprintf("anybody can %s%s", [concat(", ", writes), _from(grant)])
}

violation contains {"ref": row.ref, "message": message, "path": path} if {
	some row in input.rows
	_ruled(row)
	not _pull_allowed(row)
	some [path, from] in _pulls(row)
	message := sprintf("anybody can pull%s", [from])
}

unknown contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	why := row.lacks.grants
	message := sprintf("who comes without logging in cannot be told: %s", [why])
}

_anybody(grant) if grant.principal.kind in {"anonymous", "address"}

_from(grant) := sprintf(" from %s", [grant.principal.name]) if grant.principal.kind == "address"

_from(grant) := "" if grant.principal.kind == "anonymous"

_pulls(row) := {[grant.via, _from(grant)] | some grant in row.grants; _anybody(grant); "pull" in grant.actions} | {["public", ""] | registry.known(row, "public"); row.scope.public == true}

_ruled(_) if count(data.sx.rules.registry.repositories) > 0

_pull_allowed(row) if object.get(_rule(row), ["pull", "anonymous"], true)

_rule(row) := registry.rule_of(row)

_rule(row) := data.sx.rules.registry.default if not registry.rule_of(row)
