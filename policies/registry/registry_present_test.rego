package sextant.registry.registry_present_test

import data.sextant.registry.registry_present as policy

_system(id, aspect, roles, state, health) := {
	"id": id, "aspect": aspect, "roles": roles, "state": state, "health": health, "health_reason": "",
	"capabilities": {}, "agents": null, "controllers": [], "provisioners": [], "evidence": [], "version": "v1",
}

_ref := {"group": "", "kind": "Cluster", "namespace": "", "name": ""}

_harbor(health) := object.union(_system("harbor", "registry", ["registry"], "installed", health), {"health_reason": "0 of 1 ready"})

_messages(systems, images, registries) := result if {
	result := {answer.message | some answer in policy.violation} with input as {"rows": [{"ref": _ref}]}
	with data.sx.inventory as {"extensions": systems, "images": images}
	with data.sx.rules.registry as {"registries": registries}
}

_declared := [{"name": "bank", "hosts": ["harbor.bank.example"]}]

test_none if {
	_messages([], [], []) == {"no registry is declared, and none runs in the cluster"}
	_messages([_system("zot", "registry", ["registry"], "residue", null)], [], []) == {"no registry is declared, and none runs in the cluster"}
}

test_declared_and_unused if {
	_messages([], [{"registry": "harbor.bank.example.evil.io"}], _declared) == {"no workload uses a declared registry: harbor.bank.example"}
}

test_declared_and_used if _messages([], [{"registry": "harbor.bank.example"}], _declared) == set()

test_works if _messages([_harbor("healthy")], [], []) == set()

test_degraded if _messages([_harbor("degraded")], [], []) == {"registry harbor is degraded: 0 of 1 ready"}

test_no_status if {
	ref := _ref
	policy.unknown == {{"ref": ref, "path": "harbor", "message": "whether registry harbor works cannot be told: the source holds no status"}} with input as {"rows": [{"ref": ref}]}
		with data.sx.inventory as {"extensions": [_harbor("unknown")], "images": []}
		with data.sx.rules.registry as {"registries": []}
}
