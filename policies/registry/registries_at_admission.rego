# METADATA
# title: Admission refuses images of registries that are not approved
# description: >-
#   What runs today may come from approved registries; only admission keeps the next pod from
#   elsewhere.
# custom:
#   id: REG-031
#   severity: high
#   claim: absence
#   requires: [core/Namespace]
#   optional: [kyverno.io/ClusterPolicy, kyverno.io/Policy, kyverno.io/PolicyException, policies.kyverno.io/ValidatingPolicy, policies.kyverno.io/NamespacedValidatingPolicy, policies.kyverno.io/PolicyException, templates.gatekeeper.sh/ConstraintTemplate, constraints.gatekeeper.sh/K8sAllowedRepos, constraints.gatekeeper.sh/K8sAllowedReposv2, config.gatekeeper.sh/Config, admissionregistration.k8s.io/ValidatingAdmissionPolicy, admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding, admissionregistration.k8s.io/ValidatingWebhookConfiguration, admissionregistration.k8s.io/MutatingWebhookConfiguration, config.openshift.io/Image, policies.kubewarden.io/ClusterAdmissionPolicy, policies.kubewarden.io/AdmissionPolicy, apps/Deployment]
#   rows: namespaces
#   uses: [image_restrictions]
#   rules: registry
#   controls: {cis-1.11: ["5.5.1", "5.2.1"], nsa-1.2: ["pod-security-enforcement"], nist-800-190: ["4.1.5", "4.2.2"], nist-800-53: ["CM-7(5)", "SR-3"], pci-4.0: ["6.3.2", "2.2.4"], iso-27001: ["A.8.19", "A.5.21"], attack: ["T1204.003", "T1610"], mlps-3: ["8.1.4.4a", "8.2.4.4a"]}
#   remediation: >-
#     Add a policy that lets in images of the approved registries only, each with its closing slash,
#     and have it refuse.
package sextant.registry.registries_at_admission

violation contains {"ref": row.ref, "message": message, "path": "admission.registries"} if {
	some row in _judged
	not _guarded(row, "containers")
	not _doubtful(row, "containers")
	message := sprintf("nothing refuses images of registries that are not approved%s", [_almost(row)])
}

# Containers are held against the list, and others of the same pods are not.
violation contains {"ref": row.ref, "message": message, "path": list, "severity": "medium"} if {
	some row in _judged
	_guarded(row, "containers")
	some list in _norm.lists
	not _guarded(row, list)
	not _doubtful(row, list)
	message := sprintf("registries of %s are not restricted", [list])
}

# They are held against it, and there is a way around every policy that does.
violation contains {"ref": row.ref, "message": message, "path": list, "severity": "medium"} if {
	some row in _judged
	some list in _norm.lists
	_guarded(row, list)
	not _tight(row, list)
	gaps := {sprintf("%s: %s", [one.ref.name, gap]) | some one in _guarding(row, list); some gap in one.gaps}
	message := sprintf("registries of %s are restricted with gaps: %s", [list, concat("; ", sort(gaps))])
}

unknown contains {"ref": row.ref, "message": message, "path": list} if {
	some row in _judged
	some list in _norm.lists
	not _guarded(row, list)
	_doubtful(row, list)
	doubts := {sprintf("%s: %s", [one.ref.name, _doubt(one)]) | some one in _doubted(row, list)}
	message := sprintf("whether registries of %s are restricted cannot be told: %s", [list, concat("; ", sort(doubts))])
}

subject contains row.ref if some row in _judged

_norm := data.sx.rules.registry.admission

# Without a list of approved registries there is nothing to hold a policy against.
_judged := [row |
	_norm.registries
	count(data.sx.rules.registry.allow) > 0
	some row in input.rows
	not row.ref.name in data.sx.rules.registry.exempt_namespaces
]

_guarded(row, list) if count(_guarding(row, list)) > 0

_tight(row, list) if {
	some one in _guarding(row, list)
	count(one.gaps) == 0
}

_guarding(row, list) := [one |
	some one in data.sx.inventory.image_restrictions
	one.runs == true
	one.unread == ""
	_refuses(one, row, list)
]

_doubtful(row, list) if count(_doubted(row, list)) > 0

# What may restrict them, and cannot be judged.
_doubted(row, list) := [one |
	some one in data.sx.inventory.image_restrictions
	_may(one, row, list)
]

_may(one, row, list) if {
	one.unread != ""
	one.enforces
	not one.runs == false
	_about(one, row, list)
}

_may(one, row, list) if {
	one.unread == ""
	one.runs == null
	_refuses(one, row, list)
}

_doubt(one) := one.unread if one.unread != ""

_doubt(one) := "the source holds no status of what carries it out" if one.unread == ""

_refuses(one, row, list) if {
	_about(one, row, list)
	one.enforces
	every allowed in one.allows { _approved(allowed) }
}

_about(one, row, list) if {
	list in one.covers
	_selects(one, row.ref.name)
}

_selects(one, _) if one.namespaces == null

_selects(one, namespace) if {
	one.namespaces != null
	namespace in one.namespaces
}

# A host with a wildcard is equal to none.
_approved(allowed) if {
	some entry in data.sx.rules.registry.allow
	entry.host == allowed.host
	some path in object.get(entry, "paths", ["**"])
	_within(allowed.path, path)
}

_within(_, path) if path == "**"

_within(inner, path) if inner == path

_within(inner, path) if {
	endswith(path, "/**")
	startswith(inner, trim_suffix(path, "**"))
}

_within(inner, path) if {
	not contains(inner, "*")
	not contains(inner, "?")
	glob.match(path, ["/"], inner)
}

_almost(row) := sprintf(": %s", [concat("; ", sort(faults))]) if {
	faults := {sprintf("%s %s", [one.ref.name, _fault(one)]) |
		some one in data.sx.inventory.image_restrictions
		_selects(one, row.ref.name)
	}
	count(faults) > 0
} else := ""

_fault(one) := "is carried out by nothing that runs" if one.runs == false

_fault(one) := "refuses nothing" if {
	not one.runs == false
	not one.enforces
}

_fault(one) := sprintf("lets in %s", [concat(", ", sort(others))]) if {
	not one.runs == false
	one.enforces
	others := {allowed.written | some allowed in one.allows; not _approved(allowed)}
	count(others) > 0
} else := "does not look at containers" if {
	not one.runs == false
	one.enforces
}
