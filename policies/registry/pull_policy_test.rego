package sextant.registry.pull_policy_test

import data.sextant.registry.pull_policy as policy

_row(changes) := object.union({"ref": {"group": "apps", "kind": "Deployment", "namespace": "shop", "name": "a"}, "path": "spec.containers[name=c].image", "image": "h/p/a:v1", "registry": "h", "repository": "p/a", "tag": "v1", "digest": "", "pull_policy": "IfNotPresent", "served_by_one": null, "ephemeral": false, "rule": 0}, changes)

_norm := {"pull_policy": {"mutable_needs_always": true, "never_allowed": false}, "repositories": [{"match": "h/p/**", "tags": {"immutable": ["r*"]}}]}

_messages(rows, rules) := result if {
	result := {answer.message | some answer in policy.violation} with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

_doubts(rows, rules) := result if {
	result := {answer.message | some answer in policy.unknown} with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

_subjects(rows, rules) := result if {
	result := count(policy.subject) with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

test_policies if {
	_messages([_row({})], {}) == {"tag can move, and its image is pulled IfNotPresent"}
	_messages([_row({"tag": "r1"})], {}) == set()
	_messages([_row({"pull_policy": "Always"}), _row({"digest": "sha256:1"})], {}) == set()
	_messages([_row({"digest": "sha256:1", "pull_policy": "Never"})], {}) == {"image is never pulled"}
	_subjects([_row({})], {}) == 1
	_subjects([_row({})], {"pull_policy": {"mutable_needs_always": false, "never_allowed": true}}) == 0
}

test_one_copy if {
	rules := {"pull_policy": {"mutable_needs_always": false, "never_allowed": true, "always_needs_copies": true}}
	one := {"group": "apps", "kind": "Deployment", "namespace": "harbor", "name": "core"}
	row := _row({"digest": "sha256:1", "pull_policy": "Always", "served_by_one": one})
	_messages([row], rules) == {"image of a digest is asked for at each start, at a registry of one copy: Deployment harbor/core"}
	_messages([row], {}) == set()
	_messages([_row({"pull_policy": "Always", "served_by_one": one})], rules) == set()
	_messages([_row({"digest": "sha256:1", "served_by_one": one})], rules) == set()
	_messages([_row({"digest": "sha256:1", "pull_policy": "Always"})], rules) == set()
	_subjects([row], rules) == 1
}
