package sextant.network.metadata_unreachable_test

import data.sextant.network.metadata_unreachable as policy

_ref(namespace, name) := {"group": "apps", "kind": "Deployment", "namespace": namespace, "name": name}

_flow(changes) := object.union({
	"action": "allow", "reach": "part", "addresses": [], "nodes": "none", "all_ports": true, "ports": [], "opaque": [], "entities": [], "narrowed": false,
}, changes)

_rest := _flow({"action": "deny", "reach": "everything", "nodes": "all"})

_row(flows, isolated) := {
	"ref": _ref("pay", "web"), "labels": {}, "host_network": false,
	"egress": {"isolated": isolated}, "egress_flows": flows,
}

_cluster(enforced, providers) := [{"network": {"enforced": enforced, "providers": providers, "daemon_sets": []}}]

_say(row, cluster) := {[v.path, v.message] | some v in found} if {
	found := policy.violation with input as {"rows": [row]} with data.sx.inventory.cluster as cluster
}

_doubt(row, cluster) := count(found) if {
	found := policy.unknown with input as {"rows": [row]} with data.sx.inventory.cluster as cluster
}

_aws := _cluster("yes", ["aws"])

_rules(changes) := object.union(data.sx.rules.network, {"metadata": object.union({"probe_ips": ["169.254.169.254"]}, changes)})

test_a_pod_without_egress_policies_fails_whole if {
	row := _row([], "no")
	rules := _rules({})
	policy.violation == {{
		"ref": row.ref, "path": "egress[169.254.169.254]",
		"message": "it may reach the metadata endpoint 169.254.169.254: no policy isolates its egress",
	}} with input as {"rows": [row]} with data.sx.inventory.cluster as _aws with data.sx.rules.network as rules
	policy.subject == {row.ref} with input as {"rows": [row]} with data.sx.inventory.cluster as _aws
}

test_the_address_decides if {
	_say(_row([_rest], "yes"), _aws) == set()
	halves := _row([_flow({"addresses": ["128.0.0.0/1"]}), _rest], "yes")
	_say(halves, _aws) == {["egress[169.254.169.254]", "it may reach the metadata endpoint 169.254.169.254: its policies admit the address"]}
	web := {"protocol": "TCP", "from": 80, "to": 80, "name": ""}
	_say(_row([_flow({"addresses": ["169.254.169.254/32"], "all_ports": false, "ports": [web]}), _rest], "yes"), _aws) == {["egress[169.254.169.254]", "it may reach the metadata endpoint 169.254.169.254: its policies admit the address"]}
	tls := object.union(web, {"from": 443, "to": 443})
	_say(_row([_flow({"addresses": ["0.0.0.0/0"], "all_ports": false, "ports": [tls]}), _rest], "yes"), _aws) == set()
	first := [_flow({"action": "deny", "addresses": ["169.254.0.0/16", "100.100.100.200/32", "fd00::/8"]}), _flow({"reach": "world", "entities": ["world"]})]
	_say(_row(first, "yes"), _aws) == set()
}

test_a_narrow_rule_denies_nothing_whole if {
	flows := [_flow({"action": "deny", "reach": "everything", "narrowed": true, "all_ports": false}), _flow({"reach": "everything", "narrowed": true, "all_ports": false})]
	count(_say(_row(flows, "yes"), _aws)) == 3
}

test_what_cannot_be_told if {
	_doubt(_row([_flow({"opaque": ["group x"]}), _rest], "yes"), _aws) == 1
	_doubt(_row([_flow({"action": "pass", "addresses": ["0.0.0.0/0", "::/0"]}), _rest], "yes"), _aws) == 1
	_doubt(_row([_rest], "yes"), _cluster("unknown", ["aws"])) == 1
	_doubt(_row([], "unknown"), _aws) == 1
	_doubt(_row([], "no"), _aws) == 0
	row := _row([], "unknown")
	policy.unknown == {{"ref": row.ref, "message": "whether a policy keeps it from the metadata endpoint cannot be told"}} with input as {"rows": [row]} with data.sx.inventory.cluster as _aws
}

test_nothing_enforced if {
	found := _say(_row([_rest], "yes"), _cluster("no", ["aws"]))
	["egress[169.254.169.254]", "it may reach the metadata endpoint 169.254.169.254: nothing enforces network policies"] in found
}

test_subjects if {
	bare := _cluster("yes", ["metal3"])
	row := _row([], "no")
	policy.subject == set() with input as {"rows": [row]} with data.sx.inventory.cluster as bare
	forced := _rules({"forced": true})
	policy.subject == {row.ref} with input as {"rows": [row]} with data.sx.inventory.cluster as bare with data.sx.rules.network as forced
	attested := _rules({"attested": true})
	policy.subject == set() with input as {"rows": [row]} with data.sx.inventory.cluster as _aws with data.sx.rules.network as attested
	host := object.union(row, {"host_network": true})
	system := object.union(row, {"ref": _ref("kube-system", "agent")})
	policy.subject == set() with input as {"rows": [host, system]} with data.sx.inventory.cluster as _aws
}
