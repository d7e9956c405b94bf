package sextant.registry.robots_bounded_test

import data.sextant.registry.robots_bounded as policy

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

_norm := {"robots": {"max_ttl_days": 90, "max_unused_days": 30, "max_namespaces": 1}}

_messages(rows, rules) := result if {
	result := {answer.message | some answer in policy.violation} with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

_doubts(rows, rules) := result if {
	result := {answer.message | some answer in policy.unknown} with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

_subjects(rows, rules) := result if {
	result := count(policy.subject) with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

_robot(changes) := object.union({"name": "robot$ci", "level": "project", "expires_at": 1000000, "disabled": false, "used_at": null, "permissions": {"p": ["repository:push"]}}, changes)

_at(robot) := result if {
	result := _messages([_row({"robots": [robot]})], {}) with data.sx.snapshot.time as "1970-01-01T00:00:00Z" with data.sx.inventory.pull_secrets as _secrets
}

_secrets := [{"ref": {"namespace": namespace}, "accounts": [{"username": "robot$shared"}]} | some namespace in ["a", "b"]]

test_robots if {
	_at(_robot({})) == set()
	_at(_robot({"expires_at": null})) == {"robot robot$ci never ends"}
	_at(_robot({"expires_at": 8640000})) == {"robot robot$ci lives 100 days more"}
	_at(_robot({"permissions": {"*": ["repository:push"]}})) == {"robot robot$ci can push everywhere"}
	_at(_robot({"permissions": {"p": ["robot:create"]}})) == {"robot robot$ci can make others (robot:create)"}
	_at(_robot({"name": "robot$shared"})) == {"robot robot$shared is used by 2 namespaces"}
	_at(_robot({"used_at": -8640000})) == {"robot robot$ci was last used 100 days ago"}
	_at(_robot({"expires_at": null, "disabled": true})) == set()
	_at(_robot({"expires_at": 0, "permissions": {"*": ["repository:push"]}})) == set()
}

test_unread if {
	_doubts([_row({"lacks": {"robots": "403"}})], {}) == {"which robots there are cannot be told: 403"}
	_subjects([_row({"type": "zot"}), _row({"type": "nexus", "robots": [_robot({})]})], {}) == 1
}

test_without_a_clock_no_robot_is_known_to_end if {
	row := _row({"robots": [_robot({})]})
	forever := _row({"robots": [_robot({"expires_at": null})]})
	_doubts([row], {}) == {"the source has no clock: when its robots end cannot be told"} with data.sx.snapshot as {"time": null}
	_doubts([forever], {}) == set() with data.sx.snapshot as {"time": null}
	_doubts([row], {}) == set() with data.sx.snapshot as {"time": "1970-01-01T00:00:00Z"}
}
