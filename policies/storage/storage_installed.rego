# METADATA
# title: A cloud-native storage system is installed and works
# description: >-
#   Storage that comes with Kubernetes has no service levels and no access management; an
#   extension must provide it. A driver counts where its CSIDriver is there, its controller is
#   ready and its node plug-in runs; names left in classes, in-tree names and directories of
#   nodes do not.
# related_resources: [https://kubernetes-csi.github.io/docs/csi-driver-object.html]
# custom:
#   id: STO-001
#   severity: critical
#   claim: absence
#   requires: [storage.k8s.io/CSIDriver, storage.k8s.io/StorageClass, apps/Deployment, apps/StatefulSet, apps/DaemonSet]
#   optional: [storage.k8s.io/CSINode]
#   rows: storage
#   rules: storage
#   controls: {nist-800-53: [CM-2, CP-2], iso-27001: [A.8.14], mlps-3: [8.1.4.9c, 8.2.4.6c]}
#   remediation: >-
#     Install an approved storage system through its operator or chart, under GitOps, and wait for
#     its controller and node plug-in to become ready.
package sextant.storage.storage_installed

violation contains {"ref": row.ref, "message": message, "evidence": {"drivers": _seen(row)}} if {
	some row in input.rows
	not _served(row)
	not _doubtful(row)
	message := concat("", ["no storage driver is installed and ready", _why(row)])
}

unknown contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	not _served(row)
	names := [driver.name | some driver in row.drivers; _candidate(driver); _state(driver) == "unknown"]
	count(names) > 0
	message := sprintf("whether %s is ready cannot be read: its workloads have no status", [concat(", ", names)])
}

_served(row) if {
	some driver in row.drivers
	_candidate(driver)
	_state(driver) == "live"
}

_doubtful(row) if {
	some driver in row.drivers
	_candidate(driver)
	_state(driver) == "unknown"
}

# A driver that may count at all: an object of its own, volumes of its own, and approved.
_candidate(driver) if {
	driver.csi_driver
	not driver.ephemeral_only
	_approved(driver)
}

_approved(driver) if {
	count(data.sx.rules.storage.approved) == 0
	driver.id != ""
}

_approved(driver) if {
	some suffix in data.sx.rules.storage.approved
	endswith(driver.name, suffix)
}

_state(driver) := "live" if {
	_controller(driver) == "live"
	_node(driver) == "live"
} else := "dead" if {
	"dead" in {_controller(driver), _node(driver)}
} else := "unknown"

_controller(driver) := "live" if driver.controller.state in {"ready", "degraded"}

_controller(driver) := "dead" if driver.controller.state == "down"

_controller(driver) := "unknown" if driver.controller.state == "unknown"

# A platform may keep the controller outside of the cluster: the nodes that registered it show it.
_controller(driver) := "live" if {
	driver.controller.state == "absent"
	driver.hosted
	driver.registered_nodes > 0
}

_controller(driver) := "dead" if {
	driver.controller.state == "absent"
	not _elsewhere(driver)
}

# A driver that the catalogue does not know has workloads that nobody can name.
_controller(driver) := "unknown" if {
	driver.controller.state == "absent"
	driver.id == ""
	driver.registered_nodes > 0
}

_elsewhere(driver) if {
	driver.hosted
	driver.registered_nodes > 0
}

_elsewhere(driver) if {
	driver.id == ""
	driver.registered_nodes > 0
}

_node(driver) := "live" if driver.node.state in {"ready", "degraded"}

_node(driver) := "live" if {
	not driver.node.state in {"ready", "degraded"}
	driver.registered_nodes > 0
}

_node(driver) := "unknown" if {
	driver.node.state == "unknown"
	driver.registered_nodes == 0
}

_node(driver) := "dead" if {
	driver.node.state in {"absent", "down"}
	driver.registered_nodes == 0
}

_why(row) := ": nothing provisions volumes" if count(row.drivers) == 0

_why(row) := sprintf(": %s", [concat("; ", [_say(driver) | some driver in row.drivers])]) if count(row.drivers) > 0

_say(driver) := sprintf("%s is not approved", [driver.name]) if {
	driver.csi_driver
	not driver.ephemeral_only
	not _approved(driver)
}

_say(driver) := sprintf("%s serves only inline volumes", [driver.name]) if {
	driver.csi_driver
	driver.ephemeral_only
}

_say(driver) := sprintf("%s is no CSI driver of this cluster", [driver.name]) if not driver.csi_driver

_say(driver) := sprintf("%s has its controller %s and its node plug-in %s", [driver.name, driver.controller.state, driver.node.state]) if {
	_candidate(driver)
}

_seen(row) := [{"name": driver.name, "csi_driver": driver.csi_driver, "controller": driver.controller, "node": driver.node, "registered_nodes": driver.registered_nodes} |
	some driver in row.drivers
]
