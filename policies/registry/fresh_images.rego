# METADATA
# title: Images are young, stand on a maintained base and come with an SBOM
# description: >-
#   What nobody rebuilds collects vulnerabilities that were fixed long ago.
# custom:
#   id: REG-030
#   severity: low
#   claim: presence
#   requires: [core/Pod]
#   optional: [core/ConfigMap, core/Service, networking.k8s.io/Ingress, apps/Deployment, apps/StatefulSet, aquasecurity.github.io/VulnerabilityReport]
#   rows: repositories
#   rules: registry
#   controls: {nsa-1.2: ["upgrading-and-application-security-practices"], nist-800-190: ["4.2.2", "4.1.1"], nist-800-53: ["SI-2", "SR-4"], pci-4.0: ["6.3.2"], iso-27001: ["A.8.8"], mlps-3: ["8.1.4.4e"]}
#   remediation: >-
#     Build the image again on a maintained base, with an SBOM.
package sextant.registry.fresh_images

import data.sextant.lib.registry

violation contains {"ref": row.ref, "message": message, "path": image.digest, "evidence": image.workloads} if {
	some row in input.rows
	most := object.get(registry.rule_of(row), "max_age_days", 0)
	most > 0
	some image in row.running
	image.pushed != null
	days := floor((time.parse_rfc3339_ns(data.sx.snapshot.time) - time.parse_rfc3339_ns(image.pushed)) / 86400000000000)
	days > most
	message := sprintf("image %s runs and was pushed %d days ago", [registry.called(image), days])
}

violation contains {"ref": row.ref, "message": message, "path": image.digest} if {
	some row in input.rows
	registry.rule_of(row)
	some image in row.running
	image.base_eol == true
	message := sprintf("image %s stands on a base that is no longer maintained", [registry.called(image)])
}

violation contains {"ref": row.ref, "message": message, "path": image.digest} if {
	some row in input.rows
	registry.rule_of(row).sbom
	some image in row.running
	image.sbom == false
	message := sprintf("image %s runs and has no SBOM", [registry.called(image)])
}

unknown contains {"ref": row.ref, "message": message, "path": image.digest} if {
	some row in input.rows
	some image in row.running
	some key, part in _parts
	not object.get(registry.rule_of(row), key, false) in {false, 0}
	image[part] == null
	message := sprintf("%s of image %s was not read", [_words[part], registry.called(image)])
}

unknown contains {"ref": row.ref, "message": message, "path": image.digest} if {
	some row in input.rows
	object.get(registry.rule_of(row), "max_age_days", 0) > 0
	some image in row.running
	image.pushed != null
	not registry.dated(data.sx.snapshot)
	message := sprintf("the source has no clock: the age of image %s cannot be told", [registry.called(image)])
}

subject contains row.ref if {
	some row in input.rows
	some key, _ in _parts
	not object.get(registry.rule_of(row), key, false) in {false, 0}
	count(row.running) > 0
}

_parts := {"max_age_days": "pushed", "sbom": "sbom", "base_maintained": "base_eol"}

_words := {"pushed": "pushed", "sbom": "sbom", "base_eol": "the base"}
