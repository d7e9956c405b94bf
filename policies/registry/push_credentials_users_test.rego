package sextant.registry.push_credentials_users_test

import data.sextant.registry.push_credentials_users as policy

_row(changes) := object.union({"ref": {"group": "", "kind": "Secret", "namespace": "shop", "name": "pull"}, "read": true, "accounts": [], "users": [], "readers": [], "readers_lack": ""}, changes)

_account(push) := {"host": "h", "username": "robot$p+ci", "registry": "r", "push": push, "patterns": ["p/**"]}

_user(namespace, account) := {"ref": {"group": "apps", "kind": "Deployment", "namespace": namespace, "name": "a"}, "service_account": account, "via": "mount"}

_norm := {"principals": {"ci": {"robots": ["robot$p+ci"], "service_accounts": ["ci/pipeline"]}}, "secret_readers": ["group:system:masters", "service-account:kube-system/*"]}

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
	_subjects([_row({}), _row({"ref": {"namespace": "b"}, "users": [_user("b", "x")]})], {}) == 2
	_doubts([_row({"read": false, "ref": {"kind": "Cluster", "namespace": ""}})], {}) == {"its accounts were not read"}
}

_reader(who) := {"who": who, "via": "RoleBinding x"}

_read(readers) := object.union(_used([]), {"readers": readers})

test_readers if {
	_messages([_read([_reader("group:system:masters"), _reader("service-account:kube-system/controller"), _reader("service-account:ci/pipeline")])], {}) == set()
	_messages([_read([_reader("user:eve")])], {}) == {"it can push to h, and user:eve can read it"}
	_messages([_read([_reader("user:eve"), _reader("group:devs")])], {}) == {"it can push to h, and user:eve can read it, and 1 more"}
	# Who reads a credential that cannot push takes nothing.
	_messages([_row({"accounts": [_account(false)], "readers": [_reader("user:eve")]})], {}) == set()
	_doubts([object.union(_used([]), {"readers_lack": "ClusterRole forbidden"})], {}) == {"who else can read it cannot be told: ClusterRole forbidden"}
}
