package sextant.network.guardrails_present_test

import data.sextant.network.guardrails_present as policy

_ref := {"group": "", "kind": "Cluster", "namespace": "", "name": ""}

_flow(changes) := object.union({
	"action": "deny", "reach": "part", "addresses": [], "pods": [], "nodes": "none", "all_ports": true, "ports": [], "narrowed": false,
}, changes)

_rail(name, changes) := object.union({
	"policy": {"name": name}, "before_tenants": true, "misses": ["kube-system"], "opaque": false, "ingress": [], "egress": [],
}, changes)

_metadata := {"id": "deny-metadata", "direction": "egress", "addresses": ["169.254.169.254/32"]}

_kubelet := {"id": "deny-kubelet", "direction": "egress", "nodes": true, "ports": [10250]}

_cross := {"id": "deny-cross-tenant", "direction": "ingress", "pods": true, "namespaces": ["pay-*"]}

_say(rails, wanted) := {[v.path, v.message] | some v in found} if {
	rules := object.union(data.sx.rules.network, {"guardrails": wanted})
	row := {"ref": _ref, "network": {"guardrails": rails}}
	found := policy.violation with input as {"rows": [row]} with data.sx.rules.network as rules
}

_none(id) := {[sprintf("guardrails[id=%s]", [id]), sprintf("no policy above those of tenants enforces the guardrail %s", [id])]}

_link := _flow({"addresses": ["169.254.0.0/16"]})

test_a_missing_guardrail_fails_whole if {
	rules := object.union(data.sx.rules.network, {"guardrails": [_metadata]})
	row := {"ref": _ref, "network": {"guardrails": [_rail("other", {})]}}
	policy.violation == {{
		"ref": _ref, "path": "guardrails[id=deny-metadata]", "evidence": {"asked_first": ["other"]},
		"message": "no policy above those of tenants enforces the guardrail deny-metadata",
	}} with input as {"rows": [row]} with data.sx.rules.network as rules
	policy.subject == {_ref} with input as {"rows": [row]} with data.sx.rules.network as rules
	policy.subject == set() with input as {"rows": [row]}
}

test_what_stands if {
	_say([_rail("a", {"egress": [_link]})], [_metadata]) == set()
	_say([_rail("a", {"egress": [_flow({"reach": "everything"})]})], [_metadata, _kubelet]) == set()
	port := {"protocol": "TCP", "from": 10000, "to": 11000, "name": ""}
	_say([_rail("a", {"egress": [_flow({"nodes": "all", "all_ports": false, "ports": [port]})]})], [_kubelet]) == set()
	_say([_rail("a", {"misses": ["dev"], "ingress": [_flow({"pods": [{"everyone": true}]})]})], [_cross]) == set()
}

test_what_does_not if {
	_say([_rail("a", {"egress": [_link], "before_tenants": false})], [_metadata]) == _none("deny-metadata")
	_say([_rail("a", {"egress": [_link], "misses": ["dev"]})], [_metadata]) == _none("deny-metadata")
	_say([_rail("a", {"egress": [_flow({"addresses": ["169.254.0.0/16"], "narrowed": true})]})], [_metadata]) == _none("deny-metadata")
	_say([_rail("a", {"egress": [_flow({"addresses": ["10.0.0.0/8"]})]})], [_metadata]) == _none("deny-metadata")
}

test_an_allow_before_it_passes_it_by if {
	early := _rail("early", {"egress": [_flow({"action": "allow", "addresses": ["169.254.169.0/24"]})]})
	wide := _rail("early", {"egress": [_flow({"action": "allow", "addresses": ["0.0.0.0/0"]})]})
	all := _rail("early", {"egress": [_flow({"action": "allow", "reach": "everything"})]})
	said := {["guardrails[id=deny-metadata]", "the guardrail deny-metadata is passed by: early allows the same before late denies it"]}
	late := _rail("late", {"egress": [_link]})
	_say([early, late], [_metadata]) == said
	_say([wide, late], [_metadata]) == said
	_say([all, late], [_metadata]) == said
	nodes := [_rail("early", {"egress": [_flow({"action": "allow", "nodes": "some"})]}), _rail("late", {"egress": [_flow({"reach": "everything"})]})]
	_say(nodes, [_kubelet]) == {["guardrails[id=deny-kubelet]", "the guardrail deny-kubelet is passed by: early allows the same before late denies it"]}
}

test_a_selector_that_cannot_be_read_is_unknown if {
	rails := [_rail("a", {"egress": [_link], "opaque": true})]
	_say(rails, [_metadata]) == set()
	rules := object.union(data.sx.rules.network, {"guardrails": [_metadata]})
	row := {"ref": _ref, "network": {"guardrails": rails}}
	policy.unknown == {{"ref": _ref, "message": "whom the policy for the guardrail deny-metadata selects cannot be read"}} with input as {"rows": [row]} with data.sx.rules.network as rules
}
