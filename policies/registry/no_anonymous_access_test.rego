package sextant.registry.no_anonymous_access_test

import data.sextant.registry.no_anonymous_access as policy

_row(changes) := object.union({
	"ref": {"group": "", "kind": "Repository", "namespace": "", "name": "h/p/a"}, "path": "h/p/a", "registry": "r", "type": "harbor",
	"granularity": "project", "rule": 0, "probe": "", "scope": null, "grants": [], "lacks": {}, "immutable": {}, "running": [], "kinds": [],
}, changes)

_grant(kind, name, actions) := {"principal": {"kind": kind, "name": name}, "actions": actions, "pattern": "p/**", "via": "role x", "expires_at": 0, "conditional": false, "source": "s"}

_norm := {
	"repositories": [{"match": "h/p/**", "pull": {"anonymous": false}}, {"match": "h/open/**", "publish": {"anonymous": "allowed"}}],
	"default": {"pull": {"anonymous": false}},
}

_messages(rows, rules) := result if {
	result := {answer.message | some answer in policy.violation} with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

_doubts(rows, rules) := result if {
	result := {answer.message | some answer in policy.unknown} with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

_subjects(rows, rules) := result if {
	result := count(policy.subject) with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

test_anybody_pushes if {
	rows := [_row({"grants": [_grant("anonymous", "*", ["push"]), _grant("address", "127.0.0.0/8", ["delete"]), _grant("user", "u", ["push"])]})]
	_messages(rows, {"repositories": []}) == {"anybody can push", "anybody can delete from 127.0.0.0/8"}
	_messages([_row({"path": "h/open/a", "rule": 1, "grants": [_grant("anonymous", "*", ["push"])]})], {}) == set()
}

test_anybody_pulls if {
	_messages([_row({"grants": [_grant("anonymous", "*", ["pull"])]})], {}) == {"anybody can pull"}
	_messages([_row({"scope": {"name": "p", "public": true}})], {}) == {"anybody can pull"}
	_messages([_row({"path": "g/a", "rule": null, "scope": {"name": "p", "public": true}})], {}) == {"anybody can pull"}
	_messages([_row({"path": "h/open/a", "rule": 1, "scope": {"name": "p", "public": true}})], {}) == set()
	_messages([_row({"scope": {"name": "p", "public": true}})], {"repositories": []}) == set()
}

test_what_was_not_read_is_no_pass if _doubts([_row({"lacks": {"grants": "403"}})], {}) == {"who comes without logging in cannot be told: 403"}
