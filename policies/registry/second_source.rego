# METADATA
# title: Images have a second source
# description: >-
#   If the registry is lost, pods must start all the same.
# custom:
#   id: REG-022
#   severity: medium
#   claim: presence
#   requires: []
#   optional: [config.openshift.io/ImageDigestMirrorSet, config.openshift.io/ImageTagMirrorSet, operator.openshift.io/ImageContentSourcePolicy, apps/DaemonSet, apps/Deployment]
#   rows: registries
#   uses: [extensions]
#   rules: registry
#   controls: {nist-800-53: ["CP-6", "CP-10"], iso-27001: ["A.8.14"], mlps-3: ["8.1.4.9b"]}
#   remediation: >-
#     Replicate the registry, or let nodes pull from a mirror.
package sextant.registry.second_source

import data.sextant.lib.systems

violation contains {"ref": row.ref, "message": "no replication leaves it, and nothing mirrors it"} if {
	some row in input.rows
	_in_scope(row)
	count(_copies(row)) == 0
	not _mirrored(row)
	not _perhaps
	not row.lacks.replication
}

violation contains {"ref": row.ref, "message": message, "path": copy.name} if {
	some row in input.rows
	_in_scope(row)
	not _mirrored(row)
	some copy in _copies(row)
	copy.runs_read
	_dated
	not _fresh(copy)
	not _another_is_fresh(row, copy)
	message := sprintf("replication %s has not succeeded lately", [copy.name])
}

violation contains {"ref": row.ref, "message": message, "path": copy.name} if {
	some row in input.rows
	_in_scope(row)
	some copy in _copies(row)
	copy.deletion
	message := sprintf("replication %s deletes there what is deleted here", [copy.name])
}

# What is pushed over here is pushed over there: the copy is no way back.
violation contains {"ref": row.ref, "message": message, "path": sprintf("%s/overwrite", [copy.name]), "severity": "low"} if {
	some row in input.rows
	_in_scope(row)
	some copy in _copies(row)
	copy.overwrite
	message := sprintf("replication %s overwrites there what is pushed over here", [copy.name])
}

unknown contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	_in_scope(row)
	not _mirrored(row)
	why := row.lacks.replication
	message := sprintf("whether there is a second source cannot be told: %s", [why])
}

unknown contains {"ref": row.ref, "message": message, "path": copy.name} if {
	some row in input.rows
	_in_scope(row)
	not _mirrored(row)
	some copy in _copies(row)
	not copy.runs_read
	message := sprintf("when replication %s last succeeded was not read", [copy.name])
}

unknown contains {"ref": row.ref, "message": "the source has no clock: how old its copies are cannot be told"} if {
	some row in input.rows
	_in_scope(row)
	not _mirrored(row)
	count(_copies(row)) > 0
	not _dated
}

unknown contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	_in_scope(row)
	count(_copies(row)) == 0
	not _mirrored(row)
	_perhaps
	message := sprintf("whether %s works cannot be told", [concat(", ", sort([system.id | some system in _peers; systems.unclear(system)]))])
}

subject contains row.ref if {
	some row in input.rows
	_in_scope(row)
}

_in_scope(row) if {
	_norm.required
	row.declared
}

_copies(row) := [copy | some copy in row.replications; copy.enabled; copy.outbound]

_mirrored(row) if count(row.mirrored) > 0

# A system that gives nodes their images from each other, or from a copy.
_mirrored(_) if {
	some system in _peers
	systems.works(system)
}

_peers := [system | some system in data.sx.inventory.extensions; "image-mirror" in system.roles]

_perhaps if {
	some system in _peers
	systems.unclear(system)
}

_dated if _norm.max_age_days == 0

_dated if is_number(_now)

_now := time.parse_rfc3339_ns(object.get(data.sx.snapshot, "time", "")) / 1000000000

_another_is_fresh(row, copy) if {
	some other in _copies(row)
	other.name != copy.name
	_fresh(other)
}

_fresh(copy) if {
	copy.last_success != null
	_norm.max_age_days == 0
}

_fresh(copy) if {
	copy.last_success != null
	_now - copy.last_success <= _norm.max_age_days * 86400
}

_norm := data.sx.rules.registry.second_source
