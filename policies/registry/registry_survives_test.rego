package sextant.registry.registry_survives_test

import data.sextant.registry.registry_survives as policy

_row(changes) := object.union({"ref": {"group": "apps", "kind": "Deployment", "namespace": "harbor", "name": "registry"}, "system": "harbor", "replicas": 2, "disruption_budget": true, "claims": [], "ephemeral": [], "serves": true, "keeps": "", "spread": true}, changes)

_norm := {"high_availability": {"min_replicas": 2, "database_replicas": 1, "disruption_budget": true, "spread": false, "shared_storage": true, "classes": [], "backups": false}}

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

_claim(changes) := object.union({"name": "data", "access_modes": ["ReadWriteMany"], "class": "rbd", "backed_up": true}, changes)

_strict := {"high_availability": {"database_replicas": 2, "spread": true, "classes": ["rbd-*"], "backups": true}}

test_what_it_stands_on if {
	_messages([_row({"claims": [_claim({"class": "rbd-gold"})]})], _strict) == set()
	_messages([_row({"claims": [_claim({})], "spread": false})], _strict) == {"claim data lies on class rbd, which is not good enough for a registry", "nothing keeps its copies on different nodes"}
	_messages([_row({"claims": [_claim({"class": ""})]})], _strict) == {"claim data lies on class of the default, which is not good enough for a registry"}
	_messages([_row({"serves": false, "keeps": "database", "replicas": 1, "claims": [_claim({"class": "rbd-gold", "backed_up": false})]})], _strict) == {
		"its database has 1 copies, 2 are wanted, or one outside of the cluster", "no schedule backs claim data up",
	}
	# A cache is filled again.
	_messages([_row({"serves": false, "keeps": "cache", "claims": [_claim({"class": "rbd-gold", "backed_up": false})]})], _strict) == set()
}

test_what_cannot_be_told if {
	_doubts([_row({"claims": [_claim({"backed_up": null, "class": "rbd-gold"})]})], _strict) == {"whether claim data is backed up cannot be told"}
	_doubts([_row({"claims": [_claim({"access_modes": []})]})], _strict) == {"claim data is not there to be judged"}
	_doubts([_row({"claims": [_claim({"access_modes": []})]})], {}) == {"claim data is not there to be judged"}
	_doubts([_row({"replicas": 1, "claims": [_claim({"access_modes": [], "backed_up": null})]})], {}) == set()
}
