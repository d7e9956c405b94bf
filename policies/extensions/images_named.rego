# METADATA
# title: Images of extensions are named by a version, from approved registries
# description: >-
#   The platform's own images are part of the supply chain, and the agents among them own the nodes.
#   A tag that moves says nothing of what runs, and a restart brings back something else.
# custom:
#   id: EXT-014
#   severity: medium
#   claim: presence
#   requires: [core/Pod, apps/DaemonSet, apps/Deployment, apps/StatefulSet]
#   optional: [batch/CronJob, batch/Job]
#   rows: extension_images
#   rules: [extensions, registry]
#   controls: {cis-1.11: ["5.5.1"], nsa-1.2: ["building-secure-container-images"], nist-800-190: ["4.1.5"], nist-800-53: ["SR-3", "CM-14"], pci-4.0: ["6.3.2"], iso-27001: ["A.8.19", "A.5.21"], attack: ["T1525"], mlps-3: ["8.2.4.4a"]}
#   remediation: >-
#     Mirror the image into an approved registry and name it by its version, better by its digest.
package sextant.extensions.images_named

violation contains {"ref": row.ref, "message": message, "path": image.path, "severity": _severity(row), "evidence": image.image} if {
	some row in input.rows
	_judged(row)
	_rules.floating == "fail"
	some image in row.images
	image.floating
	image.digest == ""
	message := sprintf("image of %s has %s", [_systems(row), _tag(image)])
}

violation contains {"ref": row.ref, "message": message, "path": image.path, "severity": _severity(row), "evidence": image.image} if {
	some row in input.rows
	_judged(row)
	_rules.digest_required
	some image in row.images
	image.digest == ""
	not image.floating
	message := sprintf("image of %s is named by a tag only", [_systems(row)])
}

violation contains {"ref": row.ref, "message": message, "path": image.path, "severity": _severity(row), "evidence": image.image} if {
	some row in input.rows
	_judged(row)
	_hosts
	not row.ref.namespace in data.sx.rules.registry.exempt_namespaces
	some image in row.images
	not _allowed(image)
	message := sprintf("image of %s comes from %s, which is not approved", [_systems(row), image.registry])
}

subject contains row.ref if {
	some row in input.rows
	_judged(row)
	_asks
}

_rules := data.sx.rules.extensions.images

_judged(row) if {
	some state in row.systems
	state != "unknown"
	count(row.images) > 0
}

_asks if _rules.floating == "fail"

_asks if _rules.digest_required

_asks if _hosts

_hosts if {
	_rules.approved_registries
	count(data.sx.rules.registry.allow) > 0
}

# Who holds the node holds everything on it.
_severity(row) := "high" if row.holds_node

_severity(row) := "medium" if not row.holds_node

_systems(row) := concat(" and ", [id | some id, _ in row.systems])

_tag(image) := "no tag" if image.tag == ""

_tag(image) := sprintf("the tag %s, which names no version", [image.tag]) if image.tag != ""

_allowed(image) if {
	some entry in data.sx.rules.registry.allow
	entry.host == image.registry
	some path in object.get(entry, "paths", ["**"])
	glob.match(path, ["/"], image.repository)
}
