# METADATA
# title: A class proves the performance that its tier promises
# description: >-
#   A name promises nothing: gold means provisioned operations, throughput and media that
#   parameters or the storage behind the class prove. Ceilings are no promise, and latency is only
#   ever attested.
# custom:
#   id: STO-006
#   severity: high
#   claim: presence
#   requires: [storage.k8s.io/StorageClass]
#   optional: [ceph.rook.io/CephBlockPool, ceph.rook.io/CephFilesystem, ceph.rook.io/CephCluster, longhorn.io/Setting, openebs.io/DiskPool, trident.netapp.io/TridentBackendConfig, core.libopenstorage.org/StorageCluster, core/PersistentVolumeClaim]
#   rows: storage_classes
#   rules: storage
#   controls: {nist-800-53: ["SC-6", "CP-2"], iso-27001: ["A.8.6", "A.5.30"], mlps-3: ["8.2.6.1b"]}
#   remediation: >-
#     Set the parameter that guarantees it, or attest it with evidence, an owner and a date.
package sextant.storage.class_performance

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

_demands(_, promise) := [demand |
	some demand in [
		_demand(promise, "min_iops", "performance.iops", "iops"),
		_demand(promise, "per_gib_iops", "performance.iops", "iops"),
		_demand(promise, "min_throughput_mibps", "performance.throughput_mibps", "throughput in MiB/s"),
		_demand(promise, "media", "performance.media", "media"),
		_demand(promise, "max_latency_ms", "performance.latency_ms", "latency in ms"),
	]
	demand.wanted != null
]

_demand(promise, key, property, what) := {"key": key, "property": property, "what": what, "wanted": object.get(promise, ["performance", key], null)} if {
	key != "per_gib_iops"
}

_demand(promise, key, property, what) := {"key": key, "property": property, "what": what, "wanted": wanted, "said": said} if {
	key == "per_gib_iops"
	wanted := object.get(promise, ["performance", key], null)
	said := sprintf("%v a GiB", [wanted])
}

# Operations may come by the GiB: the smallest claim, or the tier's smallest size, decides.
_proof(row, property) := _sized(row, fixed, by_size) if {
	property == "performance.iops"
	fixed := lib.proof(_rules, row.name, "performance.iops", row.properties["performance.iops"], _now)
	by_size := lib.proof(_rules, row.name, "performance.iops_per_gib", row.properties["performance.iops_per_gib"], _now)
}

_proof(row, property) := lib.proof(_rules, row.name, property, row.properties[property], _now) if property != "performance.iops"

_sized(row, fixed, by_size) := fixed if by_size.value == null

_sized(row, fixed, by_size) := {"value": null, "strength": "unknown", "source": source} if {
	by_size.value != null
	fixed.value == null
	_size(row) == null
	source := sprintf("it depends on the size, and no claim has one yet (%s)", [by_size.source])
}

_sized(row, fixed, by_size) := fixed if {
	by_size.value != null
	fixed.value != null
	_size(row) == null
}

_sized(row, fixed, by_size) := object.union(by_size, {"value": by_size.value * size, "source": source}) if {
	by_size.value != null
	size := _size(row)
	size != null
	not lib.at_least(fixed.value, by_size.value * size)
	source := sprintf("%s, for %v GiB", [by_size.source, size])
}

_sized(row, fixed, by_size) := fixed if {
	by_size.value != null
	size := _size(row)
	size != null
	lib.at_least(fixed.value, by_size.value * size)
}

_size(row) := min(sizes) if {
	sizes := _sizes(row)
	count(sizes) > 0
}

_size(row) := null if count(_sizes(row)) == 0

_sizes(row) := {size | some size in _all_sizes(row); size != null}

_all_sizes(row) := {row.used.smallest_gib} | {size |
	some tier in lib.tiers(_rules, row.name, row.labels)
	size := object.get(_rules.tiers[tier], ["performance", "min_size_gib"], null)
}

_fits(_, _, demand, p) := lib.at_least(p.value, demand.wanted) if demand.key in {"min_iops", "min_throughput_mibps"}

_fits(row, _, demand, p) := lib.at_least(p.value, demand.wanted * _or_one(_size(row))) if demand.key == "per_gib_iops"

_fits(_, _, demand, p) := lib.at_most(p.value, demand.wanted) if demand.key == "max_latency_ms"

_fits(_, _, demand, p) := p.value in {medium | some medium in demand.wanted} if demand.key == "media"

_or_one(size) := 1 if size == null

_or_one(size) := size if size != null
