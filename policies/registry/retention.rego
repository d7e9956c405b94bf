# METADATA
# title: What is kept is ruled, and what runs stays
# description: >-
#   Without an end the disk fills; with a hasty one the next restart finds nothing to pull.
# custom:
#   id: REG-013
#   severity: medium
#   claim: presence
#   requires: [core/Pod]
#   optional: [core/ConfigMap, core/Service, networking.k8s.io/Ingress, apps/Deployment, apps/StatefulSet]
#   rows: repositories
#   uses: [registries]
#   rules: registry
#   controls: {nist-800-190: ["4.2.2"], nist-800-53: ["SI-12", "CP-9"], iso-27001: ["A.8.10", "A.8.13"], attack: ["T1485"], mlps-3: ["8.1.4.9a"]}
#   remediation: >-
#     Set up retention, and have it keep what runs.
package sextant.registry.retention

import data.sextant.lib.registry

violation contains {"ref": row.ref, "message": "nothing says what is kept and for how long", "path": "retention"} if {
	some row in input.rows
	_retention(row).required
	row.scope.retention_read
	row.scope.retention == null
}

violation contains {"ref": row.ref, "message": message, "path": image.digest, "evidence": image.workloads} if {
	some row in input.rows
	_retention(row).protect_running
	some image in row.running
	image.kept == false
	message := sprintf("image %s runs, and retention does not keep it", [registry.called(image)])
}

# Told once for each scope: what is deleted takes room until it is collected.
violation contains {"ref": row.ref, "message": "nothing collects what is deleted", "path": "gc"} if {
	some row in input.rows
	_collects(row) == false
}

unknown contains {"ref": row.ref, "message": "whether what is deleted is collected was not read", "path": "gc"} if {
	some row in input.rows
	_collects(row) == null
}

unknown contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	_retention(row).required
	not _read(row)
	message := sprintf("what is kept cannot be told: %s", [object.get(row.lacks, "retention", "it was not read")])
}

unknown contains {"ref": row.ref, "message": message, "path": image.digest} if {
	some row in input.rows
	_retention(row).protect_running
	some image in row.running
	image.kept == null
	message := sprintf("whether image %s is kept cannot be worked out", [registry.called(image)])
}

subject contains row.ref if {
	some row in input.rows
	some duty in ["required", "protect_running"]
	_retention(row)[duty]
}

_retention(row) := _rule(row).retention

_collects(row) := of.settings.gc_scheduled if {
	row.probe == "scope"
	row.type in {"harbor", "zot"}
	_retention(row).required
	some of in data.sx.inventory.registries
	of.name == row.registry
}

_read(row) if {
	row.scope != null
	row.scope.retention_read
}

_rule(row) := registry.rule_of(row) if not registry.nowhere(row)
