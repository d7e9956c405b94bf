package sextant.registry.signatures_at_admission_test

import data.sextant.registry.signatures_at_admission as policy

_row(name) := {"ref": {"group": "", "kind": "Namespace", "namespace": "", "name": name}, "labels": {}}

_verifier(changes) := object.union({"ref": {"group": "kyverno.io", "kind": "ClusterPolicy", "namespace": "", "name": "v"}, "images": ["h/p/*"], "skips": [], "enforces": true, "namespaces": null, "authorities": [{"passes_all": false, "key": "k", "issuer": "", "subject": ""}]}, changes)

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
	_with([_verifier({"images": ["g/*"]})]) == {_open}
	_with([_verifier({"images": ["h/p/*:v1"]})]) == set()
	_with([_verifier({"skips": ["h/p/*"]})]) == {_open}
	_with([_verifier({"enforces": false})]) == _told("v only warns")
}

_by(changes) := _with([_verifier({"authorities": [object.union({"passes_all": false, "key": "", "issuer": "", "subject": ""}, changes)]})])

test_authorities if {
	_by({"key": "q"}) == set()
	_by({"issuer": "i", "subject": "^me$"}) == set()
	_by({"issuer": "i", "subject": ".*"}) == _told("v believes others than the rule does")
	_by({"key": "k", "passes_all": true}) == _told("v believes others than the rule does")
	_by({"key": "other"}) == _told("v believes others than the rule does")
}

test_namespaces if {
	verifier := _verifier({"images": ["h/*"]})
	policy.violation == set() with input as {"rows": [_row("q-a")]} with data.sx.rules.registry as _norm with data.sx.inventory.image_verifiers as [verifier]
	_subjects([_row("shop"), _row("kube-system")], {}) == 1
}
