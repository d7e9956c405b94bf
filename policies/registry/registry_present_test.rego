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
	with data.sx.inventory as {"extensions": systems, "images": images, "registries": []}
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

_registry(changes) := object.union({"name": "bank", "declared": true, "source": "api", "health": {"status": "healthy", "components": []}, "workload": null, "ready": null, "lacks": {}}, changes)

_workload := {"kind": "Deployment", "namespace": "harbor", "name": "core"}

_asked(registries) := result if {
	ref := _ref
	result := {"fail": {answer.message | some answer in policy.violation}, "unknown": {answer.message | some answer in policy.unknown}} with input as {"rows": [{"ref": ref}]}
		with data.sx.inventory as {"extensions": [], "images": [{"registry": "harbor.bank.example"}], "registries": registries}
		with data.sx.rules.registry as {"registries": _declared}
}

test_what_it_says_of_itself if {
	_asked([_registry({"health": {"status": "unhealthy", "components": [{"name": "database", "status": "unhealthy"}, {"name": "core", "status": "healthy"}]}})]) == {"fail": {"registry bank says that its database is unhealthy"}, "unknown": set()}
	_asked([_registry({"workload": _workload, "ready": false})]) == {"fail": {"registry bank runs here, and Deployment harbor/core is not ready"}, "unknown": set()}
	_asked([_registry({"workload": _workload, "ready": true}), _registry({"declared": false, "ready": false, "workload": _workload})]) == {"fail": set(), "unknown": set()}
}

test_what_was_not_answered if {
	_asked([_registry({"lacks": {"health": "health unavailable: no answer"}})]) == {"fail": set(), "unknown": {"whether registry bank works cannot be told from where sextant ran: health unavailable: no answer"}}
	_asked([_registry({"workload": _workload})]) == {"fail": set(), "unknown": {"whether registry bank works cannot be told: the source holds no status"}}
	# Nobody was asked: that its images run is all that is known.
	_asked([_registry({"source": "", "lacks": {"health": "nothing was read"}})]) == {"fail": set(), "unknown": set()}
}

test_declared_and_used if _messages([], [{"registry": "harbor.bank.example"}], _declared) == set()

test_works if _messages([_harbor("healthy")], [], []) == set()

test_degraded if _messages([_harbor("degraded")], [], []) == {"registry harbor is degraded: 0 of 1 ready"}

test_no_status if {
	ref := _ref
	policy.unknown == {{"ref": ref, "path": "harbor", "message": "whether registry harbor works cannot be told: the source holds no status"}} with input as {"rows": [{"ref": ref}]}
		with data.sx.inventory as {"extensions": [_harbor("unknown")], "images": [], "registries": []}
		with data.sx.rules.registry as {"registries": []}
}
