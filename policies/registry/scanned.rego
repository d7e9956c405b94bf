# METADATA
# title: Images are scanned when pushed, and vulnerable ones are held back
# description: >-
#   What nobody looked at runs with whatever it brings.
# custom:
#   id: REG-011
#   severity: high
#   claim: presence
#   requires: [core/Pod]
#   optional: [core/ConfigMap, core/Service, networking.k8s.io/Ingress, apps/Deployment, apps/StatefulSet]
#   rows: repositories
#   uses: [registries]
#   rules: registry
#   controls: {nsa-1.2: ["building-secure-container-images"], nist-800-190: ["4.1.1"], nist-800-53: ["RA-5", "SI-2"], pci-4.0: ["6.3.1", "11.3.1"], iso-27001: ["A.8.8"], attack: ["T1525"], mlps-3: ["8.1.4.4e", "8.1.10.5"]}
#   remediation: >-
#     Switch scanning on push on, and set the severity from which pulls are refused.
package sextant.registry.scanned

import data.sextant.lib.registry

violation contains {"ref": row.ref, "message": "images are not scanned when pushed", "path": "auto_scan"} if {
	some row in input.rows
	_scanning(row).on_push
	row.scope.auto_scan == false
}

violation contains {"ref": row.ref, "message": "vulnerable images can be pulled", "path": "prevent_vulnerable"} if {
	some row in input.rows
	_blocks(row)
	row.scope.prevent_vulnerable == false
}

violation contains {"ref": row.ref, "message": message, "path": "severity"} if {
	some row in input.rows
	_blocks(row)
	row.scope.prevent_vulnerable == true
	object.get(_ranks, row.scope.severity, 9) > _ranks[_scanning(row).block_at]
	message := sprintf("pulls are refused from severity %s on, not from %s", [row.scope.severity, _scanning(row).block_at])
}

# The registry does not look into an index when it refuses pulls.
violation contains {"ref": row.ref, "message": message, "path": image.digest} if {
	some row in input.rows
	_blocks(row)
	row.scope.prevent_vulnerable == true
	some image in row.running
	image.index
	object.get(_ranks, lower(image.scan_severity), 0) >= _ranks[_scanning(row).block_at]
	message := sprintf("index %s has findings of severity %s, and pulls of an index are never refused", [registry.called(image), lower(image.scan_severity)])
}

violation contains {"ref": row.ref, "message": message, "path": image.digest, "evidence": image.workloads} if {
	some row in input.rows
	_scanning(row)
	some image in row.running
	image.found == "yes"
	some why in _stale(row, image)
	message := sprintf("image %s runs, %s", [registry.called(image), why])
}

# Told once for each scope, not for every repository of it.
violation contains {"ref": row.ref, "message": message, "path": "scanner"} if {
	some row in input.rows
	row.probe == "scope"
	_scanning(row).on_push
	some of in data.sx.inventory.registries
	of.name == row.registry
	not of.lacks.scanning
	message := _scanner(of)
}

unknown contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	_scanning(row)
	some key, part in {"on_push": "auto_scan", "block_at": "prevent_vulnerable"}
	not _scanning(row)[key] in {false, "none"}
	_scanning(row)[key]
	not registry.known(row, part)
	message := sprintf("%s was not read", [part])
}

unknown contains {"ref": row.ref, "message": message, "path": image.digest} if {
	some row in input.rows
	object.get(_scanning(row), "max_age_days", 0) > 0
	some image in row.running
	_unseen(image)
	message := sprintf("when image %s was scanned was not read", [registry.called(image)])
}

unknown contains {"ref": row.ref, "message": message, "path": image.digest} if {
	some row in input.rows
	object.get(_scanning(row), "max_age_days", 0) > 0
	some image in row.running
	image.scan_end != null
	not registry.dated(data.sx.snapshot)
	message := sprintf("the source has no clock: how old the last scan of image %s is cannot be told", [registry.called(image)])
}

subject contains row.ref if {
	some row in input.rows
	_scanning(row)
}

_scanner(of) := "no scanner is the default" if {
	of.type == "harbor"
	count([scanner | some scanner in of.scanners; scanner.default; not scanner.disabled]) == 0
}

_scanner(of) := message if {
	some scanner in of.scanners
	scanner.default
	not scanner.disabled
	scanner.health != "healthy"
	message := sprintf("scanner %s is %s", [scanner.name, scanner.health])
}

_stale(row, image) := {"it was never scanned" | image.scan_status == ""; object.get(_scanning(row), "max_age_days", 0) > 0} | {"its last scan failed" | image.scan_status == "Error"; object.get(_scanning(row), "max_age_days", 0) > 0} | {why |
	days := object.get(_scanning(row), "max_age_days", 0)
	days > 0
	image.scan_status == "Success"
	image.scan_end != null
	age := floor((time.parse_rfc3339_ns(data.sx.snapshot.time) - time.parse_rfc3339_ns(image.scan_end)) / 86400000000000)
	age > days
	why := sprintf("its last scan is %d days old", [age])
}

_unseen(image) if image.found == "unknown"

_unseen(image) if {
	image.found == "yes"
	image.scan_status == null
}

_blocks(row) if {
	scanning := _scanning(row)
	object.get(scanning, "block_at", "none") != "none"
}

_ranks := {"none": 0, "low": 1, "medium": 2, "high": 3, "critical": 4}

_scanning(row) := _rule(row).scanning

_rule(row) := registry.rule_of(row) if not registry.nowhere(row)
