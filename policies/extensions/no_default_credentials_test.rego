package sextant.extensions.no_default_credentials_test

import data.sextant.extensions.no_default_credentials as policy

_base := {"ref": {"group": "", "kind": "Secret", "namespace": "harbor", "name": "core"}, "what": "secret", "systems": ["harbor"], "read": true, "defaults": []}

_row(more) := object.union(object.remove(_base, object.keys(more)), more)

_norm := {"required": false, "initial": ["*-initial-admin-secret"]}

_fails(row) := {f.message | some f in found} if {
	norm := _norm
	found := policy.violation with input as {"rows": [row]} with data.sx.rules.extensions.credentials as norm
}

_first := {"ref": {"kind": "Secret", "namespace": "argocd", "name": "argocd-initial-admin-secret"}, "read": false}

test_changed if _fails(_row({})) == set()

test_default if _fails(_row({"defaults": ["harbor-admin"]})) == {"still holds a default that its vendor ships: harbor-admin"}

test_first_login if {
	_fails(_row(_first)) == {"holds the password of the first login, which nobody deleted"}
	_fails(_row({"ref": {"kind": "Extension", "name": "x-initial-admin-secret"}, "what": "system"})) == set()
}

test_not_read if {
	unread := [_row({"read": false}), _row({"what": "system", "read": false, "ref": {"kind": "Extension", "name": "harbor"}})]
	lax := _norm
	found := policy.unknown with input as {"rows": unread} with data.sx.rules.extensions.credentials as lax
	found == set()
	strict := object.union(_norm, {"required": true})
	doubts := policy.unknown with input as {"rows": unread} with data.sx.rules.extensions.credentials as strict
	{f.message | some f in doubts} == {"its values were not read", "whether its Secrets hold a default was not read"}
}

test_who_is_judged if {
	rows := [_row({}), _row({"ref": {"name": "unread"}, "read": false}), _row(_first)]
	lax := _norm
	few := policy.subject with input as {"rows": rows} with data.sx.rules.extensions.credentials as lax
	{ref.name | some ref in few} == {"core", "argocd-initial-admin-secret"}
	strict := object.union(_norm, {"required": true})
	all := policy.subject with input as {"rows": rows} with data.sx.rules.extensions.credentials as strict
	count(all) == 3
}
