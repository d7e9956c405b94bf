# METADATA
# title: Accounts of extensions hold no power over others that they do not need
# description: >-
#   Whoever takes over a controller takes its account. One that may do everything, read every Secret
#   or act as others turns a hole in one system into the loss of the cluster.
# custom:
#   id: EXT-013
#   severity: high
#   claim: presence
#   requires:
#     - apps/DaemonSet
#     - apps/Deployment
#     - apps/StatefulSet
#     - core/Pod
#     - rbac.authorization.k8s.io/ClusterRole
#     - rbac.authorization.k8s.io/ClusterRoleBinding
#     - rbac.authorization.k8s.io/Role
#     - rbac.authorization.k8s.io/RoleBinding
#   rows: extension_accounts
#   rules: extensions
#   controls: {cis-1.11: ["5.1.1", "5.1.2", "5.1.3", "5.1.8"], nsa-1.2: [role-based-access-control], nist-800-190: ["4.3.1"], nist-800-53: [AC-6], pci-4.0: ["7.2.5"], iso-27001: [A.8.2], attack: [T1098.006], mlps-3: [8.1.4.2d]}
#   remediation: >-
#     Bind the roles that the vendor publishes for least privilege, in the namespaces served; where a
#     system needs the power by its nature, say so under rbac.profiles.
package sextant.extensions.least_privilege

import data.sextant.lib.names

violation contains {"ref": row.ref, "message": message, "path": power.what, "severity": _severity(power), "evidence": power.via} if {
	some row in input.rows
	some power in row.powers
	power.what in _rules.forbidden
	_counts(power)
	not _allowed(row, power.what)
	message := sprintf("account of %s may %s %s", [concat(" and ", row.systems), _words[power.what], _where(power)])
}

subject contains row.ref if {
	some row in input.rows
	count(_rules.forbidden) > 0
}

_rules := data.sx.rules.extensions.rbac

_words := {
	"everything": "do everything",
	"read-secrets": "read Secrets",
	"escalate": "grant itself and others what it does not have",
	"impersonate": "act as others",
	"exec": "run commands in pods",
	"node-proxy": "reach the kubelet of any node",
	"tokens": "take tokens of other accounts",
	"webhooks": "change admission webhooks",
	"run-pods": "run pods",
}

# A power within some namespaces counts where the rules say so.
_counts(power) if power.everywhere

_counts(power) if {
	_rules.namespaced
	count(power.namespaces) > 0
}

# One system that shares the account and does not need it is enough.
_allowed(row, what) if {
	count(row.systems) > 0
	every id in row.systems { _profile(id, what) }
}

_profile(id, what) if what in object.get(_rules.profiles, id, [])

# Who may do everything needs no more.
_profile(id, _) if "everything" in object.get(_rules.profiles, id, [])

_severity(power) := "high" if power.everywhere

_severity(power) := "medium" if not power.everywhere

_where(power) := "in every namespace" if power.everywhere

_where(power) := sprintf("in %s", [names.listed(sort(power.namespaces))]) if not power.everywhere
