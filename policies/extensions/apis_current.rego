# METADATA
# title: Nobody writes in a version of an API that is gone, or is going
# description: >-
#   What a chart or a pipeline writes in an old version works until the upgrade that no longer serves
#   it, and then nothing of it can be changed any more. The field managers of an object tell.
# related_resources:
#   - https://kubernetes.io/docs/reference/using-api/deprecation-guide/
# custom:
#   id: EXT-016
#   severity: medium
#   claim: presence
#   requires:
#     - admissionregistration.k8s.io/MutatingWebhookConfiguration
#     - admissionregistration.k8s.io/ValidatingWebhookConfiguration
#     - apiextensions.k8s.io/CustomResourceDefinition
#     - apiregistration.k8s.io/APIService
#     - apps/DaemonSet
#     - apps/Deployment
#     - apps/StatefulSet
#     - batch/CronJob
#     - networking.k8s.io/Ingress
#     - networking.k8s.io/IngressClass
#     - networking.k8s.io/NetworkPolicy
#     - policy/PodDisruptionBudget
#     - rbac.authorization.k8s.io/ClusterRole
#     - rbac.authorization.k8s.io/ClusterRoleBinding
#     - rbac.authorization.k8s.io/Role
#     - rbac.authorization.k8s.io/RoleBinding
#     - storage.k8s.io/CSIDriver
#     - storage.k8s.io/StorageClass
#   rows: written_versions
#   rules: extensions
#   controls: {nsa-1.2: [upgrading-and-application-security-practices], nist-800-53: [SA-22, CM-3], iso-27001: [A.8.32], mlps-3: [8.1.10.10]}
#   remediation: >-
#     Have the chart or pipeline that this manager is write the current version, and apply it once:
#     `kubectl convert` rewrites manifests.
package sextant.extensions.apis_current

import data.sextant.lib.names

violation contains {"ref": row.ref, "message": message, "path": _path(write), "evidence": write.objects} if {
	some row in input.rows
	some write in row.writes
	_gone(write)
	message := sprintf("%s wrote %s as %s, which Kubernetes 1.%d no longer serves", [write.manager, names.counted(write.count, "object"), write.version, write.removed])
}

violation contains {"ref": row.ref, "message": message, "path": _path(write), "evidence": write.objects} if {
	some row in input.rows
	some write in row.writes
	write.served == "no"
	message := sprintf("%s wrote %s as %s, which its CRD no longer serves", [write.manager, names.counted(write.count, "object"), write.version])
}

violation contains {"ref": row.ref, "message": message, "path": _path(write), "severity": "low", "evidence": write.objects} if {
	some row in input.rows
	_rules.deprecated == "report"
	some write in row.writes
	write.served != "no"
	not _gone(write)
	_going(write)
	message := sprintf("%s wrote %s as %s, which is deprecated", [write.manager, names.counted(write.count, "object"), write.version])
}

unknown contains {"ref": row.ref, "message": message, "path": "metadata.managedFields"} if {
	some row in input.rows
	_blind(row)
	message := sprintf("the field managers of %s were stripped from the source", [names.counted(row.stripped, "object")])
}

subject contains row.ref if {
	some row in input.rows
	row.managed > 0
}

subject contains row.ref if {
	some row in input.rows
	_blind(row)
}

_rules := data.sx.rules.extensions.upgrade

_blind(row) if {
	_rules.stripped == "unknown"
	row.stripped > 0
}

_gone(write) if {
	is_number(write.removed)
	write.removed <= _target
}

_going(write) if {
	is_number(write.deprecated)
	write.deprecated <= _target
}

_going(write) if write.crd_deprecated

# The minor that the next upgrade leads to; a version without numbers gives none, and nothing is removed.
_target := _minor(_rules.target_version) if _rules.target_version != ""

_target := _minor(data.sx.snapshot.version) + _rules.ahead if _rules.target_version == ""

_minor(version) := to_number(regex.find_n(`[0-9]+`, version, 2)[1])

_path(write) := sprintf("metadata.managedFields[manager=%s].apiVersion=%s", [write.manager, write.version])
