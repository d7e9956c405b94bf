# METADATA
# title: Robots are scoped, end, are used and belong to one place
# description: >-
#   A robot that never ends and may push everywhere is the usual way into a registry.
# custom:
#   id: REG-006
#   severity: high
#   claim: presence
#   requires: []
#   optional: [core/ConfigMap, core/Service, networking.k8s.io/Ingress, apps/Deployment, apps/StatefulSet]
#   rows: registries
#   uses: [pull_secrets]
#   rules: registry
#   controls: {nist-800-190: ["4.2.3"], nist-800-53: ["IA-5", "AC-6"], pci-4.0: ["8.6.1", "8.6.3", "7.2.5.1"], iso-27001: ["A.5.17", "A.8.2"], attack: ["T1528", "T1525", "T1078"], mlps-3: ["8.1.4.1a", "8.1.4.2c"]}
#   remediation: >-
#     Make the robot again for one project, with an end.
package sextant.registry.robots_bounded

import data.sextant.lib.registry

violation contains {"ref": row.ref, "message": message, "path": robot.name} if {
	some [row, robot] in _live
	some why in _wrong(robot)
	message := sprintf("robot %s %s", [robot.name, why])
}

unknown contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	_has_robots(row)
	why := row.lacks.robots
	message := sprintf("which robots there are cannot be told: %s", [why])
}

unknown contains {"ref": row.ref, "message": "the source has no clock: when its robots end cannot be told"} if {
	some [row, robot] in _live
	robot.expires_at != null
	not registry.dated(data.sx.snapshot)
}

subject contains row.ref if {
	some row in input.rows
	_has_robots(row)
}

_has_robots(row) if row.type in {"harbor", "quay"}

_has_robots(row) if count(row.robots) > 0

_live := [[row, robot] | some row in input.rows; some robot in row.robots; not robot.disabled; not _ended(robot)]

_ended(robot) if {
	robot.expires_at != null
	robot.expires_at <= _now
}

_wrong(robot) := {"never ends" | robot.expires_at == null} | {why |
	robot.expires_at != null
	days := ceil((robot.expires_at - _now) / 86400)
	most := data.sx.rules.registry.robots.max_ttl_days
	most > 0
	days > most
	why := sprintf("lives %d days more", [days])
} | {"can push everywhere" |
	some access in object.get(robot.permissions, "*", [])
	access in {"repository:push", "repository:*", "*:push", "*:*"}
} | {why |
	some accesses in robot.permissions
	some access in accesses
	access in {"robot:create", "member:create"}
	why := sprintf("can make others (%s)", [access])
} | {why |
	most := data.sx.rules.registry.robots.max_unused_days
	most > 0
	robot.used_at != null
	days := floor((_now - robot.used_at) / 86400)
	days > most
	why := sprintf("was last used %d days ago", [days])
} | {why |
	most := data.sx.rules.registry.robots.max_namespaces
	most > 0
	users := {secret.ref.namespace | some secret in data.sx.inventory.pull_secrets; some account in secret.accounts; account.username == robot.name}
	count(users) > most
	why := sprintf("is used by %d namespaces", [count(users)])
}

_now := time.parse_rfc3339_ns(data.sx.snapshot.time) / 1000000000
