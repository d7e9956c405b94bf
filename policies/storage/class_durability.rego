# METADATA
# title: Copies and failure domain are what the tier promises
# description: >-
#   One copy in a class that is called durable is data loss that waits for a disk. What counts is
#   copies of the data, in how wide a domain they are spread, and whether the nodes have that many
#   domains at all.
# custom:
#   id: STO-007
#   severity: critical
#   claim: presence
#   requires: [storage.k8s.io/StorageClass]
#   optional: [ceph.rook.io/CephBlockPool, ceph.rook.io/CephFilesystem, ceph.rook.io/CephCluster, longhorn.io/Setting, openebs.io/DiskPool, trident.netapp.io/TridentBackendConfig, core.libopenstorage.org/StorageCluster, core/PersistentVolumeClaim, core/Node]
#   rows: storage_classes
#   rules: storage
#   controls: {nist-800-53: ["CP-6", "CP-9"], iso-27001: ["A.8.14"], attack: ["T1485"], mlps-3: ["8.1.4.9c", "8.2.4.6c"]}
#   remediation: >-
#     Raise the number of copies in the pool, or make a new class and move the volumes: parameters
#     do not change what was made.
package sextant.storage.class_durability

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

violation contains {"ref": row.ref, "message": message, "path": "parameters"} if {
	some row in input.rows
	row.in_cluster
	# Without a node there is no telling where anything lies.
	row.domains.host > 0
	some tier in lib.tiers(_rules, row.name, row.labels)
	not _application_copies(row, _rules.tiers[tier])
	object.get(_rules.tiers[tier], ["durability", "min_copies"], null) != null
	domain := row.properties["durability.failure_domain"].value
	copies := row.properties["durability.copies"].value
	copies != null
	places := object.get(row.domains, domain, null)
	places != null
	places < copies
	message := sprintf("%d copies need as many places of kind %s, and the nodes have %d", [copies, domain, places])
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

_demands(row, promise) := [demand |
	not _application_copies(row, promise)
	some demand in [
		{"property": "durability.copies", "what": "copies", "wanted": object.get(promise, ["durability", "min_copies"], null)},
		{"property": "durability.failure_domain", "what": "failure domain", "wanted": object.get(promise, ["durability", "failure_domain"], null)},
		{"property": "durability.parity", "what": "parity of erasure coding", "wanted": _parity(row, promise)},
	]
	demand.wanted != null
]

# Only where data is erasure-coded: how many chunks may be lost.
_parity(row, promise) := null if row.properties["durability.parity"].value == null

_parity(row, promise) := "no erasure coding" if {
	row.properties["durability.parity"].value != null
	object.get(promise, ["durability", "erasure_coding", "allowed"], true) == false
}

_parity(row, promise) := object.get(promise, ["durability", "erasure_coding", "min_parity"], null) if {
	row.properties["durability.parity"].value != null
	object.get(promise, ["durability", "erasure_coding", "allowed"], true)
}

# Applications that keep copies themselves, in every namespace that uses the class.
_application_copies(row, promise) if {
	patterns := object.get(promise, ["durability", "app_replicated_namespaces"], [])
	count(row.used.namespaces) > 0
	every namespace in row.used.namespaces { _any(patterns, namespace) }
}

_any(patterns, text) if {
	some pattern in patterns
	glob.match(pattern, null, text)
}

_fits(_, _, demand, p) := lib.at_least(p.value, demand.wanted) if demand.property == "durability.copies"

_fits(_, _, demand, p) := lib.rank(p.value) >= lib.rank(demand.wanted) if demand.property == "durability.failure_domain"

_fits(_, _, demand, p) := false if {
	demand.property == "durability.parity"
	demand.wanted == "no erasure coding"
}

_fits(_, _, demand, p) := lib.at_least(p.value, demand.wanted) if {
	demand.property == "durability.parity"
	demand.wanted != "no erasure coding"
}
