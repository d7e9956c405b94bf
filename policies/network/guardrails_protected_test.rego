package sextant.network.guardrails_protected_test

import data.sextant.network.guardrails_protected as policy

_grant(what, resource, verbs, names) := {"what": what, "resource": resource, "verbs": verbs, "names": names}

_row(name, changes) := object.union({
	"ref": {"group": "rbac.authorization.k8s.io", "kind": "ClusterRoleBinding", "namespace": "", "name": name},
	"role": "ClusterRole edit", "subjects": ["Group:devs", "Group:system:masters"], "of_systems": [],
	"grants": [_grant("guardrail", "projectcalico.org/tiers", ["update"], [])],
}, changes)

_cluster(protected) := [{"network": {"protected_by": protected}}]

_open := _cluster([])

test_a_tenant_that_writes_guardrails_fails if {
	row := _row("a", {})
	namespace := _row("b", {"grants": [_grant("namespace", "core/namespaces", ["patch"], []), _grant("guardrail", "x/y", ["patch"], ["mine"])]})
	policy.violation == {
		{
			"ref": row.ref, "path": "grants[guardrail]", "message": "Group:devs may change guardrails of the network",
			"evidence": {"role": "ClusterRole edit", "grants": {"projectcalico.org/tiers"}},
		},
		{
			"ref": namespace.ref, "path": "grants[namespace]", "message": "Group:devs may change labels of namespaces, by which policies select",
			"evidence": {"role": "ClusterRole edit", "grants": {"core/namespaces"}},
		},
	} with input as {"rows": [row, namespace]} with data.sx.inventory.cluster as _open
}

test_the_platform_and_its_systems_may if {
	rows := [_row("a", {"subjects": ["User:system:kube-controller-manager"]}), _row("b", {"subjects": ["ServiceAccount:argocd/argocd"], "of_systems": ["ServiceAccount:argocd/argocd"]})]
	policy.violation == set() with input as {"rows": rows} with data.sx.inventory.cluster as _open
}

test_the_default_deny_needs_protection if {
	row := _row("a", {"grants": [_grant("policy", "networking.k8s.io/networkpolicies", ["create", "delete"], [])]})
	rules := object.union(data.sx.rules.network, {"writers": {"protected": ["default-deny"], "platform_subjects": ["Group:system:*"], "systems_are_platform": true}})
	policy.violation == {{
		"ref": row.ref, "path": "grants[policy]", "message": "Group:devs may delete the default deny, and no admission policy protects it",
		"evidence": {"role": "ClusterRole edit", "grants": {"networking.k8s.io/networkpolicies"}},
	}} with input as {"rows": [row]} with data.sx.inventory.cluster as _open with data.sx.rules.network as rules
	guarded := _cluster([{"name": "keep-deny"}])
	policy.violation == set() with input as {"rows": [row]} with data.sx.inventory.cluster as guarded with data.sx.rules.network as rules
	policy.violation == set() with input as {"rows": [row]} with data.sx.inventory.cluster as _open
	creator := _row("b", {"grants": [_grant("policy", "networking.k8s.io/networkpolicies", ["create"], [])]})
	policy.violation == set() with input as {"rows": [creator]} with data.sx.inventory.cluster as _open with data.sx.rules.network as rules
}
