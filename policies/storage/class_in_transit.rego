# METADATA
# title: Network storage is encrypted on its way
# description: >-
#   NFS, iSCSI and Ceph carry the same data as the ingress that is protected by TLS. Nodes mount
#   over their own network, so encryption between pods does not cover it.
# custom:
#   id: STO-028
#   severity: medium
#   claim: presence
#   requires: [storage.k8s.io/StorageClass]
#   optional: [ceph.rook.io/CephBlockPool, ceph.rook.io/CephFilesystem, ceph.rook.io/CephCluster, longhorn.io/Setting, openebs.io/DiskPool, trident.netapp.io/TridentBackendConfig, core.libopenstorage.org/StorageCluster]
#   rows: storage_classes
#   rules: storage
#   controls: {nsa-1.2: ["encryption"], nist-800-53: ["SC-8(1)"], pci-4.0: ["4.2.1"], iso-27001: ["A.8.24"], mlps-3: ["8.1.2.2b", "8.1.4.8a"]}
#   remediation: >-
#     Turn encryption on in the storage system, or add the mount option that does; attest a network
#     of its own.
package sextant.storage.class_in_transit

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

_demands(_, promise) := [{"property": "encryption.in_transit", "what": "encryption in transit", "wanted": true} |
	object.get(promise, ["encryption", "in_transit"], "none") == "required"
]

_fits(_, _, _, p) := p.value == true
