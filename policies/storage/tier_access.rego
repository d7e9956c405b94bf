# METADATA
# title: Only allowed namespaces use a tier
# description: >-
#   Storage classes are cluster-wide, and nobody needs a right to use one. Who may is told by the
#   tier, and held by a quota of zero in every other namespace or by an admission policy on the
#   class.
# custom:
#   id: STO-018
#   severity: high
#   claim: presence
#   requires: [core/PersistentVolumeClaim, storage.k8s.io/StorageClass, core/Namespace, core/ResourceQuota]
#   optional: [admissionregistration.k8s.io/ValidatingAdmissionPolicy, kyverno.io/ClusterPolicy, kyverno.io/Policy, policies.kyverno.io/ValidatingPolicy, templates.gatekeeper.sh/ConstraintTemplate]
#   rows: storage_items
#   uses: [storage]
#   rules: storage
#   controls: {cis-1.11: ["5.1.9"], nist-800-53: ["AC-3", "AC-6"], pci-4.0: ["7.2.2", "7.3.2"], iso-27001: ["A.8.3"], mlps-3: ["8.1.4.2e", "8.2.4.5b"]}
#   remediation: >-
#     Add a quota of zero for the class to the template of namespaces, or a
#     ValidatingAdmissionPolicy on spec.storageClassName.
package sextant.storage.tier_access

import data.sextant.lib.storage as lib

violation contains {"ref": row.ref, "message": message, "path": "spec.storageClassName"} if {
	some row in input.rows
	row.claim != null
	some tier, selector in _restricted(row.claim.class, row.claim.class_labels)
	not lib.selects_namespace(selector, row.claim.namespace, _labels(row.claim.namespace))
	message := sprintf("uses class %s of tier %s, which its namespace may not", [row.claim.class, tier])
}

violation contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	row.claim != null
	row.claim.data_from != ""
	some tier, _ in _restricted(row.claim.class, row.claim.class_labels)
	message := sprintf("takes its data across namespaces from %s, though tier %s is restricted", [row.claim.data_from, tier])
}

violation contains {"ref": row.ref, "message": message, "evidence": {"namespaces": open}} if {
	some row in input.rows
	row.class != null
	_rules.preventive == "required"
	count(_guards) == 0
	some tier, selector in _restricted(row.class.name, row.class.labels)
	open := [namespace.name |
		some namespace in _namespaces
		not lib.selects_namespace(selector, namespace.name, namespace.labels)
		not namespace.name in row.class.zero_quota_namespaces
	]
	count(open) > 0
	message := sprintf("nothing keeps %d other namespaces from using tier %s: no quota of zero, no admission policy", [count(open), tier])
}

subject contains row.ref if {
	some row in input.rows
	row.claim != null
	count(_restricted(row.claim.class, row.claim.class_labels)) > 0
}

subject contains row.ref if {
	some row in input.rows
	row.class != null
	_rules.preventive == "required"
	count(_restricted(row.class.name, row.class.labels)) > 0
}

_rules := data.sx.rules.storage

_restricted(name, labels) := {tier: selector |
	some tier in lib.tiers(_rules, name, labels)
	selector := object.get(_rules.tiers[tier], ["access", "namespaces"], {})
	count(selector) > 0
}

_namespaces := [namespace | some storage in data.sx.inventory.storage; some namespace in storage.namespaces]

_guards := [guard | some storage in data.sx.inventory.storage; some guard in storage.guards]

_by_name := {namespace.name: namespace.labels | some namespace in _namespaces}

_labels(namespace) := object.get(_by_name, namespace, {})
