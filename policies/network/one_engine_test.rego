package sextant.network.one_engine_test

import data.sextant.network.one_engine as policy

_ref := {"group": "", "kind": "Cluster", "namespace": "", "name": ""}

_engine(id, layer, mode) := {"id": id, "layer": layer, "mode": mode, "evidence": "seen"}

_row(engines) := {"ref": _ref, "network": {"engines": engines}}

test_two_that_enforce_fail if {
	row := _row([_engine("calico", "l3-l4", "enforce"), _engine("neuvector", "l3-l4", "enforce"), _engine("istio", "l7", "enforce")])
	policy.violation == {{
		"ref": _ref, "path": "engines[layer=l3-l4]", "message": "several engines enforce on layer l3-l4: calico, neuvector",
		"evidence": {"seen": ["calico: seen", "neuvector: seen", "istio: seen"]},
	}} with input as {"rows": [row]}
	declared := object.union(data.sx.rules.network, {"engines": {"declared_combinations": [["calico", "neuvector"]]}})
	policy.violation == set() with input as {"rows": [row]} with data.sx.rules.network as declared
	policy.unknown == set() with input as {"rows": [row]}
}

test_one_that_observes_passes if {
	row := _row([_engine("calico", "l3-l4", "enforce"), _engine("neuvector", "l3-l4", "observe")])
	policy.violation == set() with input as {"rows": [row]}
	policy.unknown == set() with input as {"rows": [row]}
	policy.subject == {_ref} with input as {"rows": [row]}
	policy.subject == set() with input as {"rows": [_row([])]}
}

test_a_mode_that_is_not_seen if {
	row := _row([_engine("calico", "l3-l4", "enforce"), _engine("neuvector", "l3-l4", "unknown")])
	policy.unknown == {{"ref": _ref, "message": "whether neuvector enforces on layer l3-l4 beside the others is unknown"}} with input as {"rows": [row]}
}
