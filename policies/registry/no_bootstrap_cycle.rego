# METADATA
# title: What must start before the registry does not need it to start
# description: >-
#   After a cold start both would wait for each other.
# custom:
#   id: REG-023
#   severity: high
#   claim: presence
#   requires: []
#   optional: [core/Service, networking.k8s.io/Ingress, route.openshift.io/Route, apps/DaemonSet, apps/Deployment, apps/StatefulSet]
#   rows: boot_images
#   rules: registry
#   controls: {nsa-1.2: ["fault-tolerance"], nist-800-53: ["CP-10", "CP-2"], iso-27001: ["A.5.30", "A.8.14"], mlps-3: ["8.1.4.9c"]}
#   remediation: >-
#     Take these images from a registry outside of the cluster, or mirror them.
package sextant.registry.no_bootstrap_cycle

violation contains {"ref": row.ref, "message": message, "path": image.image} if {
	some row in input.rows
	_in_scope(row)
	some image in row.images
	image.served_by != null
	count(image.mirrors) == 0
	message := sprintf("its image comes from %s, which runs in the same cluster as %s %s/%s", [image.host, image.served_by.kind, image.served_by.namespace, image.served_by.name])
}

subject contains row.ref if {
	some row in input.rows
	_in_scope(row)
}

_in_scope(row) if {
	some role in row.roles
	role in data.sx.rules.registry.boot_set
}
