package sextant.registry.audit_trail_test

import data.sextant.registry.audit_trail as policy

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

_norm := {"audit": {"required": true, "min_hours": 24}}

_messages(rows, rules) := result if {
	result := {answer.message | some answer in policy.violation} with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

_doubts(rows, rules) := result if {
	result := {answer.message | some answer in policy.unknown} with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

_subjects(rows, rules) := result if {
	result := count(policy.subject) with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

_ask(row) := result if {
	result := _messages([row], {}) with data.sx.inventory.extensions as [{"id": "fluent-bit", "roles": ["logging"], "state": "installed", "health": "healthy"}]
}

test_trails if {
	_ask(_set({"audit_forward": ""})) == {"its audit log leaves it by no way"}
	_ask(object.union(_set({"audit_forward": ""}), {"workload": {"name": "core"}})) == set()
	_ask(_set({"audit_forward": "", "audit_skip_database": true})) == {"its audit log leaves it by no way", "its audit log is kept nowhere"}
	_ask(_set({"audit_enabled": false})) == {"it writes no audit log"}
	_ask(_set({"audit_forward": "x", "audit_disabled": ["create_artifact", "login"], "audit_purge_hours": 2})) == {"its audit log leaves out create_artifact", "its audit log is purged after 2 hours"}
	_doubts([_row({})], {}) == {"its audit settings were not read"}
	_doubts([_row({"lacks": {"settings": "403"}})], {}) == {"its audit settings were not read: 403"}
	_subjects([_row({})], {"audit": {"required": false, "min_hours": 0}}) == 0
	_subjects([_set({"audit_skip_database": false})], {"audit": {"required": false, "min_hours": 0}}) == 1
}
