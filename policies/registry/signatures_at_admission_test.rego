package sextant.registry.signatures_at_admission_test

import data.sextant.registry.signatures_at_admission as policy

_row(name) := {"ref": {"group": "", "kind": "Namespace", "namespace": "", "name": name}, "labels": {}}

_verifier(changes) := object.union({"ref": {"group": "kyverno.io", "kind": "ClusterPolicy", "namespace": "", "name": "v"}, "images": ["h/p/**"], "skips": [], "enforces": true, "namespaces": null, "runs": true, "gaps": [], "unread": "", "authorities": [_key("k")]}, changes)

_key(key) := {"passes_all": false, "key": key, "issuer": "", "subject": "", "unlogged": false}

_norm := {"exempt_namespaces": ["kube-system"], "repositories": [{"match": "h/p/**", "signing": {"enforce_at_admission": true, "by": [{"kms": "k"}, {"key": "q"}, {"keyless": {"issuer": "i", "subject_regexp": "^me$"}}]}}, {"match": "h/q/**", "signing": {"enforce_at_admission": true}, "pull": {"namespaces": ["q-*"]}}, {"match": "h/o/**"}]}

_messages(rows, rules) := result if {
	result := {answer.message | some answer in policy.violation} with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

_doubts(rows, rules) := result if {
	result := {answer.message | some answer in policy.unknown} with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

_subjects(rows, rules) := result if {
	result := count(policy.subject) with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

_with(verifiers) := result if {
	result := _messages([_row("shop")], {}) with data.sx.inventory.image_verifiers as verifiers
}

_open := "nothing refuses unsigned images of h/p/**"

_told(why) := {concat(": ", [_open, why])}

test_verifiers if {
	_with([]) == {_open}
	_with([_verifier({})]) == set()
	_with([_verifier({"namespaces": ["shop"]})]) == set()
	_with([_verifier({"namespaces": ["other"]})]) == {_open}
	_with([_verifier({"images": ["g/**"]})]) == {_open}
	_with([_verifier({"images": ["h/p/**:v1"]})]) == set()
	_with([_verifier({"skips": ["h/p/**"]})]) == {_open}
	_with([_verifier({"images": ["h/*"]})]) == {_open}
	_with([_verifier({"enforces": false})]) == _told("v only warns")
	_with([_verifier({"runs": false})]) == _told("v is carried out by nothing that runs")
}

_unsure(verifiers) := result if {
	result := _doubts([_row("shop")], {}) with data.sx.inventory.image_verifiers as verifiers
}

_cannot(why) := {sprintf("whether unsigned images of h/p/** are refused cannot be told: v: %s", [why])}

test_what_cannot_be_judged if {
	# Nobody says whether it runs: neither a pass nor a fail.
	_with([_verifier({"runs": null})]) == set()
	_unsure([_verifier({"runs": null})]) == _cannot("the source holds no status of what carries it out")
	_unsure([_verifier({"runs": null, "unread": "its rules were not read", "authorities": []})]) == _cannot("its rules were not read")
	# What certainly refuses needs no second one.
	_unsure([_verifier({}), _verifier({"runs": null})]) == set()
	# One that would not refuse is no doubt.
	_unsure([_verifier({"runs": null, "enforces": false})]) == set()
	_unsure([_verifier({"runs": false, "unread": "x"})]) == set()
}

test_gaps if {
	_with([_verifier({"gaps": ["exception e takes some out of it"]})]) == {"signatures of h/p/** are verified with gaps: v: exception e takes some out of it"}
	_with([_verifier({"gaps": ["x"]}), _verifier({})]) == set()
}

_by(changes) := _with([_verifier({"authorities": [object.union(_key(""), changes)]})])

test_authorities if {
	_by({"key": "q"}) == set()
	_by({"issuer": "i", "subject": "^me$"}) == set()
	_by({"issuer": "i", "subject": "^me$", "unlogged": true}) == _told("v believes others than the rule does")
	_by({"issuer": ".*", "subject": "^me$"}) == _told("v believes others than the rule does")
	_by({"key": "k", "unlogged": true}) == set()
	_by({"issuer": "i", "subject": ".*"}) == _told("v believes others than the rule does")
	_by({"key": "k", "passes_all": true}) == _told("v believes others than the rule does")
	_by({"key": "other"}) == _told("v believes others than the rule does")
}

test_namespaces if {
	verifier := _verifier({"images": ["h/**"]})
	policy.violation == set() with input as {"rows": [_row("q-a")]} with data.sx.rules.registry as _norm with data.sx.inventory.image_verifiers as [verifier]
	_subjects([_row("shop"), _row("kube-system")], {}) == 1
}
