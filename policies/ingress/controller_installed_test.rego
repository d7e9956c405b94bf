package sextant.ingress.controller_installed_test

import data.sextant.ingress.controller_installed as policy

_cluster := {"group": "", "kind": "Cluster", "namespace": "", "name": ""}

_controller := {
	"ref": {"group": "apps", "kind": "Deployment", "namespace": "edge", "name": "nginx"},
	"product": "ingress-nginx", "version": "v1.15.1", "images": ["controller:v1.15.1"], "live": "yes", "ready": 2,
	"ingress_controllers": ["k8s.io/ingress-nginx"], "gateway_controllers": [], "classes": ["nginx"],
	"serves_classless": false, "needs_no_class": false,
}

_class := {"ref": {"name": "alb"}, "product": "aws-lb-controller", "controller": "ingress.k8s.aws/alb", "live": "yes", "claimants": []}

_rules(approved) := {"approved": approved, "min_ready": 1}

_but(changes) := object.union(_controller, changes)

_seen(ready, classes) := {"controllers": [{"workload": "Deployment/edge/nginx", "product": "ingress-nginx", "ready": ready, "classes": classes}]}

_violation(approved, controllers, classes) := answer if {
	answer := policy.violation with input as {"rows": [{"ref": _cluster}]}
		with data.sx.rules.ingress as _rules(approved)
		with data.sx.inventory.ingress_controllers as controllers
		with data.sx.inventory.ingress_classes as classes
}

_unknown(approved, controllers, classes) := answer if {
	answer := policy.unknown with input as {"rows": [{"ref": _cluster}]}
		with data.sx.rules.ingress as _rules(approved)
		with data.sx.inventory.ingress_controllers as controllers
		with data.sx.inventory.ingress_classes as classes
}

test_a_ready_controller_with_a_class_is_enough if {
	_violation([], [_controller], []) == set()
	_unknown([], [_but({"classes": [], "serves_classless": true}), _but({"classes": [], "needs_no_class": true})], []) == set()
}

test_nothing_at_all_is_a_violation if {
	_violation([], [], []) == {{"ref": _cluster, "message": "no approved ingress controller has 1 ready copies and a class to serve", "evidence": {"controllers": []}}}
}

test_a_controller_without_a_ready_copy_or_a_class_is_none if {
	_violation([], [_but({"live": "no", "ready": 0})], []) == {{"ref": _cluster, "message": "no approved ingress controller has 1 ready copies and a class to serve", "evidence": _seen(0, ["nginx"])}}
}

test_a_class_served_from_outside_counts if {
	_violation([{"controller": "aws-lb-controller"}], [], [_class]) == set()
	_violation([], [], [_class]) == set()
}

test_unproven_is_unknown if {
	wanted := {{"ref": _cluster, "message": "whether an approved ingress controller is ready is not known", "evidence": _seen(null, ["nginx"])}}
	_unknown([], [_but({"live": "unknown", "ready": null})], []) == wanted
	_unknown([], [], [object.union(_class, {"live": "unknown"})]) == {{"ref": _cluster, "message": "whether an approved ingress controller is ready is not known", "evidence": {"controllers": []}}}
}

test_what_the_list_does_not_name_is_a_violation if {
	_violation([{"controller": "aws-lb-controller"}], [_controller], [_class]) == {{"ref": _cluster, "message": "ingress-nginx v1.15.1 runs in edge, but is not approved", "path": "Deployment/edge/nginx", "evidence": {"images": ["controller:v1.15.1"]}}}
	count(_violation([{"controller": "ingress-nginx", "min_version": "1.16"}], [_but({"version": ""})], [])) == 2
}

test_the_list_names_products_controllers_versions_and_classes if {
	every entry in [
		{"controller": "ingress-nginx"},
		{"controller": "k8s.io/ingress-nginx", "min_version": "v1.15", "classes": ["ng*"]},
		{"controller": "ingress-nginx", "classes": ["nginx"]},
	] {
		_violation([entry], [_controller], []) == set()
	}
	_violation([{"controller": "x.io/gateway"}], [_but({"gateway_controllers": ["x.io/gateway"]})], []) == set()
}
