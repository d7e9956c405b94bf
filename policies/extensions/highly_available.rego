# METADATA
# title: Controllers of extensions survive the loss of a node
# description: >-
#   One copy of the controller that admits, routes or signs is one node away from an outage of the
#   whole platform; several copies on one node are no better.
# custom:
#   id: EXT-006
#   severity: high
#   claim: presence
#   requires: [apps/Deployment, apps/StatefulSet, core/Pod, core/Node]
#   optional: [policy/PodDisruptionBudget]
#   rows: extension_availability
#   rules: extensions
#   controls: {nsa-1.2: [fault-tolerance], nist-800-53: [CP-2, CP-10, SI-13], iso-27001: [A.8.14], attack: [T1499], mlps-3: [8.1.4.9c, 8.1.2.1e]}
#   remediation: >-
#     Raise the number of copies in the chart's values, spread them over nodes and zones, and give
#     them a disruption budget; declare what can only run once under ha.singletons.
package sextant.extensions.highly_available

import data.sextant.lib.names

violation contains {"ref": row.ref, "message": message, "path": "spec.replicas"} if {
	some row in input.rows
	_judged(row)
	row.desired < _rules.min_replicas
	message := sprintf("%s wanted, at least %d required", [_copies(row.desired), _rules.min_replicas])
}

violation contains {"ref": row.ref, "message": message, "path": "status.readyReplicas"} if {
	some row in input.rows
	_judged(row)
	row.desired >= _rules.min_replicas
	is_number(row.ready)
	row.ready < _rules.min_replicas
	message := sprintf("%s ready, at least %d required", [_copies(row.ready), _rules.min_replicas])
}

violation contains {"ref": row.ref, "message": message, "path": "nodes", "evidence": row.nodes} if {
	some row in input.rows
	_judged(row)
	_rules.min_replicas > 1
	row.ready > 1
	count(row.nodes) == 1
	row.nodes_here > 1
	message := sprintf("all %d ready copies run on one node", [row.ready])
}

violation contains {"ref": row.ref, "message": message, "path": "zones", "evidence": row.zones} if {
	some row in input.rows
	_judged(row)
	is_array(row.zones)
	row.ready >= _rules.min_zones
	wanted := min([_rules.min_zones, count(row.zones_here)])
	count(row.zones) < wanted
	message := sprintf("ready copies run in %d of %d zones, at least %d required", [count(row.zones), count(row.zones_here), wanted])
}

violation contains {"ref": row.ref, "message": "no disruption budget selects its pods", "path": "budget"} if {
	some row in input.rows
	_judged(row)
	_rules.budget_required
	is_array(row.budgets)
	count(row.budgets) == 0
}

violation contains {"ref": row.ref, "message": message, "path": "spread", "evidence": row.spread} if {
	some row in input.rows
	_judged(row)
	_rules.spread in {"preferred", "required"}
	not _spread(row)
	message := sprintf("nothing spreads its pods over nodes or zones%s", [_firmly])
}

unknown contains {"ref": row.ref, "message": "disruption budgets were not read", "path": "budget"} if {
	some row in input.rows
	_judged(row)
	_rules.budget_required
	not is_array(row.budgets)
}

unknown contains {"ref": row.ref, "message": "the source holds no status: how many copies are ready is not known", "path": "status.readyReplicas"} if {
	some row in input.rows
	_judged(row)
	_rules.min_replicas > 1
	not is_number(row.ready)
}

unknown contains {"ref": row.ref, "message": "one of its nodes names no zone", "path": "zones"} if {
	some row in input.rows
	_judged(row)
	_rules.min_zones > 1
	not is_array(row.zones)
}

subject contains row.ref if {
	some row in input.rows
	_judged(row)
}

_rules := data.sx.rules.extensions.ha

# What may run once by its nature is declared; what is scaled to zero runs nothing.
_judged(row) if {
	_asks
	row.controls
	row.desired > 0
	some id, state in row.systems
	state in {"installed", "operator-only", "data-plane-only"}
	_critical(id)
	not _singleton(row)
}

_asks if _rules.min_replicas > 1

_asks if _rules.min_zones > 1

_asks if _rules.budget_required

_asks if _rules.spread != "any"

_critical(_) if count(_rules.systems) == 0

_critical(id) if id in _rules.systems

_singleton(row) if {
	some id, _ in row.systems
	id in _rules.singletons
}

_singleton(row) if names.matches(_rules.singletons, sprintf("%s/%s", [row.ref.namespace, row.ref.name]))

_copies(1) := "1 copy is"

_copies(number) := sprintf("%d copies are", [number]) if number != 1

_spread(row) if {
	some _, certain in row.spread
	_firm(certain)
}

_firm(_) if _rules.spread == "preferred"

_firm(certain) if certain

_firmly := " for certain" if _rules.spread == "required"

_firmly := "" if _rules.spread != "required"
