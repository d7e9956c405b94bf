package sextant.extensions.no_residue_test

import data.sextant.extensions.no_residue as policy

_crd := {
	"name": "bs.a.io", "kind": "a.io/B", "systems": [{"id": "x", "runs": "yes"}], "runs": "yes", "objects": null,
	"stored_unserved": [], "stored_deprecated": [], "converter": "", "converter_exists": "no", "refused": "",
}

_row(crd) := {"ref": {"group": "", "kind": "APIGroup", "namespace": "", "name": "a.io"}, "systems": [], "runs": "yes", "crds": [object.union(_crd, crd)]}

_rules := {"ignore": ["wgpolicyk8s.io"], "obeyed": ["*/B"], "unattributed": "ignore"}

_fails(row) := {[object.get(f, "path", ""), f.message] | some f in found} if {
	rules := _rules
	found := policy.violation with input as {"rows": [row]} with data.sx.rules.extensions.crds as rules
}

test_all_is_well if _fails(_row({})) == set()

test_left_over if {
	_fails(_row({"runs": "no"})) == {["", "1 CRD of x, and no controller that answers"]}
	_fails(_row({"runs": "no", "kind": "a.io/C", "objects": 3})) == {["", "1 CRD of x, and no controller that answers; 3 objects left"]}
	_fails(object.union(_row({"runs": "no"}), {"ref": {"name": "wgpolicyk8s.io"}})) == set()
}

test_nobody_obeys if {
	_fails(_row({"runs": "no", "objects": 1})) == {
		["", "1 CRD of x, and no controller that answers; 1 object left"],
		["bs.a.io", "1 object of a.io/B, and nobody obeys them"],
	}
}

test_versions_and_conversion if {
	_fails(_row({"stored_unserved": ["v1alpha1"]})) == {["stored v1alpha1", "objects of bs.a.io may be stored in version v1alpha1, which is not served"]}
	_fails(_row({"stored_deprecated": ["v1"]})) == {["stored v1", "objects of bs.a.io may be stored in version v1, which is deprecated"]}
	_fails(_row({"converter": "n/s"})) == {["converted by n/s", "versions of bs.a.io are converted by Service n/s, which does not exist"]}
	_fails(_row({"converter": "n/s", "converter_exists": "yes"})) == set()
	_fails(_row({"refused": "names conflict"})) == {["bs.a.io", "bs.a.io is not served: names conflict"]}
}

test_unattributed if {
	row := object.union(_row({"runs": "unknown", "systems": []}), {"runs": "unknown"})
	rules := _rules
	policy.unknown == set() with input as {"rows": [row]} with data.sx.rules.extensions.crds as rules
	policy.subject == set() with input as {"rows": [row]} with data.sx.rules.extensions.crds as rules
	strict := object.union(rules, {"unattributed": "unknown"})
	found := policy.unknown with input as {"rows": [row]} with data.sx.rules.extensions.crds as strict
	{f.message | some f in found} == {"nobody knows which controller answers bs.a.io"}
	subjects := policy.subject with input as {"rows": [row]} with data.sx.rules.extensions.crds as strict
	count(subjects) == 1
}

test_who_is_judged if {
	row := _row({})
	rules := _rules
	subjects := policy.subject with input as {"rows": [row]} with data.sx.rules.extensions.crds as rules
	count(subjects) == 1
}
