# METADATA
# title: Charts come from where images may come from, and cannot be swapped
# description: >-
#   A chart runs with the rights of whoever installs it.
# custom:
#   id: REG-028
#   severity: medium
#   claim: presence
#   requires: []
#   optional: [source.toolkit.fluxcd.io/HelmRepository, source.toolkit.fluxcd.io/OCIRepository, image.toolkit.fluxcd.io/ImageRepository, config.openshift.io/Image]
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

violation contains {"ref": row.ref, "message": "its signature is not verified", "path": "spec.verify"} if {
	some row in input.rows
	row.chart
	data.sx.rules.registry.charts.verify
	row.verifies == false
}

subject contains row.ref if {
	some row in input.rows
	row.chart
	_judged
}

_judged if count(data.sx.rules.registry.allow) > 0

_judged if data.sx.rules.registry.charts.verify

_allowed(row) if {
	some entry in data.sx.rules.registry.allow
	entry.host == row.host
	some path in object.get(entry, "paths", ["**"])
	glob.match(path, ["/"], row.repository)
}
