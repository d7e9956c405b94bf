package sextant.network.dns_egress_test

import data.sextant.network.dns_egress as policy

_ref(name) := {"group": "", "kind": "Namespace", "namespace": "", "name": name}

_udp := {"protocol": "UDP", "from": 53, "to": 53, "name": ""}

_tcp := object.union(_udp, {"protocol": "TCP"})

_dns := {
	"namespace": "", "everyone": false, "namespace_keys": [],
	"namespaces": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
	"pods": {"matchExpressions": [
		{"key": "k8s-app", "operator": "In", "values": ["kube-dns"]},
		{"key": "k8s-app", "operator": "Exists"},
		{"key": "canary", "operator": "DoesNotExist"},
		{"key": "canary", "operator": "NotIn", "values": ["yes"]},
	]},
}

_flow(changes) := object.union({
	"policy": {"name": "dns"}, "path": "spec.egress[0]", "action": "allow", "reach": "part", "addresses": [],
	"pods": [], "all_ports": false, "ports": [_udp, _tcp],
}, changes)

_row(name, flows) := {
	"ref": _ref(name), "terminating": false,
	"network": {"egress": {"default_deny_by": [{"policy": {"name": "deny"}}]}, "egress_admitted": flows},
}

_say(flows) := {[v.message, v.severity] | some v in found} if {
	row := _row("pay", flows)
	found := policy.violation with input as {"rows": [row]}
}

test_a_deny_without_dns_fails_whole if {
	row := _row("pay", [])
	policy.violation == {{"ref": row.ref, "message": "it denies egress, and no rule admits DNS to an approved resolver", "severity": "medium"}} with input as {"rows": [row]}
}

test_dns_to_the_resolver_passes if {
	_say([_flow({"pods": [_dns]})]) == set()
	_say([_flow({"pods": [object.union(_dns, {"pods": {}})], "ports": [object.union(_udp, {"protocol": "ANY"})]})]) == set()
	_say([_flow({"addresses": ["169.254.20.10/32"]})]) == set()
	_say([_flow({"pods": [_dns], "all_ports": true, "ports": []})]) == set()
}

test_what_is_not_enough if {
	_say([_flow({"pods": [_dns], "ports": [_udp]})]) == {["it denies egress, and no rule admits DNS over TCP: long answers are cut off", "medium"]}
	_say([_flow({"pods": [object.union(_dns, {"namespace": "pay"})]})]) == {["it denies egress, and no rule admits DNS to an approved resolver", "medium"]}
	_say([_flow({"pods": [object.union(_dns, {"pods": null})]})]) == {["it denies egress, and no rule admits DNS to an approved resolver", "medium"]}
}

test_dns_to_anywhere_is_worse if {
	row := _row("pay", [_flow({"addresses": ["0.0.0.0/0"]}), _flow({"pods": [_dns]})])
	found := policy.violation with input as {"rows": [row]}
	found == {{"ref": row.ref, "message": "dns admits DNS to any address", "severity": "high", "path": "dns:spec.egress[0]"}} | {v | some v in found; v.severity == "medium"}
	{v.severity | some v in found} == {"high"}
	_say([_flow({"reach": "everything"})]) == {["dns admits DNS to any address", "high"]}
}

test_subjects if {
	open := object.union(_row("open", []), {"network": {"egress": {"default_deny_by": []}}})
	rows := [_row("pay", []), open, _row("kube-system", []), object.union(_row("gone", []), {"terminating": true})]
	policy.subject == {_ref("pay")} with input as {"rows": rows}
}
