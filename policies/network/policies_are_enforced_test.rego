package sextant.network.policies_enforced_test

import data.sextant.network.policies_are_enforced as policy

_ref := {"group": "", "kind": "Cluster", "namespace": "", "name": ""}

_network := {
	"enforced": "yes", "enforcers": ["calico"], "audit_only": false, "evidence": ["calico: Felix runs"],
	"nodes_without": [], "daemon_sets": [], "policies": 3,
}

_row(changes) := {"ref": _ref, "network": object.union(_network, changes)}

_node(name, labels, ready, created) := {"name": name, "labels": labels, "ready": ready, "created": created}

test_enforced_everywhere_passes if {
	row := _row({})
	policy.violation == set() with input as {"rows": [row]}
	policy.unknown == set() with input as {"rows": [row]}
}

test_not_enforced if {
	row := _row({"enforced": "no", "evidence": ["flannel: does not", "none else"]})
	policy.violation == {{
		"ref": _ref, "message": "nothing enforces network policies: flannel: does not; none else",
		"evidence": {"seen": ["flannel: does not", "none else"], "policies": 3},
	}} with input as {"rows": [row]}
}

test_audit_mode_is_not_enforcement if {
	row := _row({"enforced": "no", "audit_only": true})
	found := policy.violation with input as {"rows": [row]}
	{v.message | some v in found} == {"network policies are audited and not enforced"}
}

test_nodes_without_an_enforcer if {
	nodes := [
		_node("a", {"kubernetes.io/os": "linux"}, "yes", "2025-01-01T00:00:00Z"),
		_node("win", {"kubernetes.io/os": "windows"}, "yes", "2025-01-01T00:00:00Z"),
		_node("virtual", {"type": "virtual-kubelet"}, "yes", "2025-01-01T00:00:00Z"),
		_node("down", {}, "no", "2025-01-01T00:00:00Z"),
		_node("young", {}, "yes", "2025-12-31T23:55:00Z"),
		_node("undated", {}, "unknown", ""),
	]
	row := _row({"nodes_without": nodes})
	policy.violation == {
		{
			"ref": _ref, "path": "nodes[os=linux]", "message": "no enforcer of network policies is ready on 2 linux nodes",
			"evidence": {"nodes": ["a", "undated"], "enforcers": ["calico"]},
		},
		{
			"ref": _ref, "path": "nodes[os=windows]", "message": "no enforcer of network policies is ready on 1 windows nodes",
			"evidence": {"nodes": ["win"], "enforcers": ["calico"]},
		},
	} with input as {"rows": [row]}
}

test_unknown_is_told if {
	row := _row({"enforced": "unknown", "evidence": ["ConfigMap cilium-config was not read"]})
	policy.unknown == {{"ref": _ref, "message": "whether anything enforces network policies is unknown: ConfigMap cilium-config was not read"}} with input as {"rows": [row]}
	policy.violation == set() with input as {"rows": [row]}
}

test_rules_may_name_an_enforcer if {
	row := _row({"enforced": "no", "daemon_sets": [{"name": "kube-system/guard", "containers": ["npc x"], "desired": 1, "ready": 1}]})
	rules := object.union(data.sx.rules.network, {"enforcers": {"extra": [{"daemonset": "*/guard", "container_regex": "npc"}]}})
	policy.violation == set() with input as {"rows": [row]} with data.sx.rules.network as rules
}
