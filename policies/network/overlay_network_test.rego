package sextant.network.overlay_network_test

import data.sextant.network.overlay_network as policy

_ref := {"group": "", "kind": "Cluster", "namespace": "", "name": ""}

_plugin(id, live, overlay, enforces) := {
	"id": id, "name": upper(id), "live": live, "version": "v1", "overlay": overlay, "overlay_evidence": "seen",
	"enforces": enforces,
}

_row(plugins, hidden) := {"ref": _ref, "network": {"plugins": plugins, "hidden": hidden}}

_rules(approved) := object.union(data.sx.rules.network, {"approved": approved})

_say(plugins, approved) := {v.message | some v in found} if {
	rules := _rules(approved)
	row := _row(plugins, "")
	found := policy.violation with input as {"rows": [row]}
		with data.sx.rules.network as rules
}

_calico := _plugin("calico", true, "yes", "yes")

_flannel := _plugin("flannel", true, "yes", "no")

test_one_live_overlay_passes if {
	_say([_calico], []) == set()
	_say([_calico, _plugin("flannel", false, "yes", "no")], ["calico"]) == set()
	_say([_flannel, _plugin("kube-router", true, "no", "yes")], []) == set()
}

test_none_is_told_with_its_leftovers if {
	row := _row([_plugin("calico", false, "no", "no")], "")
	found := policy.violation with input as {"rows": [row]}
	found == {{"ref": _ref, "message": "no overlay network is installed", "evidence": {"left_over": ["CALICO"]}}}
}

test_what_is_not_approved if {
	row := _row([_flannel], "")
	rules := _rules(["calico", "flannel+netpol"])
	found := policy.violation with input as {"rows": [row]} with data.sx.rules.network as rules
	found == {{
		"ref": _ref, "path": "network.plugins[id=flannel]",
		"message": "the overlay network FLANNEL is not approved by itself: nothing beside it enforces policies",
		"evidence": {"installed": ["FLANNEL v1: seen"], "approved": ["calico", "flannel+netpol"]},
	}}
	_say([_flannel], ["calico"]) == {"the overlay network FLANNEL is not approved"}
	_say([_plugin("flannel", true, "yes", "yes")], ["flannel+netpol"]) == set()
}

test_two_need_a_declared_chain if {
	_say([_calico, _flannel], []) == {"several overlay networks are installed: calico, flannel"}
	_say([_plugin("cilium", true, "yes", "yes"), _plugin("aws-vpc-cni", true, "yes", "no")], []) == set()
}

test_a_hidden_network_is_unknown if {
	dim := _row([], "the provider hides it")
	policy.unknown == {{"ref": _ref, "message": "the provider hides it"}} with input as {"rows": [dim]}
	policy.violation == set() with input as {"rows": [dim]}
	maybe := _row([_plugin("x", true, "unknown", "unknown")], "")
	policy.unknown == {{"ref": _ref, "message": "whether X carries the traffic is unknown"}} with input as {"rows": [maybe]}
	attested := object.union(data.sx.rules.network, {"attested": {"overlay": true, "enforcement": false}})
	policy.unknown == set() with input as {"rows": [dim]} with data.sx.rules.network as attested
}
