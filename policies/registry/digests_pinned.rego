# METADATA
# title: Images are named by their digest where that is required
# description: >-
#   A restart must bring back the same bytes; a tag brings back whatever it points to by then.
# custom:
#   id: REG-015
#   severity: medium
#   claim: presence
#   requires: [core/Pod, apps/DaemonSet, apps/Deployment, apps/StatefulSet, batch/Job, batch/CronJob]
#   optional: [core/Namespace, kyverno.io/ClusterPolicy, kyverno.io/Policy, policies.kyverno.io/ImageValidatingPolicy, policies.kyverno.io/NamespacedImageValidatingPolicy, policy.sigstore.dev/ClusterImagePolicy, admissionregistration.k8s.io/MutatingWebhookConfiguration]
#   rows: images
#   rules: registry
#   controls: {nsa-1.2: ["building-secure-container-images"], nist-800-190: ["4.1.5", "4.2.2"], nist-800-53: ["CM-2", "SI-7"], pci-4.0: ["6.5.1"], iso-27001: ["A.8.32"], attack: ["T1204.003"], mlps-3: ["8.2.4.4b"]}
#   remediation: >-
#     Name the image by its digest, or by a tag that cannot be moved.
package sextant.registry.digests_pinned

import data.sextant.lib.registry

# Where admission writes the digest, only pods show it; what has no tag of its own moves all the same.
violation contains {"ref": row.ref, "message": "image is named by a tag only", "path": row.path, "evidence": row.image} if {
	some row in input.rows
	registry.rule_of(row).deploy.digest_required
	row.digest == ""
	row.pinned_by == ""
	not _latest(row)
}

violation contains {"ref": row.ref, "message": message, "path": row.path, "evidence": row.image, "severity": "high"} if {
	some row in input.rows
	_in_scope(row)
	_latest(row)
	message := sprintf("image has %s", [_tag(row)])
}

violation contains {"ref": row.ref, "message": message, "path": row.path, "evidence": row.image} if {
	some row in input.rows
	some tag in object.get(registry.rule_of(row), ["tags", "forbidden"], [])
	glob.match(tag, [], row.tag)
	row.digest == ""
	not _latest(row)
	message := sprintf("image has the forbidden tag %s", [row.tag])
}

subject contains row.ref if {
	some row in input.rows
	_in_scope(row)
}

_in_scope(row) if registry.rule_of(row).deploy

_in_scope(row) if count(object.get(registry.rule_of(row), ["tags", "forbidden"], [])) > 0

_latest(row) if {
	row.tag in {"", "latest"}
	row.digest == ""
}

_tag(row) := "no tag" if row.tag == ""

_tag(row) := "the tag latest" if row.tag == "latest"
