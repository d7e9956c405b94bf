package sextant.ingress.programmed_test

import data.sextant.ingress.programmed as policy

_ref := {"group": "cert-manager.io", "kind": "Certificate", "namespace": "web", "name": "c"}

_base := {"ref": _ref, "written": "yes", "problems": [], "pending": [], "age_seconds": 9999, "renewal_overdue_seconds": null, "failed_attempts": 0, "lacks_address": false}

_row(changes) := object.union(_base, changes)

_said(message, path, more) := object.union({"ref": _ref, "message": message, "path": path}, more)

_violation(row, rules) := answer if {
	answer := policy.violation with input as {"rows": [row]}
		with data.sx.rules.ingress as rules
}

_unknown(row, rules) := answer if {
	answer := policy.unknown with input as {"rows": [row]}
		with data.sx.rules.ingress as rules
}

_rules(changes) := object.union({"status_grace_minutes": 15, "renewal_grace_hours": 24}, changes)

_problem(changes) := object.union({"type": "Ready", "status": "False", "reason": "Failed", "message": "m", "age_seconds": 901}, changes)

_failed := _said("Ready is False: Failed", "status.conditions[type=Ready]", {"evidence": {"reason": "Failed", "message": "m"}})

test_nothing_wrong_passes if {
	_violation(_row({}), _rules({})) == set()
	_unknown(_row({}), _rules({})) == set()
}

test_a_condition_that_lasts_fails if {
	_violation(_row({"problems": [_problem({})]}), _rules({})) == {_failed}
	_violation(_row({"problems": [_problem({"age_seconds": null})]}), _rules({})) == {_failed}
	_violation(_row({"problems": [_problem({"age_seconds": 900})]}), _rules({})) == set()
	_violation(_row({"problems": [_problem({"reason": ""})]}), _rules({})) == {_said("Ready is False", "status.conditions[type=Ready]", {"evidence": {"reason": "", "message": "m"}})}
}

test_renewals_and_issuances_that_fail if {
	_violation(_row({"renewal_overdue_seconds": 90000}), _rules({})) == {_said("should have been renewed 25 hours ago", "status.renewalTime", {})}
	_violation(_row({"renewal_overdue_seconds": 3600}), _rules({})) == set()
	_violation(_row({"failed_attempts": 3}), _rules({})) == {_said("3 attempts to issue it failed in a row", "status.failedIssuanceAttempts", {})}
}

test_an_address_that_never_came_fails if {
	_violation(_row({"written": "no", "lacks_address": true}), _rules({})) == {_said("has no address, though its controller publishes its own", "status.loadBalancer", {})}
	_violation(_row({"written": "no", "lacks_address": true, "age_seconds": 60}), _rules({})) == set()
}

test_silence_is_unknown if {
	_unknown(_row({"pending": [_problem({"status": "Unknown"})]}), _rules({})) == {_said("Ready is Unknown: Failed", "status.conditions[type=Ready]", {})}
	_unknown(_row({"written": "no"}), _rules({})) == {{"ref": _ref, "message": "its controller has written no status"}}
}
