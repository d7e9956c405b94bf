package sextant.extensions.dedicated_namespaces_test

import data.sextant.extensions.dedicated_namespaces as policy

_base := {
	"ref": {"group": "", "kind": "Namespace", "namespace": "", "name": "velero"}, "what": "namespace", "systems": ["velero"], "strangers": [],
	"accounts": [], "people": [], "via": ["ClusterRole edit by RoleBinding velero/x"],
	"quotas": 1, "open_workloads": 0, "enforced": "yes",
}

_row(more) := object.union(object.remove(_base, object.keys(more)), more)

_norm := {"forbidden": ["default"], "mixed": "fail", "shared": ["kube-system"], "writers": "accounts", "writers_allowed": ["Group platform-*"], "quota": "required", "isolation": "required"}

_fails(row, more) := {f.message | some f in found} if {
	norm := object.union(_norm, more)
	found := policy.violation with input as {"rows": [row]} with data.sx.rules.extensions.namespaces as norm
}

test_dedicated if _fails(_row({}), {}) == set()

test_nobodys_own if _fails(_row({"ref": {"kind": "Namespace", "name": "default"}}), {}) == {"velero runs in a namespace that is nobody's own"}

test_strangers if {
	beside := {"strangers": [{"kind": "Deployment", "name": "shop"}]}
	_fails(_row(beside), {}) == {"1 workload of others beside velero: shop"}
	_fails(_row(beside), {"mixed": "ignore"}) == set()
	_fails(_row(object.union(beside, {"ref": {"kind": "Namespace", "name": "kube-system"}})), {}) == set()
}

test_writers if {
	_fails(_row({"accounts": ["ServiceAccount shop/ci"], "people": ["User bob"]}), {}) == {"ServiceAccount shop/ci may write where velero runs"}
	_fails(_row({"people": ["Group system:authenticated"]}), {}) == {"Group system:authenticated may write where velero runs"}
	_fails(_row({"people": ["Group system:serviceaccounts:shop"]}), {}) == {"Group system:serviceaccounts:shop may write where velero runs"}
	_fails(_row({"people": ["User system:serviceaccount:shop:ci"]}), {}) == {"User system:serviceaccount:shop:ci may write where velero runs"}
	_fails(_row({"people": ["User bob", "Group platform-team"]}), {"writers": "all"}) == {"User bob may write where velero runs"}
	_fails(_row({"accounts": ["ServiceAccount shop/ci"]}), {"writers": "ignore"}) == set()
}

test_a_binding_for_all if {
	row := _row({"what": "binding", "ref": {"kind": "ClusterRoleBinding", "name": "b"}, "accounts": ["ServiceAccount shop/ci"], "systems": ["a", "b"]})
	_fails(row, {}) == {"ServiceAccount shop/ci may write in every namespace, those of 2 systems among them"}
}

test_bounds if {
	_fails(_row({"quotas": 0}), {}) == {"nothing bounds what velero may take of the cluster: no ResourceQuota, no LimitRange"}
	_fails(_row({"quotas": 0}), {"quota": "ignore"}) == set()
	_fails(_row({"quotas": 0, "ref": {"kind": "Namespace", "name": "kube-system"}}), {}) == set()
	_doubts(_row({"quotas": null})) == {"whether anything bounds what it may take was not read"}
}

test_isolation if {
	_fails(_row({"open_workloads": 2}), {}) == {"no network policy isolates 2 workloads there: anything may reach velero"}
	_fails(_row({"enforced": "no"}), {}) == {"nothing enforces network policies: anything may reach velero"}
	_fails(_row({"open_workloads": 2}), {"isolation": "ignore"}) == set()
	_doubts(_row({"open_workloads": null})) == {"whether network policies isolate it cannot be told"}
	_doubts(_row({"enforced": "unknown"})) == {"whether network policies isolate it cannot be told"}
	_doubts(_row({})) == set()
}

_doubts(row) := {f.message | some f in found} if {
	norm := _norm
	found := policy.unknown with input as {"rows": [row]} with data.sx.rules.extensions.namespaces as norm
}

test_who_is_judged if {
	norm := _norm
	rows := [
		_row({}),
		_row({"what": "binding", "ref": {"kind": "ClusterRoleBinding", "name": "b"}, "accounts": ["ServiceAccount shop/ci"]}),
		_row({"what": "binding", "ref": {"kind": "ClusterRoleBinding", "name": "c"}, "people": ["User bob"]}),
	]
	subjects := policy.subject with input as {"rows": rows} with data.sx.rules.extensions.namespaces as norm
	{ref.name | some ref in subjects} == {"velero", "b"}
}
