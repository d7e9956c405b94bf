# METADATA
# title: Namespaces that run things hold credentials that can only pull
# description: >-
#   Whoever reads a secret that can push decides what everybody runs.
# custom:
#   id: REG-018
#   severity: high
#   claim: presence
#   requires: []
#   optional: [core/ConfigMap, core/Service, networking.k8s.io/Ingress, apps/Deployment, apps/StatefulSet]
#   rows: pull_secrets
#   rules: registry
#   controls: {cis-1.11: ["5.1.2"], nsa-1.2: ["secrets"], nist-800-190: ["4.2.3"], nist-800-53: ["AC-6", "IA-5"], pci-4.0: ["8.6.2", "7.2.5"], iso-27001: ["A.5.17"], attack: ["T1552.007", "T1525"], mlps-3: ["8.1.4.2d"]}
#   remediation: >-
#     Give the namespace a robot of its own that can only pull.
package sextant.registry.pull_only_credentials

violation contains {"ref": row.ref, "message": message, "path": account.host} if {
	some row in input.rows
	_in_scope(row)
	some account in row.accounts
	account.push == true
	message := sprintf("%s can push to %s", [_who(account), account.host])
}

violation contains {"ref": row.ref, "message": message, "path": account.host, "severity": "medium"} if {
	some row in input.rows
	_in_scope(row)
	some account in row.accounts
	account.push == null
	_person(account.username)
	message := sprintf("%s looks like a person, and what it can do at %s was not read", [_who(account), account.host])
}

unknown contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	_in_scope(row)
	some account in row.accounts
	account.push == null
	not _person(account.username)
	message := sprintf("whether %s can push to %s cannot be told", [_who(account), account.host])
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

# Nobody says where pipelines are: then no place is one for running things only.
_in_scope(row) if {
	count(data.sx.rules.registry.ci_namespaces) > 0
	not _pipelines(row.ref.namespace)
}

_pipelines(namespace) if {
	some pattern in data.sx.rules.registry.ci_namespaces
	glob.match(pattern, [], namespace)
}

_who(account) := sprintf("user %s", [account.username]) if account.username != ""

_who(account) := "an account without a name" if account.username == ""

# Token helpers and robots have names of their own.
_person(name) if {
	regex.match("^[a-z]+[._-]?[a-z]+(@.+)?$", name)
	not name in {"oauth2accesstoken", "robot", "token", "_json_key", "iamapikey"}
	not regex.match("(^|[._-])(ci|robot|bot|pull|puller|push|pusher|deploy|svc|service|sa)([._-]|$)", name)
}
