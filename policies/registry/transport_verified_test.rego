package sextant.registry.transport_verified_test

import data.sextant.registry.transport_verified as policy

_row(changes) := object.union({"ref": {"group": "source.toolkit.fluxcd.io", "kind": "OCIRepository", "namespace": "flux-system", "name": "a"}, "path": "spec.url", "host": "h", "repository": "charts/a", "insecure": false, "chart": true, "verifies": true}, changes)

_norm := {"insecure_exempt": ["local:5000"]}

_messages(rows, rules) := result if {
	result := {answer.message | some answer in policy.violation} with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

_doubts(rows, rules) := result if {
	result := {answer.message | some answer in policy.unknown} with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

_subjects(rows, rules) := result if {
	result := count(policy.subject) with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

test_transport if {
	_messages([_row({"insecure": true})], {}) == {"h is talked to without TLS, or without checking its certificate"}
	_messages([_row({"insecure": true, "host": ""})], {}) == {"a registry is talked to without TLS, or without checking its certificate"}
	_messages([_row({}), _row({"insecure": true, "host": "local:5000"})], {}) == set()
}
