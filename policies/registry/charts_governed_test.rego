package sextant.registry.charts_governed_test

import data.sextant.registry.charts_governed as policy

_row(changes) := object.union({"ref": {"group": "source.toolkit.fluxcd.io", "kind": "OCIRepository", "namespace": "flux-system", "name": "a"}, "path": "spec.url", "host": "h", "repository": "charts/a", "insecure": false, "chart": true, "verifies": true, "server": null}, changes)

_norm := {"allow": [{"host": "h"}], "charts": {"verify": true, "overwrite": false, "guarded": []}}

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
	_subjects([_row({})], {"allow": [], "charts": {"verify": false, "overwrite": false, "guarded": []}}) == 0
}

_server(changes) := _row({"chart": false, "server": object.union({"name": "charts", "open": false, "overwrites": false}, changes)})

_allowing := {"charts": {"verify": false, "overwrite": true, "guarded": ["charts"]}}

test_servers if {
	_messages([_server({})], {}) == set()
	_messages([_server({"open": true, "overwrites": true})], {}) == {"anybody can push charts into it", "a chart that is there can be pushed over"}
	# What stands before it logs people in, and charts may be pushed over.
	_messages([_server({"open": true, "overwrites": true})], _allowing) == set()
	_subjects([_server({})], {"allow": []}) == 1
}

test_servers_that_were_not_read if {
	_doubts([_server({"open": null, "overwrites": null})], {}) == {"who can push charts into it was not read", "whether a chart can be pushed over was not read"}
	_doubts([_server({"open": null, "overwrites": null})], _allowing) == set()
	_doubts([_row({})], {}) == set()
}

test_an_address_that_ends_at_its_host if {
	_messages([_row({"repository": ""})], {}) == set()
	_messages([_row({"repository": ""})], {"allow": [{"host": "h", "paths": ["charts/**"]}]}) == {"charts come from h, which is not approved"}
}
