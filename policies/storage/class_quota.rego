# METADATA
# title: Namespaces have a quota for each class that they use
# description: >-
#   Without a quota one tenant can take the whole pool, and with it everybody's promise. The quota
#   is by class; where the tier allows it, one over all classes will do.
# custom:
#   id: STO-019
#   severity: medium
#   claim: absence
#   requires: [core/PersistentVolumeClaim, core/ResourceQuota, storage.k8s.io/StorageClass]
#   rows: storage_use
#   uses: [storage_use]
#   rules: storage
#   controls: {nsa-1.2: ["resource-policies"], nist-800-53: ["SC-6"], iso-27001: ["A.8.6"], attack: ["T1499"], mlps-3: ["8.2.5.1a"]}
#   remediation: >-
#     Add requests.storage of the class to the quota in the template of namespaces.
package sextant.storage.class_quota

import data.sextant.lib.storage as lib

violation contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	some tier, access in _wanted(row)
	object.get(access, "quota_required", false)
	_limit(row, access) == null
	message := sprintf("uses class %s of tier %s without a quota for it", [row.class, tier])
}

violation contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	some tier, access in _wanted(row)
	most := object.get(access, "max_per_namespace", "")
	most != ""
	limit := _limit(row, access)
	limit != null
	limit > units.parse_bytes(most)
	message := sprintf("its quota for class %s allows more than the %s of tier %s", [row.class, most, tier])
}

violation contains {"ref": row.ref, "message": message, "severity": "low"} if {
	some row in input.rows
	count(_wanted(row)) > 0
	row.used != null
	row.class_limit > 0
	row.used / row.class_limit > _rules.quota_warn
	message := sprintf("%d %% of the quota for class %s are in use", [floor((row.used * 100) / row.class_limit), row.class])
}

violation contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	some tier, access in _wanted(row)
	capacity := object.get(access, "capacity", "")
	capacity != ""
	row.class_limit != null
	promised := sum([other.class_limit | some other in data.sx.inventory.storage_use; other.class == row.class; other.class_limit != null])
	promised > units.parse_bytes(capacity) * object.get(access, "overcommit", 1)
	message := sprintf("the quotas for class %s promise %d GiB of the %s that tier %s has", [row.class, floor(promised / 1073741824), capacity, tier])
}

subject contains row.ref if {
	some row in input.rows
	count(_wanted(row)) > 0
}

_rules := data.sx.rules.storage

_wanted(row) := {tier: access |
	some tier in lib.tiers(_rules, row.class, row.class_labels)
	access := object.get(_rules.tiers[tier], "access", {})
	_asks(access)
}

_asks(access) if object.get(access, "quota_required", false)

_asks(access) if object.get(access, "max_per_namespace", "") != ""

_asks(access) if object.get(access, "capacity", "") != ""

_limit(row, _) := row.class_limit if row.class_limit != null

_limit(row, access) := row.general_limit if {
	row.class_limit == null
	object.get(access, "general_quota", false)
}

_limit(row, access) := null if {
	row.class_limit == null
	not object.get(access, "general_quota", false)
}
