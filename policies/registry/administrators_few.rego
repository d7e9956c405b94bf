# METADATA
# title: Administrators of the registry are few, known and federated
# description: >-
#   Every rule about a repository ends where an administrator begins.
# custom:
#   id: REG-007
#   severity: high
#   claim: presence
#   requires: []
#   optional: [core/ConfigMap, core/Service, networking.k8s.io/Ingress, apps/Deployment, apps/StatefulSet]
#   rows: registries
#   rules: registry
#   controls: {nist-800-190: ["4.2.3"], nist-800-53: ["AC-6(5)", "AC-2"], pci-4.0: ["7.2.2", "8.2.2"], iso-27001: ["A.8.2"], attack: ["T1078.001"], mlps-3: ["8.1.4.2b", "8.1.4.2d"]}
#   remediation: >-
#     Move administrators into a group of the identity provider, and take the rest away.
package sextant.registry.administrators_few

import data.sextant.lib.registry

violation contains {"ref": row.ref, "message": message, "path": "admins"} if {
	some row in input.rows
	_norm.max > 0
	count(row.admins) > _norm.max
	message := sprintf("it has %d administrators, %d are allowed", [count(row.admins), _norm.max])
}

violation contains {"ref": row.ref, "message": message, "path": admin.via} if {
	some row in input.rows
	count(_norm.allow) > 0
	some admin in row.admins
	not registry.identity(admin.principal) in _allowed
	message := sprintf("%s is administrator and not named as one", [registry.told(admin.principal)])
}

violation contains {"ref": row.ref, "message": message, "path": "auth_mode"} if {
	some row in input.rows
	count(_norm.auth_modes) > 0
	row.settings.auth_mode != null
	not row.settings.auth_mode in _norm.auth_modes
	message := sprintf("it logs people in by %s", [row.settings.auth_mode])
}

# People are to come by a directory: an account of the registry's own is for breaking the glass only.
violation contains {"ref": row.ref, "message": message, "path": sprintf("%s/local", [admin.principal.name])} if {
	some row in input.rows
	count(_norm.auth_modes) > 0
	not row.settings.auth_mode in {"db_auth", "htpasswd", "none", null}
	some admin in row.admins
	admin.local == true
	not admin.principal.name in _norm.break_glass
	message := sprintf("%s is an administrator of the registry's own, beside the directory", [registry.told(admin.principal)])
}

violation contains {"ref": row.ref, "message": message, "path": "separation_of_duties"} if {
	some row in input.rows
	some pair in data.sx.rules.registry.separation_of_duties
	{name | some name in pair} == {"publish", "registry_admin"}
	some admin in row.admins
	name := registry.identity(admin.principal)
	name in _publishers
	message := sprintf("%s is administrator and publishes", [registry.told(admin.principal)])
}

unknown contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	_judged
	why := row.lacks.admins
	message := sprintf("who administers it cannot be told: %s", [why])
}

unknown contains {"ref": row.ref, "message": "how people log in was not read"} if {
	some row in input.rows
	count(_norm.auth_modes) > 0
	row.settings.auth_mode == null
}

subject contains row.ref if {
	some row in input.rows
	_judged
}

_norm := data.sx.rules.registry.admins

_judged if _norm.max + count(_norm.allow) + count(_norm.auth_modes) + count(data.sx.rules.registry.separation_of_duties) > 0

_allowed := registry.identities(data.sx.rules.registry.principals, _norm.allow)

_publishers := registry.identities(data.sx.rules.registry.principals, [alias | some rule in data.sx.rules.registry.repositories; some alias in object.get(rule, ["publish", "allow"], [])])
