package sextant.registry.second_source_test

import data.sextant.registry.second_source as policy

_row(changes) := object.union({
	"ref": {"group": "", "kind": "Registry", "namespace": "", "name": "r"}, "name": "r", "type": "harbor", "declared": true, "hosts": ["h"], "source": "api", "workload": null,
	"lacks": {}, "health": {"status": "healthy", "components": []}, "settings": _settings, "admins": [], "robots": [], "scanners": [], "replications": [],
	"allow_list": null, "volume": null, "mirrored": [], "quotas": [], "everywhere": [],
}, changes)

_settings := {
	"auth_mode": null, "self_registration": null, "project_creation": null, "read_only": null, "audit_forward": null, "audit_skip_database": null,
	"audit_disabled": null, "audit_purge_hours": null, "audit_enabled": null, "plain_http": null, "overwrite": null,
}

_set(changes) := _row({"settings": object.union(_settings, changes)})

_norm := {"second_source": {"required": true, "max_age_days": 2}}

_messages(rows, rules) := result if {
	result := {answer.message | some answer in policy.violation} with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

_doubts(rows, rules) := result if {
	result := {answer.message | some answer in policy.unknown} with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

_subjects(rows, rules) := result if {
	result := count(policy.subject) with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

_copy(changes) := object.union({"name": "dr", "enabled": true, "outbound": true, "deletion": false, "overwrite": false, "runs_read": true, "last_success": 0}, changes)

_at(row) := result if {
	result := _beside([row], [])
}

_beside(rows, systems) := result if {
	result := _messages(rows, {}) with data.sx.snapshot as {"time": "1970-01-02T00:00:00Z"} with data.sx.inventory.extensions as systems
}

_doubtful(row, systems) := result if {
	result := _doubts([row], {}) with data.sx.snapshot as {"time": "1970-01-02T00:00:00Z"} with data.sx.inventory.extensions as systems
}

test_sources if {
	_at(_row({})) == {"no replication leaves it, and nothing mirrors it"}
	_at(_row({"mirrored": ["m"]})) == set()
	_at(_row({"replications": [_copy({})]})) == set()
	_at(_row({"replications": [_copy({"last_success": null})]})) == {"replication dr has not succeeded lately"}
	_at(_row({"replications": [_copy({"deletion": true, "last_success": -900000})]})) == {"replication dr has not succeeded lately", "replication dr deletes there what is deleted here"}
	_messages([_row({"replications": [_copy({"last_success": -900000})]})], {"second_source": {"required": true, "max_age_days": 0}}) == set()
	_doubtful(_row({"lacks": {"replication": "403"}}), []) == {"whether there is a second source cannot be told: 403"}
	_subjects([_row({}), _row({"declared": false})], {}) == 1
}

_system(health) := {"id": "spegel", "roles": ["image-mirror"], "state": "installed", "health": health, "health_reason": ""}

test_mirrors_between_nodes if {
	_beside([_row({})], [_system("healthy")]) == set()
	_beside([_row({})], [_system("degraded")]) == {"no replication leaves it, and nothing mirrors it"}
	# No status: neither a pass nor a fail.
	_beside([_row({})], [_system("unknown")]) == set()
	_doubtful(_row({}), [_system("unknown")]) == {"whether spegel works cannot be told"}
	_doubtful(_row({"lacks": {"replication": "403"}}), [_system("healthy")]) == set()
}

test_copies if {
	# One that is fresh is enough.
	_at(_row({"replications": [_copy({}), _copy({"name": "old", "last_success": -900000})]})) == set()
	_at(_row({"replications": [_copy({"overwrite": true})]})) == {"replication dr overwrites there what is pushed over here"}
	_doubtful(_row({"replications": [_copy({"runs_read": false, "last_success": null})]}), []) == {"when replication dr last succeeded was not read"}
}

test_without_a_clock_no_copy_is_known_to_be_old if {
	row := _row({"replications": [_copy({})]})
	_doubts([row], {}) == {"the source has no clock: how old its copies are cannot be told"} with data.sx.snapshot as {"time": null} with data.sx.inventory.extensions as []
	_messages([row], {}) == set() with data.sx.snapshot as {"time": null} with data.sx.inventory.extensions as []
}
