# METADATA
# title: An approved overlay network is installed, and only one
# description: >-
#   Every other network control depends on which engine runs. A network that nobody chose, or two of
#   them on the same nodes, leave the meaning of every policy to chance.
# related_resources:
#   - https://kubernetes.io/docs/concepts/cluster-administration/networking/
# custom:
#   id: NET-001
#   severity: critical
#   claim: absence
#   requires: [apps/DaemonSet, apiextensions.k8s.io/CustomResourceDefinition]
#   optional: [core/Node]
#   rows: cluster
#   rules: network
#   controls: {cis-1.11: ["5.3.1"], nsa-1.2: [network-policies], nist-800-190: ["4.3.3"], nist-800-53: [SC-7, CM-2], iso-27001: [A.8.20], mlps-3: [8.1.2.1c, 8.2.2.1b]}
#   remediation: >-
#     Install the approved network plug-in through the platform's GitOps or its operator, and remove the
#     second one with its DaemonSet, its configuration on the nodes and its CRDs.
package sextant.network.overlay_network

import data.sextant.lib.network as lib

violation contains {"ref": row.ref, "message": "no overlay network is installed", "evidence": _leftovers(row)} if {
	some row in input.rows
	count(_primary(row)) == 0
	not _hidden(row)
}

violation contains {"ref": row.ref, "message": message, "path": "network.plugins", "evidence": _told(row)} if {
	some row in input.rows
	ids := {plugin.id | some plugin in _primary(row)}
	count(ids) > 1
	not _declared(ids)
	message := sprintf("several overlay networks are installed: %s", [concat(", ", sort(ids))])
}

violation contains {"ref": row.ref, "message": message, "path": path, "evidence": _told(row)} if {
	some row in input.rows
	some plugin in _primary(row)
	not _approved(plugin)
	path := sprintf("network.plugins[id=%s]", [plugin.id])
	message := sprintf("the overlay network %s is not approved%s", [plugin.name, _alone(plugin)])
}

unknown contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	count(_primary(row)) == 0
	message := _hidden(row)
	not _rules.attested.overlay
}

_primary(row) := [plugin | some plugin in row.network.plugins; plugin.live; plugin.overlay == "yes"]

_hidden(row) := row.network.hidden if {
	row.network.hidden != ""
} else := sprintf("whether %s carries the traffic is unknown", [plugin.name]) if {
	some plugin in row.network.plugins
	plugin.live
	plugin.overlay == "unknown"
	plugin.overlay_evidence != ""
}

_approved(_) if count(_rules.approved) == 0

_approved(plugin) if plugin.id in _rules.approved

_approved(plugin) if {
	concat("+", [plugin.id, "netpol"]) in _rules.approved
	plugin.enforces == "yes"
}

_alone(plugin) := " by itself: nothing beside it enforces policies" if {
	concat("+", [plugin.id, "netpol"]) in _rules.approved
} else := ""

_declared(ids) if {
	some chain in _rules.chains
	ids == {id | some id in chain}
}

_told(row) := {"installed": [_words(plugin) | some plugin in _primary(row)], "approved": _rules.approved}

_words(plugin) := sprintf("%s %s: %s", [plugin.name, plugin.version, plugin.overlay_evidence])

_leftovers(row) := {"left_over": [plugin.name | some plugin in row.network.plugins; not plugin.live]}

_rules := lib.norm(data.sx.rules.network)
