package sextant.network.traffic_encrypted_test

import data.sextant.network.traffic_encrypted as policy

_ref := {"group": "", "kind": "Cluster", "namespace": "", "name": ""}

_one(changes) := object.union({
	"plugin": "calico", "kind": "wireguard", "on": "yes", "evidence": "switched on", "by_node": true, "nodes_without": [],
	"ipv6": "no", "hosts": "no",
}, changes)

_row(mechanisms, outside) := {"ref": _ref, "network": {"encryption": mechanisms, "outside_mesh": outside}}

_rules(changes) := object.union(data.sx.rules.network, {"encryption": object.union({"level": "required"}, changes)})

_say(row, changes) := {[v.message, v.severity] | some v in found} if {
	rules := _rules(changes)
	found := policy.violation with input as {"rows": [row]} with data.sx.rules.network as rules
}

test_clear_traffic_fails_whole if {
	row := _row([_one({"on": "no", "evidence": "off"})], {})
	rules := _rules({})
	policy.violation == {{
		"ref": _ref, "message": "traffic between nodes is not encrypted", "severity": "high", "evidence": {"seen": ["calico: off"]},
	}} with input as {"rows": [row]} with data.sx.rules.network as rules
	policy.subject == {_ref} with input as {"rows": [row]} with data.sx.rules.network as rules
	_say(row, {"level": "preferred"}) == {["traffic between nodes is not encrypted", "low"]}
}

test_every_node_must_show_a_key if {
	_say(_row([_one({})], {}), {}) == set()
	_say(_row([_one({"nodes_without": [{"name": "v", "labels": {"type": "virtual-kubelet"}}]})], {}), {}) == set()
	_say(_row([_one({"nodes_without": [{"name": "old", "labels": {}}]})], {}), {}) == {["encryption by calico is on, but 1 nodes show no key", "high"]}
}

test_what_rules_ask_besides if {
	_say(_row([_one({})], {}), {"ipv6": true}) == {["encryption by calico is on, but does not cover all that rules ask for", "high"]}
	_say(_row([_one({"ipv6": "yes", "hosts": "yes"})], {}), {"ipv6": true, "hosts": true}) == set()
	_say(_row([_one({})], {}), {"crypto": "gm"}) == {["calico encrypts by wireguard, which rules do not accept", "high"]}
	_say(_row([_one({"kind": "ipsec"})], {}), {"crypto": "gm"}) == set()
	_say(_row([_one({"kind": "sleeve"})], {}), {}) == {["calico encrypts by sleeve, which rules do not accept", "high"]}
}

test_a_mesh_covers_the_pods_in_it if {
	mesh := _one({"plugin": "istio", "kind": "mesh-mtls"})
	_say(_row([mesh], {"kube-system": 4}), {}) == set()
	_say(_row([mesh], {"pay": 1}), {}) == {["encryption by istio is on, but does not cover all that rules ask for", "high"]}
}

test_what_was_not_read_is_unknown if {
	row := _row([_one({"on": "unknown", "evidence": "FelixConfiguration was not read"})], {})
	rules := _rules({})
	policy.unknown == {{"ref": _ref, "message": "whether calico encrypts cannot be told: FelixConfiguration was not read"}} with input as {"rows": [row]} with data.sx.rules.network as rules
	_say(row, {}) == set()
}

test_not_asked if {
	row := _row([], {})
	policy.subject == set() with input as {"rows": [row]}
	attested := _rules({"attested": true})
	policy.subject == set() with input as {"rows": [row]} with data.sx.rules.network as attested
}
