# METADATA
# title: Every required kind of extension is present, and every extension is declared
# description: >-
#   Kubernetes is useful only through its extensions. A report that judges only what exists shows
#   a missing one as nothing to complain about; and what extends the API server without anybody's
#   knowledge is neither patched nor backed up.
# custom:
#   id: EXT-001
#   severity: high
#   claim: absence
#   requires:
#     - apps/DaemonSet
#     - apps/Deployment
#     - apps/StatefulSet
#     - core/Pod
#     - core/Service
#     - apiextensions.k8s.io/CustomResourceDefinition
#     - apiregistration.k8s.io/APIService
#     - admissionregistration.k8s.io/MutatingWebhookConfiguration
#     - admissionregistration.k8s.io/ValidatingWebhookConfiguration
#     - storage.k8s.io/CSIDriver
#     - rbac.authorization.k8s.io/ClusterRole
#     - rbac.authorization.k8s.io/ClusterRoleBinding
#     - rbac.authorization.k8s.io/Role
#     - rbac.authorization.k8s.io/RoleBinding
#   rows: cluster
#   uses: [declared, extension_versions, extensions]
#   rules: extensions
#   controls: {nist-800-53: ["CM-8", "CM-8(3)"], pci-4.0: ["12.5.1", "6.3.2"], iso-27001: ["A.5.9", "A.8.19"], mlps-3: ["8.1.10.2", "8.1.4.4a"]}
#   remediation: >-
#     Install a system of the missing kind under the platform's automation, or change the declared
#     minimum. Declare what belongs to the house, in a catalogue of its own or by its group, and
#     remove what belongs to nobody.
package sextant.extensions.required_present

import data.sextant.lib.names
import data.sextant.lib.systems

violation contains {"ref": row.ref, "message": message, "path": role, "evidence": _seen(role)} if {
	some row in input.rows
	some role, bounds in _rules.required
	count(_serving(role)) < bounds.min
	message := sprintf("%v systems for %s run%s, at least %v required", [count(_serving(role)), role, _approved(bounds), bounds.min])
}

violation contains {"ref": row.ref, "message": message, "path": role} if {
	some row in input.rows
	some role, bounds in _rules.required
	count(_running(role)) > bounds.max
	message := sprintf("%v systems for %s run, at most %v allowed: %s", [count(_running(role)), role, bounds.max, concat(", ", _running(role))])
}

violation contains {"ref": row.ref, "message": message, "path": sprintf("%s %s", [role, id])} if {
	some row in input.rows
	some role, bounds in _rules.required
	some id in _running(role)
	not id in _serving(role)
	message := sprintf("%s runs for %s, and only %s may", [id, role, concat(", ", bounds.approved)])
}

violation contains {"ref": row.ref, "message": message, "path": path, "severity": "medium", "evidence": _objects(path)} if {
	some row in input.rows
	_rules.undeclared.report
	some path in _undeclared
	message := sprintf("%s belongs to no system that is known or declared", [path])
}

violation contains {"ref": row.ref, "message": message, "path": sprintf("%s twice", [system.id]), "severity": "medium"} if {
	some row in input.rows
	_rules.duplicates.report
	some system in data.sx.inventory.extension_versions
	count(system.copies) > 1
	not system.id in _rules.duplicates.allowed
	message := sprintf("%s is installed %d times, in %s", [system.name, count(system.copies), concat(", ", system.copies)])
}

subject contains row.ref if {
	some row in input.rows
	_asks
}

_rules := data.sx.rules.extensions

_asks if count(_rules.required) > 0

_asks if _rules.undeclared.report

_asks if _rules.duplicates.report

_running(role) := {system.id |
	some system in data.sx.inventory.extensions
	role in system.roles
	system.state in {"installed", "managed"}
}

# Those that may.
_serving(role) := {id |
	some id in _running(role)
	_may(id, object.get(_rules.required[role], "approved", []))
}

_may(_, approved) if count(approved) == 0

_may(id, approved) if id in approved

_approved(bounds) := " that are approved" if count(object.get(bounds, "approved", [])) > 0

_approved(bounds) := "" if count(object.get(bounds, "approved", [])) == 0

_seen(role) := [systems.why(system) | some system in data.sx.inventory.extensions; role in system.roles]

_undeclared := {sprintf("%s %s", [_words[one.what], one.name]) |
	some one in data.sx.inventory.declared
	count(one.systems) == 0
	not names.matches(_rules.known_groups, one.name)
	not _declared(one)
}

# A controller is declared where everything that it writes is.
_declared(one) if {
	one.what == "controller"
	every group in one.writes { names.matches(_rules.known_groups, group) }
}

_words := {"crd-group": "API group", "webhook": "webhook", "api-service": "aggregated API", "csi-driver": "CSI driver", "controller": "controller"}

_objects(path) := [sprintf("%s %s%s", [one.ref.kind, one.ref.name, _writes(one)]) |
	some one in data.sx.inventory.declared
	sprintf("%s %s", [_words[one.what], one.name]) == path
]

_writes(one) := "" if count(one.writes) == 0

_writes(one) := sprintf(" may write %s", [names.listed(sort(one.writes))]) if count(one.writes) > 0
