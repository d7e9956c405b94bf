# METADATA
# title: An image registry is declared or runs here, and works
# description: >-
#   Every restart of a pod may need the registry. One that is gone or broken stops recovery when
#   it is needed most.
# custom:
#   id: REG-001
#   severity: critical
#   claim: absence
#   requires: [apps/DaemonSet, apps/Deployment, apps/StatefulSet]
#   rows: cluster
#   optional: [core/ConfigMap, core/Service, networking.k8s.io/Ingress]
#   uses: [extensions, images, registries]
#   rules: registry
#   controls: {nist-800-53: ["CP-2", "SR-3"], iso-27001: ["A.8.14", "A.5.30"], mlps-3: ["8.1.4.9c"]}
#   remediation: >-
#     Declare the registry in rules/registry.yaml, or install one; repair it where it is not
#     ready.
package sextant.registry.registry_present

import data.sextant.lib.systems

violation contains {"ref": row.ref, "message": "no registry is declared, and none runs in the cluster", "evidence": _seen} if {
	some row in input.rows
	count(data.sx.rules.registry.registries) == 0
	count(_running) == 0
}

violation contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	count(data.sx.rules.registry.registries) > 0
	count(_used) == 0
	message := sprintf("no workload uses a declared registry: %s", [concat(", ", _hosts)])
}

violation contains {"ref": row.ref, "message": message, "path": system.id} if {
	some row in input.rows
	some system in _running
	system.health == "degraded"
	message := sprintf("registry %s is degraded: %s", [system.id, system.health_reason])
}

unknown contains {"ref": row.ref, "message": message, "path": system.id} if {
	some row in input.rows
	some system in _running
	system.health == "unknown"
	message := sprintf("whether registry %s works cannot be told: the source holds no status", [system.id])
}

violation contains {"ref": row.ref, "message": message, "path": sprintf("%s/%s", [registry.name, component.name])} if {
	some row in input.rows
	some registry in _declared
	some component in registry.health.components
	component.status != "healthy"
	message := sprintf("registry %s says that its %s is %s", [registry.name, component.name, component.status])
}

violation contains {"ref": row.ref, "message": message, "path": registry.name} if {
	some row in input.rows
	some registry in _declared
	registry.ready == false
	message := sprintf("registry %s runs here, and %s %s/%s is not ready", [registry.name, registry.workload.kind, registry.workload.namespace, registry.workload.name])
}

unknown contains {"ref": row.ref, "message": message, "path": registry.name} if {
	some row in input.rows
	some registry in _declared
	registry.source == "api"
	why := registry.lacks.health
	message := sprintf("whether registry %s works cannot be told from where sextant ran: %s", [registry.name, why])
}

unknown contains {"ref": row.ref, "message": message, "path": registry.name} if {
	some row in input.rows
	some registry in _declared
	registry.workload != null
	registry.ready == null
	message := sprintf("whether registry %s works cannot be told: the source holds no status", [registry.name])
}

_declared := [registry | some registry in data.sx.inventory.registries; registry.declared]

_running := [system |
	some system in data.sx.inventory.extensions
	"registry" in system.roles
	systems.runs(system)
]

_hosts := {host | some registry in data.sx.rules.registry.registries; some host in registry.hosts}

_used := {row.registry | some row in data.sx.inventory.images; row.registry in _hosts}

_seen := [systems.why(system) | some system in data.sx.inventory.extensions; system.aspect == "registry"]
