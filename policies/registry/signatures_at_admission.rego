# METADATA
# title: Admission refuses images without the right signature
# description: >-
#   Rules of the registry do not stop what was put on a node by other ways.
# custom:
#   id: REG-014
#   severity: high
#   claim: absence
#   requires: [core/Namespace]
#   optional: [kyverno.io/ClusterPolicy, kyverno.io/Policy, kyverno.io/PolicyException, policies.kyverno.io/ImageValidatingPolicy, policies.kyverno.io/NamespacedImageValidatingPolicy, policies.kyverno.io/PolicyException, policy.sigstore.dev/ClusterImagePolicy, config.openshift.io/ClusterImagePolicy, config.openshift.io/ImagePolicy, constraints.gatekeeper.sh/RatifyVerification, config.ratify.deislabs.io/Verifier, config.ratify.deislabs.io/NamespacedVerifier, admissionregistration.k8s.io/ValidatingWebhookConfiguration, admissionregistration.k8s.io/MutatingWebhookConfiguration, apps/Deployment]
#   rows: namespaces
#   uses: [image_verifiers]
#   rules: registry
#   controls: {cis-1.11: ["5.5.1", "5.2.1"], nsa-1.2: ["pod-security-enforcement"], nist-800-190: ["4.1.5"], nist-800-53: ["CM-14", "SI-7(15)", "CM-7(5)"], pci-4.0: ["6.3.2"], iso-27001: ["A.8.19"], attack: ["T1525", "T1204.003", "T1610"], mlps-3: ["8.2.4.4b"]}
#   remediation: >-
#     Add a policy that verifies the signature, and have it refuse.
package sextant.registry.signatures_at_admission

import data.sextant.lib.signatures

violation contains {"ref": row.ref, "message": message, "path": rule.match} if {
	some row in input.rows
	some rule in _duties(row)
	not _verified(row, rule)
	not _doubtful(row, rule)
	message := sprintf("nothing refuses unsigned images of %s%s", [rule.match, _almost(row, rule)])
}

# It is verified, and there is a way around every policy that does.
violation contains {"ref": row.ref, "message": message, "path": rule.match, "severity": "medium"} if {
	some row in input.rows
	some rule in _duties(row)
	_verified(row, rule)
	not signatures.tight(data.sx.inventory.image_verifiers, row.ref.name, rule)
	gaps := {sprintf("%s: %s", [verifier.ref.name, gap]) | some verifier in signatures.verifying(data.sx.inventory.image_verifiers, row.ref.name, rule); some gap in verifier.gaps}
	message := sprintf("signatures of %s are verified with gaps: %s", [rule.match, concat("; ", sort(gaps))])
}

unknown contains {"ref": row.ref, "message": message, "path": rule.match} if {
	some row in input.rows
	some rule in _duties(row)
	not _verified(row, rule)
	_doubtful(row, rule)
	doubts := {sprintf("%s: %s", [verifier.ref.name, signatures.doubt(verifier)]) | some verifier in signatures.doubted(data.sx.inventory.image_verifiers, row.ref.name, rule)}
	message := sprintf("whether unsigned images of %s are refused cannot be told: %s", [rule.match, concat("; ", sort(doubts))])
}

subject contains row.ref if {
	some row in input.rows
	count(_duties(row)) > 0
}

_duties(row) := signatures.duties(data.sx.rules.registry, row.ref.name)

_verified(row, rule) if signatures.verified(data.sx.inventory.image_verifiers, row.ref.name, rule)

_doubtful(row, rule) if signatures.doubtful(data.sx.inventory.image_verifiers, row.ref.name, rule)

_almost(row, rule) := sprintf(": %s", [concat(", ", sort(names))]) if {
	names := {name |
		some verifier in data.sx.inventory.image_verifiers
		signatures.about(verifier, row.ref.name, rule)
		name := sprintf("%s %s", [verifier.ref.name, _fault(verifier)])
	}
	count(names) > 0
} else := ""

_fault(verifier) := "is carried out by nothing that runs" if verifier.runs == false

_fault(verifier) := "only warns" if {
	not verifier.runs == false
	not verifier.enforces
}

_fault(verifier) := "believes others than the rule does" if {
	not verifier.runs == false
	verifier.enforces
}
