package sextant.extensions.reconciled_test

import data.sextant.extensions.reconciled as policy

_ref := {"group": "a.io", "kind": "B", "namespace": "n", "name": "b"}

_row(more) := object.union(
	{
		"ref": _ref, "kind": "a.io/B", "systems": [], "runs": "yes", "has_status": true, "age": 9000, "conditions": [],
		"tells": [], "generation": 2, "observed": 2, "deleting": null, "is_deleting": false, "finalizers": [], "written": 9000,
	},
	more,
)

_rules := {"grace": "15m", "good": ["Ready"], "bad": ["Stalled"], "ignore": ["x/*"]}

_fails(row) := {[f.path, f.message] | some f in found} if {
	rules := _rules
	found := policy.violation with input as {"rows": [row]} with data.sx.rules.extensions.reconciled as rules
}

_unknowns(row) := found if {
	rules := _rules
	found := policy.unknown with input as {"rows": [row]} with data.sx.rules.extensions.reconciled as rules
}

_told(value) := {"path": "status.phase", "value": value, "healthy": ["Available"]}

_condition(type, status, reason, since) := {"type": type, "status": status, "reason": reason, "since": since}

test_what_the_catalogue_says if {
	_fails(_row({"tells": [_told("Failed")]})) == {["status.phase", "status.phase is Failed"]}
	_fails(_row({"tells": [_told("")], "has_status": false})) == {["status.phase", "has no status.phase: nothing answers it"]}
	_fails(_row({"tells": [_told("")]})) == {["status.phase", "has no status.phase"]}
	_fails(_row({"tells": [_told("Available")]})) == set()
	_fails(_row({"tells": [_told("")], "age": 60})) == set()
}

test_since_when_a_condition_holds if {
	told := {"path": "condition Accepted", "value": "False", "healthy": ["True"]}
	_fails(_row({"tells": [told], "conditions": [_condition("Accepted", "False", "", 60)]})) == set()
	_fails(_row({"tells": [told], "conditions": [_condition("Accepted", "False", "", 6000)]})) == {["condition Accepted", "condition Accepted is False"]}
	_fails(_row({"tells": [told]})) == {["condition Accepted", "condition Accepted is False"]}
}

test_conditions_have_polarity if {
	_fails(_row({"conditions": [_condition("Ready", "False", "NoLeader", 6000)]})) == {["Ready", "condition Ready is False (NoLeader)"]}
	_fails(_row({"conditions": [_condition("Stalled", "True", "", 6000)]})) == {["Stalled", "condition Stalled is True"]}
	_fails(_row({"conditions": [_condition("Ready", "True", "", 6000), _condition("Stalled", "False", "", 6000), _condition("Else", "False", "", 6000)]})) == set()
	_fails(_row({"conditions": [_condition("Ready", "Unknown", "", 60)]})) == set()
}

test_a_controller_that_lags if {
	_fails(_row({"conditions": [_condition("Ready", "True", "", 1)], "observed": 1})) == {["status.observedGeneration", "its controller has seen generation 1 of 2"]}
	_fails(_row({"conditions": [_condition("Ready", "True", "", 1)], "observed": 1, "written": 10})) == set()
}

test_a_deletion_that_hangs if {
	_fails(_row({"is_deleting": true, "deleting": 7000, "finalizers": ["a.io/f"]})) == {["metadata.deletionTimestamp", "its deletion hangs: a.io/f has not let go of it"]}
	_fails(_row({"is_deleting": true, "deleting": 7000})) == {["metadata.deletionTimestamp", "its deletion hangs: it has no finalizer"]}
	_fails(_row({"is_deleting": true, "deleting": 60})) == set()
}

test_without_a_clock if {
	count(_unknowns(_row({"age": null, "tells": [_told("Failed")]}))) == 1
	count(_unknowns(_row({"age": null, "conditions": [_condition("Ready", "False", "", null)]}))) == 1
	count(_unknowns(_row({"age": null, "is_deleting": true}))) == 1
	_unknowns(_row({"age": null, "tells": [_told("Available")]})) == set()
}

test_who_is_judged if {
	rules := _rules
	one := _row({"tells": [_told("Available")]})
	count(policy.subject) == 1 with input as {"rows": [one]} with data.sx.rules.extensions.reconciled as rules
	left := object.union(one, {"runs": "no"})
	count(policy.subject) == 0 with input as {"rows": [left]} with data.sx.rules.extensions.reconciled as rules
	elsewhere := object.union(one, {"kind": "x/Y"})
	count(policy.subject) == 0 with input as {"rows": [elsewhere]} with data.sx.rules.extensions.reconciled as rules
	silent := _row({})
	count(policy.subject) == 0 with input as {"rows": [silent]} with data.sx.rules.extensions.reconciled as rules
}
