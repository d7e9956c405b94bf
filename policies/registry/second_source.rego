# METADATA
# title: Images have a second source
# description: >-
#   If the registry is lost, pods must start all the same.
# custom:
#   id: REG-022
#   severity: medium
#   claim: presence
#   requires: []
#   optional: [config.openshift.io/ImageDigestMirrorSet, config.openshift.io/ImageTagMirrorSet, operator.openshift.io/ImageContentSourcePolicy]
#   rows: registries
#   rules: registry
#   controls: {nist-800-53: ["CP-6", "CP-10"], iso-27001: ["A.8.14"], mlps-3: ["8.1.4.9b"]}
#   remediation: >-
#     Replicate the registry, or let nodes pull from a mirror.
package sextant.registry.second_source

violation contains {"ref": row.ref, "message": "no replication leaves it, and nothing mirrors it"} if {
	some row in input.rows
	_in_scope(row)
	count(_copies(row)) == 0
	count(row.mirrored) == 0
	not row.lacks.replication
}

violation contains {"ref": row.ref, "message": message, "path": copy.name} if {
	some row in input.rows
	_in_scope(row)
	count(row.mirrored) == 0
	some copy in _copies(row)
	copy.runs_read
	not _fresh(copy)
	message := sprintf("replication %s has not succeeded lately", [copy.name])
}

violation contains {"ref": row.ref, "message": message, "path": copy.name} if {
	some row in input.rows
	_in_scope(row)
	some copy in _copies(row)
	copy.deletion
	message := sprintf("replication %s deletes there what is deleted here", [copy.name])
}

unknown contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	_in_scope(row)
	count(row.mirrored) == 0
	why := row.lacks.replication
	message := sprintf("whether there is a second source cannot be told: %s", [why])
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

_fresh(copy) if {
	copy.last_success != null
	_norm.max_age_days == 0
}

_fresh(copy) if {
	copy.last_success != null
	time.parse_rfc3339_ns(data.sx.snapshot.time) / 1000000000 - copy.last_success <= _norm.max_age_days * 86400
}

_norm := data.sx.rules.registry.second_source
