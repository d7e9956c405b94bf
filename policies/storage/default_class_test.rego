package sextant.storage.default_class_test

import data.sextant.storage.default_class as policy

_ref := {"group": "", "kind": "Cluster", "namespace": "", "name": ""}

_rules(change) := object.union(data.sx.rules.storage, change)

_violations(classes, rules) := found if {
	rows := [{"ref": _ref, "classes": classes}]
	found := policy.violation with input.rows as rows with data.sx.rules.storage as rules
}

_class(name, chosen) := {"name": name, "labels": {}, "default": chosen, "created": "2026-01-01T00:00:00Z", "default_set_by": "helm"}

_tiers := {"gold": {"classes": ["gold"]}, "silver": {"classes": ["silver"]}}

_says(message) := {{"ref": _ref, "message": message}}

test_one_default_passes if {
	_violations([_class("silver", true), _class("gold", false)], _rules({})) == set()
}

test_none_fails if {
	_violations([_class("silver", false)], _rules({})) == _says("no storage class is the default: a claim without a class waits for ever")
	_violations([], _rules({})) == _says("there is no storage class, so no default")
}

test_two_fail if {
	_violations([_class("gold", true), _class("silver", true)], _rules({})) == {{
		"ref": _ref, "message": "2 storage classes are the default: gold, silver; the newest wins in silence",
		"evidence": {"defaults": [
			{"name": "gold", "created": "2026-01-01T00:00:00Z", "set_by": "helm"},
			{"name": "silver", "created": "2026-01-01T00:00:00Z", "set_by": "helm"},
		]},
	}}
}

test_a_default_where_none_may_be_fails if {
	rules := _rules({"default": {"policy": "none"}})
	_violations([_class("gold", true)], rules) == _says("storage class gold is the default, where none may be")
	_violations([_class("gold", false)], rules) == set()
}

test_the_default_belongs_to_the_right_tier if {
	scratch := "the default storage class scratch belongs to no tier"
	_violations([_class("scratch", true)], _rules({"tiers": _tiers})) == _says(scratch)
	forbidden := "the default storage class gold belongs to tier gold, which may not be the default"
	_violations([_class("gold", true)], _rules({"tiers": _tiers, "tiers_forbidden_as_default": ["gold"]})) == _says(forbidden)
	other := "the default storage class gold belongs to tier gold, not to silver"
	_violations([_class("gold", true)], _rules({"tiers": _tiers, "default": {"tier": "silver"}})) == _says(other)
	_violations([_class("silver", true)], _rules({"tiers": _tiers, "default": {"tier": "silver"}})) == set()
}
