# METADATA
# title: A log collector runs on every node
# description: >-
#   Logs of a node without a collector die with their pods. A collector that runs on some nodes
#   leaves the others unseen.
# custom:
#   id: OBS-001
#   severity: high
#   claim: absence
#   requires: [apps/DaemonSet, core/Node, core/Pod]
#   rows: cluster
#   uses: [extensions, nodes]
#   rules: observability
#   controls: {nsa-1.2: ["logging"], nist-800-53: ["AU-12", "AU-6"], pci-4.0: ["10.2.1", "10.3.3"], iso-27001: ["A.8.15"], attack: ["T1070"], mlps-3: ["8.1.5.4d", "8.1.4.3a"]}
#   remediation: >-
#     Run the log collector as a DaemonSet that tolerates the taints of every node, and repair its
#     pods that are not ready.
package sextant.observability.log_collector_on_every_node

import data.sextant.lib.systems

violation contains {"ref": row.ref, "message": "no log collector runs on the nodes", "evidence": _seen} if {
	some row in input.rows
	count(_collectors) == 0
}

violation contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	count(_collectors) > 0
	not _no_status
	count(_uncovered) > 0
	message := sprintf("no ready log collector on %v of %v nodes: %s", [count(_uncovered), count(_nodes), concat(", ", _uncovered)])
}

unknown contains {"ref": row.ref, "message": "whether the log collector is ready cannot be told: the source holds no status"} if {
	some row in input.rows
	count(_collectors) > 0
	_no_status
}

_collectors := [system |
	some system in data.sx.inventory.extensions
	"logging" in system.roles
	systems.runs(system)
	is_object(system.agents)
]

_no_status if {
	some system in _collectors
	system.health == "unknown"
}

_nodes := {row.ref.name |
	some row in data.sx.inventory.nodes
	every taint in row.taints {
		not taint.key in data.sx.rules.observability.exempt_taints
	}
}

_covered := {node | some system in _collectors; some node in system.agents.nodes_ready}

_uncovered := _nodes - _covered

_seen := [systems.why(system) | some system in data.sx.inventory.extensions; "logging" in system.roles]
