package sextant.registry.no_human_publishers_test

import data.sextant.registry.no_human_publishers as policy

_row(changes) := object.union({
	"ref": {"group": "", "kind": "Repository", "namespace": "", "name": "h/p/a"}, "path": "h/p/a", "registry": "r", "type": "harbor",
	"granularity": "project", "rule": 0, "probe": "", "scope": null, "grants": [], "lacks": {}, "immutable": {}, "running": [], "kinds": [],
}, changes)

_grant(kind, name, actions) := {"principal": {"kind": kind, "name": name}, "actions": actions, "pattern": "p/**", "via": "role x", "expires_at": 0, "conditional": false, "source": "s"}

_norm := {
	"principals": {"jenkins": {"users": ["jenkins"], "human": false}, "people": {"users": ["eve"]}}, "human_regex": ".*",
	"repositories": [{"match": "h/p/**", "publish": {"humans": "never"}}, {"match": "h/q/**", "publish": {"humans": "break-glass"}}, {"match": "h/o/**"}],
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

test_people if {
	_messages([_row({"grants": [_grant("user", "eve", ["push"]), _grant("user", "jenkins", ["push"]), _grant("robot", "r", ["push"]), _grant("user", "bob", ["pull"])]})], {}) == {"user eve can push, where people never may"}
	_messages([_row({"path": "h/q/a", "rule": 1, "grants": [_grant("group", "dev", ["push"]), object.union(_grant("user", "eve", ["push"]), {"expires_at": 9})]})], {}) == {"group dev can push, where people may for a while only"}
	_messages([_row({"path": "h/o/a", "rule": 2, "grants": [_grant("user", "eve", ["push"])]})], {}) == set()
	_subjects([_row({"path": "h/o/a", "rule": 2}), _row({})], {}) == 1
}

test_unread if _doubts([_row({"lacks": {"grants": "403"}})], {}) == {"which people can push cannot be told: 403"}
