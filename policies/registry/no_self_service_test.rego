package sextant.registry.no_self_service_test

import data.sextant.registry.no_self_service as policy

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

_norm := {"self_service": {"allowed": false}}

_messages(rows, rules) := result if {
	result := {answer.message | some answer in policy.violation} with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

_doubts(rows, rules) := result if {
	result := {answer.message | some answer in policy.unknown} with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

_subjects(rows, rules) := result if {
	result := count(policy.subject) with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

test_self_service if {
	_messages([_set({"self_registration": true, "project_creation": "everyone"})], {}) == {"anybody can make an account", "everybody can make a project"}
	_messages([_row({"type": "zot", "everywhere": [{"principal": {"kind": "authenticated", "name": "*"}, "actions": ["push"], "via": "defaultPolicy"}]})], {}) == {"everybody who logs in can push into repositories that nobody named"}
	_messages([_set({"self_registration": false, "project_creation": "adminonly"})], {}) == set()
	_doubts([_row({})], {}) == {"self_registration was not read", "project_creation was not read"}
	_doubts([_row({"type": "zot", "lacks": {"grants": "in a Secret"}})], {}) == {"who can make repositories cannot be told: in a Secret"}
	_subjects([_row({})], {"self_service": {"allowed": true}}) == 0
	_subjects([_row({})], {}) == 1
}
