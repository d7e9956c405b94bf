package sextant.registry.openshift_publishers_test

import data.sextant.registry.openshift_publishers as policy

_row(changes) := object.union({
	"ref": {"group": "", "kind": "Repository", "namespace": "", "name": "h/p/a"}, "path": "h/p/a", "registry": "r", "type": "openshift",
	"granularity": "project", "rule": 0, "probe": "", "scope": null, "grants": [], "lacks": {}, "immutable": {}, "running": [], "kinds": [],
}, changes)

_grant(kind, name, actions) := {"principal": {"kind": kind, "name": name}, "actions": actions, "pattern": "p/**", "via": "role x", "expires_at": 0, "conditional": false, "source": "s"}

_norm := {"principals": {"ci": {"service_accounts": ["ci/pusher"]}}, "repositories": [{"match": "h/p/**", "publish": {"allow": ["ci"]}}]}

_messages(rows, rules) := result if {
	result := {answer.message | some answer in policy.violation} with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

_doubts(rows, rules) := result if {
	result := {answer.message | some answer in policy.unknown} with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

_subjects(rows, rules) := result if {
	result := count(policy.subject) with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

test_bindings if {
	_messages([_row({"scope": {"name": "p"}, "grants": [_grant("service-account", "p/builder", ["push"]), _grant("service-account", "ci/pusher", ["push"]), _grant("group", "dev", ["push"]), _grant("user", "eve", ["pull"])]})], {}) == {"group dev can push by role x and is not allowed to"}
	_doubts([_row({"lacks": {"grants": "403"}})], {}) == {"who else can push cannot be told: 403"}
	_subjects([_row({}), object.union(_row({}), {"type": "zot", "ref": {"name": "x"}})], {}) == 1
}
