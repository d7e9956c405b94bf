# METADATA
# title: Every image that runs can still be pulled
# description: >-
#   A pod whose image is gone is an outage that waits for its next restart.
# custom:
#   id: REG-016
#   severity: high
#   claim: presence
#   requires: [core/Pod]
#   optional: [core/ConfigMap, core/Service, networking.k8s.io/Ingress, apps/Deployment, apps/StatefulSet]
#   rows: repositories
#   rules: registry
#   controls: {nsa-1.2: ["fault-tolerance"], nist-800-53: ["CP-10", "CP-9"], iso-27001: ["A.8.14", "A.5.30"], attack: ["T1490"], mlps-3: ["8.1.4.9c"]}
#   remediation: >-
#     Push the image again, pin it, and keep it longer.
package sextant.registry.running_images_pullable

violation contains {"ref": row.ref, "message": message, "path": image.digest, "evidence": image.workloads} if {
	some row in input.rows
	_asked
	some image in row.running
	image.found == "no"
	message := sprintf("image %s runs and is no longer there", [_called(image)])
}

violation contains {"ref": row.ref, "message": message, "path": image.digest, "evidence": image.workloads, "severity": "low"} if {
	some row in input.rows
	_asked
	some image in row.running
	image.found == "yes"
	image.moved == true
	message := sprintf("tag %s is another image than the one that runs", [image.tag])
}

unknown contains {"ref": row.ref, "message": message, "path": image.digest} if {
	some row in input.rows
	_asked
	some image in row.running
	image.found == "unknown"
	not image.opaque
	message := sprintf("whether image %s is still there was not read", [_called(image)])
}

unknown contains {"ref": row.ref, "message": message, "path": image.tag} if {
	some row in input.rows
	_asked
	some image in row.running
	image.found == "unknown"
	image.opaque
	message := sprintf("which image runs as %s is not told: its id names no repository", [image.tag])
}

subject contains row.ref if {
	some row in input.rows
	_asked
	count(row.running) > 0
}

_asked if data.sx.rules.registry.verify_pullable

_called(image) := image.digest if image.digest != ""

_called(image) := image.tag if image.digest == ""
