# METADATA
# title: Further networks of pods are governed
# description: >-
#   Network policies cover the first interface of a pod only; a second one bypasses them.
# custom:
#   id: NET-020
#   severity: medium
#   claim: presence
#   requires: [core/Pod, apps/DaemonSet, apps/Deployment, apps/StatefulSet]
#   optional:
#     - k8s.cni.cncf.io/MultiNetworkPolicy
#     - k8s.cni.cncf.io/NetworkAttachmentDefinition
#   rows: pods_network
#   rules: network
#   controls: {nsa-1.2: [network-policies], nist-800-53: [SC-7], pci-4.0: ["1.2.5"], iso-27001: [A.8.22], mlps-3: [8.1.3.1a]}
#   remediation: >-
#     Keep the NetworkAttachmentDefinition to the namespaces that need it, declare it in
#     rules/network.yaml secondary.allow, and select the pods by a MultiNetworkPolicy.
package sextant.network.secondary_networks

import data.sextant.lib.network as lib

violation contains {"ref": row.ref, "path": _path(network), "message": message} if {
	some row in input.rows
	some network in row.secondary_networks
	not network.exists
	message := sprintf("it asks for the network %s, which does not exist", [network.name])
}

violation contains {"ref": row.ref, "path": _path(network), "message": message} if {
	some row in input.rows
	some network in row.secondary_networks
	network.exists
	not _allowed(row, network)
	message := sprintf("it joins the network %s, which is not declared for its namespace%s", [network.name, _route(network)])
}

violation contains {"ref": row.ref, "path": _path(network), "message": message} if {
	some row in input.rows
	_rules.secondary.require_policy
	some network in row.secondary_networks
	network.exists
	not network.has_policy
	message := sprintf("no MultiNetworkPolicy covers its interface in %s", [network.name])
}

subject contains row.ref if {
	some row in input.rows
	count(row.secondary_networks) > 0
}

_path(network) := sprintf("metadata.annotations[k8s.v1.cni.cncf.io/networks][%s]", [network.name])

_route(network) := " and takes the default route" if network.default_route

_route(network) := "" if not network.default_route

_allowed(_, _) if count(_rules.secondary.allow) == 0

_allowed(row, network) if {
	some entry in _rules.secondary.allow
	glob.match(entry.network, null, network.name)
	lib.named(row.ref.namespace, object.get(entry, "namespaces", ["*"]))
}

_rules := lib.norm(data.sx.rules.network)
