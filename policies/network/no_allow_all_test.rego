package sextant.network.no_allow_all_test

import data.sextant.network.no_allow_all as policy

_ref(name) := {"group": "networking.k8s.io", "kind": "NetworkPolicy", "namespace": "pay", "name": name}

_flow(changes) := object.union({
	"action": "allow", "path": "spec.ingress[0]", "reach": "part", "addresses": [], "pods": [], "all_ports": true,
	"ports": [], "names": [], "opaque": [], "nodes": "none", "narrowed": false, "outside_only": false,
}, changes)

_row(name, changes) := object.union({"ref": _ref(name), "staged": false, "dead": false, "ingress": [], "egress": []}, changes)

_say(row) := {[v.path, v.message, v.severity] | some v in found} if {
	found := policy.violation with input as {"rows": [row]}
}

test_a_rule_without_peers_and_ports_fails if {
	row := _row("a", {"ingress": [_flow({"reach": "everything"})]})
	policy.violation == {{"ref": row.ref, "path": "spec.ingress[0]", "message": "a rule admits all ingress on all ports", "severity": "high"}} with input as {"rows": [row]}
}

test_degrees if {
	_say(_row("a", {"ingress": [_flow({"reach": "world"})]})) == {["spec.ingress[0]", "a rule admits all ingress from outside the cluster on all ports", "high"]}
	_say(_row("a", {"egress": [_flow({"reach": "world"})]})) == {["spec.ingress[0]", "a rule admits all egress to outside the cluster on all ports", "high"]}
	halves := ["0.0.0.0/1", "128.0.0.0/2", "192.0.0.0/3"]
	_say(_row("a", {"egress": [_flow({"addresses": halves})]})) == {["spec.ingress[0]", "a rule admits egress of nearly all addresses on all ports", "high"]}
	everyone := [{"everyone": true}]
	_say(_row("a", {"ingress": [_flow({"pods": everyone, "all_ports": false})]})) == {["spec.ingress[0]", "a rule admits ingress of every pod of every namespace", "medium"]}
}

test_what_is_fine if {
	_say(_row("a", {"ingress": [_flow({"reach": "everything", "all_ports": false}), _flow({"reach": "everything", "action": "deny"})]})) == set()
	internet := ["0.0.0.0/5", "8.0.0.0/7", "11.0.0.0/8", "12.0.0.0/6", "16.0.0.0/4", "32.0.0.0/3", "64.0.0.0/2", "128.0.0.0/3", "160.0.0.0/5", "173.0.0.0/8", "192.0.0.0/9", "200.0.0.0/5", "208.0.0.0/4"]
	_say(_row("a", {"egress": [_flow({"addresses": internet})]})) == set()
}

test_exemptions if {
	row := _row("edge", {"ingress": [_flow({"reach": "everything"})], "egress": [_flow({"reach": "everything", "path": "spec.egress[0]"})]})
	rules := object.union(data.sx.rules.network, {"allow_all": {"exempt": [{"namespace": "pay", "name": "edge", "direction": "ingress", "reason": "x"}]}})
	found := policy.violation with input as {"rows": [row]} with data.sx.rules.network as rules
	{v.path | some v in found} == {"spec.egress[0]"}
}

test_subjects if {
	rows := [_row("a", {}), _row("staged", {"staged": true}), _row("dead", {"dead": true})]
	policy.subject == {_ref("a")} with input as {"rows": rows}
}
