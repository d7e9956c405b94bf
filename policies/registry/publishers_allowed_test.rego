package sextant.registry.publishers_allowed_test

import data.sextant.registry.publishers_allowed as policy

_row(changes) := object.union({
	"ref": {"group": "", "kind": "Repository", "namespace": "", "name": "h/p/a"}, "path": "h/p/a", "registry": "r", "type": "harbor",
	"granularity": "project", "rule": 1, "probe": "", "scope": null, "grants": [], "lacks": {}, "immutable": {}, "running": [], "kinds": [],
}, changes)

_grant(kind, name, actions) := {"principal": {"kind": kind, "name": name}, "actions": actions, "pattern": "p/**", "via": "role x", "expires_at": 0, "conditional": false, "source": "s"}

_norm := {
	"principals": {"ci": {"robots": ["robot$p+ci"]}, "admins": {"users": ["root"]}},
	"repositories": [
		{"match": "h/**", "publish": {"allow": ["admins"]}},
		{"match": "h/p/**", "publish": {"allow": ["ci"], "max_publishers": 1}, "delete": {"allow": ["admins"]}},
	],
	"default": {"publish": {"allow": []}},
}

_messages(rows, rules) := result if {
	result := {answer.message | some answer in policy.violation} with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

_doubts(rows, rules) := result if {
	result := {answer.message | some answer in policy.unknown} with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

_subjects(rows, rules) := result if {
	result := count(policy.subject) with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

_ci := _grant("robot", "robot$p+ci", ["pull", "push", "overwrite"])

test_who_is_not_named_may_not if {
	row := _row({"grants": [_ci, _grant("user", "eve", ["push"]), object.union(_grant("anonymous", "*", ["push"]), {"conditional": true})]})
	_messages([row], {}) == {
		"user eve can push and is not allowed to",
		"anybody, without logging in can push under a condition and is not allowed to",
		"3 principals can publish, 1 are allowed",
	}
	_doubts([row], {}) == set()
}

test_the_rule_of_the_repository_holds_and_the_default_elsewhere if {
	_messages([_row({"path": "h/q/a", "rule": 0, "grants": [_ci]})], {}) == {"robot robot$p+ci can push, overwrite and is not allowed to", "admins may publish by the rule and cannot"}
	_messages([_row({"grants": [_ci, _grant("user", "root", ["delete"])]})], {}) == set()
	_messages([_row({"path": "g/a", "rule": null, "grants": [_ci]})], {}) == {"robot robot$p+ci can push, overwrite and is not allowed to"}
	_messages([_row({"path": "g/a", "rule": null, "grants": [_grant("user", "root", ["delete"])]})], {}) == {"user root can delete and is not allowed to"}
}

test_rules_below_the_scope_are_not_enforceable if {
	row := _row({"path": "h/p/api/sextant-probe", "probe": "rule", "scope": {"name": "p"}, "grants": [_ci]})
	_messages([row], {}) == {"the rule is not enforceable at this granularity: permissions are given on project p"}
	_messages([object.union(row, {"path": "h/p/sextant-probe"})], {}) == set()
}

test_a_pass_needs_all_of_it if {
	row := _row({"grants": [_ci, _grant("user", "eve", ["push"])], "lacks": {"grants": "403", "robots": "401"}})
	count(_messages([row], {})) == 2
	_doubts([row], {}) == {"who else can publish cannot be told: 403", "who else can publish cannot be told: 401"}
	_doubts([object.union(row, {"type": "zot"})], {}) == {"who else can publish cannot be told: 403"}
}

test_without_rules_nothing_is_judged if {
	_subjects([_row({})], {}) == 1
	_subjects([_row({})], {"repositories": []}) == 0
}
