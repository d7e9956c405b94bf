package sextant.extensions.highly_available_test

import data.sextant.extensions.highly_available as policy

# A merge goes deep: what may be empty is laid over afterwards.
_row(more) := object.union(object.remove(_base, object.keys(more)), more)

_base := {
	"ref": {"group": "apps", "kind": "Deployment", "namespace": "n", "name": "d"}, "systems": {"x": "installed"}, "controls": true,
	"desired": 2, "ready": 2, "nodes": ["a", "b"], "zones": ["z1", "z2"], "zones_here": ["z1", "z2", "z3"], "nodes_here": 3,
	"spread": {"kubernetes.io/hostname": true}, "budgets": ["p"],
}

_strict := {"systems": [], "singletons": ["alone", "n/single-*"], "min_replicas": 2, "min_zones": 2, "budget_required": true, "spread": "required"}

_fails(row, rules) := {f.message | some f in found} if {
	norm := object.union(_strict, rules)
	found := policy.violation with input as {"rows": [row]} with data.sx.rules.extensions.ha as norm
}

_unknowns(row) := {f.message | some f in found} if {
	norm := _strict
	found := policy.unknown with input as {"rows": [row]} with data.sx.rules.extensions.ha as norm
}

_subjects(row, rules) := count(found) if {
	norm := object.union(_strict, rules)
	found := policy.subject with input as {"rows": [row]} with data.sx.rules.extensions.ha as norm
}

test_well if _fails(_row({}), {}) == set()

test_copies if {
	"1 copy is wanted, at least 2 required" in _fails(_row({"desired": 1, "ready": 1, "nodes": ["a"], "zones": ["z1"]}), {})
	"0 copies are ready, at least 2 required" in _fails(_row({"ready": 0}), {})
}

test_places if {
	_fails(_row({"nodes": ["a"], "zones": ["z1"]}), {}) == {"all 2 ready copies run on one node", "ready copies run in 1 of 3 zones, at least 2 required"}
	_fails(_row({"zones": ["z1"], "zones_here": ["z1"]}), {}) == set()
}

test_budget_and_spread if {
	_fails(_row({"budgets": []}), {}) == {"no disruption budget selects its pods"}
	_fails(_row({"spread": {}}), {}) == {"nothing spreads its pods over nodes or zones for certain"}
	_fails(_row({"spread": {"a": false}}), {}) == {"nothing spreads its pods over nodes or zones for certain"}
	_fails(_row({"spread": {"a": false}}), {"spread": "preferred"}) == set()
	_fails(_row({"spread": {}}), {"spread": "preferred"}) == {"nothing spreads its pods over nodes or zones"}
}

test_not_known if {
	_unknowns(_row({"budgets": null})) == {"disruption budgets were not read"}
	_unknowns(_row({"ready": null})) == {"the source holds no status: how many copies are ready is not known"}
	_unknowns(_row({"zones": null})) == {"one of its nodes names no zone"}
}

test_who_is_judged if {
	_subjects(_row({}), {}) == 1
	_subjects(_row({"systems": {"alone": "installed"}}), {}) == 0
	_subjects(_row({"ref": {"namespace": "n", "name": "single-1"}}), {}) == 0
	_subjects(_row({"systems": {"x": "bundled"}}), {}) == 0
	_subjects(_row({"controls": false}), {}) == 0
	_subjects(_row({}), {"systems": ["y"]}) == 0
	_subjects(_row({}), {"systems": ["x"]}) == 1
	nothing := {"min_replicas": 1, "min_zones": 1, "budget_required": false, "spread": "any"}
	_subjects(_row({}), nothing) == 0
	_subjects(_row({}), object.union(nothing, {"min_zones": 2})) == 1
	_subjects(_row({}), object.union(nothing, {"budget_required": true})) == 1
	_subjects(_row({}), object.union(nothing, {"spread": "preferred"})) == 1
}
