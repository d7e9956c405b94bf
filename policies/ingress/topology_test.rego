package sextant.ingress.topology_test

import data.sextant.ingress.topology as policy

_ref := {"group": "apps", "kind": "Deployment", "namespace": "edge", "name": "nginx"}

_base := {
	"ref": _ref, "role": "controller", "included": false, "exposure": "external", "class": {"name": "ext"}, "labels": {}, "annotations": {}, "namespace_metadata": {},
	"controller": {"product": "ingress-nginx", "ingress_controllers": ["k8s.io/ingress-nginx"], "gateway_controllers": [], "classes": ["ext"]},
}

_row(changes) := object.union(_base, changes)

_said(message, path, more) := object.union({"ref": _ref, "message": message, "path": path}, more)

_violation(row, rules) := answer if {
	answer := policy.violation with input as {"rows": [row]}
		with data.sx.rules.ingress as rules
}

_unknown(row, rules) := answer if {
	answer := policy.unknown with input as {"rows": [row]}
		with data.sx.rules.ingress as rules
}

_subject(row, rules) := answer if {
	answer := policy.subject with input as {"rows": [row]}
		with data.sx.rules.ingress as rules
}

_rules(changes) := object.union({"topology": [], "internal_labels": {"exposure": ["internal"]}}, changes)

_declared(entries) := _rules({"topology": entries})

_route(changes) := _row(object.union({"role": "route", "controller": null, "labels": {"exposure": "internal"}}, changes))

test_a_declared_controller_passes if {
	every entry in [{"name": "x"}, {"name": "x", "controller": "ingress-nginx"}, {"name": "x", "controller": "k8s.io/ingress-nginx", "class": "ext", "namespaces": ["ed*"]}] {
		_violation(_row({}), _declared([entry])) == set()
	}
	_subject(_row({}), _declared([{"name": "x"}])) == {_ref}
	_subject(_row({}), _rules({})) == set()
}

test_an_undeclared_one_fails if {
	wanted := {{"ref": _ref, "message": "ingress-nginx is not in the declared topology", "evidence": {"product": "ingress-nginx", "classes": ["ext"]}}}
	every entry in [{"name": "x", "controller": "kong"}, {"name": "x", "class": "int"}, {"name": "x", "namespaces": ["b"]}] {
		_violation(_row({}), _declared([entry])) == wanted
	}
}

test_what_is_declared_internal_is_not_external if {
	_violation(_row({}), _declared([{"name": "x", "exposure": "internal"}])) == {{"ref": _ref, "message": "is declared internal as x, and its Service is external", "evidence": {"exposure": "external"}}}
}

test_internal_routes_stay_on_internal_classes if {
	_violation(_route({}), _rules({})) == {_said("is classified internal, and class ext is external", "metadata", {"evidence": {"class": "ext"}})}
	_violation(_route({"exposure": "internal"}), _rules({})) == set()
	_unknown(_route({"exposure": "unknown"}), _rules({})) == {{"ref": _ref, "message": "is classified internal, and where its class can be reached from is not known"}}
	_subject(_route({}), _rules({})) == {_ref}
	_subject(_route({"labels": {"exposure": "public"}}), _rules({})) == set()
}
