package sextant.network.service_exposure_test

import data.sextant.network.service_exposure as policy

_row(name, changes) := object.union({
	"ref": {"group": "", "kind": "Service", "namespace": "pay", "name": name}, "labels": {}, "type": "LoadBalancer",
	"external_ips": [], "source_ranges": [], "internal": false, "external_traffic_policy": "Local", "ports": ["23/TCP"],
	"node_ports": [30023], "gateway": "", "fronts_ingress": [],
}, changes)

_say(row) := {v.path | some v in found} if {
	found := policy.violation with input as {"rows": [row]}
}

test_what_is_open_fails if {
	row := _row("lb", {"external_ips": ["203.0.113.9"]})
	policy.violation == {
		{"ref": row.ref, "path": "spec.externalIPs", "message": "it claims external addresses: 203.0.113.9"},
		{"ref": row.ref, "path": "spec.loadBalancerSourceRanges", "message": "its load balancer is open to everybody on 23/TCP"},
	} with input as {"rows": [row]}
	_say(_row("lb", {"source_ranges": ["10.0.0.0/8", "0.0.0.0/0"]})) == {"spec.loadBalancerSourceRanges"}
}

test_what_is_bounded_passes if {
	_say(_row("lb", {"source_ranges": ["10.0.0.0/8"]})) == set()
	_say(_row("lb", {"internal": true})) == set()
	_say(_row("lb", {"fronts_ingress": ["kong"]})) == set()
	_say(_row("lb", {"gateway": "public"})) == set()
	allowed := object.union(data.sx.rules.network, {"exposure": {"allow": [{"namespace": "pay", "name": "lb"}], "node_port_restricted": []}})
	row := _row("lb", {"external_ips": ["203.0.113.9"]})
	policy.violation == set() with input as {"rows": [row]} with data.sx.rules.network as allowed
}

test_hidden_clients if {
	row := _row("lb", {"source_ranges": ["10.0.0.0/8"], "external_traffic_policy": "Cluster"})
	policy.violation == {{
		"ref": row.ref, "path": "spec.externalTrafficPolicy", "severity": "medium",
		"message": "its load balancer hides the addresses of clients, so that neither ranges nor policies can tell them apart",
	}} with input as {"rows": [row]}
}

test_node_ports_where_they_are_restricted if {
	row := _row("np", {"type": "NodePort"})
	policy.violation == set() with input as {"rows": [row]}
	rules := object.union(data.sx.rules.network, {"exposure": {"allow": [], "node_port_restricted": ["pay"]}})
	policy.violation == {{"ref": row.ref, "path": "spec.type", "message": "it opens ports on every node: 30023"}} with input as {"rows": [row]} with data.sx.rules.network as rules
}
