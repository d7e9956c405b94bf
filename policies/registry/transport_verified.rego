# METADATA
# title: Registries are talked to by TLS, and their certificates are checked
# description: >-
#   Whoever sits between can put another image there.
# custom:
#   id: REG-020
#   severity: high
#   claim: presence
#   requires: []
#   optional: [source.toolkit.fluxcd.io/HelmRepository, source.toolkit.fluxcd.io/OCIRepository, image.toolkit.fluxcd.io/ImageRepository, config.openshift.io/Image, core/Pod, apps/DaemonSet, apps/Deployment, apps/StatefulSet, batch/Job, batch/CronJob]
#   rows: registry_clients
#   rules: registry
#   controls: {nist-800-190: ["4.2.1"], nist-800-53: ["SC-8", "SC-23"], pci-4.0: ["4.2.1"], iso-27001: ["A.8.24"], mlps-3: ["8.1.2.2a", "8.1.4.7a"]}
#   remediation: >-
#     Give the registry a certificate, and its clients the authority that signed it.
package sextant.registry.transport_verified

violation contains {"ref": row.ref, "message": message, "path": row.path} if {
	some row in input.rows
	row.insecure
	not row.host in data.sx.rules.registry.insecure_exempt
	message := sprintf("%s is talked to without TLS, or without checking its certificate", [_whom(row)])
}

_whom(row) := row.host if row.host != ""

_whom(row) := "a registry" if row.host == ""
