package sextant.registry.pull_only_credentials_test

import data.sextant.registry.pull_only_credentials as policy

_row(changes) := object.union({"ref": {"group": "", "kind": "Secret", "namespace": "shop", "name": "pull"}, "read": true, "accounts": [], "users": []}, changes)

_account(push) := {"host": "h", "username": "robot$p+ci", "registry": "r", "push": push, "patterns": ["p/**"]}

_user(namespace, account) := {"ref": {"group": "apps", "kind": "Deployment", "namespace": namespace, "name": "a"}, "service_account": account, "via": "mount"}

_norm := {"ci_namespaces": ["ci-*"]}

_messages(rows, rules) := result if {
	result := {answer.message | some answer in policy.violation} with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

_doubts(rows, rules) := result if {
	result := {answer.message | some answer in policy.unknown} with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

_subjects(rows, rules) := result if {
	result := count(policy.subject) with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

test_credentials if {
	_messages([_row({"accounts": [_account(true)]})], {}) == {"user robot$p+ci can push to h"}
	_messages([_row({"accounts": [object.union(_account(true), {"username": ""})]})], {}) == {"an account without a name can push to h"}
	_messages([_row({"accounts": [_account(false)]})], {}) == set()
	_messages([_row({"accounts": [object.union(_account(null), {"username": "eve.smith"})]})], {}) == {"user eve.smith looks like a person, and what it can do at h was not read"}
	_doubts([_row({"accounts": [_account(null)]})], {}) == {"whether user robot$p+ci can push to h cannot be told"}
	_doubts([_row({"read": false})], {}) == {"its accounts were not read"}
	_subjects([_row({}), _row({"ref": {"namespace": "ci-a", "name": "x"}})], {}) == 1
	_subjects([_row({})], {"ci_namespaces": []}) == 0
}
