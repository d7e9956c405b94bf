# METADATA
# title: Charts come from where images may come from, and cannot be swapped
# description: >-
#   A chart runs with the rights of whoever installs it.
# custom:
#   id: REG-028
#   severity: medium
#   claim: presence
#   requires: []
#   optional: [source.toolkit.fluxcd.io/HelmRepository, source.toolkit.fluxcd.io/OCIRepository, source.toolkit.fluxcd.io/HelmChart, helm.toolkit.fluxcd.io/HelmRelease, argoproj.io/Application, argoproj.io/ApplicationSet, helm.openshift.io/HelmChartRepository, helm.openshift.io/ProjectHelmChartRepository, catalog.cattle.io/ClusterRepo, helm.cattle.io/HelmChart, apps/Deployment, apps/StatefulSet]
#   rows: registry_clients
#   rules: registry
#   controls: {nist-800-190: ["4.2.3"], nist-800-53: ["CM-14", "SR-4"], pci-4.0: ["6.5.1"], iso-27001: ["A.8.19"], attack: ["T1525"], mlps-3: ["8.1.4.2d"]}
#   remediation: >-
#     Take charts from an approved registry, and verify their signatures.
package sextant.registry.charts_governed

violation contains {"ref": row.ref, "message": message, "path": row.path} if {
	some row in input.rows
	row.chart
	count(data.sx.rules.registry.allow) > 0
	not _allowed(row)
	message := sprintf("charts come from %s, which is not approved", [row.host])
}

violation contains {"ref": row.ref, "message": "its signature is not verified", "path": row.path} if {
	some row in input.rows
	row.chart
	data.sx.rules.registry.charts.verify
	row.verifies == false
}

violation contains {"ref": row.ref, "message": "anybody can push charts into it", "path": "open", "severity": "high"} if {
	some row in input.rows
	row.server.open == true
	not row.server.name in data.sx.rules.registry.charts.guarded
}

violation contains {"ref": row.ref, "message": "a chart that is there can be pushed over", "path": "overwrites"} if {
	some row in input.rows
	row.server.overwrites == true
	not data.sx.rules.registry.charts.overwrite
}

unknown contains {"ref": row.ref, "message": message, "path": part} if {
	some row in input.rows
	row.server != null
	some part, what in {"open": "who can push charts into it", "overwrites": "whether a chart can be pushed over"}
	_asked(row, part)
	row.server[part] == null
	message := sprintf("%s was not read", [what])
}

subject contains row.ref if {
	some row in input.rows
	row.chart
	_judged
}

subject contains row.ref if {
	some row in input.rows
	row.server != null
}

_judged if count(data.sx.rules.registry.allow) > 0

_judged if data.sx.rules.registry.charts.verify

_asked(row, "open") if not row.server.name in data.sx.rules.registry.charts.guarded

_asked(_, "overwrites") if not data.sx.rules.registry.charts.overwrite

_allowed(row) if {
	some entry in data.sx.rules.registry.allow
	entry.host == row.host
	some path in object.get(entry, "paths", ["**"])
	_below(path, row.repository)
}

# An address of a repository of charts may end at the host.
_below(path, repository) if glob.match(path, ["/"], repository)

_below(path, repository) if {
	path == "**"
	repository == ""
}
