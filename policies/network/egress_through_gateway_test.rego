package sextant.network.egress_through_gateway_test

import data.sextant.network.egress_through_gateway as policy

_ref(name) := {"group": "", "kind": "Namespace", "namespace": "", "name": name}

_flow(changes) := object.union({
	"policy": {"name": "web"}, "path": "spec.egress[0]", "reach": "part", "addresses": [], "names": [],
}, changes)

_row(name, flows, isolated, gateways) := {
	"ref": _ref(name), "terminating": false,
	"network": {"egress": {"isolated": isolated}, "egress_admitted": flows, "egress_gateways": gateways},
}

_rules(changes) := object.union(data.sx.rules.network, {"egress": object.union({"restricted": ["pay-*"], "gateways": ["8.8.4.4/32", "1.1.1.1/32"]}, changes)})

_say(row) := {[v.message, object.get(v, "severity", "")] | some v in found} if {
	rules := _rules({})
	found := policy.violation with input as {"rows": [row]} with data.sx.rules.network as rules
}

test_the_internet_without_a_gateway_fails_whole if {
	row := _row("pay-a", [_flow({"addresses": ["8.8.8.0/24"]})], "yes", [])
	rules := _rules({})
	policy.violation == {{
		"ref": row.ref, "path": "web:spec.egress[0]",
		"message": "web admits the internet directly, and no egress gateway is bound",
	}} with input as {"rows": [row]} with data.sx.rules.network as rules
	policy.subject == {row.ref} with input as {"rows": [row]} with data.sx.rules.network as rules
	policy.subject == set() with input as {"rows": [row]}
}

test_degrees if {
	_say(_row("pay-a", [_flow({"reach": "world"})], "yes", [])) == {["web admits the internet directly, and no egress gateway is bound", ""]}
	_say(_row("pay-a", [], "no", [])) == {["nothing restricts its egress, and no egress gateway is bound", ""]}
	_say(_row("pay-a", [_flow({"names": ["*"]})], "yes", [])) == {["web admits every DNS name", "low"]}
	_say(_row("pay-a", [_flow({"reach": "everything"})], "yes", [{"name": "gw"}])) == set()
	_say(_row("pay-a", [_flow({"addresses": ["1.1.1.1/32", "10.0.0.0/8"]})], "yes", [])) == set()
}

test_who_is_left_out if {
	attested := _rules({"attested": true})
	row := _row("pay-a", [], "no", [])
	policy.subject == set() with input as {"rows": [row]} with data.sx.rules.network as attested
	gone := object.union(row, {"terminating": true})
	all := _rules({"restricted": ["*"]})
	policy.subject == set() with input as {"rows": [gone, _row("kube-system", [], "no", [])]} with data.sx.rules.network as all
}
