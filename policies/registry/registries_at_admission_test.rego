package sextant.registry.registries_at_admission_test

import data.sextant.registry.registries_at_admission as policy

_row(name) := {"ref": {"group": "", "kind": "Namespace", "namespace": "", "name": name}, "labels": {}}

_one(changes) := object.union({"ref": {"group": "kyverno.io", "kind": "ClusterPolicy", "namespace": "", "name": "v"}, "allows": [_host("h/", "h")], "covers": ["containers", "initContainers"], "enforces": true, "namespaces": null, "runs": true, "gaps": [], "unread": ""}, changes)

_host(written, host) := {"written": written, "host": host, "path": "**", "open": false}

_path(path) := {"written": path, "host": "g", "path": path, "open": false}

_norm := {"admission": {"registries": true, "lists": ["containers", "initContainers"]}, "allow": [{"host": "h"}, {"host": "g", "paths": ["p/**", "q/*", "r/x"]}], "exempt_namespaces": ["kube-system"]}

_with(restrictions) := result if {
	result := {answer.message | some answer in policy.violation} with input as {"rows": [_row("shop"), _row("kube-system")]} with data.sx.rules.registry as _norm with data.sx.inventory.image_restrictions as restrictions
}

_unsure(restrictions) := result if {
	result := {answer.message | some answer in policy.unknown} with input as {"rows": [_row("shop")]} with data.sx.rules.registry as _norm with data.sx.inventory.image_restrictions as restrictions
}

_subjects(rules) := result if {
	result := count(policy.subject) with input as {"rows": [_row("shop"), _row("kube-system")]} with data.sx.rules.registry as object.union(_norm, rules)
}

_open := "nothing refuses images of registries that are not approved"

_told(why) := {concat(": ", [_open, why])}

test_restrictions if {
	_with([]) == {_open}
	_with([_one({})]) == set()
	_with([_one({"namespaces": ["shop"]})]) == set()
	_with([_one({"namespaces": ["other"]})]) == {_open}
	_with([_one({"enforces": false})]) == _told("v refuses nothing")
	_with([_one({"runs": false})]) == _told("v is carried out by nothing that runs")
	_with([_one({"covers": ["initContainers"]})]) == _told("v does not look at containers")
	_with([_one({"allows": [_host("h/", "h"), _host("docker.io/", "docker.io")]})]) == _told("v lets in docker.io/")
	_with([_one({"allows": [_host("*", "*")]})]) == _told("v lets in *")
}

_paths(path) := _with([_one({"allows": [_path(path)]})])

test_paths if {
	_paths("p/**") == set()
	_paths("p/a/**") == set()
	_paths("q/*") == set()
	_paths("q/a") == set()
	_paths("r/x") == set()
	_paths("p**") == _told("v lets in p**")
	_paths("q/**") == _told("v lets in q/**")
	_paths("q/a?") == _told("v lets in q/a?")
	_paths("r/y") == _told("v lets in r/y")
}

test_gaps if {
	_with([_one({"gaps": ["exception e takes some out of it"]})]) == {sprintf("registries of %s are restricted with gaps: v: exception e takes some out of it", [list]) | some list in ["containers", "initContainers"]}
	_with([_one({"gaps": ["x"]}), _one({})]) == set()
	_with([_one({"covers": ["containers"]})]) == {"registries of initContainers are not restricted"}
	_with([_one({"covers": ["containers"]}), _one({"covers": ["initContainers"]})]) == set()
}

_cannot(lists, why) := {sprintf("whether registries of %s are restricted cannot be told: v: %s", [list, why]) | some list in lists}

_both := ["containers", "initContainers"]

test_what_cannot_be_judged if {
	# Nobody says whether it runs: neither a pass nor a fail.
	_with([_one({"runs": null})]) == set()
	_unsure([_one({"runs": null})]) == _cannot(_both, "the source holds no status of what carries it out")
	_unsure([_one({"unread": "x", "allows": []})]) == _cannot(_both, "x")
	# What certainly refuses needs no second one.
	_unsure([_one({}), _one({"runs": null})]) == set()
	_unsure([_one({"covers": ["containers"]}), _one({"unread": "x"})]) == _cannot(["initContainers"], "x")
	# One that would not refuse is no doubt.
	_unsure([_one({"runs": null, "enforces": false})]) == set()
	_unsure([_one({"runs": false, "unread": "x"})]) == set()
	_unsure([_one({"namespaces": ["other"], "unread": "x"})]) == set()
}

test_subjects if {
	_subjects({}) == 1
	_subjects({"allow": []}) == 0
	_subjects({"admission": {"registries": false}}) == 0
}
