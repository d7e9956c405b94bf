# METADATA
# title: Images are pulled as often as their reference asks for
# description: >-
#   A tag that moved and was not pulled again runs old bytes; one that is never pulled came from
#   nowhere.
# custom:
#   id: REG-017
#   severity: medium
#   claim: presence
#   requires: [core/Pod, apps/DaemonSet, apps/Deployment, apps/StatefulSet, batch/Job, batch/CronJob]
#   optional: [core/Service, networking.k8s.io/Ingress, route.openshift.io/Route]
#   rows: images
#   rules: registry
#   controls: {cis-1.11: ["1.2.11"], nist-800-190: ["4.1.5"], nist-800-53: ["CM-6"], iso-27001: ["A.8.9"], mlps-3: ["8.1.4.9c"]}
#   remediation: >-
#     Name images by their digest, and pull them if they are not there.
package sextant.registry.pull_policy

import data.sextant.lib.registry

violation contains {"ref": row.ref, "message": message, "path": row.path, "evidence": row.image} if {
	some row in input.rows
	_norm.mutable_needs_always
	row.digest == ""
	not row.pull_policy == "Always"
	not _immutable(row)
	message := sprintf("tag can move, and its image is pulled %s", [row.pull_policy])
}

violation contains {"ref": row.ref, "message": "image is never pulled", "path": row.path, "evidence": row.image} if {
	some row in input.rows
	not _norm.never_allowed
	row.pull_policy == "Never"
}

# The bytes are held by the digest already: asking for them again only waits for the registry.
violation contains {"ref": row.ref, "message": message, "path": row.path, "evidence": row.image, "severity": "info"} if {
	some row in input.rows
	_norm.always_needs_copies
	row.digest != ""
	row.pull_policy == "Always"
	row.served_by_one != null
	one := row.served_by_one
	message := sprintf("image of a digest is asked for at each start, at a registry of one copy: %s %s/%s", [one.kind, one.namespace, one.name])
}

subject contains row.ref if {
	some row in input.rows
	_judged
}

_judged if _norm.mutable_needs_always

_judged if not _norm.never_allowed

_judged if _norm.always_needs_copies

# The rules hold such tags to be immutable, which another check sees to.
_immutable(row) if {
	some tags in object.get(registry.rule_of(row), ["tags", "immutable"], [])
	glob.match(tags, [], row.tag)
}

_norm := data.sx.rules.registry.pull_policy
