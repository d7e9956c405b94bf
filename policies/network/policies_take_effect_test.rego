package sextant.network.policies_take_effect_test

import data.sextant.network.policies_take_effect as policy

_row(engine, name, changes) := object.union({
	"ref": {"group": engine, "kind": "Policy", "namespace": "pay", "name": name}, "engine": engine, "staged": false,
	"dead": false, "only_staged": [], "conditions": [], "created": "2025-01-01T00:00:00Z",
}, changes)

_cluster(audit, plugins) := [{"network": {"audit_only": audit, "plugins": plugins}}]

_say(row, cluster) := {v.message | some v in found} if {
	found := policy.violation with input as {"rows": [row]} with data.sx.inventory.cluster as cluster
}

_on := _cluster(false, [])

test_staged_alone_fails if {
	subjects := [{"group": "", "kind": "Namespace", "namespace": "", "name": "pay"}, {"group": "apps", "kind": "Deployment", "namespace": "pay", "name": "web"}]
	row := _row("calico", "a", {"staged": true, "only_staged": subjects})
	found := policy.violation with input as {"rows": [row, _row("calico", "b", {"staged": true})]} with data.sx.inventory.cluster as _on
	found == {{
		"ref": row.ref, "message": "it is staged, and nothing else isolates what it selects (2 subjects)",
		"evidence": {"subjects": ["Namespace pay", "Deployment pay/web"]},
	}}
}

test_audit_mode_and_dead_kinds if {
	audited := _cluster(true, [])
	_say(_row("kubernetes", "a", {}), audited) == {"the plug-in audits policies and does not enforce them"}
	_say(_row("calico", "a", {"dead": true}), _on) == {"nothing that runs here reads this kind of policy"}
	_say(_row("kubernetes", "a", {}), _on) == set()
}

test_what_the_agent_refuses if {
	bad := {"conditions": [{"type": "Valid", "status": "False", "message": "no such port"}]}
	_say(_row("cilium", "a", bad), _on) == {"the agent does not enforce it: Valid is False: no such port"}
	zone := {"conditions": [{"type": "Ready-In-Zone-a", "status": "False", "message": "x"}, {"type": "Valid", "status": "True", "message": ""}]}
	_say(_row("cilium", "a", zone), _on) == {"the agent does not enforce it: Ready-In-Zone-a is False: x"}
	_say(_row("cilium", "a", object.union(bad, {"created": "2025-12-31T23:59:00Z"})), _on) == set()
}

test_admin_policies_need_support if {
	flannel := _cluster(false, [{"id": "flannel", "live": true, "version": "v0.28.9"}])
	_say(_row("admin", "a", {}), flannel) == {"the network plug-in does not know this kind of policy"}
	unsure := _cluster(false, [{"id": "calico", "live": true, "version": "unknown"}])
	_say(_row("admin", "a", {}), unsure) == set()
	row := _row("admin", "a", {})
	policy.unknown == {{"ref": row.ref, "message": "whether the version of the network plug-in knows this kind of policy is unknown"}} with input as {"rows": [row]} with data.sx.inventory.cluster as unsure
}
