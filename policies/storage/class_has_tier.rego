# METADATA
# title: Every storage class belongs to one tier
# description: >-
#   Governance needs a closed list: which type, which promise, who may use it. A class that no
#   tier names promises nothing; one that two tiers name promises two things; a tier without a
#   class is a promise that nobody can claim.
# custom:
#   id: STO-005
#   severity: medium
#   claim: absence
#   requires: [storage.k8s.io/StorageClass]
#   rows: storage_offer
#   rules: storage
#   controls: {nist-800-53: ["CM-2", "CM-8"], iso-27001: ["A.5.9", "A.8.9"], mlps-3: ["8.1.10.2"]}
#   remediation: >-
#     Name the class in a tier of rules/storage.yaml, allow it as unmanaged, or delete it.
package sextant.storage.class_has_tier

import data.sextant.lib.storage as lib

violation contains {"ref": row.ref, "message": "no tier names it"} if {
	some row in input.rows
	_in_scope(row)
	count(_tiers(row.class)) == 0
	not _allowed(row.class)
}

violation contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	_in_scope(row)
	count(_tiers(row.class)) > 1
	message := sprintf("several tiers name it: %s", [concat(", ", _tiers(row.class))])
}

violation contains {"ref": row.ref, "message": message, "path": sprintf("tiers.%s", [tier])} if {
	some row in input.rows
	row.class == null
	some tier, promise in _rules.tiers
	object.get(promise, "required", false)
	not _offered(row, tier)
	message := sprintf("no storage class offers tier %s", [tier])
}

subject contains row.ref if {
	some row in input.rows
	_in_scope(row)
}

subject contains row.ref if {
	some row in input.rows
	row.class == null
	some promise in _rules.tiers
	object.get(promise, "required", false)
}

_rules := data.sx.rules.storage

# Without tiers there is nothing to belong to; bucket classes make no volumes.
_in_scope(row) if {
	count(_rules.tiers) > 0
	row.class != null
	not row.class.no_volumes
}

_tiers(class) := lib.tiers(_rules, class.name, class.labels)

_allowed(class) if {
	some pattern in _rules.unmanaged_allowed
	glob.match(pattern, null, class.name)
}

_offered(row, tier) if {
	some class in row.all
	tier in _tiers(class)
}
