package sextant.network.default_deny_ingress_test

import data.sextant.network.default_deny_ingress as policy

_ref(name) := {"group": "", "kind": "Namespace", "namespace": "", "name": name}

_by(kind, name, reach) := {
	"policy": {"group": _groups[kind], "kind": kind, "namespace": "pay", "name": name},
	"path": "", "reach": reach,
}

_groups := {
	"NetworkPolicy": "networking.k8s.io", "AdminNetworkPolicy": "policy.networking.k8s.io",
	"CiliumNetworkPolicy": "cilium.io", "ConfigMap": "",
}

_closed := {
	"isolated": "yes", "neutralised": false, "reason": "",
	"default_deny_by": [_by("NetworkPolicy", "deny", "everything")],
	"isolated_by": [_by("NetworkPolicy", "deny", "everything")],
	"opened_by": [], "open_addresses": [], "open_addresses_by": [],
	"staged": [], "dead": [], "partial": [], "open_workloads": 0,
}

_open := object.union(_closed, {"isolated": "no", "default_deny_by": [], "isolated_by": [], "open_workloads": 1})

_row(name, enforced, isolation) := {
	"ref": _ref(name), "terminating": false, "pods": 2, "workloads": 1,
	"network": {"enforced": enforced, "ingress": isolation},
}

_cluster(enforced, plugins) := [{"network": {"enforced": enforced, "plugins": plugins, "daemon_sets": [
	{"name": "kube-system/guard", "containers": ["npc example.com/guard:1"], "desired": 1, "ready": 1},
]}}]

_rules := object.union(data.sx.rules.network, {"default_deny": {"ingress": "required", "egress": "required", "accept_kinds": []}})

_say(rows, rules, cluster) := {[v.ref.name, v.message, v.severity] | some v in found} if {
	found := policy.violation with input as {"rows": rows}
		with data.sx.rules.network as rules
		with data.sx.inventory.cluster as cluster
}

_doubt(rows, rules, cluster) := {[v.ref.name, v.message] | some v in found} if {
	found := policy.unknown with input as {"rows": rows}
		with data.sx.rules.network as rules
		with data.sx.inventory.cluster as cluster
}

_on := _cluster("yes", [])

test_a_default_deny_passes_and_its_absence_fails_whole if {
	row := _row("a", "yes", _open)
	other := _row("b", "yes", _closed)
	found := policy.violation with input as {"rows": [row, other]}
		with data.sx.rules.network as _rules
		with data.sx.inventory.cluster as _on
	found == {{
		"ref": row.ref, "message": "no network policy denies ingress by default", "severity": "high",
		"evidence": {"default_deny_by": [], "opened_by": [], "isolates_some": [], "enforced": "yes"},
	}}
	_doubt([row], _rules, _on) == set()
}

test_nothing_runs_there_yet if {
	_say([object.union(_row("a", "yes", _open), {"pods": 0, "workloads": 0})], _rules, _on) == {["a", "no network policy denies ingress by default", "low"]}
}

test_why_there_is_none if {
	_say([_row("a", "yes", object.union(_open, {"staged": [{"name": "soon"}]}))], _rules, _on) == {["a", "a default deny of ingress is only staged: soon", "high"]}
	_say([_row("a", "yes", object.union(_open, {"partial": [{"name": "app"}]}))], _rules, _on) == {["a", "no default deny of ingress: policies isolate only some of its pods", "high"]}
	_say([_row("a", "yes", object.union(_open, {"dead": [{"name": "old"}]}))], _rules, _on) == {["a", "no default deny of ingress: its policies are of an engine that does not run here: old", "high"]}
	_say([_row("a", "yes", object.union(_closed, {"default_deny_by": []}))], _rules, _on) == {["a", "policies isolate its pods for ingress, but none denies everything: deny", "high"]}
}

test_neutralised if {
	undone := object.union(_closed, {"neutralised": true, "opened_by": [_by("NetworkPolicy", "temp", "everything")]})
	_say([_row("a", "yes", undone)], _rules, _on) == {["a", "its default deny of ingress is undone: temp opens everything", "high"]}
	nearly := object.union(_closed, {"open_addresses": ["0.0.0.0/1", "128.0.0.0/2", "192.0.0.0/3"], "open_addresses_by": [_by("NetworkPolicy", "wide", "part")]})
	_say([_row("a", "yes", nearly)], _rules, _on) == {["a", "its default deny of ingress is undone: wide opens nearly all addresses", "high"]}
	six := object.union(nearly, {"open_addresses": ["::/1"]})
	_say([_row("a", "yes", six)], object.union(_rules, {"private_ranges": ["10.0.0.0/8"]}), _on) == {["a", "its default deny of ingress is undone: wide opens nearly all addresses", "high"]}
	_say([_row("a", "yes", six)], _rules, _on) == set()
	internet := object.union(nearly, {"open_addresses": ["1.0.0.0/8", "8.0.0.0/8", "100.0.0.0/8", "203.0.113.0/24", "217.0.0.0/8"]})
	_say([_row("a", "yes", internet)], _rules, _on) == set()
	small := object.union(nearly, {"open_addresses": ["1.0.0.0/8", "8.0.0.0/8", "100.0.0.0/8", "203.0.113.0/24", "217.0.0.0/8", "10.1.0.0/16"]})
	_say([_row("a", "yes", small)], _rules, _on) == {["a", "its default deny of ingress is undone: wide opens nearly all addresses", "high"]}
	world := object.union(_closed, {"opened_by": [_by("CiliumNetworkPolicy", "net", "world")], "open_addresses": ["0.0.0.0/0"]})
	_say([_row("a", "yes", world)], _rules, _on) == {["a", "its default deny of ingress is opened to the world outside by net", "medium"]}
}

test_not_enforced if {
	off := _cluster("no", [])
	_say([_row("a", "no", _closed)], _rules, off) == {["a", "not enforced: it has a default deny, but nothing in the cluster enforces network policies", "high"]}
	_say([_row("a", "no", _open)], _rules, off) == {["a", "no network policy denies ingress by default, and nothing in the cluster enforces network policies", "high"]}
	extra := object.union(_rules, {"enforcers": {"extra": [{"daemonset": "kube-system/guard", "container_regex": "^npc "}]}})
	_say([_row("a", "no", _closed)], extra, off) == set()
}

test_whether_it_is_enforced_is_unknown if {
	dim := _cluster("unknown", [])
	_doubt([_row("a", "unknown", _closed)], _rules, dim) == {["a", "whether anything enforces network policies is unknown"]}
	_say([_row("a", "unknown", _closed)], _rules, dim) == set()
	_doubt([_row("a", "unknown", _open)], _rules, dim) == set()
	_say([_row("a", "unknown", _open)], _rules, dim) == {["a", "no network policy denies ingress by default", "high"]}
	attested := object.union(_rules, {"attested": {"overlay": true, "enforcement": true}})
	_doubt([_row("a", "unknown", _closed)], attested, dim) == set()
}

test_a_selector_that_cannot_be_read if {
	opaque := object.union(_open, {"isolated": "unknown", "reason": "GlobalNetworkPolicy x: no"})
	_doubt([_row("a", "yes", opaque)], _rules, _on) == {["a", "a policy cannot be read: GlobalNetworkPolicy x: no"]}
	_say([_row("a", "yes", opaque)], _rules, _on) == set()
}

test_covered_asks_for_isolation_only if {
	rules := object.union(_rules, {"default_deny": {"ingress": "covered", "egress": "off", "accept_kinds": []}})
	_say([_row("a", "yes", object.union(_closed, {"default_deny_by": []}))], rules, _on) == set()
	_say([_row("a", "yes", object.union(_open, {"open_workloads": 0}))], rules, _on) == set()
	count(_say([_row("a", "yes", _open)], rules, _on)) == 1
}

test_only_accepted_kinds_count if {
	rules := object.union(_rules, {"default_deny": {"ingress": "required", "egress": "off", "accept_kinds": ["networking.k8s.io/NetworkPolicy"]}})
	_say([_row("a", "yes", _closed)], rules, _on) == set()
	always := object.union(_closed, {"default_deny_by": [_by("ConfigMap", "cilium-config", "everything")]})
	count(_say([_row("a", "yes", always)], rules, _on)) == 1
	core := object.union(rules, {"default_deny": {"ingress": "required", "egress": "off", "accept_kinds": ["core/ConfigMap"]}})
	_say([_row("a", "yes", always)], core, _on) == set()
}

test_admin_policies_need_a_plugin_that_knows_them if {
	admin := object.union(_closed, {"default_deny_by": [_by("AdminNetworkPolicy", "base", "everything")]})
	plugin := {"id": "calico", "live": true, "version": "v3.32.1-rancher2, v0.28.9"}
	_say([_row("a", "yes", admin)], _rules, _cluster("yes", [plugin])) == set()
	_doubt([_row("a", "yes", admin)], _rules, _cluster("yes", [plugin])) == set()
	_say([_row("a", "yes", admin)], _rules, _cluster("yes", [{"id": "ovn-kubernetes", "live": true, "version": "unknown"}])) == set()
	no := {["a", "the only default deny is of a kind that the network plug-in does not support", "high"]}
	_say([_row("a", "yes", admin)], _rules, _cluster("yes", [{"id": "flannel", "live": true, "version": "v0.28.9"}])) == no
	_say([_row("a", "yes", admin)], _rules, _cluster("yes", [object.union(plugin, {"version": "v3.20.0"})])) == no
	unsure := _cluster("yes", [object.union(plugin, {"version": "unknown"})])
	_say([_row("a", "yes", admin)], _rules, unsure) == set()
	_doubt([_row("a", "yes", admin)], _rules, unsure) == {["a", "the only default deny is of a kind whose support by the network plug-in is unknown"]}
}

test_system_and_terminating_namespaces_are_left_out if {
	rows := [_row("kube-system", "yes", _open), object.union(_row("gone", "yes", _open), {"terminating": true}), _row("a", "yes", _closed)]
	policy.subject == {_ref("a")} with input as {"rows": rows} with data.sx.rules.network as _rules
	_say(rows, _rules, _on) == set()
	off := object.union(_rules, {"default_deny": {"ingress": "off", "egress": "off", "accept_kinds": []}})
	policy.subject == set() with input as {"rows": rows} with data.sx.rules.network as off
}
