# METADATA
# title: The parts of an extension are of one version, which fits the cluster
# description: >-
#   A half finished upgrade leaves controllers, agents and CRDs that speak of different things; such
#   systems fail in odd ways, and late.
# custom:
#   id: EXT-005
#   severity: medium
#   claim: presence
#   requires: [apps/DaemonSet, apps/Deployment, apps/StatefulSet, core/Pod, apiextensions.k8s.io/CustomResourceDefinition]
#   rows: extension_components
#   rules: extensions
#   controls: {nsa-1.2: [upgrading-and-application-security-practices], nist-800-53: [CM-2, SI-2], pci-4.0: ["6.3.3"], iso-27001: [A.8.32], mlps-3: [8.1.10.10]}
#   remediation: >-
#     Finish the upgrade: CRDs first, then controllers and agents, of a version that supports the
#     cluster's.
package sextant.extensions.one_version

import data.sextant.lib.names
import data.sextant.lib.storage

violation contains {"ref": row.ref, "message": message, "path": sprintf("%s versions", [row.namespace]), "evidence": _components(row)} if {
	some row in input.rows
	_judged(row)
	count(row.versions) > 1
	not row.id in _rules.several
	not _rolling(row)
	message := sprintf("parts of %s in %s run %s at the same time", [row.name, row.namespace, concat(" and ", row.versions)])
}

violation contains {"ref": row.ref, "message": message, "path": sprintf("%s CRDs", [row.namespace]), "evidence": row.crds} if {
	some row in input.rows
	_judged(row)
	count(row.newest) > 0
	some crd in row.crds
	_line(crd.numbers) < _line(row.newest)
	not _rolling(row)
	message := sprintf("%s of version %s, and a controller in %s of %s", [names.counted(crd.crds, "CRD"), crd.version, row.namespace, row.versions[count(row.versions) - 1]])
}

violation contains {"ref": row.ref, "message": message, "path": sprintf("%s cluster", [row.namespace])} if {
	some row in input.rows
	_judged(row)
	some need in _needs(row)
	_has_server
	not _within(_server, need)
	message := sprintf("%s in %s supports Kubernetes %s to %s, and the cluster runs %s", [row.name, row.namespace, object.get(need, "min", "any"), object.get(need, "max", "any"), data.sx.snapshot.version])
}

unknown contains {"ref": row.ref, "message": "the source does not say which version of Kubernetes runs", "path": sprintf("%s cluster", [row.namespace])} if {
	some row in input.rows
	_judged(row)
	count(_needs(row)) > 0
	not _has_server
}

subject contains row.ref if {
	some row in input.rows
	_judged(row)
	count(row.versions) > 0
}

_rules := data.sx.rules.extensions.skew

# A provider's parts are the provider's.
_judged(row) if row.state in {"installed", "operator-only", "data-plane-only"}

# The upgrade is under way.
_rolling(row) if {
	is_number(row.youngest)
	row.youngest <= storage.seconds(_rules.window)
}

# Patches of a line share their CRDs.
_line(own) := array.slice(own, 0, 2)

_needs(row) := [need |
	some need in object.get(_rules.compatible, row.id, [])
	some version in row.versions
	startswith(sprintf("%s.", [trim_prefix(version, "v")]), sprintf("%s.", [need.line]))
]

_has_server if {
	version := object.get(data.sx.snapshot, "version", null)
	is_string(version)
	regex.match(`^v?[0-9]+\.[0-9]+`, version)
}

_server := [to_number(part) | some part in split(regex.find_n(`[0-9]+\.[0-9]+`, data.sx.snapshot.version, 1)[0], ".")]

_within(own, need) if {
	names.at_least(own, object.get(need, "min", "0"))
	_below(own, need)
}

_below(own, need) if names.at_most(own, need.max)

_below(_, need) if not need.max

_components(row) := [sprintf("%s %s: %s", [one.workload.kind, one.workload.name, concat(", ", one.versions)]) | some one in row.components]
