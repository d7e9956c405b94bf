package sextant.registry.registry_survives_test

import data.sextant.registry.registry_survives as policy

_row(changes) := object.union({"ref": {"group": "apps", "kind": "Deployment", "namespace": "harbor", "name": "registry"}, "system": "harbor", "replicas": 2, "disruption_budget": true, "claims": [], "ephemeral": [], "serves": true}, changes)

_norm := {"high_availability": {"min_replicas": 2, "disruption_budget": true, "shared_storage": true}}

_messages(rows, rules) := result if {
	result := {answer.message | some answer in policy.violation} with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

_doubts(rows, rules) := result if {
	result := {answer.message | some answer in policy.unknown} with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

_subjects(rows, rules) := result if {
	result := count(policy.subject) with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

test_registries if {
	_messages([_row({"replicas": 1, "disruption_budget": false})], {}) == {"1 copies serve images, 2 are wanted", "no disruption budget keeps a copy of it"}
	_messages([_row({"claims": [{"name": "data", "access_modes": ["ReadWriteOnce"]}], "ephemeral": ["storage"]})], {}) == {"2 copies share claim data, which one node can mount", "images lie on volume storage, which ends with the pod"}
	_messages([_row({}), _row({"replicas": 1, "serves": false})], {}) == set()
}
