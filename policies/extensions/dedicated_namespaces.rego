# METADATA
# title: Extensions live in namespaces of their own, which tenants cannot write
# description: >-
#   Who may write where a controller runs may become that controller: replace its image, read its
#   Secrets, bind its account. A namespace that tenants share with it is no boundary.
# custom:
#   id: EXT-020
#   severity: medium
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
#   optional:
#     - cilium.io/CiliumClusterwideNetworkPolicy
#     - cilium.io/CiliumNetworkPolicy
#     - core/LimitRange
#     - core/Namespace
#     - core/ResourceQuota
#     - crd.antrea.io/ClusterNetworkPolicy
#     - crd.antrea.io/NetworkPolicy
#     - crd.antrea.io/Tier
#     - crd.projectcalico.org/GlobalNetworkPolicy
#     - crd.projectcalico.org/NetworkPolicy
#     - crd.projectcalico.org/Tier
#     - networking.k8s.io/NetworkPolicy
#     - policy.networking.k8s.io/AdminNetworkPolicy
#     - policy.networking.k8s.io/BaselineAdminNetworkPolicy
#     - policy.networking.k8s.io/ClusterNetworkPolicy
#     - projectcalico.org/GlobalNetworkPolicy
#     - projectcalico.org/NetworkPolicy
#     - projectcalico.org/Tier
#   rows: extension_boundaries
#   rules: extensions
#   controls: {cis-1.11: ["5.6.1", "5.6.4"], nsa-1.2: [namespaces], nist-800-53: [SC-2, SC-3], pci-4.0: ["2.2.3"], iso-27001: [A.8.22], mlps-3: [8.1.5.4a]}
#   remediation: >-
#     Move the system, or the others, to a namespace of its own; bind tenants to roles in their own
#     namespaces instead of the whole cluster. Where the rules ask for it, give the namespace a quota and
#     a default deny.
package sextant.extensions.dedicated_namespaces

import data.sextant.lib.names

violation contains {"ref": row.ref, "message": message, "path": "namespace", "evidence": row.systems} if {
	some row in input.rows
	row.ref.name in _rules.forbidden
	row.what == "namespace"
	message := sprintf("%s runs in a namespace that is nobody's own", [names.listed(sort(row.systems))])
}

violation contains {"ref": row.ref, "message": message, "path": "strangers", "evidence": [sprintf("%s %s", [one.kind, one.name]) | some one in row.strangers]} if {
	some row in input.rows
	_rules.mixed == "fail"
	not names.matches(_rules.shared, row.ref.name)
	count(row.strangers) > 0
	message := sprintf("%s of others beside %s: %s", [names.counted(count(row.strangers), "workload"), names.listed(sort(row.systems)), names.listed([one.name | some one in row.strangers])])
}

violation contains {"ref": row.ref, "message": message, "path": "writers", "evidence": row.via} if {
	some row in input.rows
	writers := _writers(row)
	count(writers) > 0
	message := sprintf("%s may write %s", [names.listed(writers), _where(row)])
}

violation contains {"ref": row.ref, "message": message, "path": "quotas"} if {
	some row in _homes("quota")
	row.quotas == 0
	message := sprintf("nothing bounds what %s may take of the cluster: no ResourceQuota, no LimitRange", [names.listed(sort(row.systems))])
}

violation contains {"ref": row.ref, "message": message, "path": "isolation"} if {
	some row in _homes("isolation")
	row.enforced != "no"
	row.open_workloads > 0
	message := sprintf("no network policy isolates %s there: anything may reach %s", [names.counted(row.open_workloads, "workload"), names.listed(sort(row.systems))])
}

violation contains {"ref": row.ref, "message": message, "path": "isolation"} if {
	some row in _homes("isolation")
	row.enforced == "no"
	message := sprintf("nothing enforces network policies: anything may reach %s", [names.listed(sort(row.systems))])
}

unknown contains {"ref": row.ref, "message": "whether anything bounds what it may take was not read", "path": "quotas"} if {
	some row in _homes("quota")
	row.quotas == null
}

unknown contains {"ref": row.ref, "message": "whether network policies isolate it cannot be told", "path": "isolation"} if {
	some row in _homes("isolation")
	_doubtful(row)
}

subject contains row.ref if {
	some row in input.rows
	row.what == "namespace"
}

subject contains row.ref if {
	some row in input.rows
	row.what == "binding"
	count(_candidates(row)) > 0
}

_rules := data.sx.rules.extensions.namespaces

# Namespaces of systems of which the rules ask this.
_homes(what) := [row |
	some row in input.rows
	row.what == "namespace"
	_rules[what] == "required"
	not names.matches(_rules.shared, row.ref.name)
]

_doubtful(row) if row.open_workloads == null

_doubtful(row) if {
	row.open_workloads == 0
	row.enforced == "unknown"
}

_writers(row) := sort([who | some who in _candidates(row); not names.matches(_rules.writers_allowed, who)])

_candidates(_) := set() if _rules.writers == "ignore"

_candidates(row) := {who | some who in row.accounts} | {who | some who in row.people; _everybody(who)} if _rules.writers == "accounts"

_candidates(row) := {who | some who in row.accounts} | {who | some who in row.people} if _rules.writers == "all"

# Groups that every account of every tenant is in.
_everybody(who) if startswith(who, "Group system:serviceaccounts")

_everybody(who) if who in {"Group system:authenticated", "Group system:unauthenticated", "User system:anonymous"}

_everybody(who) if startswith(who, "User system:serviceaccount:")

_where(row) := sprintf("where %s runs", [names.listed(sort(row.systems))]) if row.what == "namespace"

_where(row) := sprintf("in every namespace, those of %s among them", [names.counted(count(row.systems), "system")]) if row.what == "binding"
