package sextant.registry.administrators_few_test

import data.sextant.registry.administrators_few as policy

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

_norm := {"admins": {"max": 1, "allow": ["root"], "auth_modes": ["oidc_auth"], "break_glass": ["root"]}, "separation_of_duties": [["registry_admin", "publish"]], "principals": {"root": {"users": ["root"]}, "ci": {"users": ["ci"]}}, "repositories": [{"match": "h/**", "publish": {"allow": ["ci"]}}]}

_messages(rows, rules) := result if {
	result := {answer.message | some answer in policy.violation} with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

_doubts(rows, rules) := result if {
	result := {answer.message | some answer in policy.unknown} with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

_subjects(rows, rules) := result if {
	result := count(policy.subject) with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

_admin(name) := {"principal": {"kind": "user", "name": name}, "local": true, "via": "sysadmin"}

test_administrators if {
	_messages([object.union(_set({"auth_mode": "db_auth"}), {"admins": [_admin("root"), _admin("ci")]})], {}) == {
		"it has 2 administrators, 1 are allowed", "user ci is administrator and not named as one", "it logs people in by db_auth", "user ci is administrator and publishes",
	}
	_messages([object.union(_set({"auth_mode": "oidc_auth"}), {"admins": [_admin("root")]})], {}) == set()
	_messages([object.union(_set({"auth_mode": "oidc_auth"}), {"admins": [_admin("root")]})], {"admins": {"break_glass": ["other"]}}) == {"user root is an administrator of the registry's own, beside the directory"}
	_doubts([_row({"lacks": {"admins": "403"}})], {}) == {"who administers it cannot be told: 403", "how people log in was not read"}
	_subjects([_row({})], {}) == 1
	_subjects([_row({})], {"admins": {"max": 0, "allow": [], "auth_modes": []}, "separation_of_duties": []}) == 0
}
