package sextant.extensions.owned_by_automation_test

import data.sextant.extensions.owned_by_automation as policy

_ref := {"group": "", "kind": "Extension", "namespace": "", "name": "loki"}

_workload(level, may_be, manager, conflicts) := {
	"ref": {"group": "apps", "kind": "StatefulSet", "namespace": "loki", "name": "loki"},
	"level": level, "may_be": may_be, "manager": manager, "reason": "so it is",
	"claims": [{"reason": "there is no Secret loki/loki"}], "conflicts": conflicts, "field_managers": ["ci"],
}

_input(state, workload) := {"rows": [{"ref": _ref, "state": state, "workloads": [workload]}]}

_rules(level, managers) := {"automation": {"required_level": level, "allowed_managers": managers}}

test_by_hand if {
	result := policy.violation with input as _input("installed", _workload(0, 0, "manual", [])) with data.sx.rules.extensions as _rules(2, ["other"])
	result == {{
		"ref": _ref, "path": "StatefulSet loki/loki", "evidence": ["there is no Secret loki/loki"],
		"message": "managed at level 0 (manual), level 2 is required: so it is",
	}}
}

test_enough if {
	policy.violation == set() with input as _input("installed", _workload(2, 2, "helm", [])) with data.sx.rules.extensions as _rules(2, [])
	policy.unknown == set() with input as _input("installed", _workload(2, 2, "helm", [])) with data.sx.rules.extensions as _rules(2, [])
}

test_a_declared_pipeline if {
	policy.violation == set() with input as _input("installed", _workload(0, 0, "other", [])) with data.sx.rules.extensions as _rules(4, ["ci"])
}

test_not_known if {
	policy.violation == set() with input as _input("installed", _workload(null, 4, "unknown", [])) with data.sx.rules.extensions as _rules(2, [])
	result := policy.unknown with input as _input("installed", _workload(null, 4, "unknown", [])) with data.sx.rules.extensions as _rules(2, [])
	result == {{"ref": _ref, "path": "StatefulSet loki/loki", "message": "who manages it cannot be told: so it is"}}
}

# Not known, but whatever it is, it is not enough.
test_ruled_out if {
	result := policy.violation with input as _input("installed", _workload(null, 2, "unknown", [])) with data.sx.rules.extensions as _rules(4, [])
	count(result) == 1
}

test_two_managers if {
	result := policy.violation with input as _input("installed", _workload(4, 4, "argo-cd", ["argo-cd and helm"])) with data.sx.rules.extensions as _rules(1, [])
	result == {{"ref": _ref, "path": "StatefulSet loki/loki", "severity": "medium", "message": "held by two managers: argo-cd and helm"}}
}

test_whose_it_is if {
	ref := _ref
	policy.subject == {ref} with input as _input("installed", _workload(0, 0, "manual", [])) with data.sx.rules.extensions as _rules(1, [])
	policy.subject == set() with input as _input("managed", _workload(0, 0, "manual", [])) with data.sx.rules.extensions as _rules(1, [])
	policy.subject == set() with input as _input("installed", _workload(0, 0, "manual", [])) with data.sx.rules.extensions as _rules(0, [])
}
