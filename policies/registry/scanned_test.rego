package sextant.registry.scanned_test

import data.sextant.registry.scanned as policy

_row(changes) := object.union({
	"ref": {"group": "", "kind": "Repository", "namespace": "", "name": "h/p/a"}, "path": "h/p/a", "registry": "r", "type": "harbor",
	"granularity": "project", "rule": 0, "probe": "", "scope": null, "grants": [], "lacks": {}, "immutable": {}, "running": [], "kinds": [],
}, changes)

_norm := {"repositories": [{"match": "h/p/**", "scanning": {"on_push": true, "block_at": "high", "max_age_days": 7}}, {"match": "h/q/**"}]}

_messages(rows, rules) := result if {
	result := {answer.message | some answer in policy.violation} with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

_doubts(rows, rules) := result if {
	result := {answer.message | some answer in policy.unknown} with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

_subjects(rows, rules) := result if {
	result := count(policy.subject) with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

_image(changes) := object.union({"tag": "v1", "digest": "sha256:1", "workloads": [], "found": "yes", "index": false, "scan_status": "Success", "scan_severity": "Low", "scan_end": "2026-11-19T00:00:00Z"}, changes)

_good := {"auto_scan": true, "prevent_vulnerable": true, "severity": "high"}

_at(rows) := result if {
	result := _messages(rows, {}) with data.sx.snapshot.time as "2026-11-20T00:00:00Z" with data.sx.inventory.registries as []
}

test_settings if {
	_at([_row({"scope": {"auto_scan": false, "prevent_vulnerable": false, "severity": ""}})]) == {"images are not scanned when pushed", "vulnerable images can be pulled"}
	_at([_row({"scope": object.union(_good, {"severity": "critical"})})]) == {"pulls are refused from severity critical on, not from high"}
	_at([_row({"scope": _good, "running": [_image({})]})]) == set()
	_subjects([_row({"path": "h/q/a", "rule": 1}), _row({})], {}) == 1
}

_beside(registry) := result if {
	rows := [_row({"probe": "scope", "scope": _good}), _row({"scope": _good})]
	result := [answer.message | some answer in policy.violation] with input as {"rows": rows} with data.sx.rules.registry as _norm with data.sx.inventory.registries as [registry]
}

_scanner(changes) := object.union({"name": "trivy", "default": true, "disabled": false, "health": "healthy"}, changes)

test_scanners if {
	_beside({"name": "r", "type": "harbor", "lacks": {}, "scanners": [_scanner({})]}) == []
	_beside({"name": "r", "type": "harbor", "lacks": {}, "scanners": [_scanner({"health": "unhealthy"})]}) == ["scanner trivy is unhealthy"]
	_beside({"name": "r", "type": "harbor", "lacks": {}, "scanners": [_scanner({"disabled": true})]}) == ["no scanner is the default"]
	_beside({"name": "r", "type": "harbor", "lacks": {"scanning": "403"}, "scanners": []}) == []
	_beside({"name": "other", "type": "harbor", "lacks": {}, "scanners": []}) == []
}

test_images if {
	_at([_row({"scope": _good, "running": [_image({"index": true, "scan_severity": "Critical"})]})]) == {"index sha256:1 has findings of severity critical, and pulls of an index are never refused"}
	_at([_row({"scope": _good, "running": [_image({"scan_status": "", "digest": ""})]})]) == {"image v1 runs, it was never scanned"}
	_at([_row({"scope": _good, "running": [_image({"scan_status": ""})]})]) == {"image sha256:1 runs, it was never scanned"}
	_at([_row({"scope": _good, "running": [_image({"scan_status": "Error"})]})]) == {"image sha256:1 runs, its last scan failed"}
	_at([_row({"scope": _good, "running": [_image({"scan_end": "2026-11-01T00:00:00Z"})]})]) == {"image sha256:1 runs, its last scan is 19 days old"}
}

test_unread if {
	_doubts([_row({"running": [_image({"found": "unknown"}), _image({"digest": "sha256:2", "scan_status": null})]})], {}) == {
		"auto_scan was not read", "prevent_vulnerable was not read", "when image sha256:1 was scanned was not read", "when image sha256:2 was scanned was not read",
	}
}

test_without_a_clock_no_scan_is_known_to_be_fresh if {
	row := _row({"scope": _good, "running": [_image({})]})
	_doubts([row], {}) == {"the source has no clock: how old the last scan of image sha256:1 is cannot be told"} with data.sx.snapshot as {"time": null}
	_doubts([row], {}) == set() with data.sx.snapshot as {"time": "2026-11-20T00:00:00Z"}
}

# A rule's path in no project, where all projects are known: nothing to scan, and nothing to doubt.
test_nowhere if {
	_doubts([_row({"probe": "rule"})], {}) == set()
	_subjects([_row({"probe": "rule"})], {}) == 0
	_subjects([_row({"probe": "rule", "lacks": {"scopes": "403"}})], {}) == 1
}
