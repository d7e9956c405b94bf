# METADATA
# title: The network agent is ready on every node
# description: >-
#   A node without a ready agent runs pods without connectivity or, worse, without policy.
# custom:
#   id: NET-002
#   severity: critical
#   claim: absence
#   requires: [core/Node, core/Pod, apps/DaemonSet]
#   rows: nodes_network
#   rules: network
#   controls: {nsa-1.2: [fault-tolerance], nist-800-53: [SC-7, SI-13], iso-27001: [A.8.20, A.8.14], mlps-3: [8.1.2.1e]}
#   remediation: >-
#     Let the agent's DaemonSet tolerate the node's taints and match its labels, repair its pod, and keep
#     workloads off the node until it is ready.
package sextant.network.agent_on_every_node

import data.sextant.lib.network as lib

violation contains {"ref": row.ref, "message": message, "path": path} if {
	some row in input.rows
	_in_scope(row)
	some agent in row.agents
	agent.ready == "no"
	path := sprintf("agents[plugin=%s]", [agent.plugin])
	message := sprintf("the agent of %s is not ready here: %s", [agent.plugin, agent.reason])
}

violation contains {"ref": row.ref, "message": "its condition NetworkUnavailable is true", "path": "status.conditions[type=NetworkUnavailable]"} if {
	some row in input.rows
	_in_scope(row)
	row.network_unavailable == "yes"
}

unknown contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	_in_scope(row)
	some agent in row.agents
	agent.ready == "unknown"
	message := sprintf("no status tells whether the agent of %s is ready", [agent.plugin])
}

unknown contains {"ref": row.ref, "message": row.hidden} if {
	some row in input.rows
	_in_scope(row)
	count(row.agents) == 0
	row.hidden != ""
}

subject contains row.ref if {
	some row in input.rows
	_in_scope(row)
	_is_judged(row)
}

_is_judged(row) if count(row.agents) > 0

_is_judged(row) if row.hidden != ""

# A node that is not ready is told of once, elsewhere.
_in_scope(row) if {
	row.ready != "no"
	not lib.labelled(row.labels, _rules.exclude_nodes)
	not lib.young(row.created, _rules.node_grace, data.sx.snapshot.time)
}

_rules := lib.norm(data.sx.rules.network)
