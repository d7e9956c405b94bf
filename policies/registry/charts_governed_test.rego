package sextant.registry.charts_governed_test

import data.sextant.registry.charts_governed as policy

_row(changes) := object.union({"ref": {"group": "source.toolkit.fluxcd.io", "kind": "OCIRepository", "namespace": "flux-system", "name": "a"}, "path": "spec.url", "host": "h", "repository": "charts/a", "insecure": false, "chart": true, "verifies": true}, changes)

_norm := {"allow": [{"host": "h"}], "charts": {"verify": true}}

_messages(rows, rules) := result if {
	result := {answer.message | some answer in policy.violation} with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

_doubts(rows, rules) := result if {
	result := {answer.message | some answer in policy.unknown} with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

_subjects(rows, rules) := result if {
	result := count(policy.subject) with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

test_charts if {
	_messages([_row({"host": "evil"})], {}) == {"charts come from evil, which is not approved"}
	_messages([_row({"verifies": false})], {}) == {"its signature is not verified"}
	_messages([_row({}), _row({"host": "evil", "chart": false})], {}) == set()
	_subjects([_row({})], {}) == 1
	_subjects([_row({})], {"allow": []}) == 1
	_subjects([_row({})], {"allow": [], "charts": {"verify": false}}) == 0
}
