# METADATA
# title: The registry holds back what is not signed
# description: >-
#   What admission misses, the registry can still refuse to hand out.
# custom:
#   id: REG-010
#   severity: medium
#   claim: presence
#   requires: [core/Pod]
#   optional: [core/ConfigMap, core/Service, networking.k8s.io/Ingress, apps/Deployment, apps/StatefulSet]
#   rows: repositories
#   rules: registry
#   controls: {nsa-1.2: ["building-secure-container-images"], nist-800-190: ["4.1.5"], nist-800-53: ["CM-14", "SI-7(15)", "SR-4"], pci-4.0: ["6.3.2"], iso-27001: ["A.8.19"], attack: ["T1525", "T1204.003"], mlps-3: ["8.2.4.4b"]}
#   remediation: >-
#     Switch content trust on for the project, and sign again what lacks a signature.
package sextant.registry.signed_in_registry

import data.sextant.lib.registry

violation contains {"ref": row.ref, "message": "images without a signature can be pulled", "path": "content_trust"} if {
	some row in input.rows
	_rule(row).signing.enforce_at_registry
	row.scope.content_trust == false
}

violation contains {"ref": row.ref, "message": message, "path": image.digest, "evidence": image.workloads} if {
	some row in input.rows
	_rule(row).signing.required
	some image in row.running
	image.signed == false
	message := sprintf("image %s runs and has no signature", [registry.called(image)])
}

unknown contains {"ref": row.ref, "message": "whether the registry asks for signatures was not read"} if {
	some row in input.rows
	_rule(row).signing.enforce_at_registry
	not registry.known(row, "content_trust")
}

unknown contains {"ref": row.ref, "message": message, "path": image.digest} if {
	some row in input.rows
	_rule(row).signing.required
	some image in row.running
	image.signed == null
	message := sprintf("whether image %s is signed was not read", [registry.called(image)])
}

subject contains row.ref if {
	some row in input.rows
	some duty in ["enforce_at_registry", "required"]
	_rule(row).signing[duty]
}

_rule(row) := registry.rule_of(row) if not registry.nowhere(row)
