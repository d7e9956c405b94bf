# METADATA
# title: Policies trust only labels of namespaces that nobody can take
# description: >-
#   A rule that admits the namespaces labelled team=payments admits whoever may label a namespace.
# custom:
#   id: NET-021
#   severity: medium
#   claim: presence
#   requires: [networking.k8s.io/NetworkPolicy]
#   optional:
#     - cilium.io/CiliumClusterwideNetworkPolicy
#     - cilium.io/CiliumNetworkPolicy
#     - crd.antrea.io/ClusterNetworkPolicy
#     - crd.antrea.io/NetworkPolicy
#     - crd.antrea.io/Tier
#     - crd.projectcalico.org/GlobalNetworkPolicy
#     - crd.projectcalico.org/NetworkPolicy
#     - crd.projectcalico.org/Tier
#     - projectcalico.org/GlobalNetworkPolicy
#     - projectcalico.org/NetworkPolicy
#     - projectcalico.org/Tier
#     - policy.networking.k8s.io/AdminNetworkPolicy
#     - policy.networking.k8s.io/BaselineAdminNetworkPolicy
#     - policy.networking.k8s.io/ClusterNetworkPolicy
#   rows: network_policies
#   rules: network
#   controls: {nsa-1.2: [namespaces], nist-800-53: [AC-3, AC-4], pci-4.0: ["7.2.2"], iso-27001: [A.8.3], mlps-3: [8.1.4.2e]}
#   remediation: >-
#     Select by kubernetes.io/metadata.name, which the API server sets, or protect the label by an
#     admission policy and add it to identity.trusted_label_keys.
package sextant.network.trusted_namespace_labels

import data.sextant.lib.network as lib

violation contains {"ref": row.ref, "path": flow.path, "message": message} if {
	some row in input.rows
	_in_scope(row)
	some direction in ["ingress", "egress"]
	some flow in row[direction]
	flow.action == "allow"
	keys := {key | some peer in flow.pods; some key in peer.namespace_keys; not key in _rules.identity.trusted_label_keys}
	count(keys) > 0
	message := sprintf("a rule admits namespaces by labels that are not protected: %s", [concat(", ", sort(keys))])
}

subject contains row.ref if {
	some row in input.rows
	_in_scope(row)
}

_in_scope(row) if {
	not row.staged
	not row.dead
	lib.named(row.ref.namespace, _rules.identity.restricted)
	not lib.named(row.ref.namespace, _rules.exempt_namespaces)
}

_rules := lib.norm(data.sx.rules.network)
