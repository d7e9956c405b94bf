package sextant.ingress.route_class_test

import data.sextant.ingress.route_class as policy

_ref := {"group": "networking.k8s.io", "kind": "Ingress", "namespace": "web", "name": "shop"}

_class := {"name": "nginx", "source": "field", "field": "nginx", "annotation": "", "exists": "yes", "classless_by": []}

_row(class, changes) := object.union({
	"ref": _ref, "role": "route", "family": "ingress", "acme_solver": false, "included": false, "parents": [],
	"class": object.union(_class, class),
}, changes)

_parent(changes) := object.union({"kind": "Gateway", "namespace": "infra", "name": "gw", "path": "spec.parentRefs[name=gw]", "exists": "yes", "attached": "yes"}, changes)

_route(parents) := _row({"source": "parent", "name": "", "field": "", "exists": "unknown"}, {"family": "gateway-api", "parents": parents})

_violation(row) := answer if answer := policy.violation with input as {"rows": [row]}

_subject(row) := answer if answer := policy.subject with input as {"rows": [row]}

_unknown(row) := answer if answer := policy.unknown with input as {"rows": [row]}

test_a_class_that_exists_passes if {
	_violation(_row({}, {})) == set()
	_unknown(_row({}, {})) == set()
	_subject(_row({}, {})) == {_ref}
}

test_no_class_and_no_default if {
	none := {"source": "none", "name": "", "field": "", "exists": "no"}
	_violation(_row(none, {})) == {{"ref": _ref, "message": "names no class, and no IngressClass is the default", "path": "spec.ingressClassName"}}
	_violation(_row(object.union(none, {"classless_by": ["edge/traefik"]}), {})) == {{"ref": _ref, "message": "names no class, and no IngressClass is the default: edge/traefik serves it all the same", "path": "spec.ingressClassName"}}
}

test_a_class_that_does_not_exist if {
	_violation(_row({"name": "old", "field": "old", "exists": "no"}, {})) == {{"ref": _ref, "message": "class old does not exist", "path": "spec.ingressClassName", "evidence": {"class": "old"}}}
	_unknown(_row({"exists": "unknown"}, {})) == {{"ref": _ref, "message": "whether its class nginx exists is not known"}}
}

test_the_annotation_is_deprecated_and_may_contradict if {
	path := "metadata.annotations[kubernetes.io/ingress.class]"
	_violation(_row({"source": "annotation", "field": "", "annotation": "nginx"}, {})) == {{"ref": _ref, "message": "names class nginx by the deprecated annotation kubernetes.io/ingress.class only", "path": path, "severity": "low"}}
	_violation(_row({"annotation": "traefik"}, {})) == {{"ref": _ref, "message": "the field names class nginx and the annotation traefik", "path": path, "severity": "high"}}
}

test_own_kinds_may_go_without_a_class_where_a_controller_takes_them if {
	own := {"source": "own", "name": "", "field": ""}
	_violation(_row(own, {"family": "traefik"})) == set()
	_violation(_row(object.union(own, {"exists": "no"}), {"family": "traefik"})) == {{"ref": _ref, "message": "names no class, and no controller of its kind takes routes without one", "path": "spec.ingressClassName"}}
}

test_gateways_must_be_there_and_take_the_route if {
	_violation(_route([_parent({})])) == set()
	_unknown(_route([_parent({})])) == set()
	_violation(_route([])) == {{"ref": _ref, "message": "names no gateway", "path": "spec.parentRefs"}}
	_violation(_route([_parent({"exists": "no", "attached": "no"})])) == {{"ref": _ref, "message": "Gateway infra/gw does not exist", "path": "spec.parentRefs[name=gw]"}}
	_violation(_route([_parent({"attached": "no"})])) == {{"ref": _ref, "message": "no listener of Gateway infra/gw takes it", "path": "spec.parentRefs[name=gw]"}}
	_unknown(_route([_parent({"attached": "unknown"})])) == {{"ref": _ref, "message": "whether Gateway infra/gw takes it is not known", "path": "spec.parentRefs[name=gw]"}}
}

test_solvers_and_included_routes_are_not_judged if {
	every change in [{"acme_solver": true}, {"included": true}, {"role": "gateway"}] {
		row := _row({"source": "none"}, change)
		_violation(row) == set()
		_subject(row) == set()
	}
}
