# METADATA
# title: Credentials that can push are used by approved pipelines only
# description: >-
#   The way from a pod to a registry is the secret that it mounts.
# custom:
#   id: REG-019
#   severity: high
#   claim: presence
#   requires: []
#   optional: [core/ConfigMap, core/Service, networking.k8s.io/Ingress, core/Pod, apps/Deployment, apps/StatefulSet, apps/DaemonSet, batch/Job, batch/CronJob, build.openshift.io/BuildConfig, shipwright.io/Build, kpack.io/Image, kpack.io/Build, rbac.authorization.k8s.io/Role, rbac.authorization.k8s.io/ClusterRole, rbac.authorization.k8s.io/RoleBinding, rbac.authorization.k8s.io/ClusterRoleBinding]
#   rows: pull_secrets
#   rules: registry
#   controls: {nsa-1.2: ["protecting-pod-service-account-tokens"], nist-800-190: ["4.2.3"], nist-800-53: ["AC-6", "SR-3"], pci-4.0: ["6.5.4", "7.2.5"], iso-27001: ["A.8.4", "A.8.31"], attack: ["T1525", "T1528"], mlps-3: ["8.1.4.2d"]}
#   remediation: >-
#     Give every pipeline an account of its own, and mount the secret there only.
package sextant.registry.push_credentials_users

import data.sextant.lib.registry

violation contains {"ref": row.ref, "message": message, "path": _path(user)} if {
	some row in input.rows
	some account in _pushing(row)
	some user in row.users
	user.service_account != "default"
	not sprintf("%s/%s", [row.ref.namespace, user.service_account]) in _approved(account)
	message := sprintf("%s %s uses it as %s, who may not push to %s", [user.ref.kind, user.ref.name, user.service_account, account.host])
}

violation contains {"ref": row.ref, "message": message, "path": _path(user)} if {
	some row in input.rows
	some account in _pushing(row)
	some user in row.users
	user.service_account == "default"
	message := sprintf("%s %s uses it as the default account and can push to %s", [user.ref.kind, user.ref.name, account.host])
}

# Not mounted, and within reach all the same.
violation contains {"ref": row.ref, "message": message, "path": sprintf("readers/%s", [account.host]), "severity": "medium", "evidence": readers} if {
	some row in input.rows
	some account in _pushing(row)
	readers := [reader |
		some reader in row.readers
		not _may_read(reader.who)
		not trim_prefix(reader.who, "service-account:") in _approved(account)
	]
	count(readers) > 0
	message := sprintf("it can push to %s, and %s can read it%s", [account.host, readers[0].who, _more(count(readers) - 1)])
}

unknown contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	count(_pushing(row)) > 0
	row.readers_lack != ""
	message := sprintf("who else can read it cannot be told: %s", [row.readers_lack])
}

unknown contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	_in_scope(row)
	some account in row.accounts
	account.push == null
	message := sprintf("whether its account at %s can push cannot be told", [account.host])
}

unknown contains {"ref": row.ref, "message": "its accounts were not read"} if {
	some row in input.rows
	_in_scope(row)
	not row.read
}

subject contains row.ref if {
	some row in input.rows
	_in_scope(row)
}

# Nobody says who may: nothing to hold against each other.
_in_scope(row) if {
	count(data.sx.rules.registry.principals) > 0
	row.ref.kind != "Cluster"
}

_in_scope(row) if {
	count(data.sx.rules.registry.principals) > 0
	row.ref.kind == "Cluster"
}

_pushing(row) := [account | some account in row.accounts; account.push == true; _in_scope(row)]

_path(user) := sprintf("%s/%s/%s", [user.ref.kind, user.ref.namespace, user.ref.name])

# Accounts of the aliases that stand for this account of the registry.
_approved(account) := {name |
	some alias in data.sx.rules.registry.principals
	some key in ["users", "robots"]
	account.username in object.get(alias, key, [])
	some name in object.get(alias, "service_accounts", [])
}

_may_read(who) if {
	some pattern in data.sx.rules.registry.secret_readers
	glob.match(pattern, [], who)
}

_more(number) := "" if number == 0

_more(number) := sprintf(", and %d more", [number]) if number > 0
