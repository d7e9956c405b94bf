package sextant.extensions.images_named_test

import data.sextant.extensions.images_named as policy

_row(image, node, namespace) := {
	"ref": {"group": "apps", "kind": "DaemonSet", "namespace": namespace, "name": "d"},
	"systems": {"x": "installed"}, "holds_node": node,
	"images": [object.union({"path": "spec.containers[name=a].image", "image": "r.io/a/b:v1.2", "registry": "r.io", "repository": "a/b", "tag": "v1.2", "digest": "", "floating": false, "immutable": null, "rule": 0}, image)],
}

_rules := {"floating": "fail", "digest_required": false, "approved_registries": true}

_fails(row, more, allow) := {[f.severity, f.message] | some f in found} if {
	rules := object.union(_rules, more)
	found := policy.violation with input as {"rows": [row]} with data.sx.rules.extensions.images as rules with data.sx.rules.registry as {"allow": allow, "exempt_namespaces": ["kube-system"]}
}

test_a_floating_tag if {
	_fails(_row({"floating": true, "tag": "latest"}, false, "n"), {}, []) == {["medium", "image of x has the tag latest, which names no version"]}
	_fails(_row({"floating": true, "tag": ""}, true, "n"), {}, []) == {["high", "image of x has no tag"]}
	_fails(_row({"floating": true, "tag": "latest", "digest": "sha256:ab"}, false, "n"), {}, []) == set()
	_fails(_row({"floating": true, "tag": "latest"}, false, "n"), {"floating": "ignore"}, []) == set()
}

test_a_digest_is_required if {
	_fails(_row({}, false, "n"), {"digest_required": true}, []) == {["medium", "image of x is named by a tag only"]}
	_fails(_row({"digest": "sha256:ab"}, false, "n"), {"digest_required": true}, []) == set()
}

test_registries if {
	_fails(_row({}, false, "n"), {}, [{"host": "other.io"}]) == {["medium", "image of x comes from r.io, which is not approved"]}
	_fails(_row({}, false, "kube-system"), {}, [{"host": "other.io"}]) == set()
	_fails(_row({}, false, "n"), {}, [{"host": "r.io", "paths": ["a/**"]}]) == set()
}

_house := {"allow": [], "exempt_namespaces": ["kube-system"], "repositories": [
	{"match": "r.io/a/**", "tags": {"immutable": ["v*"]}, "signing": {"enforce_at_admission": true}},
	{"match": "r.io/other/**", "tags": {"immutable": ["*"]}},
]}

_verifier(more) := object.union({
	"ref": {"name": "v"}, "images": ["r.io/a/**"], "skips": [], "enforces": true, "namespaces": null, "runs": true, "gaps": [], "unread": "",
	"authorities": [{"passes_all": false, "key": "k", "issuer": "", "subject": "", "unlogged": false}],
}, more)

_told(rule, image, verifiers, state) := result if {
	rules := object.union(_rules, {"approved_registries": false})
	house := _house
	covered := [{"ref": {"name": "kyverno.io/ClusterPolicy"}, "state": state}, {"ref": {"name": "core/Pod"}, "state": "forbidden"}]
	row := _row(image, false, "n")
	failed := policy.violation with input as {"rows": [row]} with data.sx.rules.extensions.images as rules with data.sx.rules.registry as house with data.sx.inventory.image_verifiers as verifiers with data.sx.inventory.coverage as covered
	doubted := policy.unknown with input as {"rows": [row]} with data.sx.rules.extensions.images as rules with data.sx.rules.registry as house with data.sx.inventory.image_verifiers as verifiers with data.sx.inventory.coverage as covered
	result := {"fail": {f.message | some f in failed}, "unknown": {f.message | some f in doubted}}[rule]
}

_moves := "tag v1.2 of the image of x can be pushed over"

_unsigned := "admission would take the image of x without a signature"

_kept := {"immutable": true}

test_tags_of_the_house if {
	_told("fail", {"immutable": false}, [_verifier({})], "complete") == {_moves}
	_told("fail", _kept, [_verifier({})], "complete") == set()
	_told("fail", {"immutable": false, "digest": "sha256:ab"}, [_verifier({})], "complete") == set()
	_told("fail", {"immutable": false, "tag": "main"}, [_verifier({})], "complete") == set()
	_told("unknown", {"immutable": null}, [_verifier({})], "complete") == {"whether tag v1.2 of the image of x can be pushed over cannot be told"}
}

test_signatures_of_the_house if {
	doubt := {"whether admission would take the image of x without a signature cannot be told"}
	_told("fail", _kept, [], "complete") == {_unsigned}
	_told("fail", _kept, [], "forbidden") == set()
	_told("unknown", _kept, [], "forbidden") == doubt
	_told("unknown", _kept, [_verifier({"runs": null})], "absent") == doubt
	_told("unknown", _kept, [_verifier({})], "absent") == set()
	_told("fail", object.union(_kept, {"repository": "b/c", "rule": null}), [], "complete") == set()
}

_subjects(rules, allow) := count(found) if {
	row := _row({}, false, "n")
	found := policy.subject with input as {"rows": [row]} with data.sx.rules.extensions.images as rules with data.sx.rules.registry as {"allow": allow}
}

test_who_is_judged if {
	_subjects({"floating": "fail", "digest_required": false, "approved_registries": false}, []) == 1
	_subjects({"floating": "ignore", "digest_required": true, "approved_registries": false}, []) == 1
	_subjects({"floating": "ignore", "digest_required": false, "approved_registries": true}, [{"host": "r.io"}]) == 1
	_subjects({"floating": "ignore", "digest_required": false, "approved_registries": true}, []) == 0
	row := _row({}, false, "n")
	house := _house
	quiet := {"floating": "ignore", "digest_required": false, "approved_registries": false}
	found := policy.subject with input as {"rows": [row]} with data.sx.rules.extensions.images as quiet with data.sx.rules.registry as house
	count(found) == 1
}
