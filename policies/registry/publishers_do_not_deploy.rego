# METADATA
# title: Who publishes images or administers the registry does not deploy to production
# description: >-
#   Whoever can do both brings anything into production without a second pair of eyes.
# custom:
#   id: REG-032
#   severity: high
#   claim: presence
#   requires: []
#   optional: [rbac.authorization.k8s.io/Role, rbac.authorization.k8s.io/ClusterRole, rbac.authorization.k8s.io/RoleBinding, rbac.authorization.k8s.io/ClusterRoleBinding, core/ConfigMap, core/Service, networking.k8s.io/Ingress, apps/Deployment, apps/StatefulSet]
#   rows: registries
#   uses: [deployers]
#   rules: registry
#   controls: {nist-800-190: ["4.2.3"], nist-800-53: ["AC-5"], pci-4.0: ["6.5.4"], iso-27001: ["A.5.3", "A.8.31"], attack: ["T1525", "T1610"], mlps-3: ["8.1.4.2d"]}
#   remediation: >-
#     Give one of the two duties to somebody else.
package sextant.registry.publishers_do_not_deploy

import data.sextant.lib.registry

violation contains {"ref": row.ref, "message": message, "path": sprintf("separation_of_duties/%s", [holder]), "evidence": bindings} if {
	some row in input.rows
	some duty in _duties
	some holder in _holders(row, duty)
	bindings := sort({deployer.via |
		some deployer in _deployers
		deployer.who in _selves(holder)
	})
	count(bindings) > 0
	message := sprintf("%s %s and deploys to production, by %s", [holder, _words[duty], concat(", ", bindings)])
}

unknown contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	some duty in _duties
	why := row.lacks[_parts[duty]]
	message := sprintf("who %s cannot be told: %s", [_words[duty], why])
}

unknown contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	count(_duties) > 0
	some deployer in data.sx.inventory.deployers
	deployer.unread != ""
	message := sprintf("who deploys to production cannot be told: %s", [deployer.unread])
}

subject contains row.ref if {
	some row in input.rows
	count(_duties) > 0
}

_words := {"publish": "publishes", "registry_admin": "administers the registry"}

_parts := {"publish": "grants", "registry_admin": "admins"}

# Duties that whoever deploys may not hold. Nothing is production unless the rules say what is.
_duties := {duty |
	count(data.sx.rules.registry.production_namespaces) > 0
	some pair in data.sx.rules.registry.separation_of_duties
	"deploy_prod" in pair
	some duty in pair
	duty in {"publish", "registry_admin"}
}

_holders(row, duty) := {registry.identity(principal) | some principal in row.publishers; duty == "publish"} | {registry.identity(admin.principal) | some admin in row.admins; duty == "registry_admin"}

_deployers := [deployer |
	some deployer in data.sx.inventory.deployers
	deployer.unread == ""
	_production(deployer.namespace)
]

_production(namespace) if namespace == ""

_production(namespace) if {
	some pattern in data.sx.rules.registry.production_namespaces
	glob.match(pattern, [], namespace)
}

# One identity, and the others of the aliases that it is in.
_selves(identity) := {identity} | {other |
	some alias, _ in data.sx.rules.registry.principals
	all := registry.identities(data.sx.rules.registry.principals, [alias])
	identity in all
	some other in all
}
