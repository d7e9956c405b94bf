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
#   optional: [batch/CronJob, batch/Job, core/Namespace, kyverno.io/ClusterPolicy, kyverno.io/Policy, kyverno.io/PolicyException, policies.kyverno.io/ImageValidatingPolicy, policies.kyverno.io/NamespacedImageValidatingPolicy, policies.kyverno.io/PolicyException, policy.sigstore.dev/ClusterImagePolicy, config.openshift.io/ClusterImagePolicy, config.openshift.io/ImagePolicy, constraints.gatekeeper.sh/RatifyVerification, config.ratify.deislabs.io/Verifier, config.ratify.deislabs.io/NamespacedVerifier, admissionregistration.k8s.io/ValidatingWebhookConfiguration, admissionregistration.k8s.io/MutatingWebhookConfiguration]
#   rows: extension_images
#   uses: [coverage, image_verifiers]
#   rules: [extensions, registry]
#   controls: {cis-1.11: ["5.5.1"], nsa-1.2: ["building-secure-container-images"], nist-800-190: ["4.1.5"], nist-800-53: ["SR-3", "CM-14"], pci-4.0: ["6.3.2"], iso-27001: ["A.8.19", "A.5.21"], attack: ["T1525"], mlps-3: ["8.2.4.4a"]}
#   remediation: >-
#     Mirror the image into an approved registry and name it by its version, better by its digest; have
#     the registry keep its tags, and admission verify its signature.
package sextant.extensions.images_named

import data.sextant.lib.registry
import data.sextant.lib.signatures

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

# What holds of the repositories of the house holds of those that systems are pulled from.
violation contains {"ref": row.ref, "message": message, "path": image.path, "severity": _severity(row), "evidence": image.image} if {
	some row in input.rows
	some image in _kept(row)
	image.immutable == false
	message := sprintf("tag %s of the image of %s can be pushed over", [image.tag, _systems(row)])
}

violation contains {"ref": row.ref, "message": message, "path": image.path, "severity": _severity(row), "evidence": image.image} if {
	some row in input.rows
	some duty in _signed(row)
	count(_unread) == 0
	not signatures.verified(data.sx.inventory.image_verifiers, row.ref.namespace, duty.rule)
	not signatures.doubtful(data.sx.inventory.image_verifiers, row.ref.namespace, duty.rule)
	image := duty.image
	message := sprintf("admission would take the image of %s without a signature", [_systems(row)])
}

unknown contains {"ref": row.ref, "message": message, "path": image.path} if {
	some row in input.rows
	some image in _kept(row)
	image.immutable == null
	message := sprintf("whether tag %s of the image of %s can be pushed over cannot be told", [image.tag, _systems(row)])
}

unknown contains {"ref": row.ref, "message": message, "path": duty.image.path} if {
	some row in input.rows
	some duty in _signed(row)
	not signatures.verified(data.sx.inventory.image_verifiers, row.ref.namespace, duty.rule)
	_doubt(row, duty)
	message := sprintf("whether admission would take the image of %s without a signature cannot be told", [_systems(row)])
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

_asks if count(data.sx.rules.registry.repositories) > 0

# Images under a rule that wants the tag by which they are named to stay.
_kept(row) := [image |
	_judged(row)
	some image in row.images
	image.digest == ""
	image.tag != ""
	some tags in object.get(registry.rule_of(image), ["tags", "immutable"], [])
	glob.match(tags, null, image.tag)
]

# Images under a rule that wants admission to verify them.
_signed(row) := [{"image": image, "rule": rule} |
	_judged(row)
	some rule in signatures.duties(data.sx.rules.registry, row.ref.namespace)
	some image in row.images
	glob.match(rule.match, ["/"], _full(image))
]

_full(image) := sprintf("%s/%s", [image.registry, image.repository])

# Kinds of policies that may verify, and were not read.
_unread := {one.ref.name |
	some one in data.sx.inventory.coverage
	one.ref.name in _verifiers
	not one.state in {"complete", "absent"}
}

_verifiers := {
	"admissionregistration.k8s.io/MutatingWebhookConfiguration", "admissionregistration.k8s.io/ValidatingWebhookConfiguration",
	"config.openshift.io/ClusterImagePolicy", "config.openshift.io/ImagePolicy", "config.ratify.deislabs.io/NamespacedVerifier",
	"config.ratify.deislabs.io/Verifier", "constraints.gatekeeper.sh/RatifyVerification", "kyverno.io/ClusterPolicy", "kyverno.io/Policy",
	"kyverno.io/PolicyException", "policies.kyverno.io/ImageValidatingPolicy", "policies.kyverno.io/NamespacedImageValidatingPolicy",
	"policies.kyverno.io/PolicyException", "policy.sigstore.dev/ClusterImagePolicy",
}

_doubt(_, _) if count(_unread) > 0

_doubt(row, duty) if signatures.doubtful(data.sx.inventory.image_verifiers, row.ref.namespace, duty.rule)

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
