package sextant.network.address_plan_test

import data.sextant.network.address_plan as policy

_row(name, changes) := object.union({
	"ref": {"group": "", "kind": "Node", "namespace": "", "name": name}, "purpose": "pods", "cidrs": ["10.244.1.0/24"],
	"overlaps": [], "node_addresses": [], "used": 10, "size": 256,
}, changes)

test_every_collision_is_told if {
	other := {"with": {"group": "", "kind": "Node", "namespace": "", "name": "b"}, "cidrs": ["10.244.0.0/16"]}
	other_pool := _row("c", {"cidrs": ["172.20.0.0/16"]})
	row := _row("a", {"overlaps": [other], "node_addresses": ["10.244.1.7"], "used": 250})
	rules := object.union(data.sx.rules.network, {"addresses": {"reserved_ranges": ["10.0.0.0/8", "10.244.1.128/25", "192.168.0.0/16"], "usage_max": 0.85}})
	policy.violation == {
		{"ref": row.ref, "path": "overlaps[Node/b]", "message": "10.244.1.0/24 overlaps 10.244.0.0/16 of Node b"},
		{"ref": row.ref, "path": "overlaps[nodes]", "message": "addresses of nodes lie in 10.244.1.0/24: 10.244.1.7"},
		{"ref": row.ref, "path": "overlaps[10.0.0.0/8]", "message": "10.244.1.0/24 overlaps the reserved range 10.0.0.0/8"},
		{"ref": row.ref, "path": "overlaps[10.244.1.128/25]", "message": "10.244.1.0/24 overlaps the reserved range 10.244.1.128/25"},
		{"ref": row.ref, "path": "used", "message": "250 of 256 addresses are in use", "evidence": {"used": 250, "size": 256}},
	} with input as {"rows": [row, other_pool]} with data.sx.rules.network as rules
}
