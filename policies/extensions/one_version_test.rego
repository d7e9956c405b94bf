package sextant.extensions.one_version_test

import data.sextant.extensions.one_version as policy

_base := {
	"ref": {"group": "", "kind": "Extension", "namespace": "", "name": "x"}, "id": "x", "name": "X", "state": "installed", "namespace": "n",
	"components": [{"workload": {"kind": "Deployment", "name": "c"}, "versions": ["v1.2.0"]}], "versions": ["v1.2.0"], "youngest": 9000,
	"crds": [{"version": "1.2.3", "numbers": [1, 2, 3], "crds": 4}], "newest": [1, 2, 0],
}

_row(more) := object.union(object.remove(_base, object.keys(more)), more)

_norm := {"window": "1h", "several": ["many"], "compatible": {"x": [{"line": "1.2", "min": "1.30", "max": "1.37"}]}}

_fails(row, version) := {f.message | some f in found} if {
	norm := _norm
	found := policy.violation with input as {"rows": [row]} with data.sx.rules.extensions.skew as norm with data.sx.snapshot as {"version": version}
}

test_one_version if _fails(_row({}), "v1.37.2") == set()

test_several if {
	two := {"versions": ["v1.1.0", "v1.2.0"]}
	_fails(_row(two), "v1.37.2") == {"parts of X in n run v1.1.0 and v1.2.0 at the same time"}
	_fails(_row(object.union(two, {"youngest": 60})), "v1.37.2") == set()
	_fails(_row(object.union(two, {"id": "many"})), "v1.37.2") == set()
	_fails(_row(object.union(two, {"state": "bundled"})), "v1.37.2") == set()
}

test_crds_that_lag if {
	_fails(_row({"crds": [{"version": "v1.1.9", "numbers": [1, 1, 9], "crds": 1}]}), "v1.37.2") == {"1 CRD of version v1.1.9, and a controller in n of v1.2.0"}
}

test_the_cluster if {
	_fails(_row({}), "v1.38.0") == {"X in n supports Kubernetes 1.30 to 1.37, and the cluster runs v1.38.0"}
	_fails(_row({}), "v1.29.1+k3s1") == {"X in n supports Kubernetes 1.30 to 1.37, and the cluster runs v1.29.1+k3s1"}
	_fails(_row({}), null) == set()
	row := _row({})
	norm := _norm
	open := policy.unknown with input as {"rows": [row]} with data.sx.rules.extensions.skew as norm with data.sx.snapshot as {"version": null}
	{f.message | some f in open} == {"the source does not say which version of Kubernetes runs"}
	free := {"window": "1h", "several": [], "compatible": {"x": [{"line": "1.2", "min": "1.30"}]}}
	found := policy.violation with input as {"rows": [row]} with data.sx.rules.extensions.skew as free with data.sx.snapshot as {"version": "v1.99.0"}
	found == set()
}

test_who_is_judged if {
	rows := [_row({}), object.union(_row({}), {"ref": {"name": "silent"}, "versions": []})]
	one := [rows[0], object.union(object.remove(rows[1], ["versions"]), {"versions": []})]
	subjects := policy.subject with input as {"rows": one}
	{ref.name | some ref in subjects} == {"x"}
}
