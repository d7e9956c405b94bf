package sextant.registry.repositories_ruled_test

import data.sextant.registry.repositories_ruled as policy

_row(changes) := object.union({
	"ref": {"group": "", "kind": "Repository", "namespace": "", "name": "h/p/a"}, "path": "h/p/a", "registry": "r", "type": "harbor",
	"granularity": "project", "rule": 0, "probe": "", "scope": null, "grants": [], "lacks": {}, "immutable": {}, "running": [], "kinds": [],
}, changes)


_norm := {"repositories": [{"match": "h/p/**"}, {"match": "h/q/x"}]}

_messages(rows, rules) := result if {
	result := {answer.message | some answer in policy.violation} with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

_doubts(rows, rules) := result if {
	result := {answer.message | some answer in policy.unknown} with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

_subjects(rows, rules) := result if {
	result := count(policy.subject) with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

test_rules_and_owners if {
	_messages([_row({"rule": null})], {}) == {"no rule matches it"}
	_messages([_row({"scope": {"name": "p", "owner": "eve", "owner_active": false}})], {}) == {"its owner eve is no active user"}
	_messages([_row({"scope": {"name": "p", "owner": ""}})], {}) == {"it has no owner"}
	_messages([_row({"path": "h/q/x", "probe": "rule"})], {}) == {"a rule speaks of it, and it is not there"}
	_messages([_row({"scope": {"name": "p", "owner": "bob", "owner_active": null}})], {}) == set()
	_subjects([_row({})], {"repositories": []}) == 0
}

test_a_filtered_list if _doubts([_row({"probe": "scope", "lacks": {"repositories": "filtered"}}), _row({"lacks": {"repositories": "filtered"}})], {}) == {"which repositories there are cannot be told: filtered"}
