package sextant.extensions.least_privilege_test

import data.sextant.extensions.least_privilege as policy

_row(systems, power) := {
	"ref": {"group": "", "kind": "ServiceAccount", "namespace": "n", "name": "a"}, "systems": systems,
	"powers": [object.union({"what": "everything", "everywhere": true, "namespaces": [], "via": ["ClusterRole cluster-admin by ClusterRoleBinding b"]}, power)],
}

_norm := {"forbidden": ["everything", "read-secrets"], "namespaced": false, "profiles": {"whole": ["everything"], "reader": ["read-secrets"]}}

_fails(row, more) := {[f.severity, f.message] | some f in found} if {
	norm := object.union(_norm, more)
	found := policy.violation with input as {"rows": [row]} with data.sx.rules.extensions.rbac as norm
}

test_everything if {
	_fails(_row(["x"], {}), {}) == {["high", "account of x may do everything in every namespace"]}
	_fails(_row(["whole"], {}), {}) == set()
	_fails(_row(["whole", "x"], {}), {}) == {["high", "account of whole and x may do everything in every namespace"]}
}

test_one_power if {
	_fails(_row(["x"], {"what": "read-secrets"}), {}) == {["high", "account of x may read Secrets in every namespace"]}
	_fails(_row(["reader"], {"what": "read-secrets"}), {}) == set()
	_fails(_row(["whole"], {"what": "read-secrets"}), {}) == set()
	_fails(_row(["x"], {"what": "exec"}), {}) == set()
}

test_within_namespaces if {
	power := {"what": "read-secrets", "everywhere": false, "namespaces": ["b", "a"]}
	_fails(_row(["x"], power), {}) == set()
	_fails(_row(["x"], power), {"namespaced": true}) == {["medium", "account of x may read Secrets in a, b"]}
}

test_who_is_judged if {
	row := _row(["x"], {})
	norm := _norm
	subjects := policy.subject with input as {"rows": [row]} with data.sx.rules.extensions.rbac as norm
	count(subjects) == 1
	nobody := policy.subject with input as {"rows": [row]} with data.sx.rules.extensions.rbac as {"forbidden": []}
	nobody == set()
}
