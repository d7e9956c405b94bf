package sextant.registry.running_images_pullable_test

import data.sextant.registry.running_images_pullable as policy

_row(changes) := object.union({
	"ref": {"group": "", "kind": "Repository", "namespace": "", "name": "h/p/a"}, "path": "h/p/a", "registry": "r", "type": "harbor",
	"granularity": "project", "probe": "", "scope": null, "grants": [], "lacks": {}, "immutable": {}, "running": [], "kinds": [],
}, changes)

_norm := {"verify_pullable": true}

_messages(rows, rules) := result if {
	result := {answer.message | some answer in policy.violation} with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

_doubts(rows, rules) := result if {
	result := {answer.message | some answer in policy.unknown} with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

_subjects(rows, rules) := result if {
	result := count(policy.subject) with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

_image(found, moved) := {"tag": "v1", "digest": "sha256:1", "workloads": [], "opaque": false, "found": found, "moved": moved}

test_images if {
	_messages([_row({"running": [_image("no", true), object.union(_image("no", null), {"digest": ""})]})], {}) == {"image sha256:1 runs and is no longer there", "image v1 runs and is no longer there"}
	_messages([_row({"running": [_image("yes", true)]})], {}) == {"tag v1 is another image than the one that runs"}
	_messages([_row({"running": [_image("yes", null)]})], {}) == set()
	_doubts([_row({"running": [_image("unknown", null)]})], {}) == {"whether image sha256:1 is still there was not read"}
	_doubts([_row({"running": [object.union(_image("unknown", null), {"opaque": true})]})], {}) == {"which image runs as v1 is not told: its id names no repository"}
	_subjects([_row({"running": [_image("yes", null)]}), _row({})], {}) == 1
	_subjects([_row({"running": [_image("yes", null)]})], {"verify_pullable": false}) == 0
}
