# METADATA
# title: Registries are talked to by TLS, and their certificates are checked
# description: >-
#   Whoever sits between can put another image there.
# custom:
#   id: REG-020
#   severity: high
#   claim: presence
#   requires: []
#   optional: [source.toolkit.fluxcd.io/HelmRepository, source.toolkit.fluxcd.io/OCIRepository, image.toolkit.fluxcd.io/ImageRepository, config.openshift.io/Image, image.openshift.io/ImageStream, kyverno.io/ClusterPolicy, kyverno.io/Policy, policies.kyverno.io/ImageValidatingPolicy, tekton.dev/Task, tekton.dev/ClusterTask, tekton.dev/StepAction, helm.openshift.io/HelmChartRepository, helm.openshift.io/ProjectHelmChartRepository, catalog.cattle.io/ClusterRepo, helm.cattle.io/HelmChart, argoproj.io/Application, argoproj.io/ApplicationSet, core/ConfigMap, core/Service, networking.k8s.io/Ingress, core/Pod, apps/DaemonSet, apps/Deployment, apps/StatefulSet, batch/Job, batch/CronJob]
#   rows: registry_clients
#   rules: registry
#   controls: {nist-800-190: ["4.2.1"], nist-800-53: ["SC-8", "SC-23"], pci-4.0: ["4.2.1"], iso-27001: ["A.8.24"], mlps-3: ["8.1.2.2a", "8.1.4.7a"]}
#   remediation: >-
#     Give the registry a certificate, and its clients the authority that signed it.
package sextant.registry.transport_verified

violation contains {"ref": row.ref, "message": message, "path": row.path} if {
	some row in input.rows
	row.insecure == true
	not row.host in data.sx.rules.registry.insecure_exempt
	message := sprintf("%s is talked to without TLS, or without checking its certificate", [_whom(row)])
}

unknown contains {"ref": row.ref, "message": message, "path": row.path} if {
	some row in input.rows
	row.insecure == null
	row.path != "nodes"
	not row.host in data.sx.rules.registry.insecure_exempt
	message := sprintf("whether %s is talked to by TLS is set where it was not read", [_whom(row)])
}

unknown contains {"ref": row.ref, "message": "the settings of the nodes' container runtime are in no object: attest them", "path": row.path} if {
	some row in input.rows
	row.path == "nodes"
	data.sx.rules.registry.node_transport == "judged"
}

subject contains row.ref if {
	some row in input.rows
	row.path != "nodes"
	row.server == null
}

subject contains row.ref if {
	some row in input.rows
	row.path == "nodes"
	data.sx.rules.registry.node_transport in {"judged", "attested"}
}

_whom(row) := row.host if row.host != ""

_whom(row) := "a registry" if row.host == ""
