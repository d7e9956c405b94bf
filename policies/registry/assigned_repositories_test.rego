package sextant.registry.assigned_repositories_test

import data.sextant.registry.assigned_repositories as policy

_row(changes) := object.union({"ref": {"group": "apps", "kind": "Deployment", "namespace": "shop", "name": "a"}, "path": "spec.containers[name=c].image", "image": "h/p/a:v1", "registry": "h", "repository": "p/a", "tag": "v1", "digest": "", "pull_policy": "IfNotPresent", "ephemeral": false, "rule": 0}, changes)

_norm := {"exempt_namespaces": ["kube-system"], "repositories": [{"match": "h/p/**", "pull": {"namespaces": ["pay-*"]}}, {"match": "h/q/**"}]}

_messages(rows, rules) := result if {
	result := {answer.message | some answer in policy.violation} with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

_doubts(rows, rules) := result if {
	result := {answer.message | some answer in policy.unknown} with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

_subjects(rows, rules) := result if {
	result := count(policy.subject) with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

test_namespaces if {
	_messages([_row({})], {}) == {"repository h/p/a is not for namespace shop"}
	_messages([_row({"ref": {"namespace": "pay-prod"}})], {}) == set()
	_messages([_row({"ephemeral": true}), _row({"repository": "q/a", "rule": null})], {}) == set()
	_subjects([_row({}), _row({"ref": {"namespace": "kube-system"}})], {}) == 1
}
