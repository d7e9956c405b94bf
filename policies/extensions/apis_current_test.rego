package sextant.extensions.apis_current_test

import data.sextant.extensions.apis_current as policy

_ref := {"group": "", "kind": "APIResource", "namespace": "", "name": "policy/PodDisruptionBudget"}

_write(more) := object.union(
	{
		"version": "policy/v1beta1", "manager": "helm", "count": 1, "objects": ["a/b"], "age": 60,
		"deprecated": 21, "removed": 25, "served": "unknown", "crd_deprecated": false,
	},
	more,
)

_row(writes) := {"ref": _ref, "managed": 1, "stripped": 0, "writes": writes}

_norm := {"target_version": "", "ahead": 1, "deprecated": "report", "stripped": "unknown"}

_fails(write, version, more) := {f.message | some f in found} if {
	norm := object.union(_norm, more)
	row := _row([write])
	found := policy.violation with input as {"rows": [row]} with data.sx.rules.extensions.upgrade as norm with data.sx.snapshot as {"version": version}
}

test_gone_after_the_upgrade if {
	_fails(_write({}), "v1.24.3", {}) == {"helm wrote 1 object as policy/v1beta1, which Kubernetes 1.25 no longer serves"}
	_fails(_write({}), "v1.20.3", {}) == {"helm wrote 1 object as policy/v1beta1, which is deprecated"}
	_fails(_write({}), "v1.20.3", {"deprecated": "ignore"}) == set()
	_fails(_write({}), "v1.19.3", {}) == set()
	_fails(_write({}), "v1.19.3", {"target_version": "1.30"}) == {"helm wrote 1 object as policy/v1beta1, which Kubernetes 1.25 no longer serves"}
}

test_crds if {
	crd := {"version": "x.example/v1alpha1", "deprecated": null, "removed": null, "count": 2}
	_fails(_write(object.union(crd, {"served": "no"})), "v1.37.0", {}) == {"helm wrote 2 objects as x.example/v1alpha1, which its CRD no longer serves"}
	_fails(_write(object.union(crd, {"served": "yes", "crd_deprecated": true})), "v1.37.0", {}) == {"helm wrote 2 objects as x.example/v1alpha1, which is deprecated"}
	_fails(_write(object.union(crd, {"served": "yes"})), "v1.37.0", {}) == set()
}

test_stripped if {
	norm := _norm
	rows := [{"ref": _ref, "managed": 0, "stripped": 2, "writes": []}]
	found := policy.unknown with input as {"rows": rows} with data.sx.rules.extensions.upgrade as norm
	{f.message | some f in found} == {"the field managers of 2 objects were stripped from the source"}
	judged := policy.subject with input as {"rows": rows} with data.sx.rules.extensions.upgrade as norm
	judged == {_ref}
	quiet := policy.unknown with input as {"rows": rows} with data.sx.rules.extensions.upgrade as object.union(norm, {"stripped": "ignore"})
	quiet == set()
}

test_who_is_judged if {
	norm := object.union(_norm, {"stripped": "ignore"})
	rows := [_row([]), {"ref": {"name": "b"}, "managed": 0, "stripped": 1, "writes": []}]
	subjects := policy.subject with input as {"rows": rows} with data.sx.rules.extensions.upgrade as norm
	subjects == {_ref}
}
