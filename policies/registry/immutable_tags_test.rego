package sextant.registry.immutable_tags_test

import data.sextant.registry.immutable_tags as policy

_row(changes) := object.union({
	"ref": {"group": "", "kind": "Repository", "namespace": "", "name": "h/p/a"}, "path": "h/p/a", "registry": "r", "type": "harbor",
	"granularity": "project", "rule": 0, "probe": "", "scope": null, "grants": [], "lacks": {}, "immutable": {}, "running": [], "kinds": [],
}, changes)

_norm := {"repositories": [{"match": "h/p/**", "tags": {"immutable": ["v*"]}}, {"match": "h/q/**"}]}

_messages(rows, rules) := result if {
	result := {answer.message | some answer in policy.violation} with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

_doubts(rows, rules) := result if {
	result := {answer.message | some answer in policy.unknown} with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

_subjects(rows, rules) := result if {
	result := count(policy.subject) with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

_scope(ignored) := {"name": "p", "immutability": [{"ignored": ignored}]}

test_tags_that_move if {
	_messages([_row({"immutable": {"v*": false}, "scope": _scope(0)})], {}) == {"tags v* can be pushed over"}
	_messages([_row({"immutable": {"v*": false}, "scope": _scope(1)})], {}) == {"tags v* can be pushed over: further selectors of its rules do nothing"}
	_messages([_row({"immutable": {"v*": true}, "scope": _scope(0)})], {}) == set()
	_subjects([_row({"path": "h/q/a", "rule": 1}), _row({})], {}) == 1
}

test_unread if {
	_doubts([_row({"immutable": {"v*": null}})], {}) == {"whether tags v* can be pushed over cannot be told: its rules were not read"}
	_doubts([_row({"immutable": {"v*": false}, "lacks": {"immutability": "403"}})], {}) == {"whether tags v* can be pushed over cannot be told: 403"}
	_doubts([_row({"immutable": {"v*": true}, "lacks": {"immutability": "403"}})], {}) == set()
	_doubts([_row({"immutable": {"v*": false}})], {}) == set()
}
