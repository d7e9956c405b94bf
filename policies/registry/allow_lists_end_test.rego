package sextant.registry.allow_lists_end_test

import data.sextant.registry.allow_lists_end as policy

_row(changes) := object.union({
	"ref": {"group": "", "kind": "Repository", "namespace": "", "name": "h/p/a"}, "path": "h/p/a", "registry": "r", "type": "harbor",
	"granularity": "project", "rule": 0, "probe": "", "scope": null, "grants": [], "lacks": {}, "immutable": {}, "running": [], "kinds": [],
}, changes)

_norm := {"repositories": [{"match": "h/p/**", "scanning": {"allowlist_max_age_days": 10, "allowlist_max_items": 2}}]}

_messages(rows, rules) := result if {
	result := {answer.message | some answer in policy.violation} with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

_doubts(rows, rules) := result if {
	result := {answer.message | some answer in policy.unknown} with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

_subjects(rows, rules) := result if {
	result := count(policy.subject) with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

_list(items, ends) := _row({"probe": "scope", "scope": {"allow_list": {"items": items, "expires_at": ends}}})

_at(rows) := result if {
	result := _messages(rows, {}) with data.sx.snapshot.time as "1970-01-02T00:00:00Z"
}

test_lists if {
	_at([_list(1, null)]) == {"its list of tolerated vulnerabilities never ends"}
	_at([_list(1, 0)]) == {"its list of tolerated vulnerabilities never ends"}
	_at([_list(1, 80000)]) == {"its list of tolerated vulnerabilities has ended"}
	_at([_list(3, 1040000)]) == {"its list of tolerated vulnerabilities lasts 11 days more", "it tolerates 3 vulnerabilities"} with data.sx.rules.registry as _norm
	_subjects([_list(1, 9), _list(0, 0)], {}) == 1
}

test_without_a_clock_no_list_is_known_to_last if {
	said := "the source has no clock: whether its list of tolerated vulnerabilities has ended cannot be told"
	_doubts([_list(1, 80000)], {}) == {said} with data.sx.snapshot as {"time": null}
	_doubts([_list(1, 80000)], {}) == {said} with data.sx.snapshot as {"time": "zzz"}
	_doubts([_list(1, 80000)], {}) == set() with data.sx.snapshot as {"time": "1970-01-01T00:00:00Z"}
	_doubts([_list(1, 0)], {}) == set() with data.sx.snapshot as {"time": null}
}
