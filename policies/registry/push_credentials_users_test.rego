package sextant.registry.push_credentials_users_test

import data.sextant.registry.push_credentials_users as policy

_row(changes) := object.union({"ref": {"group": "", "kind": "Secret", "namespace": "shop", "name": "pull"}, "read": true, "accounts": [], "users": []}, changes)

_account(push) := {"host": "h", "username": "robot$p+ci", "registry": "r", "push": push, "patterns": ["p/**"]}

_user(namespace, account) := {"ref": {"group": "apps", "kind": "Deployment", "namespace": namespace, "name": "a"}, "service_account": account, "via": "mount"}

_norm := {"principals": {"ci": {"robots": ["robot$p+ci"], "service_accounts": ["ci/pipeline"]}}}

_messages(rows, rules) := result if {
	result := {answer.message | some answer in policy.violation} with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

_doubts(rows, rules) := result if {
	result := {answer.message | some answer in policy.unknown} with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

_subjects(rows, rules) := result if {
	result := count(policy.subject) with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

_used(users) := _row({"ref": {"group": "", "kind": "Secret", "namespace": "ci", "name": "push"}, "accounts": [_account(true)], "users": users})

test_users if {
	_messages([_used([_user("ci", "pipeline")])], {}) == set()
	_messages([_used([_user("ci", "other")])], {}) == {"Deployment a uses it as other, who may not push to h"}
	_messages([_used([_user("ci", "default")])], {}) == {"Deployment a uses it as the default account and can push to h"}
	_messages([_row({"accounts": [_account(false)], "users": [_user("shop", "x")]})], {}) == set()
	_doubts([_row({"read": false, "accounts": [_account(null)], "users": [_user("shop", "x")]})], {}) == {"whether its account at h can push cannot be told", "its accounts were not read"}
	_subjects([_row({}), _row({"ref": {"namespace": "b"}, "users": [_user("b", "x")]})], {}) == 1
	_doubts([_row({"read": false, "ref": {"kind": "Cluster", "namespace": ""}})], {}) == {"its accounts were not read"}
}
