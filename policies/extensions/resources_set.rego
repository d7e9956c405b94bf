# METADATA
# title: Extensions say what they need, and agents are not evicted first
# description: >-
#   A network or storage agent that is evicted when memory runs short takes the node with it, and one
#   without a limit takes the memory of the others.
# custom:
#   id: EXT-008
#   severity: medium
#   claim: presence
#   requires: [apps/DaemonSet, apps/Deployment, apps/StatefulSet, core/Pod]
#   rows: extension_needs
#   rules: extensions
#   controls: {nsa-1.2: [resource-policies], nist-800-53: [SC-6, SC-5], iso-27001: [A.8.6], attack: [T1499], mlps-3: [8.2.5.1a]}
#   remediation: >-
#     Set requests and limits in the chart's values, from what the pods use; give agents of nodes the
#     class system-node-critical.
package sextant.extensions.resources_set

import data.sextant.lib.names

violation contains {"ref": row.ref, "message": message, "path": what, "evidence": lacking} if {
	some row in input.rows
	_judged(row)
	some what in _rules.required
	lacking := [container.name | some container in row.containers; what in container.missing; not names.matches(_rules.injected, container.name)]
	count(lacking) > 0
	message := sprintf("no %s: %s", [replace(what, "-", " "), names.listed(lacking)])
}

violation contains {"ref": row.ref, "message": message, "path": "priorityClassName"} if {
	some row in input.rows
	_judged(row)
	count(_rules.node_agent_classes) > 0
	row.node_agent
	not names.matches(_rules.node_agent_classes, row.priority_class)
	message := sprintf("an agent of every node has %s", [_class(row)])
}

subject contains row.ref if {
	some row in input.rows
	_judged(row)
	_asks(row)
}

_rules := data.sx.rules.extensions.resources

_judged(row) if {
	some id, state in row.systems
	state in {"installed", "operator-only", "data-plane-only", "bundled"}
	not id in _rules.exempt
}

_asks(row) if {
	count(_rules.required) > 0
	count(row.containers) > 0
}

_asks(row) if {
	count(_rules.node_agent_classes) > 0
	row.node_agent
}

_class(row) := "no priority class" if row.priority_class == ""

_class(row) := sprintf("priority class %s", [row.priority_class]) if row.priority_class != ""
