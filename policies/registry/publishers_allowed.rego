# METADATA
# title: Only those who may publish into a repository can
# description: >-
#   Whoever can push, overwrite, delete or hand out permissions decides what every pod that pulls
#   will run.
# custom:
#   id: REG-003
#   severity: critical
#   claim: presence
#   requires: []
#   optional: [core/ConfigMap, core/Service, networking.k8s.io/Ingress, apps/Deployment, apps/StatefulSet]
#   rows: repositories
#   rules: registry
#   controls: {nsa-1.2: ["building-secure-container-images"], nist-800-190: ["4.2.3"], nist-800-53: ["AC-3", "AC-6", "CM-5"], pci-4.0: ["7.2.2", "7.2.5", "6.5.4", "7.3.3"], iso-27001: ["A.5.15", "A.5.18", "A.8.4"], attack: ["T1525"], mlps-3: ["8.1.4.2a", "8.1.4.2d", "8.1.4.2e"]}
#   remediation: >-
#     Remove the member or robot, split the project, or have the rule changed.
package sextant.registry.publishers_allowed

import data.sextant.lib.registry

violation contains {"ref": row.ref, "message": message, "path": grant.via, "evidence": grant} if {
	some row in input.rows
	_in_scope(row)
	publishers := _publishers(row)
	deleters := _deleters(row)
	some grant in row.grants
	wrong := _wrong(grant, publishers, deleters)
	count(wrong) > 0
	message := sprintf("%s can %s%s and is not allowed to", [registry.told(grant.principal), concat(", ", wrong), _perhaps(grant)])
}

violation contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	_in_scope(row)
	most := object.get(registry.rule_of(row), ["publish", "max_publishers"], 0)
	most > 0
	publishers := {registry.identity(grant.principal) | some grant in row.grants; "push" in grant.actions}
	count(publishers) > most
	message := sprintf("%d principals can publish, %d are allowed", [count(publishers), most])
}

# The registry gives permissions on wider scopes than the rule speaks of.
violation contains {"ref": row.ref, "message": message, "severity": "medium"} if {
	some row in input.rows
	row.probe == "rule"
	row.scope != null
	row.granularity in {"project", "namespace"}
	path := concat("/", array.slice(split(row.path, "/"), 1, count(split(row.path, "/"))))
	inside := substring(path, count(row.scope.name) + 1, -1)
	contains(inside, "/")
	message := sprintf("the rule is not enforceable at this granularity: permissions are given on %s %s", [row.granularity, row.scope.name])
}

# Allowed and absent: the rule says more than the registry does.
violation contains {"ref": row.ref, "message": message, "path": name, "severity": "low"} if {
	some row in input.rows
	row.probe == ""
	_in_scope(row)
	not row.lacks.grants
	some name in object.get(registry.rule_of(row), ["publish", "allow"], [])
	names := registry.identities(_principals, [name])
	count(names & {registry.identity(grant.principal) | some grant in row.grants; count(registry.writes(grant)) > 0}) == 0
	message := sprintf("%s may publish by the rule and cannot", [name])
}

unknown contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	_in_scope(row)
	some part in ["grants", "robots", "scopes"]
	why := row.lacks[part]
	_matters(row, part)
	message := sprintf("who else can publish cannot be told: %s", [why])
}

subject contains row.ref if {
	some row in input.rows
	_in_scope(row)
}

# Nothing is ruled: nothing to hold a grant against. OpenShift's RBAC has a check of its own.
_in_scope(row) if {
	count(data.sx.rules.registry.repositories) > 0
	row.type != "openshift"
}

# Robots and scopes are Harbor's; others have nothing of the kind.
_matters(_, part) if part == "grants"

_matters(row, part) if {
	part != "grants"
	row.type == "harbor"
}

_wrong(grant, publishers, deleters) := [action |
	name := registry.identity(grant.principal)
	some action in registry.writes(grant)
	not _allowed(action, name, publishers, deleters)
]

_allowed(action, name, publishers, _) if {
	action != "delete"
	name in publishers
}

_allowed("delete", name, _, deleters) if name in deleters

_publishers(row) := registry.identities(_principals, object.get(_norm(row), ["publish", "allow"], []))

# Who may publish may delete, unless the rule names who may.
_deleters(row) := registry.identities(_principals, object.get(norm, ["delete", "allow"], object.get(norm, ["publish", "allow"], []))) if norm := _norm(row)

_principals := data.sx.rules.registry.principals

_norm(row) := registry.rule_of(row)

_norm(row) := data.sx.rules.registry.default if not registry.rule_of(row)

_perhaps(grant) := " under a condition" if grant.conditional

_perhaps(grant) := "" if not grant.conditional
