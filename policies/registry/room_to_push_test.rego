package sextant.registry.room_to_push_test

import data.sextant.registry.room_to_push as policy

_row(changes) := object.union({
	"ref": {"group": "", "kind": "Registry", "namespace": "", "name": "r"}, "name": "r", "type": "harbor", "declared": true, "hosts": ["h"], "source": "api", "workload": null,
	"lacks": {}, "health": {"status": "healthy", "components": []}, "settings": _settings, "admins": [], "robots": [], "scanners": [], "replications": [],
	"allow_list": null, "volume": null, "quotas": [], "everywhere": [],
}, changes)

_settings := {
	"auth_mode": null, "self_registration": null, "project_creation": null, "read_only": null, "audit_forward": null, "audit_skip_database": null,
	"audit_disabled": null, "audit_purge_hours": null, "audit_enabled": null, "plain_http": null, "overwrite": null,
}

_set(changes) := _row({"settings": object.union(_settings, changes)})

_norm := {"capacity": {"max_used": 0.9, "min_free": 0.1, "read_only": ["old"]}}

_messages(rows, rules) := result if {
	result := {answer.message | some answer in policy.violation} with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

_doubts(rows, rules) := result if {
	result := {answer.message | some answer in policy.unknown} with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

_subjects(rows, rules) := result if {
	result := count(policy.subject) with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

test_room if {
	_messages([_set({"read_only": true})], {}) == {"nothing can be pushed: it is read-only"}
	_messages([object.union(_set({"read_only": true}), {"name": "old"})], {}) == set()
	_messages([_row({"quotas": [{"scope": "p", "hard": 100, "used": 95}, {"scope": "q", "hard": -1, "used": 95}], "volume": [100, 5]})], {}) == {"p has used 95% of its quota", "5% of its volume is free"}
	_messages([_row({"volume": [100, 50]})], {}) == set()
	_doubts([_row({"lacks": {"quotas": "403"}})], {}) == {"whether it can be written to was not read", "its quotas cannot be told: 403"}
}
