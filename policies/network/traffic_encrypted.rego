# METADATA
# title: Traffic of pods between nodes is encrypted
# description: >-
#   An overlay carries packets in the clear: whoever reads the network of the data centre reads them.
# custom:
#   id: NET-017
#   severity: high
#   claim: absence
#   requires: [core/Node]
#   optional:
#     - cilium.io/CiliumNode
#     - core/ConfigMap
#     - core/Pod
#     - crd.projectcalico.org/FelixConfiguration
#     - projectcalico.org/FelixConfiguration
#     - security.istio.io/PeerAuthentication
#   rows: cluster
#   rules: network
#   controls: {nsa-1.2: [encryption], nist-800-53: [SC-8, SC-8(1)], pci-4.0: ["4.2.1", "2.2.7"], iso-27001: [A.8.24, A.8.20], mlps-3: [8.1.2.2a, 8.1.2.2b, 8.1.4.8a]}
#   remediation: >-
#     Turn encryption on in the plug-in (wireguardEnabled, enable-wireguard, trafficEncryptionMode), see
#     that every node shows a key, and mind the MTU; or make the mesh strict for all pods.
package sextant.network.traffic_encrypted

import data.sextant.lib.network as lib

violation contains {"ref": row.ref, "message": message, "severity": _severity, "evidence": evidence} if {
	some row in input.rows
	_asked
	not _encrypted(row)
	not _doubtful(row)
	message := _message(row)
	evidence := {"seen": [sprintf("%s: %s", [one.plugin, one.evidence]) | some one in row.network.encryption]}
}

unknown contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	_asked
	not _encrypted(row)
	message := _doubtful(row)
}

subject contains row.ref if {
	some row in input.rows
	_asked
}

_asked if {
	_rules.encryption.level != "off"
	not _rules.encryption.attested
}

_severity := "high" if _rules.encryption.level == "required"

_severity := "low" if _rules.encryption.level == "preferred"

_encrypted(row) if {
	some one in row.network.encryption
	_counts(one)
	one.on == "yes"
	count(_missing(one)) == 0
	_whole(one)
	_of_pods(row, one)
}

_doubtful(row) := message if {
	some one in row.network.encryption
	one.on == "unknown"
	message := sprintf("whether %s encrypts cannot be told: %s", [one.plugin, one.evidence])
}

_counts(one) if {
	one.kind in _rules.encryption.accept
	_speaks(one, _rules.encryption.crypto)
}

_speaks(_, crypto) if crypto == "intl"

_speaks(one, _) if one.kind != "wireguard"

_missing(one) := [node.name | some node in one.nodes_without; not lib.labelled(node.labels, _rules.exclude_nodes)]

_whole(one) if {
	_enough(_rules.encryption.ipv6, one.ipv6)
	_enough(_rules.encryption.hosts, one.hosts)
}

_enough(asked, _) if not asked

_enough(_, there) if there == "yes"

# A mesh covers the pods that are in it.
_of_pods(_, one) if one.kind != "mesh-mtls"

_of_pods(row, one) if {
	one.kind == "mesh-mtls"
	outside := [namespace | some namespace, _ in row.network.outside_mesh; not lib.named(namespace, _rules.exempt_namespaces)]
	count(outside) == 0
}

_message(row) := sprintf("encryption by %s is on, but %d nodes show no key", [one.plugin, count(_missing(one))]) if {
	some one in row.network.encryption
	_counts(one)
	one.on == "yes"
	count(_missing(one)) > 0
} else := sprintf("encryption by %s is on, but does not cover all that rules ask for", [one.plugin]) if {
	some one in row.network.encryption
	_counts(one)
	one.on == "yes"
} else := sprintf("%s encrypts by %s, which rules do not accept", [one.plugin, one.kind]) if {
	some one in row.network.encryption
	one.on == "yes"
} else := "traffic between nodes is not encrypted"

_rules := lib.norm(data.sx.rules.network)
