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
	not _tight(row, rule)
	gaps := {sprintf("%s: %s", [verifier.ref.name, gap]) | some verifier in _verifying(row, rule); some gap in verifier.gaps}
	message := sprintf("signatures of %s are verified with gaps: %s", [rule.match, concat("; ", sort(gaps))])
}

unknown contains {"ref": row.ref, "message": message, "path": rule.match} if {
	some row in input.rows
	some rule in _duties(row)
	not _verified(row, rule)
	_doubtful(row, rule)
	doubts := {sprintf("%s: %s", [verifier.ref.name, _doubt(verifier)]) | some verifier in _doubted(row, rule)}
	message := sprintf("whether unsigned images of %s are refused cannot be told: %s", [rule.match, concat("; ", sort(doubts))])
}

subject contains row.ref if {
	some row in input.rows
	count(_duties(row)) > 0
}

_duties(row) := [rule |
	some rule in data.sx.rules.registry.repositories
	rule.signing.enforce_at_admission
	not row.ref.name in data.sx.rules.registry.exempt_namespaces
	_pulls(rule, row.ref.name)
]

# A rule that names no namespaces is about all of them.
_pulls(rule, _) if not rule.pull.namespaces

_pulls(rule, namespace) if {
	some pattern in rule.pull.namespaces
	glob.match(pattern, [], namespace)
}

_verified(row, rule) if count(_verifying(row, rule)) > 0

_tight(row, rule) if {
	some verifier in _verifying(row, rule)
	count(verifier.gaps) == 0
}

_verifying(row, rule) := [verifier |
	some verifier in data.sx.inventory.image_verifiers
	verifier.runs == true
	verifier.unread == ""
	_refuses(verifier, row, rule)
]

_doubtful(row, rule) if count(_doubted(row, rule)) > 0

# What may verify, and cannot be judged.
_doubted(row, rule) := [verifier |
	some verifier in data.sx.inventory.image_verifiers
	_about(verifier, row, rule)
	_may(verifier, row, rule)
]

_may(verifier, _, _) if {
	verifier.unread != ""
	verifier.enforces
	not verifier.runs == false
}

_may(verifier, row, rule) if {
	verifier.unread == ""
	verifier.runs == null
	_refuses(verifier, row, rule)
}

_doubt(verifier) := verifier.unread if verifier.unread != ""

_doubt(verifier) := "the source holds no status of what carries it out" if verifier.unread == ""

_refuses(verifier, row, rule) if {
	_about(verifier, row, rule)
	verifier.enforces
	count(verifier.authorities) > 0
	every authority in verifier.authorities { not _weak(authority) }
	_wanted(verifier, rule)
}

_about(verifier, row, rule) if {
	_selects(verifier, row.ref.name)
	probe := _probe(rule.match)
	some image in verifier.images
	_fits(image, probe)
	not _skipped(verifier, probe)
}

_skipped(verifier, probe) if {
	some image in verifier.skips
	_fits(image, probe)
}

_fits(pattern, probe) if glob.match(pattern, ["/"], probe)

_fits(pattern, probe) if glob.match(pattern, ["/"], sprintf("%s:v1", [probe]))

_probe(pattern) := replace(replace(pattern, "**", "sextant-probe"), "*", "sextant-probe")

_selects(verifier, _) if verifier.namespaces == null

_selects(verifier, namespace) if {
	verifier.namespaces != null
	namespace in verifier.namespaces
}

_weak(authority) if authority.passes_all

# Any identity at all is none, and one that leaves no trace can be stolen unseen.
_weak(authority) if {
	authority.key == ""
	_anybody(authority)
}

_anybody(authority) if authority.subject in _everything

_anybody(authority) if authority.issuer in _everything

_anybody(authority) if authority.unlogged

_everything := {"", ".*", "*", "^.*$", ".+", "^.+$"}

_wanted(_, rule) if count(object.get(rule.signing, "by", [])) == 0

_wanted(verifier, rule) if {
	some authority in verifier.authorities
	some by in rule.signing.by
	_is(authority, by)
}

_is(authority, by) if authority.key == by.kms

_is(authority, by) if authority.key == by.key

_is(authority, by) if {
	authority.issuer == by.keyless.issuer
	authority.subject == by.keyless.subject_regexp
}

_almost(row, rule) := sprintf(": %s", [concat(", ", sort(names))]) if {
	names := {name |
		some verifier in data.sx.inventory.image_verifiers
		_about(verifier, row, rule)
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
