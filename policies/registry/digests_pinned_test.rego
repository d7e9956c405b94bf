package sextant.registry.digests_pinned_test

import data.sextant.registry.digests_pinned as policy

_row(changes) := object.union({"ref": {"group": "apps", "kind": "Deployment", "namespace": "shop", "name": "a"}, "path": "spec.containers[name=c].image", "image": "h/p/a:v1", "registry": "h", "repository": "p/a", "tag": "v1", "digest": "", "pull_policy": "IfNotPresent", "pinned_by": "", "ephemeral": false, "rule": 0}, changes)

_norm := {"repositories": [{"match": "h/p/**", "deploy": {"digest_required": true}}, {"match": "h/q/**", "tags": {"forbidden": ["dev-*"]}}, {"match": "h/o/**"}]}

_messages(rows, rules) := result if {
	result := {answer.message | some answer in policy.violation} with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

_doubts(rows, rules) := result if {
	result := {answer.message | some answer in policy.unknown} with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

_subjects(rows, rules) := result if {
	result := count(policy.subject) with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

test_images if {
	_messages([_row({})], {}) == {"image is named by a tag only"}
	_messages([_row({"pinned_by": "signed"})], {}) == set()
	_messages([_row({"tag": "latest"})], {}) == {"image has the tag latest"}
	_messages([_row({"tag": ""})], {}) == {"image has no tag"}
	_messages([_row({"tag": "", "digest": "sha256:1"})], {}) == set()
	_messages([_row({"repository": "q/a", "rule": 1, "tag": "dev-1"})], {}) == {"image has the forbidden tag dev-1"}
	_subjects([_row({}), _row({"repository": "o/a", "rule": 2})], {}) == 1
	_subjects([_row({"repository": "o/a", "rule": 2})], {}) == 0
}
