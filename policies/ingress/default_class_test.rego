package sextant.ingress.default_class_test

import data.sextant.ingress.default_class as policy

_cluster := {"group": "", "kind": "Cluster", "namespace": "", "name": ""}

_class(name, is_default) := {"ref": {"name": name}, "is_default": is_default}

_ask(classes, rules) := answer if {
	answer := policy.violation with input as {"rows": [{"ref": _cluster}]}
		with data.sx.inventory.ingress_classes as classes
		with data.sx.rules.ingress as rules
}

test_two_defaults_are_told_with_what_both_servers_do if {
	_ask([_class("a", true), _class("b", true)], {"default": "none", "default_name": ""}) == {{
		"ref": _cluster,
		"message": "2 IngressClasses are the default (a, b): older servers refuse an Ingress without a class (\"2 default IngressClasses were found, only 1 allowed\"), newer ones silently take the newest",
		"evidence": {"defaults": ["a", "b"]},
	}}
}

test_none_is_a_matter_of_the_rules if {
	_ask([_class("a", false)], {"default": "none", "default_name": ""}) == set()
	_ask([_class("a", false)], {"default": "one", "default_name": ""}) == {{"ref": _cluster, "message": "no IngressClass is the default, and the rules ask for one"}}
}

test_the_one_is_the_declared_one if {
	_ask([_class("a", true)], {"default": "one", "default_name": "a"}) == set()
	_ask([_class("a", true)], {"default": "one", "default_name": "b"}) == {{"ref": _cluster, "message": "the default IngressClass is a, and the rules declare b", "evidence": {"defaults": ["a"]}}}
}

test_no_class_is_no_question if {
	rows := [{"ref": {"group": "", "kind": "Cluster", "namespace": "", "name": ""}}]
	policy.subject == set() with input as {"rows": rows}
		with data.sx.inventory.ingress_classes as []
		with data.sx.rules.ingress as {"default": "none", "default_name": ""}
	count(policy.subject) == 1 with input as {"rows": rows}
		with data.sx.inventory.ingress_classes as []
		with data.sx.rules.ingress as {"default": "one", "default_name": ""}
}
