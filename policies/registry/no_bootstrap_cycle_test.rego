package sextant.registry.no_bootstrap_cycle_test

import data.sextant.registry.no_bootstrap_cycle as policy

_row(changes) := object.union({"ref": {"group": "", "kind": "Extension", "namespace": "", "name": "calico"}, "id": "calico", "roles": ["overlay-network"], "images": []}, changes)

_norm := {"boot_set": ["overlay-network"]}

_messages(rows, rules) := result if {
	result := {answer.message | some answer in policy.violation} with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

_doubts(rows, rules) := result if {
	result := {answer.message | some answer in policy.unknown} with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

_subjects(rows, rules) := result if {
	result := count(policy.subject) with input as {"rows": rows} with data.sx.rules.registry as object.union(_norm, rules)
}

_image(mirrors) := {"image": "h/calico:1", "host": "h", "served_by": {"kind": "Deployment", "namespace": "harbor", "name": "core"}, "mirrors": mirrors}

test_cycles if {
	_messages([_row({"images": [_image([])]})], {}) == {"its image comes from h, which runs in the same cluster as Deployment harbor/core"}
	_messages([_row({"images": [_image(["m"]), object.union(_image([]), {"served_by": null})]})], {}) == set()
	_subjects([_row({}), _row({"roles": ["logging"], "ref": {"name": "x"}})], {}) == 1
}
