# METADATA
# title: Encryption at rest is proven where the tier requires it
# description: >-
#   Stored data must be unreadable to who takes the disk. A platform's default is a proof only
#   where the tier accepts it, and an account's default is not visible from the cluster at all.
# custom:
#   id: STO-008
#   severity: high
#   claim: presence
#   requires: [storage.k8s.io/StorageClass]
#   optional: [ceph.rook.io/CephBlockPool, ceph.rook.io/CephFilesystem, ceph.rook.io/CephCluster, longhorn.io/Setting, openebs.io/DiskPool, trident.netapp.io/TridentBackendConfig, core.libopenstorage.org/StorageCluster]
#   rows: storage_classes
#   rules: storage
#   controls: {nsa-1.2: ["encryption"], nist-800-53: ["SC-28", "SC-28(1)"], pci-4.0: ["3.5.1"], iso-27001: ["A.8.24"], mlps-3: ["8.1.4.8b", "8.2.4.5d"]}
#   remediation: >-
#     Make a new class that encrypts, and move the data: a class changes only what is made after it.
package sextant.storage.class_encryption

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

_demands(_, promise) := [{"property": "encryption.at_rest", "what": "encryption at rest", "wanted": true} |
	object.get(promise, ["encryption", "at_rest"], "none") == "required"
]

_fits(_, _, _, p) := p.value == true
