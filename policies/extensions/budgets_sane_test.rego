package sextant.extensions.budgets_sane_test

import data.sextant.extensions.budgets_sane as policy

_row(more) := object.union(
	{
		"ref": {"group": "policy", "kind": "PodDisruptionBudget", "namespace": "n", "name": "b"}, "systems": [],
		"workloads": [{"group": "apps", "kind": "Deployment", "namespace": "n", "name": "d"}], "wanted": 2, "min_available": "", "max_unavailable": "1",
		"blocks": false, "allowed": 1, "healthy": 2, "expected": 2, "beside": [], "unhealthy": "IfHealthyBudget",
	},
	more,
)

_fails(row, unhealthy) := {f.message | some f in found} if {
	found := policy.violation with input as {"rows": [row]} with data.sx.rules.extensions.budgets as {"unhealthy": unhealthy}
}

test_sane if _fails(_row({}), "any") == set()

test_blocked if {
	_fails(_row({"blocks": true, "max_unavailable": "0", "allowed": null}), "any") == {"lets no pod go of the 2 that are wanted (maxUnavailable 0)"}
	_fails(_row({"blocks": true, "max_unavailable": "", "min_available": "100%", "wanted": null, "allowed": null}), "any") == {"lets no pod go of the copies that are wanted (minAvailable 100%)"}
	_fails(_row({"blocks": true, "max_unavailable": "0", "allowed": 0}), "any") == {"lets no pod go though all 2 are healthy (maxUnavailable 0)"}
}

test_unhealthy_pods_are_no_fault_of_the_budget if _fails(_row({"allowed": 0, "healthy": 1}), "any") == set()

test_nothing_is_selected if {
	_fails(_row({"workloads": [], "expected": 0, "healthy": 0, "allowed": 0}), "any") == {"selects no pod and no workload"}
	_fails(_row({"workloads": [], "expected": null}), "any") == {"selects no pod and no workload"}
	_fails(_row({"workloads": []}), "any") == set()
}

test_two_budgets if _fails(_row({"beside": ["c"]}), "any") == {"selects the pods of c as well, which nobody can evict then"}

test_unhealthy_pods if {
	_fails(_row({}), "AlwaysAllow") == {"keeps pods that are not healthy from being evicted (IfHealthyBudget)"}
	_fails(_row({"unhealthy": "AlwaysAllow"}), "AlwaysAllow") == set()
}
