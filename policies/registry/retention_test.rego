package sextant.registry.retention_test

import data.sextant.registry.retention as policy

_row(changes) := object.union({
	"ref": {"group": "", "kind": "Repository", "namespace": "", "name": "h/p/a"}, "path": "h/p/a", "registry": "r", "type": "harbor",
	"granularity": "project", "rule": 0, "probe": "", "scope": null, "grants": [], "lacks": {}, "immutable": {}, "running": [], "kinds": [],
}, changes)

_norm := {"repositories": [{"match": "h/p/**", "retention": {"required": true, "protect_running": true}}, {"match": "h/q/**"}]}

_messages(rows, rules) := result if {
	result := {answer.message | some answer in policy.violation} with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

_doubts(rows, rules) := result if {
	result := {answer.message | some answer in policy.unknown} with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

_subjects(rows, rules) := result if {
	result := count(policy.subject) with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

_image(kept) := {"tag": "v1", "digest": "sha256:1", "workloads": [], "kept": kept}

_beside(type, gc) := result if {
	scope := {"retention_read": true, "retention": {"rules": []}}
	rows := [_row({"probe": "scope", "type": type, "scope": scope}), _row({"type": type, "scope": scope})]
	result := {"fail": [answer.message | some answer in policy.violation], "unknown": [answer.message | some answer in policy.unknown]} with input as {"rows": rows} with data.sx.rules.registry as _norm
		with data.sx.inventory.registries as [{"name": "r", "settings": {"gc_scheduled": gc}}]
}

test_collection if {
	_beside("harbor", true) == {"fail": [], "unknown": []}
	_beside("harbor", false) == {"fail": ["nothing collects what is deleted"], "unknown": []}
	_beside("zot", null) == {"fail": [], "unknown": ["whether what is deleted is collected was not read"]}
	# Others have no such setting.
	_beside("gitlab", null) == {"fail": [], "unknown": []}
}

test_retention if {
	_messages([_row({"scope": {"retention_read": true, "retention": null}, "running": [_image(false), object.union(_image(false), {"digest": ""})]})], {}) == {
		"nothing says what is kept and for how long", "image sha256:1 runs, and retention does not keep it", "image v1 runs, and retention does not keep it",
	}
	_messages([_row({"scope": {"retention_read": true, "retention": {"rules": []}}, "running": [_image(true)]})], {}) == set()
	_doubts([_row({"running": [_image(null)], "lacks": {"retention": "403"}})], {}) == {"what is kept cannot be told: 403", "whether image sha256:1 is kept cannot be worked out"}
	_subjects([_row({"path": "h/q/a", "rule": 1}), _row({})], {}) == 1
}
