# METADATA
# title: Exactly one storage class is the default, and it is a tier
# description: >-
#   A claim without a class lands on the default. Without one it waits for ever; of several the
#   newest wins in silence. The default is a decision, so it belongs to a declared tier.
# related_resources: [https://kubernetes.io/docs/concepts/storage/storage-classes/#default-storageclass]
# custom:
#   id: STO-003
#   severity: high
#   claim: absence
#   requires: [storage.k8s.io/StorageClass]
#   rows: storage
#   rules: storage
#   controls: {nist-800-53: [CM-6], iso-27001: [A.8.9], mlps-3: [8.1.10.8]}
#   remediation: >-
#     Leave the annotation storageclass.kubernetes.io/is-default-class on the one approved class,
#     and stop the reconciler that puts it back on the others.
package sextant.storage.default_class

import data.sextant.lib.storage as lib

violation contains {"ref": row.ref, "message": "no storage class is the default: a claim without a class waits for ever"} if {
	some row in input.rows
	_rules.default.policy == "exactly-one"
	count(row.classes) > 0
	count(_defaults(row)) == 0
}

violation contains {"ref": row.ref, "message": "there is no storage class, so no default"} if {
	some row in input.rows
	_rules.default.policy == "exactly-one"
	count(row.classes) == 0
}

violation contains {"ref": row.ref, "message": message, "evidence": evidence} if {
	some row in input.rows
	_rules.default.policy == "exactly-one"
	defaults := _defaults(row)
	count(defaults) > 1
	evidence := {"defaults": [{"name": class.name, "created": class.created, "set_by": class.default_set_by} | some class in defaults]}
	message := sprintf("%d storage classes are the default: %s; the newest wins in silence", [count(defaults), concat(", ", [class.name | some class in defaults])])
}

violation contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	_rules.default.policy == "none"
	some class in _defaults(row)
	message := sprintf("storage class %s is the default, where none may be", [class.name])
}

violation contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	_rules.default.policy == "exactly-one"
	defaults := _defaults(row)
	count(defaults) == 1
	some class in defaults
	some reason in _unfit(class)
	message := sprintf("the default storage class %s %s", [class.name, reason])
}

_rules := data.sx.rules.storage

_defaults(row) := [class | some class in row.classes; class.default]

_tiers(class) := lib.tiers(_rules, class.name, class.labels)

_unfit(class) := {reason |
	count(_rules.tiers) > 0
	some reason in [
		_no_tier(class),
		_forbidden(class),
		_other_tier(class),
	]
	reason != ""
}

_no_tier(class) := "belongs to no tier" if count(_tiers(class)) == 0

_no_tier(class) := "" if count(_tiers(class)) > 0

_forbidden(class) := sprintf("belongs to tier %s, which may not be the default", [concat(", ", found)]) if {
	found := [tier | some tier in _tiers(class); tier in _rules.tiers_forbidden_as_default]
	count(found) > 0
}

_forbidden(class) := "" if count([tier | some tier in _tiers(class); tier in _rules.tiers_forbidden_as_default]) == 0

_other_tier(class) := sprintf("belongs to tier %s, not to %s", [concat(", ", _tiers(class)), _rules.default.tier]) if {
	_rules.default.tier != ""
	count(_tiers(class)) > 0
	not _rules.default.tier in _tiers(class)
}

_other_tier(class) := "" if not _is_other(class)

_is_other(class) if {
	_rules.default.tier != ""
	count(_tiers(class)) > 0
	not _rules.default.tier in _tiers(class)
}
