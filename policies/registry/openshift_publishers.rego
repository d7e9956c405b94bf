# METADATA
# title: Who may push by OpenShift's RBAC is who the rules say
# description: >-
#   There RBAC is the access list of the registry: whoever can update imagestreams/layers publishes.
# custom:
#   id: REG-027
#   severity: high
#   claim: presence
#   requires: []
#   optional: [rbac.authorization.k8s.io/Role, rbac.authorization.k8s.io/ClusterRole, rbac.authorization.k8s.io/RoleBinding, rbac.authorization.k8s.io/ClusterRoleBinding, image.openshift.io/ImageStream, core/Namespace, imageregistry.operator.openshift.io/Config]
#   rows: repositories
#   rules: registry
#   controls: {nist-800-190: ["4.2.3"], nist-800-53: ["AC-3", "AC-6"], pci-4.0: ["7.2.2"], iso-27001: ["A.5.18"], attack: ["T1525"], mlps-3: ["8.1.4.2d"]}
#   remediation: >-
#     Remove the binding, or name its subject in the rule.
package sextant.registry.openshift_publishers

import data.sextant.lib.registry

violation contains {"ref": row.ref, "message": message, "path": grant.source, "evidence": grant} if {
	some row in input.rows
	_in_scope(row)
	some grant in row.grants
	"push" in grant.actions
	not _expected(row, grant.principal)
	not registry.identity(grant.principal) in _allowed(row)
	message := sprintf("%s can push by %s and is not allowed to", [registry.told(grant.principal), grant.via])
}

unknown contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	_in_scope(row)
	why := row.lacks.grants
	message := sprintf("who else can push cannot be told: %s", [why])
}

subject contains row.ref if {
	some row in input.rows
	_in_scope(row)
}

_in_scope(row) if {
	row.type == "openshift"
	count(data.sx.rules.registry.repositories) > 0
}

# Every project has an account for builds, which pushes what they make.
_expected(row, principal) if {
	principal.kind == "service-account"
	row.scope != null
	principal.name == sprintf("%s/builder", [row.scope.name])
}

_allowed(row) := registry.identities(data.sx.rules.registry.principals, object.get(registry.rule_of(row), ["publish", "allow"], []))
