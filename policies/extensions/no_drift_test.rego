package sextant.extensions.no_drift_test

import data.sextant.extensions.no_drift as policy

_row(more) := object.union(object.remove(_base, object.keys(more)), more)

_base := {
	"ref": {"group": "apps", "kind": "Deployment", "namespace": "argo", "name": "d"}, "systems": ["x"], "level": 4, "may_be": 4,
	"manager": "argo-cd", "stripped": false, "edits": [],
}

_edit(more) := object.union({"by": "kubectl-edit", "paths": ["spec.template.spec"], "after": "yes", "age": 90000}, more)

_norm := {"report": true, "ignore_paths": ["spec.template.metadata", "spec.replicas"], "allowed_managers": ["ci"]}

_fails(row) := {f.message | some f in found} if {
	norm := _norm
	found := policy.violation with input as {"rows": [row]} with data.sx.rules.extensions.change as norm
}

_unknowns(row) := {f.message | some f in found} if {
	norm := _norm
	found := policy.unknown with input as {"rows": [row]} with data.sx.rules.extensions.change as norm
}

test_an_edit_after_the_apply if {
	_fails(_row({"edits": [_edit({})]})) == {"kubectl-edit changed spec.template.spec after argo-cd had applied it, 1 days ago"}
	_fails(_row({"edits": [_edit({"age": null})]})) == {"kubectl-edit changed spec.template.spec after argo-cd had applied it"}
	_fails(_row({"edits": [_edit({"after": "no"})]})) == set()
	_fails(_row({"level": 0, "may_be": 0, "edits": [_edit({})]})) == set()
}

test_what_is_no_drift if {
	restart := object.union(object.remove(_edit({}), ["paths"]), {"paths": ["spec.template.metadata"]})
	_fails(_row({"edits": [restart]})) == set()
	_fails(_row({"edits": [_edit({"by": "ci"})]})) == set()
}

test_not_known if {
	_unknowns(_row({"edits": [_edit({"after": "unknown"})]})) == {"kubectl-edit changed spec.template.spec, and nothing says whether before or after argo-cd applied it"}
	_unknowns(_row({"stripped": true})) == {"its field managers were stripped from the source"}
	_unknowns(_row({"level": null, "edits": [_edit({})]})) == {"who manages it is not known, and hands have written to it"}
}

test_who_is_judged if {
	norm := _norm
	row := _row({})
	subjects := policy.subject with input as {"rows": [row]} with data.sx.rules.extensions.change as norm
	count(subjects) == 1
	nobody := policy.subject with input as {"rows": [row]} with data.sx.rules.extensions.change as {"report": false}
	nobody == set()
}
