# METADATA
# title: Keys are kept as the tier requires
# description: >-
#   A key beside the data that it protects fails every audit: a passphrase in a plain Secret of
#   the cluster, or a platform's key where the customer must hold it.
# custom:
#   id: STO-009
#   severity: medium
#   claim: presence
#   requires: [storage.k8s.io/StorageClass]
#   optional: [ceph.rook.io/CephBlockPool, ceph.rook.io/CephFilesystem, ceph.rook.io/CephCluster, longhorn.io/Setting, openebs.io/DiskPool, trident.netapp.io/TridentBackendConfig, core.libopenstorage.org/StorageCluster, core/ConfigMap]
#   rows: storage_classes
#   rules: storage
#   controls: {nsa-1.2: ["secrets"], nist-800-53: ["SC-12", "SC-28(1)"], pci-4.0: ["3.6.1", "3.5.1.2", "3.5.1.3"], iso-27001: ["A.8.24"], mlps-3: ["8.2.4.5d", "8.1.10.9"]}
#   remediation: >-
#     Point the class at a key management service, and rotate the keys there.
package sextant.storage.class_keys

import data.sextant.lib.storage as lib

violation contains {"ref": row.ref, "message": result.message, "path": "parameters", "evidence": result.evidence} if {
	some row in input.rows
	some result in _results(row)
	result.verdict == "fail"
}

unknown contains {"ref": row.ref, "message": result.message, "evidence": result.evidence} if {
	some row in input.rows
	some result in _results(row)
	result.verdict == "unknown"
}

subject contains row.ref if {
	some row in input.rows
	count(_results(row)) > 0
}

_rules := data.sx.rules.storage

_now := lib.now(data.sx.snapshot)

# Each demand that a tier makes on the class, with what came of it.
_results(row) := {whole |
	some tier in lib.tiers(_rules, row.name, row.labels)
	promise := _rules.tiers[tier]
	some demand in _demands(row, promise)
	p := _proof(row, demand.property)
	strengths := lib.accepted(_rules, promise, demand.property)
	fits := _fits(row, promise, demand, p)
	whole := object.union(lib.result(tier, demand.what, p, fits, lib.said(object.get(demand, "said", demand.wanted)), strengths), {"evidence": {demand.property: p}})
}

_proof(row, property) := lib.proof(_rules, row.name, property, row.properties[property], _now)

_demands(row, promise) := [{"property": "encryption.key_management", "what": "key management", "wanted": wanted} |
	wanted := object.get(promise, ["encryption", "key_management"], "any")
	wanted != "any"
	# A class that encrypts nothing has no keys; that is another check.
	row.properties["encryption.at_rest"].value != false
]

_fits(_, _, demand, p) := p.value in {"customer"} if demand.wanted == "customer"

_fits(_, _, demand, p) := p.value in {"customer", "platform"} if demand.wanted == "platform"
