# METADATA
# title: Resources of extensions are answered
# description: >-
#   A resource that its controller refuses, or never looks at, is a promise that nobody keeps: the
#   backup location is not available, the cluster of the database is degraded, and nobody is told.
# custom:
#   id: EXT-012
#   severity: medium
#   claim: presence
#   requires: [apps/DaemonSet, apps/Deployment, apps/StatefulSet, core/Pod, apiextensions.k8s.io/CustomResourceDefinition]
#   optional:
#     - ceph.rook.io/CephBlockPool
#     - ceph.rook.io/CephCluster
#     - cert-manager.io/Certificate
#     - cert-manager.io/ClusterIssuer
#     - cert-manager.io/Issuer
#     - core.libopenstorage.org/StorageCluster
#     - datadoghq.com/DatadogAgent
#     - elasticsearch.k8s.elastic.co/Elasticsearch
#     - fluentbit.fluent.io/FluentBit
#     - gateway-operator.konghq.com/DataPlane
#     - gateway.networking.k8s.io/GatewayClass
#     - jaegertracing.io/Jaeger
#     - jenkins.io/Jenkins
#     - longhorn.io/Volume
#     - manage.robin.io/RobinCluster
#     - monitoring.coreos.com/Alertmanager
#     - monitoring.coreos.com/Prometheus
#     - monitoring.coreos.com/PrometheusAgent
#     - opentelemetry.io/OpenTelemetryCollector
#     - operator.knative.dev/KnativeServing
#     - operator.tigera.io/Installation
#     - operator.tigera.io/TigeraStatus
#     - quay.redhat.com/QuayRegistry
#     - spinnaker.io/SpinnakerService
#     - storageos.com/StorageOSCluster
#     - trident.netapp.io/TridentOrchestrator
#     - velero.io/BackupStorageLocation
#   rows: custom_resources
#   rules: extensions
#   controls: {nist-800-53: ["SI-13"], iso-27001: ["A.8.16"], mlps-3: ["8.1.5.4c"]}
#   remediation: >-
#     Read the condition's message and the controller's log; remove the resource where it is not
#     wanted. Where a deletion hangs, find out what its finalizer waits for.
package sextant.extensions.reconciled

import data.sextant.lib.names
import data.sextant.lib.storage

# What the catalogue says of its kind outweighs what conditions are called.
violation contains {"ref": row.ref, "message": message, "path": told.path, "evidence": told} if {
	some row in input.rows
	_judged(row)
	_settled(row)
	some told in row.tells
	told.value != ""
	not told.value in told.healthy
	_long(_since(row, told.path))
	message := sprintf("%s is %s", [told.path, told.value])
}

# A controller that never answered: it runs, and says nothing.
violation contains {"ref": row.ref, "message": message, "path": told.path} if {
	some row in input.rows
	_judged(row)
	_settled(row)
	some told in row.tells
	told.value == ""
	_long(row.age)
	message := sprintf("has no %s%s", [told.path, _silent(row)])
}

violation contains {"ref": row.ref, "message": message, "path": condition.type, "evidence": condition} if {
	some row in input.rows
	_judged(row)
	_settled(row)
	count(row.tells) == 0
	some condition in row.conditions
	_is_bad(condition)
	_long(condition.since)
	message := sprintf("condition %s is %s%s", [condition.type, condition.status, _reason(condition)])
}

violation contains {"ref": row.ref, "message": message, "path": "status.observedGeneration"} if {
	some row in input.rows
	_judged(row)
	_settled(row)
	is_number(row.generation)
	is_number(row.observed)
	row.observed < row.generation
	_long(row.written)
	message := sprintf("its controller has seen generation %d of %d", [row.observed, row.generation])
}

violation contains {"ref": row.ref, "message": message, "path": "metadata.deletionTimestamp", "evidence": row.finalizers} if {
	some row in input.rows
	_judged(row)
	_long(row.deleting)
	message := sprintf("its deletion hangs: %s", [_waits(row)])
}

unknown contains {"ref": row.ref, "message": "the source has no clock to measure how long it is so", "path": "clock"} if {
	some row in input.rows
	_judged(row)
	_is_wrong(row)
	not is_number(row.age)
}

subject contains row.ref if {
	some row in input.rows
	_judged(row)
}

_rules := data.sx.rules.extensions.reconciled

# Resources of a system that does not run are left over, which is another finding.
_judged(row) if {
	row.runs == "yes"
	not names.matches(_rules.ignore, row.kind)
	_tells(row)
}

_tells(row) if count(row.tells) > 0

_tells(row) if count(row.conditions) > 0

_tells(row) if row.is_deleting

# It is not on its way out.
_settled(row) if not row.is_deleting

_long(seconds) if {
	is_number(seconds)
	seconds > storage.seconds(_rules.grace)
}

# A condition says since when; a field does not, and is as old as the last write.
_since(row, path) := condition.since if {
	some condition in row.conditions
	path == sprintf("condition %s", [condition.type])
	is_number(condition.since)
}

_since(row, path) := row.age if not _dated(row, path)

_dated(row, path) if {
	some condition in row.conditions
	path == sprintf("condition %s", [condition.type])
	is_number(condition.since)
}

_is_bad(condition) if {
	condition.type in _rules.good
	condition.status != "True"
}

_is_bad(condition) if {
	condition.type in _rules.bad
	condition.status == "True"
}

_is_wrong(row) if {
	some told in row.tells
	not told.value in told.healthy
}

_is_wrong(row) if {
	count(row.tells) == 0
	some condition in row.conditions
	_is_bad(condition)
}

_is_wrong(row) if row.is_deleting

_silent(row) := ": nothing answers it" if not row.has_status

_silent(row) := "" if row.has_status

_reason(condition) := sprintf(" (%s)", [condition.reason]) if condition.reason != ""

_reason(condition) := "" if condition.reason == ""

_waits(row) := sprintf("%s has not let go of it", [names.listed(row.finalizers)]) if count(row.finalizers) > 0

_waits(row) := "it has no finalizer" if count(row.finalizers) == 0
