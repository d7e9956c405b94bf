package sextant.network.node_ports_unreachable_test

import data.sextant.network.node_ports_unreachable as policy

_ref(namespace, name) := {"group": "apps", "kind": "Deployment", "namespace": namespace, "name": name}

_flow(changes) := object.union({
	"action": "allow", "reach": "part", "addresses": [], "nodes": "none", "all_ports": true, "ports": [], "opaque": [], "entities": [], "narrowed": false,
}, changes)

_rest := _flow({"action": "deny", "reach": "everything", "nodes": "all"})

_row(flows, isolated) := {
	"ref": _ref("pay", "web"), "labels": {}, "host_network": false,
	"egress": {"isolated": isolated}, "egress_flows": flows,
}

_cluster(enforced) := [{"network": {"enforced": enforced, "daemon_sets": []}}]

_say(row, enforced) := {v.message | some v in found} if {
	cluster := _cluster(enforced)
	found := policy.violation with input as {"rows": [row]} with data.sx.inventory.cluster as cluster
}

_doubt(row, enforced) := count(found) if {
	cluster := _cluster(enforced)
	found := policy.unknown with input as {"rows": [row]} with data.sx.inventory.cluster as cluster
}

_all := "it may reach nodes on 10250, 10255, 2379, 2380: "

test_an_open_pod_fails_whole if {
	row := _row([], "no")
	cluster := _cluster("yes")
	policy.violation == {{"ref": row.ref, "path": "egress[nodes]", "message": concat("", [_all, "no policy isolates its egress"])}} with input as {"rows": [row]} with data.sx.inventory.cluster as cluster
	policy.subject == {row.ref} with input as {"rows": [row]}
}

test_the_rules_decide if {
	_say(_row([_rest], "yes"), "yes") == set()
	_say(_row([_flow({"nodes": "some"}), _rest], "yes"), "yes") == {concat("", [_all, "its policies admit addresses of nodes"])}
	kubelet := {"protocol": "TCP", "from": 10250, "to": 10250, "name": ""}
	_say(_row([_flow({"nodes": "all", "all_ports": false, "ports": [kubelet]}), _rest], "yes"), "yes") == {"it may reach nodes on 10250: its policies admit addresses of nodes"}
	_say(_row([_flow({"action": "deny", "nodes": "some"}), _flow({"action": "deny", "nodes": "all"}), _flow({"nodes": "all"})], "yes"), "yes") == set()
	_say(_row([_rest], "yes"), "no") == {concat("", [_all, "nothing enforces network policies"])}
}

test_what_cannot_be_told if {
	_doubt(_row([_flow({"opaque": ["x"]}), _rest], "yes"), "yes") == 1
	row := _row([_rest], "yes")
	cluster := _cluster("unknown")
	policy.unknown == {{"ref": row.ref, "message": "whether a policy keeps it from management ports of nodes cannot be told"}} with input as {"rows": [row]} with data.sx.inventory.cluster as cluster
}

test_who_is_left_out if {
	row := _row([], "no")
	host := object.union(row, {"host_network": true})
	system := object.union(row, {"ref": _ref("kube-system", "dns")})
	rules := object.union(data.sx.rules.network, {"nodes": {"protected_ports": [10250], "exempt": [{"name": "web"}]}})
	policy.subject == set() with input as {"rows": [row, host, system]} with data.sx.rules.network as rules
}
