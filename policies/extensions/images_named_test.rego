package sextant.extensions.images_named_test

import data.sextant.extensions.images_named as policy

_row(image, node, namespace) := {
	"ref": {"group": "apps", "kind": "DaemonSet", "namespace": namespace, "name": "d"},
	"systems": {"x": "installed"}, "holds_node": node,
	"images": [object.union({"path": "spec.containers[name=a].image", "image": "r.io/a/b:v1.2", "registry": "r.io", "repository": "a/b", "tag": "v1.2", "digest": "", "floating": false}, image)],
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

_subjects(rules, allow) := count(found) if {
	row := _row({}, false, "n")
	found := policy.subject with input as {"rows": [row]} with data.sx.rules.extensions.images as rules with data.sx.rules.registry as {"allow": allow}
}

test_who_is_judged if {
	_subjects({"floating": "fail", "digest_required": false, "approved_registries": false}, []) == 1
	_subjects({"floating": "ignore", "digest_required": true, "approved_registries": false}, []) == 1
	_subjects({"floating": "ignore", "digest_required": false, "approved_registries": true}, [{"host": "r.io"}]) == 1
	_subjects({"floating": "ignore", "digest_required": false, "approved_registries": true}, []) == 0
}
