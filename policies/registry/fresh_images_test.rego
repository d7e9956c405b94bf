package sextant.registry.fresh_images_test

import data.sextant.registry.fresh_images as policy

_row(changes) := object.union({
	"ref": {"group": "", "kind": "Repository", "namespace": "", "name": "h/p/a"}, "path": "h/p/a", "registry": "r", "type": "harbor",
	"granularity": "project", "rule": 0, "probe": "", "scope": null, "grants": [], "lacks": {}, "immutable": {}, "running": [], "kinds": [],
}, changes)

_norm := {"repositories": [{"match": "h/p/**", "max_age_days": 30, "sbom": true}, {"match": "h/q/**"}, {"match": "h/b/**", "base_maintained": true}]}

_messages(rows, rules) := result if {
	result := {answer.message | some answer in policy.violation} with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

_doubts(rows, rules) := result if {
	result := {answer.message | some answer in policy.unknown} with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

_subjects(rows, rules) := result if {
	result := count(policy.subject) with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

_image(changes) := object.union({"digest": "sha256:1", "workloads": [], "pushed": "2026-11-01T00:00:00Z", "base_eol": false, "sbom": true}, changes)

_at(rows) := result if {
	result := _messages(rows, {}) with data.sx.snapshot.time as "2026-11-20T00:00:00Z"
}

test_images if {
	_at([_row({"running": [_image({"pushed": "2026-01-01T00:00:00Z", "base_eol": true, "sbom": false})]})]) == {
		"image sha256:1 runs and was pushed 323 days ago", "image sha256:1 stands on a base that is no longer maintained", "image sha256:1 runs and has no SBOM",
	}
	_at([_row({"running": [_image({})]})]) == set()
	_doubts([_row({"running": [_image({"pushed": null, "sbom": null})]})], {}) == {"pushed of image sha256:1 was not read", "sbom of image sha256:1 was not read"}
	_doubts([_row({"rule": 2, "running": [_image({"base_eol": null})]})], {}) == {"the base of image sha256:1 was not read"}
	_doubts([_row({"rule": 2, "running": [_image({})]})], {}) == set()
	_subjects([_row({"rule": 2, "running": [_image({})]})], {}) == 1
	_subjects([_row({"path": "h/q/a", "rule": 1, "running": [_image({})]}), _row({"running": [_image({})]})], {}) == 1
}

test_without_a_clock_no_age_is_known if {
	row := _row({"running": [_image({})]})
	_doubts([row], {}) == {"the source has no clock: the age of image sha256:1 cannot be told"} with data.sx.snapshot as {"time": null}
	_doubts([row], {}) == set() with data.sx.snapshot as {"time": "2026-11-20T00:00:00Z"}
}
