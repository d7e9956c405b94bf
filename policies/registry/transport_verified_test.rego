package sextant.registry.transport_verified_test

import data.sextant.registry.transport_verified as policy

_row(changes) := object.union({"ref": {"group": "source.toolkit.fluxcd.io", "kind": "OCIRepository", "namespace": "flux-system", "name": "a"}, "path": "spec.url", "host": "h", "repository": "charts/a", "insecure": false, "chart": true, "verifies": true, "server": null}, changes)

_norm := {"insecure_exempt": ["local:5000"], "node_transport": "not_judged"}

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

_nodes := _row({"path": "nodes", "host": "", "insecure": null})

test_what_was_not_read if {
	_doubts([_row({"insecure": null})], {}) == {"whether h is talked to by TLS is set where it was not read"}
	_doubts([_row({"insecure": null, "host": "local:5000"})], {}) == set()
	_messages([_row({"insecure": null})], {}) == set()
	_subjects([_row({"server": {"name": "c"}})], {}) == 0
	_subjects([_row({})], {}) == 1
}

# Nobody asks, somebody asks, somebody says so.
test_nodes if {
	_doubts([_nodes], {}) == set()
	_subjects([_nodes], {}) == 0
	_doubts([_nodes], {"node_transport": "judged"}) == {"the settings of the nodes' container runtime are in no object: attest them"}
	_doubts([_nodes], {"node_transport": "attested"}) == set()
	_subjects([_nodes], {"node_transport": "attested"}) == 1
}
