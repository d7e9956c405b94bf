# METADATA
# title: Only the platform may change guardrails and what they select by
# description: >-
#   A deny that a tenant may delete, or leave by changing a label of its namespace, is advice.
# custom:
#   id: NET-018
#   severity: high
#   claim: presence
#   requires: [rbac.authorization.k8s.io/ClusterRole, rbac.authorization.k8s.io/ClusterRoleBinding, rbac.authorization.k8s.io/Role, rbac.authorization.k8s.io/RoleBinding]
#   optional:
#     - admissionregistration.k8s.io/ValidatingAdmissionPolicy
#     - admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding
#     - kyverno.io/ClusterPolicy
#   rows: network_writers
#   uses: [cluster]
#   rules: network
#   controls: {nsa-1.2: [role-based-access-control], nist-800-53: [CM-5, AC-6], pci-4.0: ["1.2.2", "1.2.8"], iso-27001: [A.8.2, A.8.32], attack: [T1562.001], mlps-3: [8.1.4.2d, 8.1.5.4e]}
#   remediation: >-
#     Take the verbs out of the role or the subject out of the binding; protect the default deny of
#     namespaces by an admission policy, since the built-in roles admin and edit may delete it.
package sextant.network.guardrails_protected

import data.sextant.lib.network as lib

violation contains {"ref": row.ref, "path": path, "message": message, "evidence": {"role": row.role, "grants": grants}} if {
	some row in input.rows
	subjects := _foreign(row)
	count(subjects) > 0
	some what, words in {"guardrail": "may change guardrails of the network", "namespace": "may change labels of namespaces, by which policies select"}
	grants := {grant.resource | some grant in row.grants; grant.what == what; count(grant.names) == 0}
	count(grants) > 0
	path := sprintf("grants[%s]", [what])
	message := sprintf("%s %s", [concat(", ", subjects), words])
}

violation contains {"ref": row.ref, "path": "grants[policy]", "message": message, "evidence": {"role": row.role, "grants": grants}} if {
	some row in input.rows
	count(_rules.writers.protected) > 0
	count(data.sx.inventory.cluster[0].network.protected_by) == 0
	subjects := _foreign(row)
	count(subjects) > 0
	grants := {grant.resource | some grant in row.grants; grant.what == "policy"; _takes(grant)}
	count(grants) > 0
	message := sprintf("%s may delete the default deny, and no admission policy protects it", [concat(", ", subjects)])
}

_takes(grant) if {
	some verb in grant.verbs
	verb in {"update", "patch", "delete", "deletecollection"}
}

_foreign(row) := sort({subject |
	some subject in row.subjects
	not lib.named(subject, _rules.writers.platform_subjects)
	not _of_a_system(row, subject)
})

_of_a_system(row, subject) if {
	_rules.writers.systems_are_platform
	subject in row.of_systems
}

_rules := lib.norm(data.sx.rules.network)
