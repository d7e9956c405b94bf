package sextant.registry.signed_in_registry_test

import data.sextant.registry.signed_in_registry as policy

_row(changes) := object.union({
	"ref": {"group": "", "kind": "Repository", "namespace": "", "name": "h/p/a"}, "path": "h/p/a", "registry": "r", "type": "harbor",
	"granularity": "project", "rule": 0, "probe": "", "scope": null, "grants": [], "lacks": {}, "immutable": {}, "running": [], "kinds": [],
}, changes)

_norm := {"repositories": [{"match": "h/p/**", "signing": {"required": true, "enforce_at_registry": true}}, {"match": "h/q/**"}]}

_messages(rows, rules) := result if {
	result := {answer.message | some answer in policy.violation} with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

_doubts(rows, rules) := result if {
	result := {answer.message | some answer in policy.unknown} with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

_subjects(rows, rules) := result if {
	result := count(policy.subject) with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

_image(signed) := {"tag": "v1", "digest": "sha256:1", "workloads": [], "signed": signed}

test_signatures if {
	_messages([_row({"scope": {"content_trust": false}, "running": [_image(false), object.union(_image(false), {"digest": ""})]})], {}) == {
		"images without a signature can be pulled", "image sha256:1 runs and has no signature", "image v1 runs and has no signature",
	}
	_messages([_row({"scope": {"content_trust": true}, "running": [_image(true)]})], {}) == set()
	_doubts([_row({"running": [_image(null)]})], {}) == {"whether the registry asks for signatures was not read", "whether image sha256:1 is signed was not read"}
	_subjects([_row({"path": "h/q/a", "rule": 1}), _row({})], {}) == 1
}
